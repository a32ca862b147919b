"""The examples in the docstrings of public names run, and print what they say."""

import doctest
import importlib

import pytest

import forecast as fc


@pytest.mark.parametrize("name", fc.__all__)
def test_examples_run(name: str) -> None:
    thing = getattr(fc, name)
    module = importlib.import_module(thing.__module__)
    finder, runner = doctest.DocTestFinder(recurse=False), doctest.DocTestRunner()
    found = [test for test in finder.find(thing, name, module=module) if test.examples]
    for test in found:
        runner.run(test)
    assert runner.summarize(verbose=False).failed == 0


def test_public_classes_of_models_have_examples() -> None:
    for name in ("Forecaster", "Naive", "SeasonalNaive", "Drift", "Mean", "compare"):
        assert ">>>" in (getattr(fc, name).__doc__ or "")
