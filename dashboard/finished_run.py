"""What screens that need trained models draw until there are some."""

import streamlit as st

from dashboard.frame import TRAIN, go_to
from dashboard.guards import guarded
from dashboard.live import show_run
from dashboard.series_choice import FIRST, Chosen, prepared
from dashboard.train_form import Filled
from dashboard.training import current_run, start
from forecast.evaluation.comparison import Comparison
from forecast.jobs.snapshot import ACTIVE, RunSnapshot

EXAMPLE = "temp_max"
EXAMPLE_SETTINGS = {"timesteps": 28, "hidden_units": 32, "horizon": 14, "epochs": 50}


def invite(title: str, said: str) -> None:
    """Draw what is there before there is a model: the way to one, and an example."""
    st.subheader(title, anchor=False)
    st.text(said)
    with st.container(horizontal=True), guarded("The example could not start"):
        if st.button("Train", type="primary", icon=":material/network_node:", key="to-train"):
            go_to(TRAIN)
        if st.button("Try it: Seattle, 14 days ahead", icon=":material/play_arrow:", key="example"):
            chosen = Chosen(FIRST, EXAMPLE, prepared(FIRST, EXAMPLE))
            start(Filled(("gru",), dict(EXAMPLE_SETTINGS), None, ()).request(chosen))
            st.rerun()


def finished_run(what: str) -> tuple[RunSnapshot, Comparison] | None:
    """Return this person's run and its result; draw what is there instead, where it has none.

    Args:
        what: needs the models, such as `forecast`.
    """
    run = current_run()
    if run is None:
        said = f"A {what} needs a trained model. Train one, or try an example."
        invite("Nothing trained yet", said)
    elif run.state in ACTIVE:
        st.text(f"The {what} appears here when the training has ended.")
        show_run(run)
    elif run.result is None:
        invite("This run has no model", "It ended before a cell had learned anything. Train again.")
    else:
        return run, run.result
    return None
