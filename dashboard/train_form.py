"""The settings of a training: what a person sets before the start."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import streamlit as st

from dashboard.advanced_defaults import EPOCHS, SETTINGS, touched
from dashboard.advanced_form import advanced_form
from dashboard.frame import KEPT
from dashboard.guards import show_error
from dashboard.panel_choice import whole_panel
from dashboard.remembered import remembered
from dashboard.series_choice import Chosen, prepared
from forecast.data.panel import Panel
from forecast.data.series import TimeSeries
from forecast.errors import ForecastError
from forecast.evaluation.compare import CELLS
from forecast.jobs.request import Request
from forecast.kernels.engine import kernels_of, ready_engine
from forecast.models.cost import Cost, fit_cost
from forecast.models.presets import PRESETS, preset
from forecast.nn.cells import cell_named

NO_RECIPE = "own settings"
SHORTEST, LONGEST = 2, 200  # timesteps
UNITS = (8, 16, 32, 64, 128, 256, 512, 1024)
DEFAULTS: Mapping[str, Any] = {"timesteps": 24, "hidden_units": 32, "horizon": 1, "epochs": EPOCHS}


class Filled(NamedTuple):
    """A filled-in form.

    Attributes:
        cells: which cells.
        settings: of `Forecaster`.
        vary: the setting that a grid varies, or None.
        values: the values of the grid.
        fair: what is equal between the cells, see `forecast.evaluation.compare.compare`.
        fair_seconds: training time of each cell, where that is what is equal.
    """

    cells: tuple[str, ...]
    settings: dict[str, Any]
    vary: str | None
    values: tuple[int, ...]
    fair: str = "units"
    fair_seconds: float | None = None

    def request(self, chosen: Chosen) -> Request:
        """Return the run that this form asks for.

        Raises:
            ForecastError: a setting is out of range, or the series is too short for it.
        """
        settings: dict[str, Any] = {"past_covariates": (), **self.settings}
        if self._beside():  # a saved model then finds the target among the others
            panel = chosen.panel
            settings["target"] = chosen.target if panel is None else panel.flat.name
        return Request(
            self.series(chosen),
            chosen.source,
            self.cells,
            settings,
            target=chosen.target,
            vary=self.vary,
            values=self.values,
            fair=self.fair,
            fair_seconds=self.fair_seconds,
        )

    def series(self, chosen: Chosen) -> TimeSeries | Panel:
        """Return the chosen series, one or many, with the columns that are read beside it.

        Raises:
            DataError: it cannot be prepared with them.
        """
        names = self._beside()
        if chosen.panel is not None:
            return whole_panel(chosen.source, names).panel if names else chosen.panel
        return prepared(chosen.source, chosen.target, names) if names else chosen.series

    def _beside(self) -> tuple[str, ...]:
        """Return the columns that are read beside the series, each once."""
        both = ("past_covariates", "future_covariates")
        return tuple(dict.fromkeys(name for one in both for name in self.settings.get(one, ())))


def label(cell: str) -> str:
    """Return how a cell is shown."""
    return cell_named(cell).label


def training_form(chosen: Chosen) -> Filled:
    """Draw the form for a series, or for all series of a panel; return what stands in it."""
    recipe = _recipe() if chosen.panel is not None else None
    if recipe is not None:
        return _filled_by(recipe)
    timesteps = st.slider(
        "timesteps", SHORTEST, LONGEST, int(DEFAULTS["timesteps"]), key="timesteps",
        help="How many past rows the network reads before it forecasts.", **KEPT,
    )  # fmt: skip
    hidden_units = st.select_slider(
        "hidden_units", UNITS, int(DEFAULTS["hidden_units"]), key="hidden_units",
        help="Size of the hidden state: how much the network can keep in mind.", **KEPT,
    )  # fmt: skip
    cells, horizon = _cells(), _horizon()
    basic = {"timesteps": timesteps, "hidden_units": hidden_units, "horizon": horizon}
    expander = st.expander("Advanced", icon=":material/tune:", key="advanced", on_change="rerun")
    if not (expander.open or touched()):
        return Filled(cells, basic | dict(SETTINGS), None, ())
    with expander:
        advanced, grid, fairness = advanced_form(chosen)
    return Filled(cells, basic | advanced, *grid, *fairness)


def _cells() -> tuple[str, ...]:
    """Draw which cells are trained."""
    cells = st.pills(
        "Cells",
        CELLS,
        selection_mode="multi",
        default=CELLS,
        format_func=label,
        key="cells",
        **KEPT,
    )
    return tuple(cells or ())


def _horizon() -> int:
    """Draw how far ahead they forecast."""
    horizon = st.number_input(
        "horizon", 1, 100, int(DEFAULTS["horizon"]), key="horizon",
        help="How many rows ahead are forecast at once.", **KEPT,
    )  # fmt: skip
    return int(horizon)


def _recipe() -> str | None:
    """Draw the choice of a recipe for many series; None is the form's own settings."""
    recipe = st.selectbox(
        "Recipe", (NO_RECIPE, *PRESETS), key="recipe",
        help="Settings of a global network for rows of a frequency, as `fc.preset` has them. They "
        "take the place of this form's; the horizon stays yours.", **KEPT,
    )  # fmt: skip
    return recipe if recipe in PRESETS else None


def _filled_by(recipe: str) -> Filled:
    """Draw what a recipe leaves to choose, and say the rest; return the filled form."""
    cells, horizon = _cells(), _horizon()
    settings = preset(recipe) | {"horizon": horizon}
    st.caption(", ".join(f"{name} {one}" for name, one in settings.items()))
    settings["record_gradients"] = SETTINGS["record_gradients"]
    return Filled(cells, settings, None, ())


def costs(request: Request) -> dict[str, list[Cost]]:
    """Estimate what each cell costs, by label: one cost, or one for each value of a grid."""
    found: dict[str, list[Cost]] = {label(cell): [] for cell in request.cells}
    for _, plan in request.plans():
        for name, network in plan.networks.items():
            cost, limit = fit_cost(network.settings, plan.part.before), plan.seconds
            found[name].append(cost if limit is None else cost._replace(seconds=limit))
    return found


def ready_engines(cells: Iterable[str]) -> tuple[str, ...]:
    """Return what would compute each cell now: until the fast engine is compiled it is NumPy."""
    return tuple(ready_engine("auto", "float32", kernels_of(cell)) for cell in cells)


def estimate(filled: Filled, chosen: Chosen) -> dict[str, list[Cost]]:
    """Return `costs` of what a form asks for, computed once for each form and series.

    Raises:
        ForecastError: a setting is out of range, or the series is too short for it.
    """
    settings = tuple(sorted(filled.settings.items()))
    question = (ready_engines(filled.cells), filled.cells, settings, *filled[2:])
    return remembered(
        filled.series(chosen), "costs", question, lambda: costs(filled.request(chosen))
    )


def ready(filled: Filled, chosen: Chosen) -> bool:
    """Say what the run will cost, or what is wrong with the form; return whether it may start."""
    if not filled.cells:
        show_error("No cell is chosen", "Choose at least one of SimpleRNN, GRU and LSTM.")
        return False
    if filled.vary is not None and not filled.values:
        show_error("The grid is empty", f"Choose at least one value of {filled.vary}.")
        return False
    try:
        st.caption(_said(estimate(filled, chosen)))
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
