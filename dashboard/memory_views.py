"""The Memory screen as a whole: what comes in which order, and how it is measured."""

import streamlit as st

from dashboard.frame import KEPT
from dashboard.guards import guarded
from dashboard.memory_flow import show_flow, show_jacobians
from dashboard.memory_headline import show_headline
from dashboard.memory_measures import Subject, influence_of, looked
from dashboard.memory_window import show_window
from dashboard.one_of_panel import pick_one
from forecast.data.scaling import BY_WINDOW
from forecast.evaluation.comparison import Comparison
from forecast.jobs.snapshot import RunSnapshot

METHOD = "measured_by"  # in the address too
METHODS = {"gradient": "Gradient", "integrated": "Integrated gradients"}


def show_memory(run: RunSnapshot, result: Comparison) -> None:
    """Draw what the networks of a run remember of one of its series."""
    of = Subject(run.id, pick_one(run, result).id)
    headline = st.container()  # the first thing to read, though the method is chosen below it
    chosen = st.segmented_control(
        "Measured by", tuple(METHODS), default="gradient", format_func=METHODS.__getitem__,
        key=METHOD, required=True,
        help="Gradient: what a small change of a row would do to the forecast. Integrated "
        "gradients: what the row did, against a window of zeros; truer where a cell is saturated.",
        **KEPT,
    )  # fmt: skip
    method = chosen if chosen in METHODS else "gradient"
    with guarded("The memory of this run cannot be measured"):
        with headline, st.spinner("Following the gradients back"):
            show_headline(run, result, of, method)
        st.caption(_taken(of, method))
        show_window(of, method)
        show_flow(of)
        show_jacobians(of)


def _taken(of: Subject, method: str) -> str:
    """Return what the measures are taken on."""
    found = looked(of)
    label = next(iter(found.networks))
    windows = influence_of(of, label, method, None).windows
    return (
        "Taken on the networks' own scaled inputs and outputs, without new training: a mean over "
        f"{windows:,} of {found.windows:,} windows of the test part, which no network has learned "
        f"from. `scaling` is “{found.settings.scaling}”; what it adds back to a forecast, such as "
        f"the last value, is not counted.{_newest(found.settings.scaling)}"
    )


def _newest(scaling: str) -> str:
    """Say what becomes of the newest value, where windows are shifted by it."""
    if scaling not in BY_WINDOW:
        return ""
    return (
        " The newest value is 0 in every window then: its gradient tells what a change of it would "
        "do, and integrated gradients, which start from 0, give it none."
    )
