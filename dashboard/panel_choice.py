"""Whether a training takes one series of a panel, or all of them with one network."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.address import news, write
from dashboard.frame import KEPT
from dashboard.remembered import remembered
from dashboard.series_choice import (
    TARGET,
    Chosen,
    choose_series,
    data_of,
    other_columns,
    series_names,
    table_of,
    values_of,
)
from forecast.data.columns import Columns
from forecast.data.frequency_words import spoken
from forecast.data.many import prepare_each
from forecast.data.panel import Panel
from forecast.errors import DataError

EVERY = "all_series"  # in the address and in the session
MOST_KEPT = 2  # panels of one table, each about as large as it
MOST_REASONS = 1_000


class Ready(NamedTuple):
    """The series of a panel that can be used, and why others cannot, by their names."""

    panel: Panel
    left_out: Mapping[Any, str]


def choose_what(source: str) -> Chosen:
    """Draw what a training takes of a source: a column, one series of a panel, or all of them.

    Raises:
        DataError: the source holds nothing that can be trained on.
    """
    if not is_panel(source) or not _takes_all(source):
        return choose_series(source)
    write(TARGET, None)
    ready = whole_panel(source)
    _tell(ready)
    return all_series(source)


def is_panel(source: str) -> bool:
    """Say whether a source has several series."""
    return "unique_id" in table_of(source) and len(series_names(source)) > 1


def all_series(source: str) -> Chosen:
    """Return all series of a panel that can be used.

    Raises:
        DataError: none can.
    """
    panel = whole_panel(source).panel
    longest = panel.one(int(np.argmax(panel.lengths)))
    return Chosen(
        source,
        f"all {len(panel):,} series",
        longest,
        other_columns(source, str(panel.ids[0])),
        panel,
    )


def whole_panel(source: str, covariates: tuple[str, ...] = ()) -> Ready:
    """Return the series of a panel, ready for training together.

    Args:
        source: of a panel.
        covariates: other columns that go with the values.

    Raises:
        DataError: no series can be used; the message says why the first cannot.
    """
    return remembered(
        data_of(source),
        "panel",
        covariates,
        lambda: _prepared(table_of(source), covariates),
        most=MOST_KEPT,
    )


def _prepared(table: pd.DataFrame, covariates: tuple[str, ...]) -> Ready:
    value = values_of(table)
    frame = table[["unique_id", "ds", value, *covariates]]
    panel, reasons = prepare_each(frame, columns=Columns(value, covariates))
    if panel is None:
        one, why = next(iter(reasons.items()), ("", "There is no row."))
        raise DataError(f"No series of the panel can be used. The first, {one!r}: {why}")
    return Ready(panel, reasons)


def _takes_all(source: str) -> bool:
    """Draw the choice; an address that names a series, as older ones do, means that one."""
    names = series_names(source)
    if news(TARGET) in names and EVERY not in st.query_params:
        st.session_state[EVERY] = False
    return st.toggle(
        f"All {len(names):,} series, one network",
        value=True,
        key=EVERY,
        help="On: each cell is one network that learns from every series and forecasts each. "
        "Off: it learns from a single series alone.",
        **KEPT,
    )


def _tell(ready: Ready) -> None:
    """Say what the series are, and which of them are left out."""
    panel, lengths = ready.panel, ready.panel.lengths
    rows = f"{int(lengths.min()):,} to {int(lengths.max()):,}"
    each = rows if lengths.min() < lengths.max() else f"{int(lengths[0]):,}"
    season = panel.flat.season
    st.text(
        f"{len(panel):,} series of {each} rows, {spoken(panel.flat.frequency)}, "
        f"{'no season' if season == 1 else f'season of {season} rows'}"
    )
    if not ready.left_out:
        return
    with st.expander(f"{len(ready.left_out):,} series left out", icon=":material/warning:"):
        reasons = list(ready.left_out.items())[:MOST_REASONS]
        st.dataframe(
            pd.DataFrame({"series": [str(one) for one, _ in reasons],
                          "why": [why for _, why in reasons]}),
            hide_index=True,
            alt="One row a series that cannot be used, and why.",
        )  # fmt: skip
