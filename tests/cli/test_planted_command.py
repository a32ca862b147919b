"""A sample with a planted memory, and the columns beside it, on the command line."""

import json

from forecast.data.planted import ROWS
from tests.cli.conftest import Call

SMALL = ("--cell", "gru", "--epochs", "1", "--hidden-units", "4", "--timesteps", "10")
BESIDE = ("--past-covariate", "value", "--past-covariate", "marker")


def test_a_comparison_reads_the_answers_and_what_lies_beside_them(call: Call) -> None:
    done = call("compare", "sample:copy_first_10", *SMALL, *BESIDE, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["data"]["target"] == "y"
    assert ROWS - 20 < told["data"]["rows"] <= ROWS  # from the first answer on
    assert told["data"]["test_windows"] == 400  # the answers in the test part


def test_the_answers_are_what_is_forecast(call: Call) -> None:
    alone = call("compare", "sample:copy_first_10", *SMALL, "--json")
    named = call("compare", "sample:copy_first_10", "--target", "y", *SMALL, "--json")
    one, other = (json.loads(done.stdout)["data"] for done in (alone, named))
    assert one == other
