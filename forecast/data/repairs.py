"""What may be mended in a table while it is read, each thing by itself, and what was mended."""

from dataclasses import dataclass

from forecast.checks import one_of
from forecast.data.exchanges import EXCHANGES

ORDER = ("sort", "refuse")
DUPLICATES = ("last", "first", "mean", "sum", "min", "max", "refuse")
BLANKS = ("leave", "forward", "drop", "refuse")
GAPS = ("leave", "insert", "forward", "refuse")
AUTO = "auto"  # also of `duplicates`: what a caller gets who does not choose
USUAL_MERGE = "last"
CHOICES = {"order": ORDER, "duplicates": DUPLICATES, "blanks": BLANKS, "gaps": GAPS}


@dataclass(frozen=True)
class Repairs:
    """How a reader mends what is not as it should be; `refuse` switches a repair off.

    A repair that is switched off ends the reading with an error that names the line, where there
    would have been something to mend. None of them looks ahead: a blank or a gap is filled with a
    value that was known before it.

    Attributes:
        order: `sort` puts rows into the order of time.
        duplicates: of rows with the same timestamp, `last` and `first` keep one; `mean`, `sum`,
            `min` and `max` merge the numbers of all. `auto` keeps the last, but refuses a file
            where so many rows with different values share their timestamp that several series
            must stand in it.
        blanks: cells without a number. `leave` keeps them: a model fills them with the value
            before and never scores them. `forward` writes that value, which counts as observed
            from then on; `drop` leaves out rows with a blank.
        gaps: timestamps that are missing. `leave` and `forward` as for blanks; `insert` adds rows
            of blanks.
        calendar: the exchange whose trading days there should be, as an ISO 10383 code such as
            `XNYS`; `auto` finds it by evidence, None takes any missing business day for a holiday.

    Raises:
        SettingError: a choice is none of these.

    Example:
        >>> Repairs(duplicates="mean").duplicates
        'mean'
    """

    order: str = "sort"
    duplicates: str = AUTO
    blanks: str = "leave"
    gaps: str = "leave"
    calendar: str | None = None

    def __post_init__(self) -> None:
        one_of("order", self.order, ORDER)
        one_of("duplicates", self.duplicates, (*DUPLICATES, AUTO))
        one_of("blanks", self.blanks, BLANKS)
        one_of("gaps", self.gaps, GAPS)
        if self.calendar is not None:
            one_of("calendar", self.calendar, (AUTO, *EXCHANGES))


def remedy(name: str) -> str:
    """Return the sentence that ends the error of a repair that is switched off."""
    *most, last = (repr(choice) for choice in CHOICES[name] if choice != "refuse")
    listed = f"{', '.join(most)} or {last}" if most else last
    return f"Mend the file, or choose how to repair it: {name}={listed}."


@dataclass(frozen=True)
class Repair:
    """One thing that was found, and what was done about it.

    Attributes:
        name: which: order, duplicates, blanks, gaps, calendar.
        method: what was done, a choice of `Repairs`.
        count: how many rows or cells it concerns.
        said: a sentence on it; it may quote data.
        rows: places of the first rows it concerns in the file, from 0.
    """

    name: str
    method: str
    count: int
    said: str
    rows: tuple[int, ...] = ()
