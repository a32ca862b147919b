"""Forecast beyond the end of the data, with the models of a run."""

import streamlit as st

from dashboard.finished_run import finished_run
from dashboard.frame import FORECAST, open_screen
from dashboard.guards import guarded
from dashboard.predict_views import forecast_form, show_forecast

open_screen(FORECAST, "Look beyond the end of the data with the models of your run.")
finished = finished_run("forecast")
if finished is not None:
    form, view = st.columns([1, 2], gap="large")
    with form:
        asked = forecast_form(*finished)
    with view, guarded("This cannot be forecast"):
        show_forecast(asked)
