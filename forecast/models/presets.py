"""Recipes of global networks by frequency: named settings that one can print and change.

They were chosen on the last rows of the training parts of the M competitions and the tourism
competition; `benchmarks/accuracy.md` has what they reach. All train on every row, so that nothing
is left to calibrate intervals on; give `calibration` a share where intervals are wanted.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec

from forecast.checks import one_of

Given = ParamSpec("Given")

SHARED: dict[str, Any] = {
    "transform": "log_where_positive",
    "scaling": "root",
    "loss": "mae",
    "sampling": "series",
    "batch_size": 256,
    "learning_rate": 2e-3,
    "schedule": "cosine",
    "patience": None,
    "validation": 0.0,
    "calibration": 0.0,
}
PRESETS: dict[str, dict[str, Any]] = {
    "yearly": {
        "timesteps": 32, "hidden_units": 128, "horizon": 6, "shortest": 3, "recent": 50,
        "input_noise": 0.1, "learning_rate": 3e-3, "epochs": 20, "steps_per_epoch": 200,
        "seeds": 6,
    },
    "quarterly": {
        "timesteps": 16, "hidden_units": 64, "horizon": 8, "shortest": 4, "season": 4,
        "seasonal_adjustment": "multiplicative", "seasonal_test": True, "sampling": "windows",
        "batch_size": 128, "epochs": 20, "steps_per_epoch": 100, "seeds": 5,
    },
    "monthly": {
        "timesteps": 24, "hidden_units": 64, "horizon": 18, "shortest": 12, "season": 12,
        "seasonal_adjustment": "multiplicative", "seasonal_test": True, "sampling": "windows",
        "batch_size": 128, "epochs": 20, "steps_per_epoch": 200, "seeds": 5,
    },
    "weekly": {
        "timesteps": 60, "hidden_units": 64, "horizon": 13, "shortest": 10, "scaling": "window",
        "seasonal_lags": (52,), "sampling": "windows", "epochs": 20, "steps_per_epoch": 50,
        "seeds": 7,
    },
    "daily": {
        "timesteps": 56, "hidden_units": 64, "horizon": 14, "shortest": 14, "season": 7,
        "seasonal_lags": (7,), "residual": "seasonal_naive", "epochs": 20, "steps_per_epoch": 50,
        "seeds": 5,
    },
    "hourly": {
        "timesteps": 24, "hidden_units": 128, "horizon": 48, "shortest": 24, "season": 24,
        "recent": 336, "seasonal_lags": (24, 48, 72, 96, 120, 144, 168),
        "residual": "seasonal_naive", "learning_rate": 3e-3, "epochs": 20,
        "steps_per_epoch": 450, "seeds": 5,
    },
}  # fmt: skip


def preset(name: str) -> dict[str, Any]:
    """Return the settings of a recipe, to print, change and hand to a `Forecaster`.

    Args:
        name: `yearly`, `quarterly`, `monthly`, `weekly`, `daily` or `hourly`.

    Raises:
        SettingError: there is no such recipe.

    Example:
        >>> import forecast as fc
        >>> settings = fc.preset("yearly") | {"hidden_units": 32}
        >>> fc.Forecaster("gru", **settings).settings.transform
        'log_where_positive'
    """
    return SHARED | PRESETS[one_of("preset", name, PRESETS)]


def takes_preset(init: Callable[Given, None]) -> Callable[Given, None]:
    """Let a constructor take the settings of `preset` where a caller names none."""

    @wraps(init)
    def made(*args: Given.args, **given: Given.kwargs) -> None:
        name = given.get("preset")
        if name is not None:
            given.update({**preset(str(name)), **given})
        init(*args, **given)

    return made
