"""Keras on the backend that KERAS_BACKEND names; the choices are that backend's module's."""

import importlib
from typing import Any

import keras

from benchmarks.choices import Choice
from benchmarks.points import Point

BACKEND: Any = importlib.import_module(f"benchmarks.peers.keras_{keras.backend.backend()}")


def step(point: Point) -> list[Choice]:
    """Return the ways of taking a step."""
    choices: list[Choice] = BACKEND.step(point)
    return choices


def epoch(point: Point) -> list[Choice]:
    """Return the ways of training an epoch."""
    choices: list[Choice] = BACKEND.epoch(point)
    return choices


def latency(point: Point) -> list[Choice]:
    """Return the ways of running the network on a window."""
    choices: list[Choice] = BACKEND.latency(point)
    return choices


def versions() -> dict[str, str]:
    """Return the versions of Keras and its backend."""
    return {"keras": keras.__version__} | BACKEND.versions()
