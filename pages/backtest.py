"""How the models of a run would have done from many past cut-offs."""

import streamlit as st

from dashboard.backtest_views import backtest_form, show_backtest
from dashboard.frame import BACKTEST, open_screen
from dashboard.guards import guarded
from dashboard.live import show_run
from dashboard.predict_views import invite
from dashboard.training import current_run
from forecast.jobs.snapshot import QUEUED, RUNNING

open_screen(BACKTEST, "Go back in time: what would your models have forecast, and how wrong?")
run = current_run()
if run is None:
    invite("Nothing trained yet", "A backtest needs trained models. Train some, or try an example.")
elif run.state in (QUEUED, RUNNING):
    st.text("The backtest appears here when the training has ended.")
    show_run(run)
elif run.result is None:
    invite("This run has no model", "It ended before a cell had learned anything. Train again.")
else:
    form, view = st.columns([1, 3], gap="large")
    with form:
        asked = backtest_form(run, run.result)
    with view, guarded("This cannot be backtested"):
        show_backtest(run, run.result, asked)
