"""The levels of a panel: what is forecast, without its season, in logarithms where asked for."""

import numpy as np

from forecast.data.panel import Panel, Rows
from forecast.data.seasons import Seasons
from forecast.data.series import Values
from forecast.data.transforms import (
    WHERE_POSITIVE,
    Flags,
    from_levels,
    to_inputs,
    to_levels,
    with_logarithm,
)


class Levels:
    """The levels of a panel.

    Args:
        panel: prepared rows.
        transform: one of `forecast.data.transforms.TRANSFORMS`.
        seasons: of its series, in their order, or None.
        logs: (series,) whether the levels of each are logarithms.

    Attributes:
        values: (rows,) levels.
        inputs: (rows,) what a network reads.
        logs: (series,) whether the levels of each are logarithms here.
        known: (rows,) False where a value has no level of its own; None where all have.

    Raises:
        DataError: a logarithm is wanted of values that are not above 0.
    """

    def __init__(self, panel: Panel, transform: str, seasons: Seasons | None, logs: Flags) -> None:
        self._panel, self._seasons = panel, seasons
        self._factors = None if seasons is None else seasons.of(panel)
        values = panel.flat.values
        if seasons is not None and self._factors is not None:
            values = seasons.remove(values, self._factors)
        self.known: Flags | None = None
        if transform == WHERE_POSITIVE and logs.any():
            logs, self.known = with_logarithm(values, panel, logs)
        self.logs = logs
        self.values = to_levels(values, panel, transform, logs)
        self.inputs = to_inputs(self.values, panel, transform)

    def in_unit(self, levels: Values, origins: Rows) -> Values:
        """Return levels of the rows after each origin, (n, horizon, …), in the series' unit."""
        values = from_levels(levels, self.logs[self._panel.which(origins)])
        if self._seasons is None or self._factors is None:
            return values
        rows = origins[:, None] + np.arange(1, levels.shape[1] + 1)
        factors = self._factors[rows].reshape(*rows.shape, *(1,) * (levels.ndim - 2))
        return self._seasons.put_back(values, factors)
