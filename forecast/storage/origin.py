"""Where the rows of a run come from when it is made again: a bundled sample, or a file."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from forecast.data.columns import Columns
from forecast.data.panel import Panel, as_panel
from forecast.data.samples import load_sample, samples
from forecast.data.series import STEP, TimeSeries, prepare
from forecast.errors import ForecastError
from forecast.storage.panel_rows import LOST as LOST_OF_MANY
from forecast.storage.panel_rows import (
    is_sample,
    makes_the_same,
    panel_command,
    panel_csv,
    panel_python,
    read_panel_back,
)
from forecast.storage.series_csv import (
    FILE,
    SAMPLE,
    FileColumns,
    file_columns,
    read_back,
    same_series,
    series_csv,
    unit_of,
    zone_of,
)

MOST_TRIED = 50_000  # rows; reading more only to see that they are the same takes seconds
LOST = "Not every row of this series can be read back from a file as it was."


class Inputs(NamedTuple):
    """Which covariates a run reads.

    Attributes:
        past: names of those known up to the origin.
        future: names of those also known ahead.
    """

    past: tuple[str, ...]
    future: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        """All of them, in the order in which networks read them."""
        return (*self.past, *self.future)


class Origin(NamedTuple):
    """How code gets at the rows of a run.

    Attributes:
        python: lines that make `y`.
        command: what a command is told of the data: the source, then options and their values.
        names: what the command calls the target and the covariates, by their own names.
        frequency: that must be named, since the rows alone do not tell it; or None.
        note: on what cannot be made again, or None.
    """

    python: tuple[str, ...]
    command: tuple[str, ...]
    names: Mapping[str, str]
    frequency: str | None = None
    note: str | None = None


def inputs_of(settings: Mapping[str, Any], series: TimeSeries | Panel) -> Inputs:
    """Return the covariates that settings name; where they name no past ones, all others."""
    future = tuple(settings.get("future_covariates") or ())
    past = settings.get("past_covariates")
    if past is None:
        past = [name for name in as_panel(series).flat.columns if name not in future]
    return Inputs(tuple(past), future)


def origin_of(
    source: str, series: TimeSeries | Panel, settings: Mapping[str, Any], test: float
) -> Origin:
    """Find out how the rows of a run are made again, and try it.

    Args:
        source: of the run, such as `sample:sp500` or `prices.csv`.
        series: of the run, one or many.
        settings: that were asked for.
        test: share of the rows in the test part; those have no say in the frequency.
    """
    inputs = inputs_of(settings, series)
    if isinstance(series, Panel):
        return _of_many(source, series, inputs, settings.get("frequency"))
    tried = _Tried(series, inputs.all, settings.get("frequency"), test)
    found = _of_sample(source, series, inputs, tried)
    return found or _of_file(series, inputs, tried)


def _of_many(source: str, panel: Panel, inputs: Inputs, frequency: str | None) -> Origin:
    """Return how the many series of a run come from a sample, or from the file of the run."""
    own = (panel.flat.name, *panel.flat.columns)
    columns = file_columns(panel.flat)
    python, command = panel_python(source, panel, inputs.all), panel_command(source, panel)
    if is_sample(source, panel):
        return Origin(python, command, {one: one for one in own})
    names = dict(zip(own, (columns.target, *columns.covariates), strict=True))
    named = None if frequency or panel.flat.frequency == STEP else panel.flat.frequency
    if len(panel.flat) > MOST_TRIED or panel.flat.frequency == STEP:
        return Origin(python, command, names, named)
    rows = read_panel_back(panel_csv(panel), panel)
    if makes_the_same(rows, panel, frequency):
        return Origin(python, command, names)
    same = makes_the_same(rows, panel, panel.flat.frequency)
    return Origin(python, command, names, named, None if same else LOST_OF_MANY)


class _Tried(NamedTuple):
    """What is known of the rows to be made again."""

    series: TimeSeries
    covariates: tuple[str, ...]
    frequency: str | None
    test: float

    def frequency_for(self, rows: Any) -> tuple[bool, str | None]:
        """Return whether rows make the same series, and the frequency that has to be named."""
        asked = (self.frequency,) if self.frequency else (None, self.series.frequency)
        for frequency in asked:
            if self._makes_the_same(rows, frequency):
                return True, None if self.frequency else frequency
        return False, None

    def _makes_the_same(self, rows: Any, frequency: str | None) -> bool:
        target = self.series.name if self.covariates else None
        columns = Columns(target, self.covariates)
        try:
            made = prepare(rows, frequency=frequency, trusted=1 - self.test, columns=columns)
            return same_series(made, prepare(self.series, columns=columns))
        except ForecastError:
            return False


def _of_sample(source: str, series: TimeSeries, inputs: Inputs, tried: _Tried) -> Origin | None:
    """Return how the rows come from a sample; None where they do not."""
    name = source.removeprefix(SAMPLE)
    if name == source or name not in set(samples()["name"]):
        return None
    usual: Any = load_sample(name)
    many = isinstance(usual, pd.DataFrame) and "unique_id" in usual
    if many:
        rows: Any = usual[usual["unique_id"] == series.name]
        lines: Sequence[str] = (f"y = fc.load_sample({name!r})", _only(series.name))
        command: Sequence[str] = (source, "--series", series.name)
    else:
        target = None if inputs.all else series.name
        known = {one.strip() for one in _columns_of(name)}
        if not {series.name, *inputs.all} <= known:
            return None
        rows = load_sample(name, target=target)
        lines = (f"y = fc.load_sample({name!r}, target={target!r})",)
        command = (source, "--target", series.name)
    same, frequency = tried.frequency_for(rows)
    names = {one: one for one in (series.name, *inputs.all)}
    return Origin(tuple(lines), tuple(command), names, frequency) if same else None


def _columns_of(sample: str) -> list[str]:
    table = load_sample(sample, target=None)
    return [str(name) for name in pd.DataFrame(table)]


def _only(series: str) -> str:
    return f'y = y[y["unique_id"] == {series!r}]'


def _of_file(series: TimeSeries, inputs: Inputs, tried: _Tried) -> Origin:
    """Return how the rows come from the file of the series, which a run's download holds."""
    columns = file_columns(series)
    own = (series.name, *series.columns)
    names = dict(zip(own, (columns.target, *columns.covariates), strict=True))
    lines, command = _file_python(series, columns, inputs), _file_command(series, columns)
    if len(series) > MOST_TRIED:
        named = None if tried.frequency or series.frequency == STEP else series.frequency
        return Origin(lines, command, names, named)
    rows = read_back(series_csv(series), series)
    alone = rows[series.name] if isinstance(rows, pd.DataFrame) and not inputs.all else rows
    same, frequency = tried.frequency_for(alone)
    return Origin(lines, command, names, frequency, None if same else LOST)


def _file_python(series: TimeSeries, columns: FileColumns, inputs: Inputs) -> tuple[str, ...]:
    lines = [f"y = {_reading(series, columns, inputs)}"]
    own = [series.name, *series.columns]
    if not inputs.all:
        if columns.target != series.name:
            lines.append(f"y = y.rename({series.name!r})")
    elif [columns.target, *columns.covariates] != own:
        lines.append(f"y.columns = {own!r}")
    if unit_of(series) not in (None, "us"):
        lines.append(f"y.index = y.index.as_unit({unit_of(series)!r})")
    return tuple(lines)


def _reading(series: TimeSeries, columns: FileColumns, inputs: Inputs) -> str:
    """Return the call that reads the file: a series, or a table where covariates are read."""
    if series.frequency == STEP:
        only = "" if inputs.all else f"[{columns.target!r}]"
        return f"pd.read_csv({FILE!r}, index_col={columns.time!r}){only}"
    said = [repr(FILE), f"time={columns.time!r}"]
    said += [] if inputs.all else [f"target={columns.target!r}"]
    said += ["decimal='.'"]
    zone = zone_of(series)
    said += [] if zone is None else [f"time_zone={zone!r}"]
    return f"fc.read_csv({', '.join(said)})"


def _file_command(series: TimeSeries, columns: FileColumns) -> tuple[str, ...]:
    command = [FILE, "--time", columns.time, "--target", columns.target]
    if series.frequency == STEP:
        return (*command, "--numbered")
    zone = zone_of(series)
    return (*command, "--decimal", ".", *(() if zone is None else ("--time-zone", zone)))
