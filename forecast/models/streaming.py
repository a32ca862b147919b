"""Forecasting one new value at a time, with the network's state carried on."""

import math
from collections.abc import Callable

import numpy as np

from forecast.data.series import Values
from forecast.errors import DataError
from forecast.models.fitted import Fitted
from forecast.nn.arrays import Array
from forecast.nn.fused import stream
from forecast.nn.stack import Stack


class Stream:
    """A fitted network that reads a series value by value.

    A forecast of a window runs the network over all its timesteps; this runs one step for each
    new value. The first forecast is that of `Forecaster.predict`. Later ones differ from it, as
    the state remembers more than a window. The scale stays that of the first window.

    Args:
        network: the layers.
        fitted: what `fit` learned.
        window: (timesteps,) the values to start from.

    Attributes:
        forecast: (horizon,) of the rows after the newest value, in the series' unit.

    Example:
        >>> import forecast as fc
        >>> y = fc.load_sample("air_passengers")
        >>> model = fc.Forecaster(timesteps=12, hidden_units=8, epochs=3, scaling="standard")
        >>> ahead = model.fit(y).stream()
        >>> ahead.update(450.0).shape
        (1,)
    """

    def __init__(self, network: Stack, fitted: Fitted, window: Values) -> None:
        shift, spread = fitted.scaler.shift_and_spread(window[None])
        self._shift, self._spread = float(shift[0, 0]), float(spread[0, 0])
        self._dtype = fitted.parameters.flat.dtype
        self._on: Callable[[Array], Array] = stream(network, fitted.parameters)
        self.forecast: Values = self._read(window)

    def update(self, value: float) -> Values:
        """Read the next value of the series; return the new forecast, (horizon,).

        Raises:
            DataError: the value is not a finite number.
        """
        if not math.isfinite(value):
            raise DataError(
                f"The next value of a stream must be a finite number; got {value!r}. Fill the gap "
                "first, for instance with the newest forecast."
            )
        self.forecast = self._read(np.array([value], dtype=np.float64))
        return self.forecast

    def _read(self, values: Values) -> Values:
        scaled = (values - self._shift) / self._spread
        outputs = self._on(scaled[None, :, None].astype(self._dtype))[0]
        forecast: Values = outputs.astype(np.float64) * self._spread + self._shift
        return forecast
