"""The table of kept runs, in which a person picks some."""

import hashlib
from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from dashboard.runs_choice import PICKED, is_active, is_own, pick, picked
from dashboard.training import store
from forecast.storage.records import QUEUED, KeptRun
from forecast.storage.side_by_side import overview

TEXT, NUMBER = st.column_config.TextColumn, st.column_config.NumberColumn
ORDER = (
    *("state", "name", "source", "target", "cells", "best", "skill", "verdict", "submitted"),
    *("seconds", "pinned"),
)
HEIGHT = 420  # of the table, in pixels, at most
ROW = 35


def pick_runs(runs: Sequence[KeptRun]) -> None:
    """Draw the table and note what is picked in it; what it does not show stays picked."""
    ids = [run.id for run in runs]
    before = picked()
    table = _shown(runs)
    event: Any = st.dataframe(
        table,
        key=_key(ids),
        column_order=[*ORDER, *(["yours"] if not table["yours"].all() else [])],
        column_config=_columns(),
        hide_index=True,
        height=min(HEIGHT, ROW * (len(ids) + 1) + 2),
        on_select="rerun",
        selection_mode="multi-row",
        selection_default={"selection": {"rows": [ids.index(one) for one in before if one in ids]}},
        placeholder="",
        alt="One row a run; the boxes at the left pick runs to look at.",
    )
    rows = [ids[place] for place in event.selection.rows if place < len(ids)]
    kept = [one for one in before if one not in ids or one in rows]
    pick([*kept, *(one for one in rows if one not in kept)])


def _key(ids: Sequence[str]) -> str:
    """Return a key that changes with the rows: a selection counts rows, whichever they are."""
    anew = st.session_state.get("picked-anew", 0)
    shown = hashlib.sha256(",".join(ids).encode()).hexdigest()[:12]
    return f"runs-{shown}-{anew}"


def forget_selection() -> None:
    """Pick nothing."""
    st.session_state["picked-anew"] = st.session_state.get("picked-anew", 0) + 1
    st.session_state[PICKED] = []
    pick([])


def _shown(runs: Sequence[KeptRun]) -> pd.DataFrame:
    table = overview(runs)
    states = [_live(run) if is_active(run) else run.state for run in runs]
    return table.assign(state=states, yours=[is_own(run) for run in runs])


def _live(run: KeptRun) -> str:
    """Return the state of a run that trains, with how far it has come."""
    found = store().find(run.id)
    if found is None or run.state == QUEUED:
        return run.state
    done = sum(len(cell.history) for cell in found.cells)
    timed = any(cell.limit is not None for cell in found.cells)
    of = "" if timed else f" of {sum(cell.epochs for cell in found.cells):,}"
    return f"{found.state}, epoch {done:,}{of}"


def _columns() -> dict[str, ColumnConfig]:
    return {
        "state": TEXT("State", pinned=True),
        "name": TEXT("Name", width="medium"),
        "source": TEXT("Data"),
        "target": TEXT("Column"),
        "cells": TEXT("Cells"),
        "best": TEXT("Best model", help="Errs least on the test part; a simple one may win."),
        "skill": NUMBER("Skill %", format="%+.1f", help="Of the best model, against Naive."),
        "verdict": TEXT("Verdict", width="medium"),
        "submitted": st.column_config.DatetimeColumn(
            "When", format="YYYY-MM-DD HH:mm", timezone=_zone()
        ),
        "seconds": NUMBER("Seconds", format="%.1f", help="From its start to its end."),
        "pinned": st.column_config.CheckboxColumn("Pinned", help="Stays when old runs leave."),
        "yours": st.column_config.CheckboxColumn("Yours"),
    }


def _zone() -> str:
    """Return the time zone of the browser."""
    return st.context.timezone or "UTC"
