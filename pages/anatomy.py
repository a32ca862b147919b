"""A recurrent layer taken apart: equations, shapes, and the numbers of every step."""

import streamlit as st

from dashboard.anatomy_form import anatomy_form
from dashboard.anatomy_views import (
    built,
    show_cells,
    show_code,
    show_equations,
    show_shapes,
    show_step,
)
from dashboard.frame import ANATOMY, open_screen
from dashboard.guards import guarded

open_screen(ANATOMY, "Choose a layer and follow its numbers, step by step.")
form, view = st.columns([1, 3], gap="large")
with form:
    plan = anatomy_form()
with view, guarded("This layer cannot be built"):
    made = built(plan)
    show_equations(made)
    show_step(plan)
    show_shapes(made)
    show_cells(plan)
    show_code(plan)
