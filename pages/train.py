"""Train the cells side by side, and read whether they beat the naive forecast."""

import streamlit as st

from dashboard.frame import TRAIN, open_screen
from dashboard.guards import guarded
from dashboard.live import show_run
from dashboard.panel_choice import choose_what
from dashboard.planted_view import planted_view
from dashboard.series_choice import choose_source
from dashboard.train_form import ready, training_form
from dashboard.training import current_run, start

open_screen(TRAIN, "Choose data and settings, watch the cells learn, read the verdict.")
form, view = st.columns([1, 2], gap="large")
with form, guarded("This cannot be trained"):
    chosen = choose_what(choose_source())
    filled = training_form(chosen)
    planted_view(chosen.source, filled.settings)
    allowed = ready(filled, chosen)
    if st.button(
        "Train",
        type="primary",
        icon=":material/play_arrow:",
        key="train",
        disabled=not allowed,
        width="stretch",
    ):
        start(filled.request(chosen))
        st.toast("Training: the curves are beside this form, or below it.")
with view:
    run = current_run()
    if run is None:
        st.subheader("Nothing trained yet", anchor=False)
        st.text("Set the form and press Train: the curves appear here as the cells learn.")
    else:
        show_run(run)
