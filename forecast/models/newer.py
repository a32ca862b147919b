"""Newer rows after those of a fit, of many series at once.

Rows of a series that the fit knows go on from its last rows; those of another one stand alone. What
comes out is what `one_after` makes of each series; only those with something odd about them go
through it alone.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from forecast.data.ahead import rows_after
from forecast.data.columns import Columns, SeriesLike
from forecast.data.long_frame import long_frame
from forecast.data.many import read_table
from forecast.data.mixing import in_their_places, panel_of_regular, side_by_side
from forecast.data.number_table import Table, moved_to, odd_rows, times_of
from forecast.data.panel import Panel
from forecast.data.regular import regular, serves
from forecast.data.series import Observed, TimeSeries, Values, prepare_after
from forecast.data.spans import Rows, spans_of
from forecast.data.static import Static, static_of
from forecast.errors import DataError


def one_after(
    known: TimeSeries, data: SeriesLike | TimeSeries, columns: Columns, needed: int | None
) -> TimeSeries:
    """Return the fitted rows of one series followed by newer ones, see `newer_panel`."""
    newer = prepare_after(known, data, columns)
    if newer.index[-1] < known.index[-1]:
        raise DataError(
            f"`data` must reach at least as far as the fitted rows; it ends at {newer.index[-1]}, "
            f"they end at {known.index[-1]}. Pass the newest rows."
        )
    if needed is not None and newer.index[0] > known.after(1)[0] and len(newer) >= needed:
        return newer  # after a gap
    return known.followed_by(newer)


def newer_panel(
    known: Panel, data: "pd.DataFrame | Panel", columns: Columns, needed: int | None
) -> Panel:
    """Return the series of newer rows, each with what was known of it before.

    Args:
        known: the last fitted rows of each series.
        data: newer rows, a long frame or prepared.
        columns: which columns of it to take.
        needed: rows that a forecast needs; as many newer ones stand alone after a gap. None where
            it reads all rows.

    Raises:
        DataError: rows of a series cannot be used, do not fit the fitted ones, or end before them;
            the message names it.
    """
    return _Newer(known, data, columns, needed).panel()


class _Newer:
    """Newer rows of many series, on their way to a panel."""

    def __init__(
        self, known: Panel, data: "pd.DataFrame | Panel", columns: Columns, needed: int | None
    ) -> None:
        self._known, self._columns, self._needed = known, columns, needed
        self._data = data if isinstance(data, Panel) else long_frame(data)
        self._ids = self._data.ids
        if not self._ids:
            raise DataError("`data` has no row. Pass the newest rows, or leave `data` out.")
        places = {one: place for place, one in enumerate(known.ids)}
        self._places = np.array([places.get(one, -1) for one in self._ids], dtype=np.intp)

    def panel(self) -> Panel:
        """Return all series."""
        table, together = self._table(), None
        if table is not None and serves(table.kind, self._known.flat.frequency):
            together = self._together(table)
        done = set() if together is None else set(together.ids)
        alone = {k: self._alone(k) for k, one in enumerate(self._ids) if one not in done}
        panel = in_their_places(self._ids, together, alone)
        if panel is None:  # there is at least one series
            raise DataError("`data` has no row. Pass the newest rows, or leave `data` out.")
        flat = replace(panel.flat, name=self._known.flat.name)
        return replace(panel, flat=flat, static=self._static())

    def _alone(self, number: int) -> TimeSeries:
        """Make one series ready, and put it after its fitted rows where there are any."""
        one, place, data = self._ids[number], int(self._places[number]), self._data
        rows = data.one(number) if isinstance(data, Panel) else data.rows(number)
        try:
            if place < 0:
                return prepare_after(self._known.one(0), rows, self._columns, stranger=True)
            return one_after(self._known.one(place), rows, self._columns, self._needed)
        except DataError as error:
            raise DataError(f"Series {one!r}: {error}") from error

    def _table(self) -> Table | None:
        """Return the newer rows as numbers; None where they are read one by one."""
        flat = self._known.flat
        if isinstance(self._data, Panel):
            panel = self._data.with_columns(self._columns._replace(static=()))
            table, names = _table_of_panel(panel), panel.flat.columns
        else:
            table, names = read_table(self._data, self._columns)
        if table is None or names != flat.columns:
            return None
        return moved_to(table, flat.index[:0])

    def _together(self, table: Table) -> Panel | None:
        """Return the series that nothing is odd about."""
        known, frequency = self._known, self._known.flat.frequency
        begins = [np.isnan(column[table.offsets[:-1]]) for column in table.numbers[1:]]
        odd = odd_rows(table)
        for blank in begins:  # it may hold on a fitted value
            odd |= blank & (self._places >= 0)
        made, odd = regular(table, frequency, odd)
        newer = panel_of_regular(made, frequency, self._ids, known.flat.columns)
        if newer is None:
            return None
        alone, after = self._sorted(newer, self._places[~odd], table.kind)
        parts = [newer.take(np.flatnonzero(alone))] if alone.any() else []
        if after.any():
            parts += self._joined(newer, np.flatnonzero(after), self._places[~odd], table.kind)
        return side_by_side(parts)

    def _sorted(
        self, newer: Panel, places: Rows, kind: "pd.Index[Any]"
    ) -> tuple[Observed, Observed]:
        """Say which series stand alone, and which go on from fitted rows; some do neither.

        Args:
            newer: the series.
            places: (series,) of each among the fitted ones, -1 where it is none.
            kind: of the index.
        """
        known = self._known
        times, before = times_of(newer.flat.index, kind), times_of(known.flat.index, kind)
        first, last = times[newer.offsets[:-1]], times[newer.ends]
        stranger, places = places < 0, np.maximum(places, 0)
        alone = stranger | (first <= before[known.offsets[places]])
        if self._needed is not None and not alone.all():
            ahead = rows_after(known.flat.index, known.ends[places], known.flat.frequency, 1)
            alone |= (first > times_of(ahead, kind)) & (newer.lengths >= self._needed)
        reaches = stranger | (last >= before[known.ends[places]])
        return alone & reaches, ~alone & reaches

    def _joined(
        self, newer: Panel, numbers: Rows, places: Rows, kind: "pd.Index[Any]"
    ) -> list[Panel]:
        """Return some series with their fitted rows before them."""
        known, frequency = self._known, self._known.flat.frequency
        times = [times_of(one.flat.index, kind) for one in (known, newer)]
        begins, first = known.offsets[places[numbers]], times[1][newer.offsets[numbers]]
        rows = spans_of(begins, known.offsets[places[numbers] + 1])
        lengths = known.lengths[places[numbers]]
        earlier = times[0][rows] < np.repeat(first, lengths)
        kept = np.add.reduceat(earlier.astype(np.intp), np.cumsum(lengths) - lengths)
        shift = len(known.flat)
        starts = np.stack((begins, newer.offsets[numbers] + shift), axis=1).ravel()
        stops = np.stack((begins + kept, newer.offsets[numbers + 1] + shift), axis=1).ravel()
        source = spans_of(starts, stops)
        pairs = zip(_numbers(known), _numbers(newer), strict=True)
        numbered = [np.concatenate(pair)[source] for pair in pairs]
        offsets = np.concatenate(([0], np.cumsum(kept + newer.lengths[numbers]))).astype(np.intp)
        nothing = np.zeros(len(numbers), dtype=np.bool_)
        whole = Table(np.concatenate(times)[source], kind, tuple(numbered), offsets, nothing)
        made, _ = regular(whole, frequency, odd_rows(whole))
        ids = [newer.ids[number] for number in numbers.tolist()]
        panel = panel_of_regular(made, frequency, ids, known.flat.columns)
        return [] if panel is None else [panel]

    def _static(self) -> Static:
        """Return the static columns of the fit: of its series as they were, of others theirs."""
        known, places = self._known.static, self._places
        if not known or (places >= 0).all():
            return tuple((name, kinds[places]) for name, kinds in known)
        names = tuple(name for name, _ in known)
        if isinstance(self._data, Panel):
            own = self._data.with_columns(Columns(None, None, static=names)).static
        else:
            found = static_of(self._data, names)
            strange = [number for number in found.strange if places[number] < 0]
            if strange:
                raise DataError(f"Series {self._ids[strange[0]]!r}: {found.strange[strange[0]]}")
            own = found.values
        return tuple(
            (name, np.where(places >= 0, kinds[places], others))
            for (name, kinds), (_, others) in zip(known, own, strict=True)
        )


def _numbers(panel: Panel) -> list[Values]:
    """Return the target, blank where nothing was observed, and each covariate."""
    flat = panel.flat
    beside = [flat.covariates[:, place] for place in range(len(flat.columns))]
    return [np.where(flat.observed, flat.values, np.nan), *beside]


def _table_of_panel(panel: Panel) -> Table | None:
    index, nothing = panel.flat.index, np.zeros(len(panel), dtype=np.bool_)
    return Table(
        times_of(index, index[:0]), index[:0], tuple(_numbers(panel)), panel.offsets, nothing
    )
