"""From a run, or a wish for one, back to the form of the Train screen."""

from collections.abc import Mapping
from typing import Any, NoReturn

import streamlit as st

from dashboard.advanced_defaults import SETTINGS
from dashboard.frame import TRAIN, go_to
from dashboard.panel_choice import EVERY, is_panel
from dashboard.series_choice import DATA, TARGET, sources
from dashboard.train_form import DEFAULTS, label
from forecast.data.panel import Panel
from forecast.jobs.request import Request

ELSEWHERE = ("vary", "recipe")  # of the form: a grid or a recipe would choose the window
BLANK = {"patience": 0, "clip_norm": 0.0}  # what the form says for none


def take_over(request: Request, settings: Mapping[str, Any]) -> NoReturn:
    """Open the Train screen with the data of a run and with settings.

    Args:
        request: of the run.
        settings: of `Forecaster`; those that the form has no place for stay behind.
    """
    usual = {**DEFAULTS, **SETTINGS, "fair": "units", "fair_seconds": None}
    seconds = None if request.fair_seconds is None else round(request.fair_seconds)
    asked = {**settings, "fair": request.fair, "fair_seconds": seconds}
    address: dict[str, Any] = {"cells": [label(cell) for cell in request.cells]}
    for name, one in usual.items():
        st.session_state.pop(name, None)  # else a kept value would take the place of the usual one
        value = asked.get(name, one)
        if value != one:  # an address that says nothing of the others leaves the form folded
            address[name] = BLANK[name] if value is None else value
    for key in ELSEWHERE:
        st.session_state.pop(key, None)
    if request.source in sources():
        st.session_state[DATA] = request.source
        if is_panel(request.source):
            address[EVERY] = str(isinstance(request.series, Panel)).lower()
        if not isinstance(request.series, Panel):
            address[TARGET] = request.target
    go_to(TRAIN, **address)
