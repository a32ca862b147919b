"""How the models of a run would have done from many past cut-offs."""

import streamlit as st

from dashboard.backtest_views import backtest_form, show_backtest
from dashboard.finished_run import finished_run
from dashboard.frame import BACKTEST, open_screen
from dashboard.guards import guarded

open_screen(BACKTEST, "Go back in time: what would your models have forecast, and how wrong?")
finished = finished_run("backtest")
if finished is not None:
    form, view = st.columns([1, 3], gap="large")
    with form:
        asked = backtest_form(*finished)
    with view, guarded("This cannot be backtested"):
        show_backtest(*finished, asked)
