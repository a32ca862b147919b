"""Saved models of layers whose settings or arrays are absurd are refused in words."""

import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import forecast as fc
from forecast.errors import ArchiveError
from forecast.layers.classes import CLASSES
from forecast.nn.dense import Dense
from forecast.nn.recurrent import Recurrent
from tests.raw_models import changed, content_of, sequential

HUGE = 10**9


def load(path: Path, content: bytes) -> fc.Sequential:
    path.write_bytes(content)
    return fc.Sequential.load(path)


def refused(path: Path, content: bytes, match: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(ArchiveError, match=match) as caught:
            load(path, content)
        assert tracemalloc.get_traced_memory()[1] < 20 * 2**20
    finally:
        tracemalloc.stop()
    assert len(str(caught.value)) < 900


def config(header: Any, layer: int) -> Any:
    return header["layers"][layer][1]


def nested(depth: int) -> Any:
    layer: Any = ["Dense", {"units": 1, "name": "d"}]
    for number in range(depth):
        layer = ["TimeDistributed", {"layer": layer, "name": f"t{number}"}]
    return layer


HEADERS = {
    "units": (lambda h: config(h, 1).update(units=HUGE), "of shape"),
    "units are true": (lambda h: config(h, 1).update(units=True), "`units`"),
    "units are text": (lambda h: config(h, 1).update(units="2"), "`units`"),
    "other units": (lambda h: config(h, 1).update(units=3), "of shape"),
    "inner units": (lambda h: config(h, 0)["layer"][1].update(units=HUGE), "of shape"),
    "repeated": (lambda h: config(h, 2).update(n=HUGE), "`n` must be"),
    "a shape of its own": (lambda h: config(h, 1).update(input_shape=[HUGE, HUGE]), "input_shape"),
    "a seed of its own": (lambda h: config(h, 1).update(seed=1), "'seed'"),
    "an inner shape": (lambda h: config(h, 0)["layer"][1].update(input_dim=5), "input_dim"),
    "an unknown argument": (lambda h: config(h, 1).update(__class__="x"), "__class__"),
    "a flag of text": (lambda h: config(h, 1).update(return_sequences="no"), "true or false"),
    "an initializer": (
        lambda h: config(h, 1).update(kernel_initializer="os.system"),
        "kernel_init",
    ),
    "an activation": (lambda h: config(h, 1).update(activation="__call__"), "activation"),
    "dropout": (lambda h: config(h, 1).update(dropout=-1), "dropout"),
    "no name": (lambda h: config(h, 1).pop("name"), "`name` must be text"),
    "a path for a name": (lambda h: config(h, 1).update(name="../x"), "slash"),
    "a name twice": (lambda h: config(h, 1).update(name="dense"), "array|name"),
    "no layers": (lambda h: h.update(layers=[]), "at least one"),
    "another class": (lambda h: h["layers"][1].__setitem__(0, "Lambda"), "`layer` must be one of"),
    "a layer of text": (lambda h: h["layers"].__setitem__(1, "GRU"), "`layers` must be a list"),
    "half a layer": (lambda h: h["layers"][1].pop(), "2 entries"),
    "deep": (lambda h: h["layers"].__setitem__(3, nested(16)), "TimeDistributed"),
    "deeper": (lambda h: h["layers"].__setitem__(3, nested(400)), "nested"),
    "no batch": (lambda h: h.update(input_shape=[8, None, 1]), "`input_shape` must begin"),
    "no shape": (lambda h: h.update(input_shape=[]), "`input_shape` must begin"),
    "huge shape": (lambda h: h.update(input_shape=[None, None, HUGE]), "of shape"),
    "a flat shape": (lambda h: h.update(input_shape=[None, 1]), "expects 3 axes"),
    "a shape of text": (lambda h: h.update(input_shape="None"), "`input_shape` must be a list"),
    "seed": (lambda h: h.update(seed=-1), "`seed`"),
    "precision": (lambda h: h.update(dtype="float64"), "must be float64"),
    "engine": (lambda h: h.update(engine="cuda"), "`engine`"),
    "a model's name": (lambda h: h.update(name=["x"]), "`name` must be text"),
    "updates": (lambda h: h.update(updates=10**90), "`updates`"),
    "updates are true": (lambda h: h.update(updates=True), "`updates`"),
    "loss": (lambda h: h["compiled"].update(loss="exec"), "`loss`"),
    "a metric": (lambda h: h["compiled"].update(metrics=["print"]), "`metrics`"),
    "a metric of none": (lambda h: h["compiled"].update(metrics=[None]), "`metrics` must be text"),
    "optimizer": (lambda h: h["compiled"].update(optimizer=["nadam", {}]), "`optimizer`"),
    "its constants": (lambda h: h["compiled"]["optimizer"][1].update(lr=1), "'lr'"),
    "its rate": (lambda h: h["compiled"]["optimizer"][1].update(learning_rate=True), "learning"),
    "its epsilon": (lambda h: h["compiled"]["optimizer"][1].update(epsilon=0), "epsilon"),
    "more": (lambda h: h.update(callbacks=["x"]), "'callbacks', which nothing"),
    "less": (lambda h: h.pop("compiled"), "lacks 'compiled'"),
}


@pytest.mark.parametrize("name", HEADERS)
def test_what_the_header_says_is_checked(name: str, tmp_path: Path) -> None:
    change, said = HEADERS[name]
    refused(tmp_path / "m", changed(sequential(), header=change), said)


BIAS = "weights/simple_rnn/bias"
ARRAYS = {
    "NaN": (BIAS, lambda a: a * np.float32("nan"), "NaN or infinity"),
    "double": (BIAS, lambda a: a.astype("f8"), "must be float32"),
    "shape": (BIAS, lambda a: a[None], "of shape"),
    "a surplus": ("weights/simple_rnn/../x", lambda _: np.zeros(1), "which nothing here knows"),
    "NaN moment": ("optimizer/first", lambda a: a * np.float32("nan"), "NaN or infinity"),
    "short moment": ("optimizer/first", lambda a: a[:1], "of shape"),
    "negative square": ("optimizer/second", lambda a: a - 1, "negative square"),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_an_array_that_does_not_fit_the_layers_is_refused(name: str, tmp_path: Path) -> None:
    array, change, said = ARRAYS[name]
    content = changed(sequential(), arrays=lambda a: a.update({array: change(a.get(array))}))
    refused(tmp_path / "m", content, said)


def test_a_missing_array_is_named(tmp_path: Path) -> None:
    for array in (BIAS, "weights/time_distributed/kernel", "optimizer/first", "optimizer/second"):
        content = changed(sequential(), arrays=lambda a, one=array: a.pop(one))
        refused(tmp_path / "m", content, f"lacks {array!r}")


def test_two_layers_of_one_name_are_refused(tmp_path: Path) -> None:
    content = changed(sequential(), header=lambda h: config(h, 2).update(name="simple_rnn"))
    refused(tmp_path / "m", content, "a name of its own")


def test_a_newer_package_may_add_arguments_and_older_files_lack_them(tmp_path: Path) -> None:
    content = changed(sequential(), header=lambda h: config(h, 1).pop("dropout"))
    assert load(tmp_path / "m", content).get_weights()


def test_flags_written_as_numbers_still_load(tmp_path: Path) -> None:
    model = fc.Sequential([fc.GRU(2, return_sequences=1, input_shape=(3, 1))])
    again = load(tmp_path / "m", content_of(model))
    assert again.output_shape == (None, 3, 2)


@pytest.mark.parametrize("name", CLASSES)
def test_weights_come_back_in_the_order_in_which_they_are_drawn(name: str, tmp_path: Path) -> None:
    made = {
        "Dense": lambda: fc.Dense(2),
        "Dropout": lambda: fc.Dropout(0.1),
        "RepeatVector": lambda: fc.RepeatVector(2),
        "Masking": lambda: fc.Masking(),
        "Bidirectional": lambda: fc.Bidirectional(fc.LSTM(2, use_bias=False)),
        "TimeDistributed": lambda: fc.TimeDistributed(fc.Dense(2, use_bias=False)),
    }
    layer = made.get(name, lambda: CLASSES[name](2))()
    model = fc.Sequential([layer])
    model.build((None, 3) if name == "RepeatVector" else (None, 4, 3))
    again = load(tmp_path / "m", content_of(model))
    assert list(again.layers[0].weights) == list(layer.weights)
    assert again.layers[0].output_shape == layer.output_shape
    for one, other in zip(again.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("optimizer", [fc.Adam(), fc.RMSprop(), fc.SGD(momentum=0.9), fc.SGD()])
@pytest.mark.parametrize("engine", ["numpy", "numba"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_moments_of_every_optimizer_come_back(
    optimizer: Any, engine: str, dtype: str, tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    model = fc.Sequential([fc.GRU(2, input_shape=(3, 1)), fc.Dense(1)], engine=engine, dtype=dtype)
    model.compile(optimizer, "mse")
    model.fit(rng.normal(size=(8, 3, 1)), rng.normal(size=(8, 1)), verbose=0)
    again = load(tmp_path / "m", content_of(model))
    np.testing.assert_array_equal(again.optimizer_state.first, model.optimizer_state.first)


def test_weights_are_taken_and_not_drawn_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def drawn(*_: object) -> None:
        raise AssertionError("orthogonal first weights of a large layer take minutes")

    content = sequential()
    for layer in (Recurrent, Dense):
        monkeypatch.setattr(layer, "init", drawn)
    assert load(tmp_path / "m", content).built


def test_a_model_with_NaN_weights_is_not_saved(tmp_path: Path) -> None:  # noqa: N802
    model = load(tmp_path / "m", sequential())
    model.optimizer_state.first[0] = np.inf
    with pytest.raises(ArchiveError, match=r"'optimizer/first' holds NaN or infinity.*compile"):
        model.save(tmp_path / "other")
    model.get_layer("simple_rnn").weights["bias"][0] = np.nan
    with pytest.raises(ArchiveError, match="'weights/simple_rnn/bias' holds NaN or infinity"):
        model.save(tmp_path / "other")
    assert not (tmp_path / "other").exists()
