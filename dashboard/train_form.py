"""The settings of a training: what a person sets before the start."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import streamlit as st

from dashboard.guards import show_error
from dashboard.series_choice import Chosen
from forecast.data.scaling import SCALINGS
from forecast.errors import ForecastError
from forecast.evaluation.compare import CELLS
from forecast.jobs.request import Request
from forecast.models.cost import Cost, fit_cost
from forecast.nn.cells import cell_named
from forecast.nn.losses import LOSSES
from forecast.training.schedules import SCHEDULES

UNITS = (8, 16, 32, 64, 128, 256, 512, 1024)
DEFAULTS: Mapping[str, Any] = {"timesteps": 24, "hidden_units": 32, "horizon": 1, "epochs": 50}
NO_GRID = "one run"
GRIDS = {"timesteps": (6, 12, 24, 48, 96), "hidden_units": (8, 16, 32, 64, 128)}
KEPT: dict[str, Any] = {"bind": "query-params", "persist_state": "session"}


class Filled(NamedTuple):
    """A filled-in form.

    Attributes:
        cells: which cells.
        settings: of `Forecaster`.
        vary: the setting that a grid varies, or None.
        values: the values of the grid.
    """

    cells: tuple[str, ...]
    settings: dict[str, Any]
    vary: str | None
    values: tuple[int, ...]

    def request(self, chosen: Chosen) -> Request:
        """Return the run that this form asks for.

        Raises:
            ForecastError: a setting is out of range, or the series is too short for it.
        """
        source = f"{chosen.source}, {chosen.target}"
        return Request(
            chosen.series, source, self.cells, self.settings, vary=self.vary, values=self.values
        )


def label(cell: str) -> str:
    """Return how a cell is shown."""
    return cell_named(cell).label


def training_form() -> Filled:
    """Draw the form and return what stands in it."""
    timesteps = st.slider(
        "timesteps", 2, 200, int(DEFAULTS["timesteps"]), key="timesteps",
        help="How many past rows the network reads before it forecasts.", **KEPT,
    )  # fmt: skip
    hidden_units = st.select_slider(
        "hidden_units", UNITS, int(DEFAULTS["hidden_units"]), key="hidden_units",
        help="Size of the hidden state: how much the network can keep in mind.", **KEPT,
    )  # fmt: skip
    cells = st.pills(
        "Cells",
        CELLS,
        selection_mode="multi",
        default=CELLS,
        format_func=label,
        key="cells",
        **KEPT,
    )
    horizon = st.number_input(
        "horizon", 1, 100, int(DEFAULTS["horizon"]), key="horizon",
        help="How many rows ahead are forecast at once.", **KEPT,
    )  # fmt: skip
    basic = {"timesteps": timesteps, "hidden_units": hidden_units, "horizon": horizon}
    with st.expander("Advanced", icon=":material/tune:"):
        advanced = _advanced()
        vary, values = _grid()
    return Filled(tuple(cells or ()), basic | advanced, vary, values)


def _advanced() -> dict[str, Any]:
    left, right = st.columns(2)
    with left:
        epochs = st.number_input("epochs", 1, 1000, int(DEFAULTS["epochs"]), key="epochs", **KEPT)
        batch_size = st.number_input("batch_size", 1, 1024, 32, key="batch_size", **KEPT)
        layers = st.number_input("layers", 1, 4, 1, key="layers", **KEPT)
        scaling = st.selectbox("scaling", SCALINGS, key="scaling", **KEPT)
        clip_norm = st.number_input(
            "clip_norm", 0.0, 100.0, 1.0, key="clip_norm", help="0 does not clip.", **KEPT
        )
        seed = st.number_input("seed", 0, 10_000, 0, key="seed", **KEPT)
    with right:
        patience = st.number_input(
            "patience", 0, 1000, 10, key="patience", help="0 trains all epochs.", **KEPT
        )
        learning_rate = st.number_input(
            "learning_rate", 1e-5, 1.0, 1e-3, 1e-4, "%.5f", key="learning_rate", **KEPT
        )
        dropout = st.slider("dropout", 0.0, 0.9, 0.0, 0.05, key="dropout", **KEPT)
        loss = st.selectbox("loss", tuple(LOSSES), key="loss", **KEPT)
        schedule = st.selectbox("schedule", tuple(SCHEDULES), key="schedule", **KEPT)
        validation = st.slider("validation", 0.0, 0.5, 0.15, 0.05, key="validation", **KEPT)
    return {
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "layers": layers,
        "dropout": dropout,
        "scaling": scaling,
        "loss": loss,
        "schedule": schedule,
        "patience": patience or None,
        "clip_norm": clip_norm or None,
        "seed": seed,
        "validation": validation,
    }


def _grid() -> tuple[str | None, tuple[int, ...]]:
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


def costs(request: Request) -> dict[str, list[Cost]]:
    """Estimate what each cell costs, by label: one cost, or one for each value of a grid."""
    found: dict[str, list[Cost]] = {label(cell): [] for cell in request.cells}
    for _, plan in request.plans():
        for name, network in plan.networks.items():
            found[name].append(fit_cost(network.settings, plan.part.before))
    return found


def ready(filled: Filled, chosen: Chosen) -> bool:
    """Say what the run will cost, or what is wrong with the form; return whether it may start."""
    if not filled.cells:
        show_error("No cell is chosen", "Choose at least one of SimpleRNN, GRU and LSTM.")
        return False
    if filled.vary is not None and not filled.values:
        show_error("The grid is empty", f"Choose at least one value of {filled.vary}.")
        return False
    try:
        st.caption(_said(costs(filled.request(chosen))))
    except ForecastError as error:
        show_error("These settings do not fit the data", error)
        return False
    return True


def _said(estimates: dict[str, list[Cost]]) -> str:
    every = [cost for costs in estimates.values() for cost in costs]
    windows = max(cost.windows for cost in every)
    seconds = sum(cost.seconds for cost in every)
    weights = ", ".join(f"{name} {_span(costs)}" for name, costs in estimates.items())
    took = "under a second" if seconds < 1 else f"about {seconds:,.0f} s"
    return (
        f"{windows:,} training windows · weights: {weights} · at most {took} of computing; "
        "early stopping often ends it sooner."
    )


def _span(costs: list[Cost]) -> str:
    """Return the number of weights, or the least and the most of a grid."""
    least, most = (extreme(cost.parameters for cost in costs) for extreme in (min, max))
    return f"{least:,}" if least == most else f"{least:,} to {most:,}"
