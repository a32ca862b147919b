"""What is held equal between the cells of a comparison: units, parameters, or training time."""

import time
from collections.abc import Mapping
from dataclasses import replace

from forecast.checks import one_of, real_number
from forecast.errors import SettingError
from forecast.models.forecaster import Forecaster
from forecast.models.settings import ForecasterSettings
from forecast.training.trainer import Cancel

FAIR = ("units", "parameters", "time")
ENDLESS = 1_000_000  # epochs; the time ends the training
MOST_UNITS = 65_536


class Deadline:
    """Set by the caller's cancel, or once the time is over.

    Args:
        seconds: from now; None never ends it.
        cancel: of the caller, or None.
    """

    def __init__(self, seconds: float | None, cancel: Cancel | None = None) -> None:
        self._cancel = cancel
        self._end = None if seconds is None else time.monotonic() + seconds

    def is_set(self) -> bool:
        """Return True once the training is to stop."""
        over = self._end is not None and time.monotonic() >= self._end
        return over or (self._cancel is not None and self._cancel.is_set())


def checked_fairness(
    fair: str, seconds: float | None, settings: ForecasterSettings
) -> float | None:
    """Return the seconds that each cell trains, or None where time is not what is equal.

    Args:
        fair: `units`, `parameters` or `time`.
        seconds: of each cell's training, above 0; with `time` only.
        settings: of any of the cells.

    Raises:
        SettingError: the arguments do not go together.
    """
    one_of("fair", fair, FAIR)
    if fair != "time":
        if seconds is not None:
            raise SettingError(
                f"`seconds` is for fair='time'; got {seconds!r} with fair={fair!r}. Leave it out, "
                "or use fair='time'."
            )
        return None
    if seconds is None:
        raise SettingError("`fair='time'` needs `seconds`, the training time of each cell.")
    if settings.schedule == "cosine" or settings.seeds > 1 or settings.refit:
        raise SettingError(
            "`fair='time'` does not know its epochs, which schedule='cosine' and refit=True "
            "need, and gives its time to one network, not to several `seeds`. Use "
            "fair='parameters', or other settings."
        )
    return real_number("seconds", seconds, above=0)


def made_fair(
    networks: Mapping[str, Forecaster], fair: str, past: int | None = None
) -> dict[str, Forecaster]:
    """Return cells with equal units, parameters or time; see `compare`.

    With `parameters`, the first cell keeps its `hidden_units`, and each other one gets the number
    that brings its parameters nearest to those of the first. With `time`, cells train until their
    time is over, and keep the weights of the best epoch. `past` is the number of past covariates,
    where the data decides.
    """
    if fair == "units":
        return dict(networks)
    if fair == "time":
        return {
            label: _changed(one, epochs=ENDLESS, patience=ENDLESS)
            for label, one in networks.items()
        }
    wanted = next(iter(networks.values())).settings.network(past=past).parameter_count
    return {
        label: _changed(one, hidden_units=_nearest(one.settings, wanted, past))
        for label, one in networks.items()
    }


def _changed(network: Forecaster, **settings: int) -> Forecaster:
    return Forecaster(**{**vars(network.settings), **settings})


def _nearest(settings: ForecasterSettings, wanted: int, past: int | None) -> int:
    """Return the hidden units whose number of parameters is nearest to the wanted one."""

    def count(units: int) -> int:
        return replace(settings, hidden_units=units).network(past=past).parameter_count

    low, high = 1, 2
    while high < MOST_UNITS and count(high) < wanted:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if count(middle) < wanted else (low, middle)
    return low if wanted - count(low) <= count(high) - wanted else high
