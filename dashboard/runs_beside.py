"""Picked runs beside each other: their losses, their scores, in what their settings differ."""

from collections.abc import Sequence

import streamlit as st

from dashboard.frame import KEPT
from forecast.charts.run_losses import plot_run_losses
from forecast.storage.records import KeptRun
from forecast.storage.side_by_side import (
    SCORES,
    losses_beside,
    scores_beside,
    settings_beside,
)

LOSSES = {"val_loss": "Validation", "loss": "Training"}
WORDS = {"mae": "MAE", "rmse": "RMSE", "smape": "sMAPE %", "mase": "MASE", "skill": "Skill %",
         "pinball": "Pinball", "crps": "CRPS"}  # fmt: skip


def show_losses(runs: Sequence[KeptRun]) -> None:
    """Draw the loss curves of runs, one over another.

    Args:
        runs: with their histories.
    """
    history = losses_beside(runs)
    if history.empty:
        st.text("No cell of these runs has finished an epoch yet.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        loss = st.segmented_control(
            "Loss", tuple(LOSSES), default="val_loss", format_func=LOSSES.__getitem__,
            key="shown_loss", required=True, **KEPT,
        )  # fmt: skip
        log = st.toggle("Logarithmic", key="log_of_runs", **KEPT)
    st.plotly_chart(
        plot_run_losses(history, loss=loss or "val_loss", log=log),
        key="run-losses",
        alt=f"Loss by epoch of {len(runs)} runs: one colour a cell, one line style a run.",
    )


def show_beside(runs: Sequence[KeptRun]) -> None:
    """Draw the scores of two runs or more, and the settings in which they differ."""
    scores, settings = st.columns(2, gap="large")
    with scores:
        st.subheader("Scores", anchor=False)
        score = st.selectbox("Score", SCORES, format_func=WORDS.__getitem__, key="by", **KEPT)
        table = scores_beside(runs, score if score in SCORES else "mae")
        # A score that no model of a run has says nothing; the run keeps its column.
        st.dataframe(
            table.dropna(how="all", subset=table.columns[1:]),
            column_config=dict.fromkeys(
                table.columns[1:], st.column_config.NumberColumn(format="%.4g")
            ),
            hide_index=True,
            placeholder="–",
            alt=f"{WORDS.get(score, score)} of each model, one column a run.",
        )
        if len({run.fingerprint for run in runs}) > 1:
            st.caption("These runs were not tested on the same rows: only skill and MASE compare.")
    with settings:
        st.subheader("What differs", anchor=False)
        differing = settings_beside(runs)
        if differing.empty:
            st.text("Their settings are the same.")
        else:
            st.dataframe(
                differing, hide_index=True, alt="One row a setting that differs, one column a run."
            )
