"""One source of data: which of its series, its chart, what settings leave of it, the way on."""

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from dashboard.brought import uploads
from dashboard.frame import KEPT, TRAIN, go_to
from dashboard.guards import guarded, show_error
from dashboard.panel_choice import EVERY, is_panel
from dashboard.preflight_view import preflight_view
from dashboard.remembered import remembered
from dashboard.resampling_view import resampling_view
from dashboard.series_choice import (
    DATA,
    SAMPLE,
    Chosen,
    choose_series,
    name_source,
    prepared,
    sample_facts,
    series_names,
    table_of,
    values_of,
)
from dashboard.series_finder import MOST_LISTED
from forecast.charts.series import plot_series
from forecast.data.frequency_words import spoken
from forecast.data.series import TimeSeries
from forecast.errors import ForecastError

if TYPE_CHECKING:
    import plotly.graph_objects as go

MOST_BESIDE = 4
MOST_CHARTS = 4  # of one series, with others beside it, that are kept
MOST_OVERVIEW = 10_000  # series


def show_choice(source: str) -> None:
    """Draw one source: which column, its facts, its chart, and the way to training."""
    try:
        source = resampling_view(source)
        name_source(source)
        with st.container(border=True):
            _show(source)
    except ForecastError as error:
        show_error("This data cannot be trained on", error)


def _show(source: str) -> None:
    left, right = st.columns([1, 2], gap="large")
    with left:
        chosen = choose_series(source)
        beside = _beside(source, chosen.target)
        st.text(_facts(chosen))
        checked = preflight_view(chosen.series)
        if st.button(
            "Train on it",
            type="primary",
            icon=":material/play_arrow:",
            key="train-on-it",
            width="stretch",
            disabled=not checked.enough,
        ):
            st.session_state[DATA] = source
            one = {EVERY: "false"} if is_panel(source) else {}
            go_to(TRAIN, timesteps=checked.timesteps, horizon=checked.horizon, **one)
        if is_panel(source) and st.button(
            f"Train on all {len(series_names(source)):,} series",
            icon=":material/stacked_line_chart:",
            key="train-on-all",
            width="stretch",
            help="One network a cell learns from every series, and forecasts each.",
        ):
            st.session_state[DATA] = source
            go_to(TRAIN, timesteps=checked.timesteps, horizon=checked.horizon, **{EVERY: "true"})
    with right, guarded("The chart cannot be drawn"):
        st.plotly_chart(
            _chart(chosen, tuple(beside)),
            key="series",
            alt="The chosen series over time; filled values are marked.",
        )
        table = table_of(source)
        if "unique_id" in table:
            _overview(table, checked.needed)


def _chart(chosen: Chosen, beside: tuple[str, ...]) -> "go.Figure":
    """Return the chart of a series and of others behind it, which is shared."""
    return remembered(
        chosen.series,
        "chart",
        beside,
        lambda: plot_series(chosen.series, [prepared(chosen.source, name) for name in beside]),
        most=MOST_CHARTS,
    )


def _beside(source: str, target: str) -> list[str]:
    """Draw which other series or columns are drawn too; return their names."""
    names = [name for name in series_names(source)[: MOST_LISTED + 1] if name != target]
    if not names:
        return []
    return st.multiselect("Draw beside it", names, max_selections=MOST_BESIDE, key="beside", **KEPT)


def _overview(table: pd.DataFrame, needed: int) -> None:
    """Draw one row a series of a panel: its rows, first and last, blanks; say which are too short.

    Args:
        table: a long frame.
        needed: fewest rows of a series that leave a window to train and to test on.
    """
    listed = remembered(table, "overview", None, lambda: _listed(table))
    short = int((listed["rows"] < needed).sum())
    if short:
        st.text(
            f"{short:,} of {len(listed):,} series have fewer than {needed:,} rows: too short for "
            "these settings."
        )
    listed = listed.assign(enough=listed["rows"] >= needed)
    with st.expander(f"All {len(listed):,} series", icon=":material/list:"):
        st.dataframe(
            listed.head(MOST_OVERVIEW).reset_index(), hide_index=True, alt="One row a series."
        )


def _listed(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row a series: its rows from the first value on, and what of them is blank."""
    value, ids = values_of(table), table["unique_id"]
    known = table[value].notna()
    begins = ids.map(table["ds"].where(known).groupby(ids, observed=True).min())
    rows = table[table["ds"] >= begins]
    groups = rows.groupby("unique_id", sort=False, observed=True)
    return pd.DataFrame(
        {
            "rows": groups.size(),
            "first": groups["ds"].min(),
            "last": groups["ds"].max(),
            "blanks": groups.size() - groups[value].count(),
        }
    )


def _facts(chosen: Chosen) -> str:
    """Return what is known of a series, in plain words."""
    said = list(remembered(chosen.series, "facts", None, lambda: _numbers(chosen.series)))
    if chosen.source.startswith(SAMPLE):
        facts = sample_facts().loc[chosen.source.removeprefix(SAMPLE)]
        said.append(f"{facts['source']}; {facts['licence']}")
    elif uploads()[chosen.source].said:
        said.append(uploads()[chosen.source].said)
    return "\n".join(said)


def _numbers(series: TimeSeries) -> list[str]:
    """Return what the rows of a series tell, a line each."""
    filled = int((~series.observed).sum())
    season = "no season" if series.season == 1 else f"season of {series.season} rows"
    said = [
        f"{len(series):,} rows, {spoken(series.frequency)}, {season}",
        " to ".join(_moment(series.index, row) for row in (0, -1)),
        f"from {series.values.min():.6g} to {series.values.max():.6g}",
    ]
    if filled:
        said.append(
            f"{filled:,} gaps or blanks, filled with the value before them; a filled value is "
            "never scored"
        )
    return said


def _moment(index: "pd.Index[Any]", row: int) -> str:
    """Return one entry of an index, without the clock where every entry is midnight."""
    if not isinstance(index, pd.DatetimeIndex):
        return str(index[row])
    return f"{index[row]:%Y-%m-%d}" if (index == index.normalize()).all() else str(index[row])[:16]
