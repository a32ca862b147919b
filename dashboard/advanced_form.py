"""The settings of a training that most people leave as they are, in four tabs."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.advanced_defaults import EPOCHS
from dashboard.frame import KEPT
from dashboard.series_choice import Chosen
from forecast.data.calendar_features import CYCLES
from forecast.data.scaling import SCALINGS
from forecast.data.seasonal import ADJUSTMENTS
from forecast.data.transforms import TRANSFORMS
from forecast.evaluation.fairness import FAIR
from forecast.models.settings import FORECAST_LOSSES, STRATEGIES
from forecast.training.schedules import SCHEDULES

MOST_SEEDS = 9
NO_GRID = "one run"
GRIDS = {"timesteps": (6, 12, 24, 48, 96), "hidden_units": (8, 16, 32, 64, 128)}
TABS = ("Training", "Network", "Inputs", "Grid")
Grid = tuple[str | None, tuple[int, ...]]
Fairness = tuple[str, float | None]


def advanced_form(chosen: Chosen) -> tuple[dict[str, Any], Grid, Fairness]:
    """Draw the form; return settings of `Forecaster`, a grid's setting and values, and fairness.

    Args:
        chosen: the series; its other columns may be read beside it, its timestamps too.
    """
    training, network, inputs, grid = st.tabs(TABS)
    with training:
        fairness = _fairness()
        settings = _training()
    with network:
        settings |= _network()
    with inputs:
        settings |= _inputs(chosen)
    with grid:
        return settings, _grid(), fairness


def _fairness() -> Fairness:
    """Draw the choice of what is equal between the cells; return it, and seconds or None."""
    fair = st.segmented_control(
        "Equal between the cells", FAIR, default="units", key="fair", required=True,
        help="parameters: the first cell keeps its hidden_units, the others get as many as bring "
        "them nearest to its parameters. time: every cell trains equally long.", **KEPT,
    )  # fmt: skip
    if fair != "time":
        return fair or "units", None
    seconds = st.number_input(
        "Seconds of training for each cell", 1, 600, 10, key="fair_seconds",
        help="In place of epochs and patience; the best epoch is kept.", **KEPT,
    )  # fmt: skip
    return "time", float(seconds)


def _training() -> dict[str, Any]:
    left, right = st.columns(2)
    with left:
        epochs = st.number_input("epochs", 1, 1000, EPOCHS, key="epochs", **KEPT)
        batch_size = st.number_input("batch_size", 1, 1024, 32, key="batch_size", **KEPT)
        loss = st.selectbox(
            "loss", FORECAST_LOSSES, key="loss",
            help="quantile learns five quantiles, student_t a distribution; both make intervals "
            "as wide as the moment asks for.", **KEPT,
        )  # fmt: skip
        seed = st.number_input("seed", 0, 10_000, 0, key="seed", **KEPT)
    with right:
        patience = st.number_input(
            "patience", 0, 1000, 10, key="patience", help="0 trains all epochs.", **KEPT
        )
        learning_rate = st.number_input(
            "learning_rate", 1e-5, 1.0, 1e-3, 1e-4, "%.5f", key="learning_rate", **KEPT
        )
        schedule = st.selectbox("schedule", tuple(SCHEDULES), key="schedule", **KEPT)
        seeds = st.number_input(
            "seeds", 1, MOST_SEEDS, 1, key="seeds",
            help="Networks to train for each cell; their median is the forecast.", **KEPT,
        )  # fmt: skip
    with left:
        validation = st.slider(
            "validation", 0.0, 0.5, 0.15, 0.05, key="validation",
            help="Share of the rows that chooses the epoch.", **KEPT,
        )  # fmt: skip
    with right:
        calibration = st.slider(
            "calibration", 0.0, 0.5, 0.15, 0.05, key="calibration",
            help="Share of the rows that measures how wide intervals must be.", **KEPT,
        )  # fmt: skip
    left, right = st.columns(2, vertical_alignment="bottom")
    clip_norm = left.number_input(
        "clip_norm", 0.0, 100.0, 1.0, key="clip_norm", help="0 does not clip.", **KEPT
    )
    refit = right.toggle(
        "refit", key="refit",
        help="Train once more on all rows before the test part, as many epochs as were best.",
        **KEPT,
    )  # fmt: skip
    record_gradients = right.toggle(
        "record_gradients", True, key="record_gradients",
        help="Note after every epoch where the gradient goes, for the screen Memory. It changes no "
        "weight, and takes little time.", **KEPT,
    )  # fmt: skip
    return {
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "loss": loss,
        "schedule": schedule,
        "patience": patience or None,
        "clip_norm": clip_norm or None,
        "validation": validation,
        "calibration": calibration,
        "seed": seed,
        "seeds": seeds,
        "refit": refit,
        "record_gradients": record_gradients,
    }


def _network() -> dict[str, Any]:
    left, right = st.columns(2)
    with left:
        layers = st.number_input("layers", 1, 4, 1, key="layers", **KEPT)
    with right:
        strategy = st.selectbox(
            "strategy", STRATEGIES, key="strategy",
            help="direct forecasts all rows ahead at once; recursive one at a time, fed back.",
            **KEPT,
        )  # fmt: skip
    dropout = st.slider(
        "dropout", 0.0, 0.9, 0.0, 0.05, key="dropout",
        help="Share of values left out between layers while training.", **KEPT,
    )  # fmt: skip
    return {"layers": layers, "strategy": strategy, "dropout": dropout}


def _inputs(chosen: Chosen) -> dict[str, Any]:
    left, right = st.columns(2)
    with left:
        scaling = st.selectbox(
            "scaling", SCALINGS, key="scaling",
            help="window: each window by its own last value and spread.", **KEPT,
        )  # fmt: skip
    with right:
        transform = st.selectbox(
            "transform", TRANSFORMS, key="transform",
            help="What is forecast, and turned back; logarithms need values above 0.", **KEPT,
        )  # fmt: skip
    adjustment = st.selectbox(
        "seasonal_adjustment", ADJUSTMENTS, key="seasonal_adjustment",
        help="Take seasonal factors out before, and put them back after.", **KEPT,
    )  # fmt: skip
    return {
        "scaling": scaling,
        "transform": transform,
        "seasonal_adjustment": adjustment,
        "calendar": _calendar(chosen),
        **_covariates(chosen.others),
    }


def _calendar(chosen: Chosen) -> tuple[str, ...]:
    """Draw the choice of calendar features, for dated rows."""
    if not isinstance(chosen.series.index, pd.DatetimeIndex):
        return ()
    cycles = st.pills(
        "calendar", tuple(CYCLES), selection_mode="multi", key="calendar",
        help="What the network is told of the date of each row ahead.", **KEPT,
    )  # fmt: skip
    return tuple(name for name in CYCLES if name in (cycles or ()))


def _covariates(others: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Draw the choice of other columns to read."""
    if not others:
        st.caption("This data has no other column of numbers to read beside the series.")
        return {"past_covariates": (), "future_covariates": ()}
    past = st.multiselect(
        "past_covariates", others, key="past_covariates", placeholder="Other columns",
        help="Columns that are read up to the row that a forecast starts from.", **KEPT,
    )  # fmt: skip
    future = st.multiselect(
        "future_covariates", others, key="future_covariates", placeholder="Columns known ahead",
        help="Columns that are also known for the rows to forecast, such as a plan or a price of "
        "one's own. The test part reads what was observed there.", **KEPT,
    )  # fmt: skip
    return {"past_covariates": tuple(past), "future_covariates": tuple(future)}


def _grid() -> Grid:
    """Draw the choice of a grid; return the varied setting and its values."""
    vary = st.segmented_control(
        "Compare over", (NO_GRID, *GRIDS), default=NO_GRID, key="vary", required=True, **KEPT
    )
    if vary is None or vary == NO_GRID:
        return None, ()
    values = st.pills(
        f"Values of {vary}", GRIDS[vary], selection_mode="multi", default=GRIDS[vary][1:4],
        key=f"values_{vary}", **KEPT,
    )  # fmt: skip
    return vary, tuple(sorted(values))
