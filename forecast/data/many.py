"""Many series made ready together; only those with something odd about them are gone through alone.

The way of a single series, `forecast.data.series.prepare`, is the measure: what comes out is the
same to the bit.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from forecast.checks import whole_number
from forecast.data.columns import ONE_COLUMN, Columns, chosen_columns
from forecast.data.exchange_search import is_foreign
from forecast.data.exchanges import is_exchange
from forecast.data.frequency import infer_frequency, is_calendar_of_trading
from forecast.data.long_frame import Id, LongFrame, long_frame, prepare_one
from forecast.data.mixing import in_their_places, panel_of_regular
from forecast.data.number_table import Table, odd_rows, table_of
from forecast.data.panel import Panel
from forecast.data.regular import regular, serves
from forecast.data.series import Observed, TimeSeries
from forecast.data.spans import Rows
from forecast.data.static import static_of
from forecast.data.trading import wall_days
from forecast.errors import DataError

MOST_TRIED = 100  # series without a frequency, after which no further one is asked


def prepare_all(
    frame: pd.DataFrame,
    *,
    frequency: str | None = None,
    trusted: float = 1.0,
    columns: Columns = ONE_COLUMN,
) -> Panel:
    """Make all series of a long frame ready; see `forecast.data.panel.prepare_panel`."""
    making = _Making(long_frame(frame), columns, trusted)
    if len(making.long) == 0:
        raise DataError("The long frame has no row. Pass at least a few dozen rows.")
    found = frequency
    if found is None:
        found = making.alone(int(making.long.lengths.argmax()), None).frequency
    panel = making.panel(found, named=frequency is not None)
    if panel is None:  # not forgiving, it has raised
        raise DataError("No series can be used. Pass at least a few dozen rows.")
    return panel


def prepare_each(
    frame: pd.DataFrame,
    *,
    frequency: str | None = None,
    columns: Columns = ONE_COLUMN,
    least: int = 1,
) -> tuple[Panel | None, dict[Id, str]]:
    """Make those series of a long frame ready that can be used, and say why others cannot.

    Args:
        frame: `unique_id, ds, y (, covariates)` of any number of series.
        frequency: of all series; None takes that of the longest that can be used.
        columns: which column is the target, and which are covariates.
        least: rows that a series has at least, from its first value on, at least 1.

    Returns:
        The series that can be used, in the order in which they first appear, None where there is
        none; and of each other one, by its id, the reason in a sentence.

    Raises:
        DataError: a row names no series, or the frame lacks a column.
    """
    least = whole_number("least", least)
    making = _Making(long_frame(frame), columns, 1.0, forgiving=True)
    if len(making.long) == 0:
        return None, {}
    chosen_columns(frame.iloc[:1].drop(columns="unique_id"), columns)  # else no series has them
    found = frequency or making.usable_frequency()
    panel = making.panel(found, named=frequency is not None) if found else None
    if panel is not None:
        short = np.flatnonzero(panel.lengths < least)
        for number in short:
            making.reasons[panel.ids[number]] = (
                f"It has {panel.lengths[number]} rows from its first value on, and at least "
                f"{least} are needed."
            )
        enough = np.flatnonzero(panel.lengths >= least)
        panel = (panel.take(enough) if len(short) else panel) if len(enough) else None
    order = [one for one in making.long.ids if one in making.reasons]
    return panel, {one: making.reasons[one] for one in order}


class _Making:
    """A long frame that is made ready.

    Args:
        long: the frame, at least one row.
        columns: to take.
        trusted: share of the rows, from the first, that a frequency is inferred from.
        forgiving: whether series that cannot be used are left out, with a reason.

    Attributes:
        reasons: why series were left out, by id.
    """

    def __init__(
        self, long: LongFrame, columns: Columns, trusted: float, *, forgiving: bool = False
    ) -> None:
        self.long, self._columns, self._trusted = long, columns, trusted
        self._forgiving = forgiving
        self.reasons: dict[Id, str] = {}
        self._static = static_of(long, columns.static)
        for number, reason in self._static.strange.items():
            self._left_out(number, DataError(f"Series {long.ids[number]!r}: {reason}"))
        self._table, self._names = read_table(long, columns)

    def alone(self, number: int, frequency: str | None) -> TimeSeries:
        """Make one series ready by itself.

        Raises:
            DataError: it cannot be used; the message names it.
        """
        one, rows = self.long.ids[number], self.long.rows(number)
        made = prepare_one(one, rows, self._columns, frequency=frequency, trusted=self._trusted)
        if frequency is not None and is_calendar_of_trading(frequency):
            _check_daily(one, made)
        return made

    def panel(self, frequency: str, *, named: bool) -> Panel | None:
        """Make all series ready; None where none can be used.

        Args:
            frequency: of all series.
            named: whether it was given, not found.

        Raises:
            DataError: a series cannot be used, where that is not forgiven.
        """
        panel = self._of_frequency(frequency)
        if named or panel is None or not is_exchange(frequency):
            return panel
        return self._of_frequency("B") if _any_foreign(panel, self._trusted) else panel

    def usable_frequency(self) -> str | None:
        """Return the frequency of the longest series that can be used; None if none can."""
        table, lengths = self._table, self.long.lengths
        able = np.ones(len(lengths), dtype=np.bool_) if table is None else ~odd_rows(table)
        able = able if able.any() else ~able  # then each says for itself what is wrong
        order = np.argsort(-lengths, kind="stable")
        tried: dict[Id, str] = {}
        for number in order[able[order]][:MOST_TRIED].tolist():
            try:
                return self.alone(number, None).frequency
            except DataError as error:
                tried[self.long.ids[number]] = self._reason(number, error)
        unknown = "No longer series of the frame says how often it is observed: name `frequency`."
        self.reasons |= {one: tried.get(one, unknown) for one in self.long.ids}
        return None

    def _of_frequency(self, frequency: str) -> Panel | None:
        """Make all series ready: those together that can be, the others alone."""
        table, ids = self._table, self.long.ids
        odd = np.ones(len(ids), dtype=np.bool_)
        rest = None
        if table is not None and len(ids) > 1 and serves(table.kind, frequency):
            odd = odd_rows(table)
            odd[[number for number, one in enumerate(ids) if one in self.reasons]] = True
            made, odd = regular(table, frequency, odd)
            rest = panel_of_regular(made, frequency, ids, self._names)
            if rest is not None and is_calendar_of_trading(frequency):
                rest = self._daily(rest, np.flatnonzero(~odd))
        alone = self._each(np.flatnonzero(odd).tolist(), frequency)
        panel = in_their_places(ids, rest, alone)
        if panel is None:
            return None
        numbers = [number for number, one in enumerate(ids) if one not in self.reasons]
        static = tuple((name, kinds[numbers]) for name, kinds in self._static.values)
        flat = replace(panel.flat, name=self._columns.target or "y")
        return replace(panel, flat=flat, static=static)

    def _daily(self, panel: Panel, numbers: Rows) -> Panel | None:
        """Return the series among business days that have no rarer rows; None for none.

        Args:
            panel: of the series.
            numbers: (series,) of each in the frame.
        """
        kept = np.ones(len(panel), dtype=np.bool_)
        for place in np.flatnonzero(_rare(panel)).tolist():
            try:
                _check_daily(panel.ids[place], panel.one(place))
            except DataError as error:
                self._left_out(int(numbers[place]), error)
                kept[place] = False
        if kept.all():
            return panel
        return panel.take(np.flatnonzero(kept)) if kept.any() else None

    def _each(self, numbers: Sequence[int], frequency: str) -> dict[int, TimeSeries]:
        """Make series ready one by one; return by number those that can be used."""
        made: dict[int, TimeSeries] = {}
        for number in numbers:
            if self.long.ids[number] in self.reasons:
                continue
            try:
                made[number] = self.alone(number, frequency)
            except DataError as error:
                self._left_out(number, error)
        return made

    def _left_out(self, number: int, error: DataError) -> None:
        """Keep the reason why a series cannot be used.

        Raises:
            DataError: that is not forgiven.
        """
        if not self._forgiving:
            raise error
        self.reasons[self.long.ids[number]] = self._reason(number, error)

    def _reason(self, number: int, error: DataError) -> str:
        return str(error).removeprefix(f"Series {self.long.ids[number]!r}: ")


def read_table(long: LongFrame, columns: Columns) -> tuple[Table | None, tuple[str, ...]]:
    """Return the rows of a long frame as numbers, and the names of the covariates.

    None in place of the rows where they are of kinds, or columns, that each series must be asked
    about.
    """
    frame = long.frame
    try:
        chosen = chosen_columns(frame.iloc[:1].drop(columns="unique_id"), columns)
    except DataError:  # the series say so themselves
        return None, ()
    names = [str(chosen.target.name), *map(str, chosen.covariates.columns)]
    labels = {str(label): label for label in frame.columns}
    found = [long.column(labels[name]) for name in names]
    return table_of(long.column("ds"), found, long.offsets), tuple(names[1:])


def _check_daily(one: Id, series: TimeSeries) -> None:
    """See that a series among business days has no rarer rows.

    Raises:
        DataError: it has, such as one row a week.
    """
    seen = pd.DatetimeIndex(series.index[series.observed])
    days = np.busday_count(*wall_days(seen[[0, -1]]))
    if 2 * len(seen) > days:
        return
    try:
        own = infer_frequency(seen)
    except DataError:  # so rare that it has none
        return
    if not is_calendar_of_trading(own):
        raise DataError(
            f"Series {one!r} is of frequency {own!r}, the panel of business days "
            f"({series.frequency!r}). Resample all to one, for instance fc.resample(y, {own!r}, "
            "how='last'), or leave it out."
        )


def _rare(panel: Panel) -> Observed:
    """Say which series have values on half of the business days, or fewer, (series,)."""
    flat = panel.flat
    seen = np.flatnonzero(flat.observed)
    counts = np.bincount(panel.which(seen), minlength=len(panel))
    ends = np.cumsum(counts)
    days = wall_days(pd.DatetimeIndex(flat.index[seen]))
    rare: Observed = 2 * counts <= np.busday_count(days[ends - counts], days[ends - 1])
    return rare


def _any_foreign(panel: Panel, trusted: float) -> bool:
    """Say whether the first rows of a series do not belong to the exchange of its frequency.

    Most series have the same rows, which are looked at once.
    """
    looked_at: set[bytes] = set()
    index, observed = pd.DatetimeIndex(panel.flat.index), panel.flat.observed
    times = index.asi8
    for begin, length in zip(panel.offsets[:-1].tolist(), panel.lengths.tolist(), strict=True):
        first = slice(begin, begin + max(1, round(trusted * length)))
        same = times[first][observed[first]].tobytes()
        if same and same not in looked_at:
            looked_at.add(same)
            if is_foreign(index[first][observed[first]], panel.flat.frequency):
                return True
    return False
