"""Imports only go down the list of rooms; see docs/architecture.md."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import forecast

ROOT = Path(__file__).parents[1]

# From top to bottom. A room may import itself and what stands below it, in a later line.
LEVELS: tuple[tuple[str, ...], ...] = (
    ("app",),
    ("dashboard.main",),
    ("pages",),
    ("dashboard",),
    ("forecast.__main__",),
    ("forecast.cli",),
    ("forecast.jobs",),
    ("forecast.batch",),
    ("forecast.storage",),
    ("forecast.evaluation",),
    ("forecast.insight",),
    ("forecast.charts",),
    ("forecast.models",),
    ("forecast.layers",),
    ("forecast.training",),
    ("forecast.nn", "forecast.data"),  # neither imports the other
    ("forecast.kernels",),
    ("forecast.archive",),
    ("forecast.metrics", "forecast.processes", "forecast.files", "forecast.tensors"),
    ("forecast.checks", "forecast.strict_json", "forecast.foreign_files"),
    ("forecast.errors",),
)
PUBLIC = "forecast"  # hands out the public names; only what stands above the package may use it
BROWSER = {"streamlit"}


def room_of(module: str) -> str | None:
    """Return the longest room that holds a module."""
    rooms = [room for level in LEVELS for room in level]
    held = [room for room in rooms if module == room or module.startswith(f"{room}.")]
    return max(held, key=len, default=None)


def level_of(room: str) -> int:
    return next(number for number, level in enumerate(LEVELS) if room in level)


def imported(source: str) -> Iterator[str]:
    """Yield every module that a source imports, also inside functions."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide where they go"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def home_of(target: str) -> str:
    """Return where a public name really lives: `forecast.Forecaster` is in `forecast.models`."""
    package, _, name = target.rpartition(".")
    return forecast._HOMES.get(name, target) if package == PUBLIC else target


def faults(module: str, source: str) -> list[str]:
    """Return what is wrong with a module's imports."""
    room = room_of(module)
    assert room is not None, f"{module} stands in no room of the list"
    found = []
    for target in imported(source):
        inside = room.startswith("forecast")
        if inside and target.split(".")[0] in BROWSER:
            found.append(f"{module} imports {target}: below the line nothing knows of a browser")
        there = room_of(home_of(target))
        if target == PUBLIC and inside and f"import {PUBLIC}" in source:
            found.append(f"{module} imports the whole package, whose names may stand anywhere")
        if there is None or there == room:
            continue
        if level_of(there) <= level_of(room):
            found.append(f"{module} imports {target}, which does not stand below {room}")
    return found


def sources() -> dict[str, Path]:
    files = [ROOT / "app.py"]
    for folder in ("pages", "dashboard", "forecast"):
        files += sorted((ROOT / folder).rglob("*.py"))
    names = {".".join(f.relative_to(ROOT).with_suffix("").parts): f for f in files if f.exists()}
    return {name.removesuffix(".__init__"): file for name, file in names.items()}


MODULES = {name: file for name, file in sources().items() if name != PUBLIC}


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_down(module: str) -> None:
    assert faults(module, MODULES[module].read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("forecast.nn.gru", "from forecast.models.forecaster import Forecaster"),
        ("forecast.nn.gru", "import forecast.data.series"),
        ("forecast.data.series", "from forecast.nn import cells"),
        ("forecast.training.trainer", "def f():\n    import forecast.evaluation.compare"),
        ("forecast.models.forecaster", "import streamlit as st"),
        ("forecast.errors", "from forecast import checks"),
        ("forecast.nn.gru", "from forecast import Forecaster"),
        ("forecast.nn.gru", "import forecast as fc"),
        ("forecast.charts.losses", "from forecast.evaluation.verdict import summary"),
        ("dashboard.session", "from pages import home"),
    ],
)
def test_an_upward_import_is_found(module: str, source: str) -> None:
    assert faults(module, source)


def test_the_public_names_are_lazy() -> None:
    """The package's own file may name any room, but imports none of them when it is loaded."""
    tree = ast.parse((ROOT / "forecast" / "__init__.py").read_text(encoding="utf-8"))
    at_once = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    assert [node.module for node in at_once if isinstance(node, ast.ImportFrom)] == [
        "importlib",
        "typing",
    ]
