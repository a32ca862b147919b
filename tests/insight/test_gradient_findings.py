"""Gradients that vanish, explode or are clipped are found, with what helps."""

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.errors import NotFittedError, SettingError
from forecast.insight.findings import _of_ways
from forecast.insight.gradient_sentences import (
    Layer,
    Subject,
    clipped,
    exploding,
    sudden,
    vanishing,
)

SMALL = {"timesteps": 8, "hidden_units": 4, "epochs": 3, "record_gradients": True}
TOP = Layer("recurrent_1", "GRU")
X = np.random.default_rng(0).normal(size=(20, 30, 1))
Y = X[:, -1]


def series() -> pd.Series:
    values = np.random.default_rng(0).normal(size=90).cumsum() + 40
    return pd.Series(values, pd.date_range("2024-01-01", periods=90), name="level")


def turned_by(factor: float, **given: object) -> fc.Sequential:
    """Return a network each of whose steps multiplies the gradient by a factor."""
    layer = fc.SimpleRNN(3, activation="linear", input_shape=(30, 1), **given)
    model = fc.Sequential([layer, fc.Dense(1)])
    model.compile(fc.SGD(1e-9), loss="mse")
    kernel, _, bias, *head = model.get_weights()
    model.set_weights([kernel, factor * np.eye(3), bias, *head])
    return model


def row(found: pd.DataFrame, check: str) -> object:
    return next(found[found["check"] == check].itertuples(index=False))


def test_a_gradient_that_halves_each_step_is_gone_at_lag_11() -> None:
    found = row(fc.gradient_findings(turned_by(0.5), X, targets=Y), "vanishing")
    assert found.concern
    assert found.number == pytest.approx(0.5**29, rel=1e-3)
    assert "30 timesteps: less than 0.1 % is left from lag 11 on" in found.finding
    assert found.remedy == (
        "Take a GRU or an LSTM in place of the SimpleRNN; or shorten the window to where it is "
        "gone: pass the last 10 steps alone."
    )
    assert "orthogonal" in row(
        fc.gradient_findings(
            turned_by(0.5, recurrent_initializer="glorot_uniform"), X, targets=Y, label="mine"
        ),
        "vanishing",
    ).remedy  # fmt: skip
    fine = row(fc.gradient_findings(turned_by(0.9), X, targets=Y), "vanishing")
    assert (fine.concern, fine.remedy) == (False, "")
    assert "4.7 % is left" in fine.finding


def test_a_gradient_that_grows_by_half_each_step_explodes() -> None:
    found = row(fc.gradient_findings(turned_by(1.5), X, targets=Y), "exploding")
    assert found.concern
    assert found.number == pytest.approx(1.5**29, rel=1e-3)
    assert "explodes: it grows 127,834 times" in found.finding
    assert found.remedy.startswith("Clip the gradient: `global_clipnorm=1.0` of the optimizer; ")
    assert not row(fc.gradient_findings(turned_by(1.2), X, targets=Y), "exploding").concern


def test_a_side_that_reads_from_the_end_loses_the_newest_rows() -> None:
    rows = np.full((1, 6), 1.0)
    rows[:, :2] = 1e-5  # in the order of reading
    turned = Layer("both/backward", "RNN (both/backward)", turned=True)
    found = vanishing(Subject("RNN"), turned, rows[0])
    assert "up to lag 2, so it learns next to nothing from newer rows" in found.finding
    assert "`timesteps=4`" in found.remedy


def test_both_sides_of_a_bidirectional_layer_are_followed_the_way_they_read() -> None:
    both = fc.Bidirectional(fc.SimpleRNN(3, activation="linear"), input_shape=(30, 1))
    model = fc.Sequential([both, fc.Dense(1)])
    model.compile("adam", loss="mse")
    weights = model.get_weights()
    square = [number for number, one in enumerate(weights) if one.shape == (3, 3)]
    assert len(square) == 2
    for number in square:
        weights[number] = 0.5 * np.eye(3)
    model.set_weights(weights)
    found = fc.gradient_findings(model, X, targets=Y)
    ahead, back = found.loc[found["check"] == "vanishing", "finding"]
    assert "from lag 11 on, so it learns next to nothing from older rows" in ahead
    assert "up to lag 20, so it learns next to nothing from newer rows" in back


def test_steps_that_a_dilated_layer_skips_are_not_gone() -> None:
    norms = np.array([0, 0.2, 0, 0.4, 0, 1.0])
    assert not vanishing(Subject("GRU", dilation=2), TOP, norms).concern
    assert vanishing(Subject("GRU"), TOP, norms).concern
    gone = vanishing(Subject("GRU", dilation=2, segment=4), TOP, np.r_[0, 1e-6, norms])
    assert gone.concern
    assert "from lag 21 on" in gone.finding  # the sixth newest of segments of four rows
    assert "`timesteps=20`" in gone.remedy


def test_the_worst_epoch_counts_for_an_explosion() -> None:
    norms = np.ones((4, 5))
    norms[2, 1] = 5e3
    found = exploding(Subject("GRU", clipping="`clip_norm=1.0`"), TOP, norms)
    assert found.concern
    assert "after epoch 2 it grows 5,000 times" in found.finding
    assert (
        found.remedy == "Clip the gradient: `clip_norm=1.0`; or shorten the window: `timesteps=2`."
    )
    norms[0, 0] = 1e9
    assert "before the first epoch" in exploding(Subject("GRU"), TOP, norms).finding


def test_one_epoch_far_above_the_others_is_an_explosion() -> None:
    calm, wild = np.ones(9), np.r_[np.ones(6), 250.0, np.nan]
    found = sudden(Subject("GRU"), [calm, wild])
    assert (found.concern, found.number) == (True, 250)
    assert "in epoch 7: it is 250 times" in found.finding
    assert not sudden(Subject("GRU"), [calm, np.r_[wild[:6], 90]]).concern
    assert np.isnan(sudden(Subject("GRU"), [np.array([np.nan])]).number)


@pytest.mark.parametrize(
    ("told", "number", "concern", "remedy"),
    [
        ((6, 10, 3.2, 1.0), 60, True, "Raise `clip_norm` to 6, about twice"),
        ((6, 10, 0.8, 1.0), 60, True, "Raise `clip_norm`."),
        ((5, 10, 3.2, 1.0), 50, False, ""),
        ((0, 10, 3.2, None), 0, False, ""),
        ((np.nan, np.nan, 3.2, 1.0), np.nan, False, ""),
    ],
)
def test_clipping_counts(told: tuple, number: float, concern: bool, remedy: str) -> None:
    found = clipped(Subject("GRU"), *told)
    assert (found.number, found.concern) == (pytest.approx(number, nan_ok=True), concern)
    assert found.remedy.startswith(remedy)
    assert bool(found.remedy) == concern


def test_what_there_is_none_of_cannot_be_told() -> None:
    nothing = np.zeros((2, 5))
    for found in (vanishing(Subject("A"), TOP, nothing[0]), exploding(Subject("A"), TOP, nothing)):
        assert "cannot be told" in found.finding
        assert (np.isnan(found.number), found.concern) == (True, False)
    assert "so short" in vanishing(Subject("A"), TOP, np.ones(1)).finding


def test_a_gradient_beyond_all_numbers_has_exploded() -> None:
    kept = np.full(3, np.finfo(np.float32).max)  # as a record keeps what is beyond it
    for norms in (np.r_[np.inf, 1e30, 1.0], np.r_[0, np.nan, np.inf], kept):
        assert "cannot be told: it leaves all" in vanishing(Subject("A"), TOP, norms).finding
        found = exploding(Subject("A"), TOP, norms[None])
        assert (found.concern, found.number) == (True, np.inf)
        assert "explodes: it leaves all numbers on its way through 3 timesteps." in found.finding


def test_a_forecaster_is_judged_by_its_record_or_by_rows() -> None:
    y = series()
    model = fc.Forecaster("simple_rnn", clip_norm=1e-6, seeds=2, layers=2, **SMALL).fit(y)
    found = fc.gradient_findings(model)
    assert found.columns.tolist() == [
        "check", "layer", "finding", "number", "unit", "concern", "remedy"
    ]  # fmt: skip
    assert found["check"].tolist() == ["vanishing", "exploding"] * 2 + ["exploding", "clipped"]
    assert found["layer"].tolist() == ["recurrent_1"] * 2 + ["recurrent_2"] * 2 + [""] * 2
    assert (found["number"].iloc[-1], found["concern"].iloc[-1]) == (100, True)
    kept = fc.gradient_history(model)
    ratios = [
        kept.query("seed == @seed and epoch == @one.best_epoch and layer == 'recurrent_2'")["norm"]
        for seed, one in enumerate(model.learned().members)
    ]
    first, last = (np.mean([one.iloc[place] for one in ratios]) for place in (0, -1))
    assert found["number"][2] == pytest.approx(first / last, rel=1e-5)

    later = fc.Forecaster("simple_rnn", **SMALL | {"record_gradients": False}).fit(y)
    with pytest.raises(SettingError, match=r"`data` must be given .* record_gradients=True"):
        fc.gradient_findings(later)
    flow = fc.gradient_flow(later, y).norms["recurrent_1"]
    assert fc.gradient_findings(later, y)["number"][0] == pytest.approx(flow[0] / flow[-1])
    with pytest.raises(NotFittedError):
        fc.gradient_findings(fc.Forecaster())


def test_a_comparison_tells_of_the_gradient_where_it_was_recorded() -> None:
    given = {"cells": ["gru"], "horizon": 2, **SMALL}
    told = fc.compare(series(), **given, clip_norm=1e-6).findings
    found = row(told, "gradient")
    assert (found.model, found.unit, found.concern) == ("GRU", "%", True)
    assert "100 % of the updates of GRU were clipped" in found.finding
    assert 0 < found.number <= 200
    fine = row(fc.compare(series(), **given, clip_norm=1e6).findings, "gradient")
    assert not fine.concern
    assert "0 % of the updates" in fine.finding
    plain = fc.compare(series(), **given | {"record_gradients": False}).findings
    assert "gradient" not in set(plain["check"])


def test_an_upper_layer_loses_nothing_that_a_lower_one_carries() -> None:
    slow, fast = 0.9 ** np.arange(30.0)[::-1], 0.5 ** np.arange(30.0)[::-1]
    ways = {"recurrent_1": slow, "recurrent_2": fast}
    below, above = _vanished(ways)
    assert not below.concern
    assert (above.concern, above.remedy, above.number) == (False, "", pytest.approx(0.5**29))
    assert "left from lag 11 on; another layer brings it to older rows." in above.finding
    assert [one.concern for one in _vanished({"recurrent_1": fast, "recurrent_2": slow})] == [
        True, False,
    ]  # fmt: skip
    below, above = _vanished({"recurrent_1": 0.7 ** np.arange(30.0)[::-1], "recurrent_2": fast})
    assert "left from lag 21 on" in below.finding
    assert above.remedy == below.remedy  # neither cuts off what the other brings
    sides = {"both/forward": 0.7 ** np.arange(30.0)[::-1], "both/backward": 0.7 ** np.arange(30.0)}
    ahead, back = _vanished(sides, ("both/backward",))
    assert not ahead.concern
    assert not back.concern
    assert "left up to lag 10; another layer brings it to newer rows." in back.finding


def _vanished(ways: dict[str, np.ndarray], turned: tuple[str, ...] = ()) -> list:
    every = [{name: one[None] for name, one in ways.items()}]
    found = _of_ways(Subject("GRU"), ways, every, turned)
    return [one for one in found if one.check == "vanishing"]
