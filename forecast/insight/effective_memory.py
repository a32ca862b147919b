"""How far back a network looks: the newest rows that hold a share of all influence."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from forecast.checks import real_number
from forecast.errors import SettingError
from forecast.insight.influence import Influence, Numbers, influence

if TYPE_CHECKING:
    import pandas as pd

SHARES = (50, 90, 99)
OLDEST = 0.1  # of a window, which would hold a tenth of the influence if nothing faded
ROUNDING = 1e-9  # percent that a sum of shares may lack


class Advice(NamedTuple):
    """What to do about the length of the window.

    Attributes:
        timesteps: to try next.
        said: one sentence or two.
    """

    timesteps: int
    said: str


@dataclass(frozen=True)
class EffectiveMemory:
    """How many of a window's newest rows hold how much of the influence.

    Attributes:
        influence: that it was counted in.
        shares: in percent, rising.
    """

    influence: Influence
    shares: tuple[float, ...] = SHARES

    @property
    def label(self) -> str:
        """How the model is called."""
        return self.influence.label

    @property
    def timesteps(self) -> int:
        """Length of the window."""
        return self.influence.timesteps

    @cached_property
    def lags(self) -> dict[float, int]:
        """By share: the number of newest rows that hold it, of all rows ahead together.

        0 where no row has any influence, or where it leaves all numbers.
        """
        return self._lags(None)

    @cached_property
    def table(self) -> "pd.DataFrame":
        """One row a step ahead: step, and for each share, such as `90`, the rows that hold it."""
        import pandas as pd

        rows = [
            {"step": step} | {f"{share:g}": lag for share, lag in self._lags(step).items()}
            for step in range(1, self.influence.steps + 1)
        ]
        return pd.DataFrame(rows)

    @property
    def said(self) -> str:
        """One sentence: what lies in the newest rows."""
        share = min(self.shares, key=lambda one: abs(one - 90))
        lag, whole = self.lags[share], self.timesteps
        if self._endless:
            return f"What {self.label} uses cannot be told: its gradient leaves all numbers."
        if lag == 0:
            return f"{self.label} uses nothing of its {_counted(whole)}."
        where = "last timestep" if lag == 1 else f"last {lag}"
        return f"{share:g} % of what {self.label} uses lies in the {where} of {_counted(whole)}."

    @property
    def advice(self) -> Advice:
        """Whether a longer or a shorter window is worth a try."""
        whole, label, found = self.timesteps, self.label, self._lags(None, (90.0, 99.0))
        if self._endless:
            return Advice(
                whole,
                f"Fit {label} again with a lower `learning_rate` or a smaller `clip_norm`, on "
                "finite rows.",
            )
        if found[99.0] == 0:
            return Advice(whole, f"{label} says the same whatever it reads; train it longer.")
        oldest = max(1, math.ceil(OLDEST * whole))
        at_the_end = float(self.influence.share()[-oldest:].sum())
        if whole > 1 and at_the_end >= 100 * oldest / whole:
            many = "timestep still holds" if oldest == 1 else f"{oldest} timesteps still hold"
            said = f"The oldest {many} {at_the_end:.0f} % for {label}"
            if self.influence.turned:
                also = f"{said}, which reads these last: that says nothing of a longer window."
                return Advice(whole, also)
            longer = self._whole_segments(2 * whole)
            also = (
                f"{said}: its memory reaches to the end of the window. Whether it would go "
                f"further, `timesteps` {longer} shows."
            )
            return Advice(longer, also)
        shorter = self._whole_segments(found[99.0])
        if shorter <= whole // 2:
            return Advice(
                shorter,
                f"`timesteps` {shorter} would hold 99 % of what {label} uses, and train faster.",
            )
        return Advice(whole, f"`timesteps` {whole} suits {label}.")

    @property
    def _endless(self) -> bool:
        return not np.isfinite(self.influence.by_lag).all()

    def _lags(self, step: int | None, shares: Iterable[float] | None = None) -> dict[float, int]:
        reached: Numbers = np.cumsum(self.influence.share(step))
        wanted = self.shares if shares is None else tuple(shares)
        if reached[-1] == 0:
            return dict.fromkeys(wanted, 0)
        return {
            share: int(np.argmax(reached >= min(share, reached[-1]) - ROUNDING)) + 1
            for share in wanted
        }

    def _whole_segments(self, rows: int) -> int:
        segment = self.influence.segment
        return -(-rows // segment) * segment


def effective_memory(
    model: Any, data: Any = None, *, shares: float | Iterable[float] = SHARES, **how: Any
) -> EffectiveMemory:
    """Count the newest rows of a window that hold a share of all influence.

    Args:
        model: a fitted `Forecaster`, a `Sequential` with weights, or an `Influence`.
        data: rows to take windows from; see `fc.influence`.
        shares: in percent, above 0 and at most 100; one or several.
        how: `windows`, `method`, `points`, `dtype`, `engine`, `mask` of `fc.influence`.

    Raises:
        SettingError: a share lies outside its range, or as `fc.influence`.
        ForecastError: as `fc.influence`.

    Example:
        >>> import forecast as fc
        >>> y = fc.load_sample("air_passengers")
        >>> model = fc.Forecaster("gru", timesteps=12, hidden_units=4, epochs=2).fit(y)
        >>> list(fc.effective_memory(model, y).lags)
        [50, 90, 99]
    """
    if isinstance(shares, int | float):
        shares = (shares,)
    told = sorted({_plain(real_number("shares", share, above=0)) for share in shares})
    if not told or told[-1] > 100:
        raise SettingError(
            f"`shares` must be percents above 0 and at most 100; got {list(told)}. Use some such "
            "as (50, 90, 99)."
        )
    if isinstance(model, Influence):
        if data is not None or how:
            raise SettingError(
                "An Influence is measured already; `data` and how to measure are for a model. "
                "Leave them out."
            )
        return EffectiveMemory(model, tuple(told))
    return EffectiveMemory(influence(model, data, **how), tuple(told))


def _plain(share: float) -> float:
    """Return a whole number as one, which is how people write it."""
    return int(share) if share.is_integer() else share


def _counted(timesteps: int) -> str:
    return f"{timesteps} timestep{'' if timesteps == 1 else 's'}"
