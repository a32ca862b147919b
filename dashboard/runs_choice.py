"""Which kept runs a visitor sees, what is looked for among them, and which are picked."""

from collections.abc import Sequence
from typing import NamedTuple

import streamlit as st

from dashboard.address import news, write
from dashboard.frame import KEPT
from dashboard.limits import limits
from dashboard.person import may_change, person
from dashboard.training import store
from forecast.storage.records import (
    DONE,
    ENDS,
    FAILED,
    PAUSED,
    QUEUED,
    RUNNING,
    STOPPED,
    KeptRun,
)
from forecast.storage.side_by_side import cells_of

STATES = (QUEUED, RUNNING, PAUSED, DONE, STOPPED, FAILED)
CELLS = ("SimpleRNN", "GRU", "LSTM")
PICKED = "pick"  # in the address and in the session
MOST = 12  # runs beside each other


class Wanted(NamedTuple):
    """What is looked for; blank finds everything.

    Attributes:
        text: a part of the name, the data, the id or the verdict.
        states: any of these.
        sources: any of these.
        cells: any of these, as they are shown.
    """

    text: str
    states: tuple[str, ...]
    sources: tuple[str, ...]
    cells: tuple[str, ...]

    def fits(self, run: KeptRun) -> bool:
        """Say whether a run is what is looked for."""
        said = (run.name, run.source, run.target, run.id, run.verdict or "", run.error or "")
        word = self.text.strip().lower()
        return (
            (not word or any(word in one.lower() for one in said))
            and (not self.states or run.state in self.states)
            and (not self.sources or run.source in self.sources)
            and (not self.cells or not set(self.cells).isdisjoint(cells_of(run)))
        )


def known_runs() -> list[KeptRun]:
    """Return the visitor's runs, the newest first; before them those that the address names.

    Raises:
        StoreError: the run store cannot be read.
    """
    own = store().runs(None if limits().single_user else person())
    ids = {run.id for run in own}
    strange = [store().find(one) for one in picked() if one not in ids]
    return [*(run for run in strange if run is not None), *own]


def is_own(run: KeptRun) -> bool:
    """Say whether the visitor may change a run."""
    return may_change(run.owner)


def is_active(run: KeptRun) -> bool:
    """Say whether a run has not ended."""
    return run.state not in ENDS


def look_for(runs: Sequence[KeptRun]) -> Wanted:
    """Draw the search and the filters; all of them stand in the address."""
    find, states, cells, sources = st.columns([3, 3, 2, 3], vertical_alignment="bottom")
    with find:
        text = st.text_input(
            "Search", key="find", placeholder="Name, data, id or verdict", icon=":material/search:",
            max_chars=200, **KEPT,
        )  # fmt: skip
    with states:
        in_states = st.multiselect("State", STATES, key="in_state", placeholder="Any", **KEPT)
    with cells:
        with_cells = st.multiselect("Cells", CELLS, key="with_cell", placeholder="Any", **KEPT)
    with sources:
        known = list(dict.fromkeys(run.source for run in runs))
        of = st.multiselect("Data", known, key="of_source", placeholder="Any", **KEPT)
    return Wanted(text or "", tuple(in_states), tuple(of), tuple(with_cells))


def picked() -> list[str]:
    """Return the ids that the address names, else those picked in this session."""
    told = news(PICKED)
    if told is not None:
        ids = [one for one in told.split(",") if one][:MOST]
        pick(ids)
        st.session_state["picked-anew"] = st.session_state.get("picked-anew", 0) + 1
    found: list[str] = st.session_state.get(PICKED, [])
    return found


def pick(ids: Sequence[str]) -> None:
    """Pick runs, in the session and in the address."""
    some = list(dict.fromkeys(ids))[:MOST]
    st.session_state[PICKED] = some
    write(PICKED, ",".join(some) or None)
