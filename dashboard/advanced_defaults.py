"""The settings of a form whose advanced part was never opened, as that part would return them.

Most people leave it closed; its thirty widgets would cost two thirds of every rerun.
"""

from collections.abc import Mapping
from typing import Any

import streamlit as st

EPOCHS = 50
SETTINGS: Mapping[str, Any] = {
    "epochs": EPOCHS,
    "batch_size": 32,
    "learning_rate": 1e-3,
    "loss": "mse",
    "schedule": "constant",
    "patience": 10,
    "clip_norm": 1.0,
    "validation": 0.15,
    "calibration": 0.15,
    "seed": 0,
    "seeds": 1,
    "refit": False,
    "record_gradients": True,
    "layers": 1,
    "strategy": "direct",
    "dropout": 0.0,
    "scaling": "window",
    "transform": "none",
    "seasonal_adjustment": "none",
    "calendar": (),
    "past_covariates": (),
    "future_covariates": (),
}
# Of widgets, where that is not a setting's name.
KEYS = (*SETTINGS, "fair", "fair_seconds", "vary", "values_timesteps", "values_hidden_units")
_KEYS = frozenset(KEYS)


def touched() -> bool:
    """Return whether the address or this session says anything about the advanced settings."""
    # One look at all names: one for each key would take a tenth of a rerun.
    return not (_KEYS.isdisjoint(st.query_params) and _KEYS.isdisjoint(st.session_state))
