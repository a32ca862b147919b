"""Small fitted forecasters, and exported ones run by ONNX Runtime."""

from pathlib import Path

import numpy as np
import pandas as pd

import forecast as fc


def series(level: float = 5000.0) -> "pd.Series[float]":
    days = pd.date_range("2024-01-01", periods=70, freq="D")
    steps = np.random.default_rng(0).normal(size=70).cumsum()
    return pd.Series(level + 40 * level / 5000 * steps, days, name="price")


def fitted(level: float = 5000.0, **settings: object) -> fc.Forecaster:
    """Fit, then draw all weights anew, so that each of them, also a bias, moves the forecast."""
    chosen = {"timesteps": 6, "hidden_units": 3, "epochs": 1, "engine": "numpy", **settings}
    model = fc.Forecaster(**chosen).fit(series(level))
    learned = model.learned()
    weights = learned.parameters
    drawn = np.random.default_rng(1).normal(scale=0.5, size=weights.flat.size)
    parameters = weights.with_flat(drawn.astype(weights.flat.dtype))
    model.fitted_ = learned._replace(members=(learned.members[0]._replace(parameters=parameters),))
    return model


def run(path: Path, windows: np.ndarray) -> np.ndarray:
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (outputs,) = session.run(["forecast"], {"window": windows})
    return outputs
