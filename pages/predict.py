"""Forecast beyond the end of the data, with the models of a run."""

import streamlit as st

from dashboard.frame import FORECAST, open_screen
from dashboard.guards import guarded
from dashboard.live import show_run
from dashboard.predict_views import forecast_form, invite, show_forecast
from dashboard.training import current_run
from forecast.jobs.snapshot import QUEUED, RUNNING

open_screen(FORECAST, "Look beyond the end of the data with the models of your run.")
run = current_run()
if run is None:
    invite("Nothing trained yet", "A forecast needs a trained model. Train one, or try an example.")
elif run.state in (QUEUED, RUNNING):
    st.text("The forecast appears here when the training has ended.")
    show_run(run)
elif run.result is None:
    invite("This run has no model", "It ended before a cell had learned anything. Train again.")
else:
    form, view = st.columns([1, 2], gap="large")
    with form:
        asked = forecast_form(run, run.result)
    with view, guarded("This cannot be forecast"):
        show_forecast(asked)
