"""How many windows the settings leave of a series, before anything is trained."""

from typing import NamedTuple

import streamlit as st

from dashboard.advanced_defaults import EPOCHS
from dashboard.frame import KEPT
from dashboard.guards import show_error
from dashboard.remembered import remembered
from dashboard.train_form import DEFAULTS, ready_engines
from forecast.data.series import TimeSeries
from forecast.errors import ForecastError
from forecast.evaluation.compare import CELLS
from forecast.models.preflight import Preflight, memory_bytes, preflight, seconds
from forecast.models.settings import ForecasterSettings

MOST_TIMESTEPS, MOST_HORIZON = 200, 100  # as on the Train screen
UNITS = int(DEFAULTS["hidden_units"])
MEBIBYTE = 2**20


class Checked(NamedTuple):
    """Settings, and what they leave of a series.

    Attributes:
        timesteps: rows that the network reads.
        horizon: rows ahead.
        enough: whether there is something to train and to test on.
        needed: fewest rows that would be enough.
    """

    timesteps: int
    horizon: int
    enough: bool
    needed: int


def preflight_view(series: TimeSeries) -> Checked:
    """Draw `timesteps` and `horizon`, and say what they leave of a series.

    Args:
        series: ready for training.
    """
    left, right = st.columns(2)
    timesteps = int(
        left.number_input(
            "timesteps", 2, MOST_TIMESTEPS, int(DEFAULTS["timesteps"]), key="rows_read",
            help="How many past rows the network reads before it forecasts.", **KEPT,
        )
    )  # fmt: skip
    horizon = int(
        right.number_input(
            "horizon", 1, MOST_HORIZON, int(DEFAULTS["horizon"]), key="rows_ahead",
            help="How many rows ahead are forecast at once.", **KEPT,
        )
    )  # fmt: skip
    asked = timesteps, horizon
    found = remembered(series, "preflight", asked, lambda: preflight(series, _networks(*asked)[0]))
    if not found.enough:
        show_error("Too short for these settings", found.formula())
        return Checked(timesteps, horizon, enough=False, needed=found.needed)
    st.text(found.formula())
    engines = ready_engines(CELLS)
    try:
        cost = remembered(
            series, "spoken cost", (asked, engines), lambda: _cost(series, found, _networks(*asked))
        )
    except ForecastError as error:  # every window touches a gap
        show_error("These settings leave nothing to train on", error)
        return Checked(timesteps, horizon, enough=False, needed=found.needed)
    st.caption(cost)
    return Checked(timesteps, horizon, enough=True, needed=found.needed)


def _networks(timesteps: int, horizon: int) -> list[ForecasterSettings]:
    return [
        ForecasterSettings(
            cell=cell, timesteps=timesteps, horizon=horizon, hidden_units=UNITS, epochs=EPOCHS
        )
        for cell in CELLS
    ]


def _cost(series: TimeSeries, found: Preflight, networks: list[ForecasterSettings]) -> str:
    """Say what training the three cells costs.

    Raises:
        ForecastError: there is nothing to train on.
    """
    took = sum(seconds(series, one) for one in networks)
    windows = sum(count for part, count in found.windows.items() if part != "test")
    memory = sum(memory_bytes(windows, one) for one in networks) / MEBIBYTE
    return (
        f"Three cells of {UNITS} hidden_units, at most {EPOCHS} epochs: about "
        f"{_spoken(took)} of computing, {max(1, round(memory)):,} MB of memory."
    )


def _spoken(took: float) -> str:
    if took < 1:
        return "a second"
    return f"{took:,.0f} s" if took < 120 else f"{took / 60:,.0f} min"
