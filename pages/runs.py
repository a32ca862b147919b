"""Every run that was kept: find, compare, open, download, and make it again."""

import streamlit as st

from dashboard.finished_run import invite
from dashboard.frame import RUNS, open_screen
from dashboard.guards import guarded
from dashboard.runs_beside import show_beside, show_losses
from dashboard.runs_choice import Wanted, is_active, known_runs, look_for, picked
from dashboard.runs_one import show_one
from dashboard.runs_table import forget_selection, pick_runs
from dashboard.training import store
from forecast.data.export import csv_bytes
from forecast.storage.bundle import runs_table
from forecast.storage.side_by_side import short_names

POLL = 1.0  # seconds between two looks while something trains


def look(wanted: Wanted, polled: bool) -> None:
    """Draw the table and what is picked in it, as the run store has it now."""
    runs = known_runs()
    if polled and not any(is_active(run) for run in runs):
        st.rerun()  # the whole page once more, without polling
    shown = [run for run in runs if wanted.fits(run)]
    if shown:
        pick_runs(shown)
    else:
        st.text("No run is like that. Change the search or the filters.")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{len(shown):,} of {len(runs):,} runs")
        if picked():
            st.button("Pick none", key="pick-none", type="tertiary", on_click=forget_selection)
        st.download_button(
            "All runs (CSV)",
            lambda: csv_bytes(runs_table(runs), index=False),
            file_name="runs.csv",
            mime="text/csv",
            on_click="ignore",
            icon=":material/download:",
            key="all-runs",
        )
    found = [run for run in (store().find(one) for one in picked()) if run is not None]
    if not found:
        st.text("Pick runs by the boxes at the left to see their losses, scores and code.")
        return
    if len(found) > 1:
        show_losses(found)
        show_beside(found)
    names = short_names(found)
    one = found[0]
    if len(found) > 1:
        st.subheader("One of them", anchor=False)
        ids = [run.id for run in found]
        chosen = st.selectbox("Run", ids, format_func=names.__getitem__, key="one-of-runs")
        one = found[ids.index(chosen) if chosen in ids else 0]
    show_one(one)
    if len(found) == 1:
        show_losses(found)


open_screen(RUNS, "Everything that was trained: find it, compare it, make it again.")
with guarded("The run store cannot be read"):
    runs = known_runs()
    if runs:
        wanted = look_for(runs)
        active = any(is_active(run) for run in runs)
        st.fragment(look, run_every=POLL if active else None)(wanted, active)
    else:
        said = "What you train is kept here with its settings, epochs, scores and models."
        invite("No run is kept yet", said)
