"""Which offset alias fits a run of days: months and quarters, weeks, business days, plain days.

Imported by `forecast.data.frequency`, which also knows the steps shorter than a day.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from forecast.errors import DataError

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
PERIODS = {  # by the number of months: how they are called, and the alias of their period
    1: ("Monthly timestamps", "M"),
    3: ("Quarterly timestamps", "Q"),
    12: ("Yearly timestamps", "Y"),
}

LADDER = (  # frequencies to resample to, and how long a step is
    ("s", "1s"),
    ("min", "1min"),
    ("15min", "15min"),
    ("h", "1h"),
    ("D", "1D"),
    ("W", "7D"),
    ("MS", "30D"),
    ("QS", "91D"),
    ("YS", "365D"),
)

Integers = npt.NDArray[np.int64]


class Step(NamedTuple):
    """The most common step of a series, and how far it can be trusted."""

    size: int
    share: float
    regular: bool


def common_step(steps: Integers) -> Step:
    """Find the most common positive step; ties go to the smaller.

    It is trusted if half of all steps are equal to it; or a quarter, where the others are gaps of
    a whole number of steps, and at least a quarter of that regular grid is there.
    """
    forward = steps[steps > 0]
    sizes, counts = np.unique(forward, return_counts=True)
    size = int(sizes[counts.argmax()])
    share = float(counts.max() / counts.sum())
    gaps_only = bool((sizes % size == 0).all())
    density = len(forward) / (int(forward.sum()) / size)
    return Step(size, share, share >= 0.5 or (gaps_only and min(share, density) >= 0.25))


def suggested_frequencies(index: pd.DatetimeIndex) -> tuple[str, ...]:
    """Return up to three frequencies, finest first, that suit irregular timestamps.

    The finest is the first that is at least half as long as the median step, so that few of its
    steps stay blank; the next two are coarser.

    Args:
        index: timestamps in any order, also blank and repeated ones.

    Returns:
        Pandas offset aliases; none for fewer than two distinct timestamps.
    """
    times = index.dropna().unique().sort_values()
    if len(times) < 2:
        return ()
    median = pd.Timedelta(int(np.median(np.diff(times.asi8))), unit=times.unit)
    sizes = [pd.Timedelta(size) for _, size in LADDER]
    finest = next((k for k, size in enumerate(sizes) if 2 * size >= median), len(sizes) - 1)
    weekends = (times.day_of_week >= 5).any() or times[-1] - times[0] < pd.Timedelta(days=7)
    aliases = [alias for alias, _ in LADDER[finest : finest + 3]]
    return tuple("B" if alias == "D" and not weekends else alias for alias in aliases)


def irregular(step: str, share: float, times: pd.DatetimeIndex) -> DataError:
    """Return the error for timestamps whose most common step, in words, is too rare."""
    fitting = suggested_frequencies(times)
    return DataError(
        f"The timestamps must have a regular step; the most common one, {step}, makes up only "
        f"{share:.0%} of the steps. Choose a step and what becomes of the rows within it, for "
        f'instance fc.resample(y, "{fitting[0]}", how="mean"). These rows suit '
        f"{' or '.join(map(repr, fitting))}; how is 'mean' for levels and temperatures, 'last' "
        "for prices, 'sum' for counts."
    )


def _within_month(months: int, day: int) -> DataError:
    """Return the error for steps of whole `months` that fall on `day` of the month."""
    kind, period = PERIODS.get(months, (f"Timestamps every {months} months", "M"))
    return DataError(
        f"{kind} must fall on the first or last day of a month; got day {day}. "
        f"Move them with `index.to_period('{period}').to_timestamp()`."
    )


def multiple(count: int, alias: str) -> str:
    """Return the alias of `count` steps of `alias`, such as "2W-SAT"."""
    return alias if count == 1 else f"{count}{alias}"


def calendar_alias(days: pd.DatetimeIndex) -> str:
    """Return the alias of at least two distinct, sorted midnights without a time zone.

    Raises:
        DataError: there is no regular step, or pandas has no alias for it.
    """
    months = (days.year * 12 + days.month - 1).to_numpy().astype(np.int64)
    if (np.diff(months) > 0).all():
        position = _month_position(days)
        if position is not None:
            return _month_alias(days, months, position)
        if (days.day == days.day[0]).all():
            raise _within_month(common_step(np.diff(months)).size, int(days.day[0]))
    numbers = days.to_numpy().astype("datetime64[D]").view(np.int64)
    step = common_step(numbers[1:] - numbers[:-1])
    if not step.regular:
        raise irregular(f"{step.size} days", step.share, days)
    return _day_alias(days, step.size)


def _day_alias(days: pd.DatetimeIndex, step: int) -> str:
    weekdays = days.day_of_week.to_numpy()
    if step == 1 and (weekdays < 5).all() and _crosses_weekend(days):
        return "B"
    if step % 7:
        return multiple(step, "D")
    return multiple(step // 7, f"W-{WEEKDAYS[_most_common(weekdays)]}")


def _crosses_weekend(days: pd.DatetimeIndex) -> bool:
    # Monday to Wednesday, without a skipped weekend, is no evidence of business days.
    return bool((days[-1] - days[0]).days >= 5 - int(days[0].day_of_week))


def _month_position(days: pd.DatetimeIndex) -> tuple[str, str] | None:
    """Return (business prefix, "S" or "E") if every day starts or ends its month, else None."""
    if (days.day == 1).all():
        return "", "S"
    if (days.day == days.days_in_month).all():
        return "", "E"
    dates = days.to_numpy().astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    if (dates == np.busday_offset(months + 1, -1, roll="forward")).all():
        return "B", "E"
    if (dates == np.busday_offset(months, 0, roll="forward")).all():
        return "B", "S"
    return None


def _month_alias(days: pd.DatetimeIndex, months: Integers, position: tuple[str, str]) -> str:
    step = common_step(np.diff(months))
    if not step.regular:
        raise irregular(f"{step.size} months", step.share, days)
    prefix, end = position
    if step.size % 12 == 0:
        return multiple(step.size // 12, f"{prefix}Y{end}-{MONTHS[_most_common(months % 12)]}")
    if step.size % 3 == 0:
        phase = _most_common(months % 3)
        anchor = MONTHS[phase if end == "S" else phase + 9]
        return multiple(step.size // 3, f"{prefix}Q{end}-{anchor}")
    return multiple(step.size, f"{prefix}M{end}")


def _most_common(numbers: Integers) -> int:
    return int(np.bincount(numbers).argmax())
