"""Checks of the settings of a `Forecaster` that go together, beyond the range of each."""

from collections.abc import Collection, Sequence
from typing import Protocol

from forecast.checks import one_of, whole_number
from forecast.data.calendar_features import CYCLES
from forecast.errors import SettingError

SAMPLINGS = ("windows", "series")
RESIDUALS = ("none", "naive", "seasonal_naive")
DECODERS = ("dense", "parallel")
FURTHEST = 2**31 - 1  # rows back, which an array counts in


class Columns(Protocol):
    """The settings that name columns."""

    @property
    def target(self) -> str | None: ...  # noqa: D102  (all are documented in `Forecaster`)
    @property
    def past_covariates(self) -> tuple[str, ...] | None: ...  # noqa: D102
    @property
    def future_covariates(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def static(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def calendar(self) -> tuple[str, ...]: ...  # noqa: D102


def check_columns(settings: Columns) -> None:
    """See that each column has one part to play.

    Raises:
        SettingError: one has two, or is no name.
    """
    for one in settings.calendar:
        one_of("calendar", one, CYCLES)
    past, future = set(settings.past_covariates or ()), set(settings.future_covariates)
    both = past & future
    if both:
        raise SettingError(
            f"A covariate is known in the future or it is not; {sorted(both)[0]!r} stands in "
            "`past_covariates` and in `future_covariates`. Leave it in one."
        )
    fixed = (past | future) & set(settings.static)
    if fixed:
        raise SettingError(
            f"A column of `static` is the same in all rows of a series; {sorted(fixed)[0]!r} is "
            "named as a covariate as well. Leave it in one."
        )
    if settings.target is not None and not isinstance(settings.target, str):
        raise SettingError(f"`target` must be the name of a column; got {settings.target!r}.")
    if settings.target in past | future | set(settings.static):
        raise SettingError(
            f"`target` must not be a covariate as well; got {settings.target!r} for both. Its past "
            "is read anyway."
        )


class Local(Protocol):
    """The settings that do not go with one network for each series."""

    @property
    def local(self) -> bool: ...  # noqa: D102  (all are documented in `Forecaster`)
    @property
    def sampling(self) -> str: ...  # noqa: D102
    @property
    def average_epochs(self) -> int: ...  # noqa: D102
    @property
    def static(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def record_gradients(self) -> bool: ...  # noqa: D102  (as above)


def check_local(settings: Local) -> None:
    """See that nothing is asked of the network of one series that takes many.

    Raises:
        SettingError: it is.
    """
    if not settings.local:
        return
    found = {
        "sampling='series'": settings.sampling == "series",
        "average_epochs": settings.average_epochs > 1,
        "static": bool(settings.static),
        "record_gradients": settings.record_gradients,
    }
    wrong = [name for name, there in found.items() if there]
    if wrong:
        raise SettingError(
            f"`local=True` gives each series a network of its own; {wrong[0]} is of a network "
            "that many share. Leave it out, or use local=False."
        )


def names(setting: str, given: object) -> tuple[str, ...]:
    """Return names of columns.

    Raises:
        SettingError: they are no names, or one stands twice.
    """
    if isinstance(given, str) or not isinstance(given, Collection):
        raise SettingError(f"`{setting}` must be a list of names; got {given!r}. Put it in [ ].")
    found = tuple(given)
    if not all(isinstance(name, str) for name in found) or len(set(found)) < len(found):
        raise SettingError(f"`{setting}` must hold names, each once; got {list(found)}.")
    return found


def whole_numbers(setting: str, given: object) -> tuple[int, ...]:
    """Return whole numbers of at least 1.

    Raises:
        SettingError: they are none.
    """
    if isinstance(given, str) or not isinstance(given, Collection):
        raise SettingError(
            f"`{setting}` must be a list of whole numbers; got {given!r}. Put it in [ ]."
        )
    return tuple(whole_number(setting, one, most=FURTHEST) for one in given)


def lags(given: object) -> tuple[int, ...]:
    """Return lags: whole numbers that rise.

    Raises:
        SettingError: they do not.
    """
    found = whole_numbers("seasonal_lags", given)
    if list(found) != sorted(set(found)):
        raise SettingError(
            f"`seasonal_lags` must rise, each once; got {list(found)}. Sort them, as in [24, 168]."
        )
    return found


def dilations_of(given: object, layers: int) -> tuple[int, ...] | None:
    """Return one dilation a layer, or None where every layer goes on from the step before.

    Raises:
        SettingError: there are more or fewer than layers.
    """
    if given is None:
        return None
    found: Sequence[int] = whole_numbers("dilations", given)
    if len(found) != layers:
        raise SettingError(
            f"`dilations` must have one number a layer, {layers}; got {list(found)}. Set "
            f"layers={len(found)}, or name {layers}."
        )
    return tuple(found)
