"""Where the gradient goes while a cell learns, what speaks against it, and what a step does."""

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.findings_view import CONCERN, FINE
from dashboard.guards import guarded
from dashboard.memory_measures import (
    STEPS,
    Subject,
    findings_of,
    flow_of,
    jacobian_of,
    looked,
    recorded,
)
from dashboard.memory_tables import by_model, folded_table
from forecast.charts.memory_flow import plot_gradient_flow, plot_jacobians

if TYPE_CHECKING:
    import plotly.graph_objects as go

RECORD = "fc.Forecaster(…, record_gradients=True)"


@st.fragment
def show_flow(of: Subject) -> None:
    """Draw the gradient by lag, epoch by epoch where it was recorded, and the findings."""
    st.subheader("Where the gradient goes", anchor=False)
    with guarded("The gradient cannot be followed"):
        if recorded(of):
            st.markdown(
                "To learn from a row, the gradient of the loss has to reach it. Press play, or "
                "move the slider, to see it epoch by epoch; epoch 0 is before training."
            )
        else:
            st.markdown(
                "To learn from a row, the gradient of the loss has to reach it. It was not "
                "recorded while this run was trained; this is that of the finished weights. To "
                "see it epoch by epoch, train with **Record gradient flow** (under Advanced), or "
                f"with `{RECORD}`."
            )
        st.plotly_chart(
            _flow(of),
            key="gradient-flow",
            alt=f"Norm of the loss's gradient by lag, one line a cell. {_reach(of)}",
        )
        st.markdown(_reach(of))
        folded_table(
            "gradient by epoch, layer and lag",
            lambda: by_model(_flows(of)),
            "gradient-flow",
            "One row a cell, epoch, layer and lag.",
        )
        _show_findings(of)


def _flows(of: Subject) -> dict[str, pd.DataFrame]:
    return {label: flow_of(of, label) for label in looked(of).networks}


@lru_cache(maxsize=32)
def _flow(of: Subject) -> "go.Figure":
    return plot_gradient_flow(_flows(of))


def _reach(of: Subject) -> str:
    """Return how much of the gradient reaches the first row of the window, in one sentence."""
    told = []
    for label, table in _flows(of).items():
        last = table[table["epoch"] == table["epoch"].max()]
        norms = last[last["layer"] == last["layer"].iloc[0]].groupby("lag")["norm"].mean()
        newest, oldest = float(norms.iloc[0]), float(norms.iloc[-1])
        told.append(f"{label} {_percent(100 * oldest / newest) if newest > 0 else 'none'}")
    return (
        "In the end, of the gradient at the newest row so much reaches the oldest one: "
        f"{', '.join(told)}."
    )


def _percent(share: float) -> str:
    if not np.isfinite(share):
        return "more than numbers hold"
    if share < 0.001:
        return "less than 0.001 %"
    return f"{share:,.0f} %" if share >= 10 else f"{share:.2g} %"


def _show_findings(of: Subject) -> None:
    """Draw one line a check that raises a concern, with its remedy; the others in short."""
    found = by_model({label: findings_of(of, label) for label in looked(of).networks})
    for row in found[found["concern"]].itertuples(index=False):
        _show_concern(row)
    fine = found[~found["concern"]]
    if len(fine):
        labels = ", ".join(dict.fromkeys(f"{row.model}: {row.check}" for row in fine.itertuples()))
        st.markdown(f"{FINE} No concern :small[:gray[{labels}]]")
    folded_table(
        "findings on the gradient", lambda: found, "gradient-findings", "One row a cell and check."
    )


def _show_concern(row: Any) -> None:
    heading, said = st.columns([1, 4], gap="small")
    heading.markdown(f"{CONCERN} **{row.model}** :small[:gray[{row.check}]]")
    said.markdown(f"{row.finding}  \n{row.remedy}".strip())


@st.fragment
def show_jacobians(of: Subject) -> None:
    """Draw, once it is wanted, what one step does to a small change of the state."""
    opened = st.expander(
        "For experts: what one step does to the state",
        icon=":material/function:",
        key="jacobians",
        on_change="rerun",
    )
    if not opened.open:
        return
    with opened, guarded("The Jacobians cannot be measured"):
        labels = list(looked(of).networks)
        st.markdown(
            f"Spectral radius and largest singular value of the Jacobian of one step, "
            f"$\\partial s_t / \\partial s_{{t-1}}$, at {STEPS} steps of the newest window; of an "
            "LSTM, $s$ is $h$ and $c$ together. The Lyapunov exponent is the mean growth of a "
            "small change a step, along the windows of the test part."
        )
        said = [one for label in labels for one in jacobian_of(of, label, STEPS).said.values()]
        st.plotly_chart(
            _jacobians(of), key="jacobian-figure",
            alt=f"Spectral radius and largest singular value by lag. {' '.join(said)}",
        )  # fmt: skip
        st.markdown("  \n".join(said))
        st.dataframe(
            _exponents(of), hide_index=True, alt="The Lyapunov exponent of each cell's layers."
        )
        folded_table(
            "step Jacobians",
            lambda: by_model({label: jacobian_of(of, label, STEPS).table for label in labels}),
            "jacobians",
            "One row a cell, layer and lag.",
        )


def _exponents(of: Subject) -> pd.DataFrame:
    found = {label: jacobian_of(of, label, STEPS) for label in looked(of).networks}
    rows = [
        (label, layer, exponent, one.regime[layer])
        for label, one in found.items()
        for layer, exponent in one.lyapunov.items()
    ]
    return pd.DataFrame(rows, columns=["model", "layer", "exponent per step", "regime"])


@lru_cache(maxsize=32)
def _jacobians(of: Subject) -> "go.Figure":
    labels = looked(of).networks
    return plot_jacobians({label: jacobian_of(of, label, STEPS).table for label in labels})
