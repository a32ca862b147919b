"""What holds without Keras; models that come and go are in test_keras_round_trips."""

import sys

import pytest

import forecast as fc
from forecast.errors import MissingExtraError


@pytest.fixture
def without_keras(monkeypatch):
    monkeypatch.setitem(sys.modules, "keras", None)  # an import of it fails


@pytest.mark.parametrize("exchange", ["from_keras", "to_keras"])
def test_without_keras_the_error_says_what_to_install(exchange, without_keras):
    model = fc.Sequential([fc.GRU(2, input_shape=(3, 1))])
    with pytest.raises(MissingExtraError) as found:
        getattr(fc, exchange)(model)
    assert str(found.value) == (
        "Exchanging models with Keras needs the package `keras`, which is not installed. "
        'Install it with: pip install "recurrent-forecast[keras]"'
    )
    assert isinstance(found.value, ImportError)


def test_a_missing_backend_is_not_taken_for_a_missing_keras(monkeypatch, tmp_path):
    (tmp_path / "keras.py").write_text("import a_backend_that_is_not_there\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    with pytest.raises(ModuleNotFoundError, match="a_backend_that_is_not_there"):
        fc.to_keras(fc.Sequential([fc.GRU(2, input_shape=(3, 1))]))
