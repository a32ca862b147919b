"""The series every program learns from, and its windows for those who have to cut them."""

import os

import numpy as np
from numpy.typing import NDArray

TIMESTEPS, UNITS, BATCH, WINDOWS = 24, 64, 32, 1920
EPOCHS = int(os.environ.get("COLD_EPOCHS", "20"))  # `--quick` asks for fewer
BATCHES = WINDOWS // BATCH


def series() -> NDArray[np.float64]:
    """Return a wave with noise that has exactly so many windows with a target."""
    row = np.arange(WINDOWS + TIMESTEPS)
    noise = np.random.default_rng(0).normal(size=len(row))
    return 100.0 + 10.0 * np.sin(2 * np.pi * row / 24) + noise


def windows() -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Return x (windows, timesteps, 1), y (windows, 1) and the last window (1, timesteps, 1)."""
    values = series()
    scaled = ((values - values.mean()) / values.std()).astype(np.float32)
    cut = np.lib.stride_tricks.sliding_window_view(scaled, TIMESTEPS)[..., None]
    return cut[:-1].copy(), scaled[TIMESTEPS:, None].copy(), cut[-1:].copy()
