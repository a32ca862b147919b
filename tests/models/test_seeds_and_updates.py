"""Several networks at once, a refit on all rows, updates with newer ones, and how old a fit is."""

from pathlib import Path
from threading import Event

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.data.panel import prepare_panel
from forecast.errors import DataError, SettingError

SMALL = {"timesteps": 6, "hidden_units": 4, "epochs": 3, "horizon": 2}


def series(rows: int = 120, freq: str = "D", zone: str | None = None) -> pd.Series:
    values = np.random.default_rng(2).normal(size=rows).cumsum() + 50
    index = pd.date_range("2024-01-01", periods=rows, freq=freq, tz=zone)
    return pd.Series(values, index, name="level")


def long(rows: int = 80, ids: str = "ab") -> pd.DataFrame:
    return pd.concat(
        pd.DataFrame({"unique_id": one, "ds": series(rows).index, "y": (k + 1) * series(rows)})
        for k, one in enumerate(ids)
    )


@pytest.mark.parametrize("loss", ["mse", "quantile", "student_t"])
def test_several_seeds_are_the_median_of_single_ones(loss: str) -> None:
    y, given = series(), {**SMALL, "loss": loss, "seed": 5}
    together = fc.Forecaster(seeds=3, **given).fit(y)
    alone = [fc.Forecaster(**{**given, "seed": seed}).fit(y) for seed in (5, 6, 7)]
    ahead = np.stack([one.predict()["GRU"] for one in alone])
    np.testing.assert_allclose(together.predict()["GRU"], np.median(ahead, axis=0), rtol=1e-12)
    origins = np.arange(30, 100, 9)
    members = together.members_from(prepare_panel(y), origins, 2)
    for member, one in zip(members, alone, strict=True):
        np.testing.assert_array_equal(member, one.forecast_from(prepare_panel(y), origins, 2))
    assert together.parameter_count == 3 * alone[0].parameter_count
    history = together.history_
    assert history["seed"].tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    for number, one in enumerate(alone):
        rows = history[history["seed"] == number].drop(columns=["seed", "seconds"])
        expected = one.history_.drop(columns="seconds")
        pd.testing.assert_frame_equal(rows.reset_index(drop=True), expected)
    assert np.isfinite(together.predict(level=80).iloc[:, 1:]).all().all()
    assert np.isfinite(together.predict(7)["GRU"]).all()


def test_an_even_number_of_seeds_forecasts_between_the_two_in_the_middle() -> None:
    model = fc.Forecaster(seeds=2, **SMALL).fit(series())
    rows = prepare_panel(series())
    members = model.members_from(rows, np.array([99]), 2)
    np.testing.assert_allclose(
        model.forecast_from(rows, np.array([99]), 2), members.mean(axis=0), rtol=1e-12
    )


def test_several_seeds_are_saved_together(tmp_path: Path) -> None:
    model = fc.Forecaster(seeds=3, **SMALL).fit(series())
    model.save(tmp_path / "m")
    again = fc.Forecaster.load(tmp_path / "m")
    for horizon in (2, 5):
        pd.testing.assert_frame_equal(
            again.predict(horizon), model.predict(horizon), check_exact=True
        )
    pd.testing.assert_frame_equal(again.history_, model.history_, check_exact=True)


@pytest.mark.parametrize(("epoch", "left"), [(1, 1), (3, 1), (4, 2), (6, 2), (9, 3)])
def test_cancelling_keeps_the_networks_that_finished_an_epoch(epoch: int, left: int) -> None:
    stop, seen = Event(), list[tuple[int, int]]()

    def listen(progress: fc.models.fitted.FitProgress) -> None:
        seen.append((progress.record.epoch, progress.epochs))
        if progress.record.epoch == epoch:
            stop.set()

    given = {**SMALL, "patience": None, "refit": True}
    model = fc.Forecaster(seeds=3, **given).fit(series(), on_epoch=listen, cancel=stop)
    learned = model.learned()
    assert seen == [(k, 9) for k in range(1, epoch + 1)]
    assert len(learned.members) == left
    assert learned.stopped_by == ("cancel" if epoch < 9 else "epochs")
    assert all(member.best_epoch > 0 for member in learned.members)
    assert not learned.refitted
    whole = fc.Forecaster(**{**given, "refit": False}).fit(series()).learned()
    if epoch >= 3:  # the first was finished: no half of a second training took its place
        np.testing.assert_array_equal(learned.parameters.flat, whole.parameters.flat)


def test_a_fit_that_is_cancelled_at_once_still_forecasts() -> None:
    stop = Event()
    stop.set()
    model = fc.Forecaster(seeds=2, refit=True, **SMALL).fit(series(), cancel=stop)
    assert (len(model.learned().members), model.learned().stopped_by) == (1, "cancel")
    assert np.isfinite(model.predict()["GRU"]).all()


def test_a_refit_learns_from_all_rows_and_keeps_the_intervals() -> None:
    y = series()
    changed = y.copy()
    changed.iloc[-3:] += 20
    once, again, other = (
        fc.Forecaster(refit=refit, **SMALL).fit(v).learned()
        for refit, v in ((False, y), (True, y), (True, changed))
    )
    assert (once.refitted, again.refitted) == (False, True)
    np.testing.assert_array_equal(once.scores, again.scores)
    assert once.recipe == again.recipe == other.recipe
    assert once.history.drop(columns="seconds").equals(again.history.drop(columns="seconds"))
    assert not np.array_equal(once.parameters.flat, again.parameters.flat)
    assert not np.array_equal(again.parameters.flat, other.parameters.flat)
    # From the same first weights, as many epochs as were best; no window is near the least spread.
    whole = {**SMALL, "epochs": again.best_epoch, "patience": None}
    by_hand = fc.Forecaster(validation=0, calibration=0, **whole).fit(y).learned()
    np.testing.assert_array_equal(by_hand.parameters.flat, again.parameters.flat)


def test_a_refit_is_repeatable_and_takes_every_seed() -> None:
    y = series()
    model = fc.Forecaster(seeds=2, refit=True, **SMALL).fit(y).learned()
    for number in (0, 1):
        alone = fc.Forecaster(seed=number, refit=True, **SMALL).fit(y).learned()
        np.testing.assert_array_equal(model.members[number].parameters.flat, alone.parameters.flat)


def test_an_update_goes_on_from_the_weights_with_the_new_rows() -> None:
    y = series(150)
    model = fc.Forecaster(seeds=2, **SMALL).fit(y.iloc[:120])
    before = model.learned()
    weights = [member.parameters.flat.copy() for member in before.members]
    assert model.update(y.iloc[120:140], epochs=4) is model
    after = model.learned()
    for old, kept, new in zip(weights, before.members, after.members, strict=True):
        np.testing.assert_array_equal(old, kept.parameters.flat)  # nothing was written over
        assert 0 < np.abs(old - new.parameters.flat).max() < 0.1
        assert [one.epoch for one in new.history] == list(range(1, 8))
    assert after.recipe == before.recipe
    np.testing.assert_array_equal(after.scores, before.scores)
    assert (before.updated, after.updated) == (0, 1)
    assert after.tail.flat.index[-1] == y.index[139]
    assert model.last_row() == {"level": y.index[139]}
    assert model.predict(1)["ds"][0] == y.index[140]
    assert len(model.history_) == 2 * 7
    model.update(y.iloc[130:])  # rows that were seen already do not count
    assert model.learned().updated == 2
    assert model.predict(level=80)["ds"][0] == y.index[-1] + pd.Timedelta(days=1)


def test_updates_are_repeatable_and_see_new_rows_only() -> None:
    y = series(150)
    changed = y.copy()
    changed.iloc[:110] += 5.0  # older than the last window
    found = []
    for data in (y.iloc[120:], y, changed):
        model = fc.Forecaster(**SMALL).fit(y.iloc[:120]).update(data, epochs=2)
        found.append(model.learned().parameters.flat)
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[2])
    slow = fc.Forecaster(**SMALL).fit(y.iloc[:120]).update(y, epochs=2, learning_rate=1e-9)
    fit = fc.Forecaster(**SMALL).fit(y.iloc[:120]).learned()
    np.testing.assert_allclose(slow.learned().parameters.flat, fit.parameters.flat, atol=1e-6)


@pytest.mark.parametrize("rows", [-20, 0, 1])
def test_an_update_needs_as_many_new_rows_as_the_horizon(rows: int) -> None:
    y = series(150)
    model = fc.Forecaster(**SMALL).fit(y.iloc[:120])
    before = model.learned()
    with pytest.raises(DataError, match=r"at least `horizon` \(2\)|must reach at least as far"):
        model.update(y.iloc[90 : 120 + rows])
    assert model.learned() is before
    model.update(y.iloc[120:122])
    for wrong in ({"epochs": 0}, {"learning_rate": 0}):
        with pytest.raises(SettingError, match=next(iter(wrong))):
            model.update(y.iloc[122:130], **wrong)


@pytest.mark.parametrize("transform", ["none", "log_return"])
def test_an_update_may_hold_some_series(transform: str) -> None:
    y = long(100)
    old = y[y["ds"] < y["ds"].iloc[80]]
    model = fc.Forecaster(transform=transform, **SMALL).fit(old)
    before = model.predict()
    model.update(y[(y["unique_id"] == "b") & (y["ds"] >= y["ds"].iloc[80])])
    assert list(model.last_row().values()) == [y["ds"].iloc[79], y["ds"].iloc[99]]
    after = model.predict()
    assert after["unique_id"].tolist() == ["a", "a", "b", "b"]
    assert after["ds"].tolist()[:2] == before["ds"].tolist()[:2]
    assert after["ds"].iloc[2] == y["ds"].iloc[99] + pd.Timedelta(days=1)
    assert not np.array_equal(after["GRU"][:2], before["GRU"][:2])  # the weights are shared
    assert after.attrs["unique_id"] == "a" or after.attrs["rows_since_fit"] == 0


@pytest.mark.parametrize(
    ("freq", "zone", "rows"),
    [("D", None, 10), ("h", "Europe/Berlin", 10), ("B", None, 10), ("ME", None, 10),
     ("D", "Europe/Berlin", 90), ("QS", None, 3), ("W-SUN", None, 4)],
)  # fmt: skip
def test_a_forecast_says_how_old_its_fit_is(freq: str, zone: str | None, rows: int) -> None:
    y = series(80 + rows, freq, zone)
    model = fc.Forecaster(**SMALL).fit(y.iloc[:80])
    fresh = model.predict().attrs
    assert fresh == {
        "fitted_to": str(y.index[79]), "last_row": str(y.index[79]), "rows_since_fit": 0
    }  # fmt: skip
    for data in (y.iloc[80:], y.iloc[-1:], y):
        if len(data) == 1 and (freq == "B" or rows > 60):
            continue  # days between are holidays then; so many are not filled
        attrs = model.predict(data=data).attrs
        assert attrs["last_row"] == str(y.index[-1])
        assert attrs["rows_since_fit"] == rows


def test_the_stalest_series_of_a_panel_is_named() -> None:
    y = long(60, "abc")
    model = fc.Forecaster(**SMALL).fit(y)
    newer = long(66, "abc")
    newer = newer[newer["ds"] <= newer["unique_id"].map(
        {"a": newer["ds"].iloc[61], "b": newer["ds"].iloc[65], "c": newer["ds"].iloc[59]}
    )]  # fmt: skip
    attrs = model.predict(data=newer).attrs
    assert (attrs["unique_id"], attrs["rows_since_fit"]) == ("b", 6)
    assert fc.Forecaster(**SMALL).fit(np.arange(60.0)).predict().attrs["last_row"] == "59"


RICH = {
    "seeds": {"seeds": 2}, "transform": {"transform": "log"}, "calendar": {"calendar": ["hour"]},
    "season": {"seasonal_adjustment": "additive"}, "loss": {"loss": "quantile"},
    "strategy": {"strategy": "recursive"},
}  # fmt: skip


@pytest.mark.parametrize("given", RICH)
def test_a_stream_serves_plain_forecasters_only(given: str) -> None:
    model = fc.Forecaster(**SMALL, **RICH[given]).fit(series())
    with pytest.raises(SettingError, match=r"A stream serves one network .* Fit one without"):
        model.stream()


def test_nor_does_it_serve_panels_and_covariates(tmp_path: Path) -> None:
    model = fc.Forecaster(**SMALL).fit(long())
    with pytest.raises(SettingError, match="has a panel of 2 series"):
        model.stream()
    beside = fc.Forecaster(**SMALL).fit(series().to_frame("y").assign(x=1.0))
    with pytest.raises(SettingError, match="has covariates"):
        beside.stream()
    pytest.importorskip("onnx")
    from forecast.storage.onnx_export import to_onnx

    for one in (model, beside):
        with pytest.raises(SettingError, match="reads the values of one series and no more"):
            to_onnx(one, tmp_path / "m.onnx")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("transform", ["none", "difference", "log", "log_return"])
@pytest.mark.parametrize("settings", [
    {}, {"seasonal_adjustment": "additive"}, {"calendar": ["weekday"]}, {"scaling": "standard"},
    {"loss": "quantile"}, {"seeds": 3},
])  # fmt: skip
def test_recursive_is_feeding_back_by_hand(transform: str, settings: dict[str, object]) -> None:
    y = series()
    given = {**SMALL, "transform": transform, **settings}
    model = fc.Forecaster(strategy="recursive", **{**given, "horizon": 5}).fit(y)
    known = y
    for _ in range(5):
        one = model.predict(1, data=known)
        known = pd.concat([known, one.set_index("ds")["GRU"]])
    np.testing.assert_allclose(model.predict()["GRU"], known.iloc[-5:], rtol=1e-5)
    assert np.isfinite(model.predict(level=50).iloc[:, 1:]).all().all()


def test_networks_trained_side_by_side_are_those_trained_one_after_another() -> None:
    y = np.random.default_rng(1).normal(size=90).cumsum()
    settings = {"timesteps": 6, "hidden_units": 4, "epochs": 3, "seeds": 3}
    together = fc.Forecaster(threads=2, **settings).fit(y).learned().members
    in_turn = fc.Forecaster(threads=1, **settings).fit(y).learned().members
    for one, other in zip(together, in_turn, strict=True):
        np.testing.assert_array_equal(one.parameters.flat, other.parameters.flat)
        assert one.best_epoch == other.best_epoch
