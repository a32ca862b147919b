"""What screens that need trained models draw until there are some."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import streamlit as st

from dashboard.frame import TRAIN, go_to
from dashboard.guards import guarded
from dashboard.live import show_run
from dashboard.series_choice import FIRST, Chosen, other_columns, prepared
from dashboard.train_form import Filled
from dashboard.training import current_run, start
from forecast.evaluation.comparison import Comparison
from forecast.jobs.request import Request
from forecast.jobs.snapshot import ACTIVE, RunSnapshot


class Example(NamedTuple):
    """A training that one click starts.

    Attributes:
        label: of its button.
        source: of the data.
        target: its column.
        cells: that are trained.
        settings: of `Forecaster`.
    """

    label: str
    source: str
    target: str
    cells: tuple[str, ...]
    settings: Mapping[str, Any]

    def request(self) -> Request:
        """Return the run that it asks for."""
        others = other_columns(self.source, self.target)
        chosen = Chosen(self.source, self.target, prepared(self.source, self.target), others)
        return Filled(self.cells, dict(self.settings), None, ()).request(chosen)


SEATTLE = Example(
    "Try it: Seattle, 14 days ahead",
    FIRST,
    "temp_max",
    ("gru",),
    {"timesteps": 28, "hidden_units": 32, "horizon": 14, "epochs": 50, "record_gradients": True},
)


def invite(title: str, said: str, examples: Sequence[Example] = (SEATTLE,)) -> None:
    """Draw what is there before there is a model: the way to one, and examples."""
    st.subheader(title, anchor=False)
    st.text(said)
    with st.container(horizontal=True), guarded("The example could not start"):
        if st.button("Train", type="primary", icon=":material/network_node:", key="to-train"):
            go_to(TRAIN)
        for number, example in enumerate(examples):
            key = f"example-{number}" if number else "example"
            if st.button(example.label, icon=":material/play_arrow:", key=key):
                start(example.request())
                st.rerun()


def finished_run(
    what: str, examples: Sequence[Example] = (SEATTLE,)
) -> tuple[RunSnapshot, Comparison] | None:
    """Return this person's run and its result; draw what is there instead, where it has none.

    Args:
        what: needs the models, such as `forecast`.
        examples: that are offered where there is no run.
    """
    run = current_run()
    if run is None:
        said = f"A {what} needs a trained model. Train one, or try an example."
        invite("Nothing trained yet", said, examples)
    elif run.state in ACTIVE:
        st.text(f"The {what} appears here when the training has ended.")
        show_run(run)
    elif run.result is None:
        said = "It ended before a cell had learned anything. Train again."
        invite("This run has no model", said, examples)
    else:
        return run, run.result
    return None
