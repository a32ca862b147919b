"""The guide to the server names every variable, and its example of secrets is whole."""

import re

from dashboard.limits import VARIABLES, ServerLimits
from dashboard.sign_in import NEEDED
from tests.browser.server import ROOT

GUIDE = (ROOT / "docs/server.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| `(FORECAST_[A-Z_]+)` \| ([^|]*) \|", GUIDE, re.MULTILINE))
NO_VARIABLE = {"FORECAST_LOSSES"}  # a constant of forecast/models


def test_every_variable_stands_in_the_one_table() -> None:
    code = [file for room in ("forecast", "dashboard") for file in (ROOT / room).rglob("*.py")]
    named = re.compile(r"\bFORECAST_[A-Z_]+\b")
    used = {one for file in code for one in named.findall(file.read_text(encoding="utf-8"))}
    assert set(ROWS) == used - NO_VARIABLE


def test_the_defaults_are_those_of_the_code() -> None:
    usual = ServerLimits()
    for variable, name in VARIABLES.items():
        value = getattr(usual, name)
        said = ROWS[variable].strip()
        assert said == ("none" if value == () else str(int(value)))


def test_the_example_of_secrets_is_whole() -> None:
    for name in NEEDED:
        assert f"\n{name} = " in GUIDE
