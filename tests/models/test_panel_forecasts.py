"""One network for many series: what it shares, and what it must not."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.data.panel import prepare_panel
from forecast.errors import DataError, SettingError, TooFewRowsError
from forecast.models.contract import Model

SMALL = {"timesteps": 6, "hidden_units": 4, "epochs": 2, "horizon": 2}
BASELINES: dict[str, Callable[[], Model]] = {
    "Naive": fc.Naive,
    "SeasonalNaive": lambda: fc.SeasonalNaive(4),
    "Drift": fc.Drift,
    "Mean": fc.Mean,
}


def panel(lengths: dict[object, int] | None = None, **scale: float) -> pd.DataFrame:
    frames = []
    for k, (one, rows) in enumerate((lengths or {"a": 60, "b": 45, "c": 52}).items()):
        y = np.random.default_rng(k).normal(size=rows).cumsum() + 20
        ds = pd.date_range("2024-01-01", periods=rows) + pd.Timedelta(days=7 * k)
        frames.append(pd.DataFrame({"unique_id": one, "ds": ds, "y": y * scale.get(str(one), 1)}))
    return pd.concat(frames, ignore_index=True)


def one_of(frame: pd.DataFrame, one: object) -> pd.DataFrame:
    return frame[frame["unique_id"] == one].reset_index(drop=True)


def test_a_forecast_names_each_series_and_goes_on_from_its_own_end() -> None:
    y = panel()
    frame = fc.Forecaster("gru", **SMALL).fit(y).predict(3)
    assert frame.columns.tolist() == ["unique_id", "ds", "GRU"]
    assert frame["unique_id"].tolist() == list("aaabbbccc")
    for one, rows in frame.groupby("unique_id"):
        last = y[y["unique_id"] == one]["ds"].max()
        assert rows["ds"].tolist() == [last + pd.Timedelta(days=k) for k in (1, 2, 3)]
    assert np.isfinite(frame["GRU"]).all()


@pytest.mark.parametrize("ids", [(3, 1), ("3", "1"), ("b", "a")])
def test_ids_come_back_as_they_went_in(ids: tuple[object, ...]) -> None:
    y = panel(dict.fromkeys(ids, 40))
    model = fc.Forecaster("gru", **SMALL).fit(y)
    assert model.predict(1)["unique_id"].tolist() == list(ids)
    assert list(model.last_row()) == list(ids)
    assert model.predict(1)["unique_id"].dtype == y["unique_id"].dtype
    merged = model.predict(1).merge(y, on="unique_id")
    assert len(merged) == len(y)


def test_a_panel_of_one_is_a_single_series_to_the_bit() -> None:
    y = panel({"a": 80})
    single = y.set_index("ds")["y"]
    given = {**SMALL, "epochs": 4, "seasonal_adjustment": "additive", "calendar": ["weekday"]}
    many, one = fc.Forecaster(**given).fit(y), fc.Forecaster(**given).fit(single)
    np.testing.assert_array_equal(many.learned().parameters.flat, one.learned().parameters.flat)
    np.testing.assert_array_equal(many.learned().scores, one.learned().scores)
    for horizon in (2, 5):
        level = 80 if horizon == 2 else ()
        pd.testing.assert_frame_equal(
            many.predict(horizon, level=level).drop(columns="unique_id"),
            one.predict(horizon, level=level),
            check_exact=True,
        )
    pd.testing.assert_frame_equal(
        many.history_.drop(columns="seconds"), one.history_.drop(columns="seconds")
    )


@pytest.mark.parametrize("transform", ["none", "difference", "log", "log_return"])
@pytest.mark.parametrize("scaling", ["window", "standard", "minmax", "none"])
def test_another_series_changes_no_forecast_with_the_same_weights(
    transform: str, scaling: str
) -> None:
    y = panel()
    y["y"] = y["y"].abs() + 1
    model = fc.Forecaster(transform=transform, scaling=scaling, **SMALL).fit(y)
    other = y.copy()
    other.loc[other["unique_id"] == "b", "y"] = 1e4 * np.arange(1, 46) ** 2
    flat = [prepare_panel(one) for one in (y, other)]
    rows = np.concatenate([np.arange(8, 60), np.arange(60 + 45 + 8, 60 + 45 + 52)])
    ahead = [model.forecast_from(one, rows, 5) for one in flat]
    np.testing.assert_array_equal(ahead[0], ahead[1])


def test_the_order_of_series_in_data_does_not_matter() -> None:
    y = panel()
    model = fc.Forecaster(calendar=["weekday"], seasonal_adjustment="additive", **SMALL).fit(y)
    turned = pd.concat([one_of(y, one) for one in "cab"])
    plain, other = model.predict(4), model.predict(4, data=turned)
    assert other["unique_id"].drop_duplicates().tolist() == ["c", "a", "b"]
    both = plain.merge(other, on=["unique_id", "ds"])
    assert len(both) == len(plain)
    np.testing.assert_allclose(both["GRU_x"], both["GRU_y"], rtol=1e-6)


def test_data_may_hold_some_of_the_series() -> None:
    y = panel()
    model = fc.Forecaster(**SMALL).fit(y)
    newest = one_of(y, "b").tail(1).assign(ds=lambda f: f["ds"] + pd.Timedelta(days=1), y=33.0)
    frame = model.predict(data=newest)
    assert frame["unique_id"].tolist() == ["b", "b"]
    assert frame["ds"].iloc[0] == newest["ds"].iloc[0] + pd.Timedelta(days=1)
    whole = model.predict(data=pd.concat([y, newest])).query("unique_id == 'b'")
    np.testing.assert_allclose(frame["GRU"], whole["GRU"], rtol=1e-6)


def test_newer_rows_of_a_panel_are_a_long_frame() -> None:
    y = panel()
    for model in (fc.Forecaster(**SMALL).fit(y), fc.Naive().fit(y)):
        with pytest.raises(DataError, match=r"must be a long frame .* got a Series"):
            model.predict(data=y["y"])
        with pytest.raises(DataError, match="`data` has no row"):
            model.predict(data=y.iloc[:0])


def test_errors_on_newer_rows_name_the_series() -> None:
    y = panel()
    model = fc.Forecaster(gaps="drop", **SMALL).fit(y)
    older = pd.concat([one_of(y, "a"), one_of(y, "b").head(20)])
    with pytest.raises(DataError, match=r"Series 'b': `data` must reach at least as far"):
        model.predict(data=older)
    holed = y.copy()
    holed.loc[holed.index[-2], "y"] = np.nan
    with pytest.raises(DataError, match="1 of the last 6 rows are blank in 'c'"):
        model.predict(data=holed)
    with pytest.raises(DataError, match="all values of 'b' must be above 0"):
        fc.Forecaster(transform="log", **SMALL).fit(
            y.assign(y=y["y"].abs().where(y["unique_id"] != "b", -1.0))
        )
    with pytest.raises(DataError, match="'b' must be above 0"):
        fc.Forecaster(seasonal_adjustment="multiplicative", **SMALL).fit(
            y.assign(y=y["y"].abs().where(y["unique_id"] != "b", -1.0))
        )


@pytest.mark.parametrize("transform", ["none", "difference", "log", "log_return"])
@pytest.mark.parametrize("strategy", ["direct", "recursive"])
def test_short_series_are_padded_and_forecast(transform: str, strategy: str) -> None:
    y = panel({"long": 60, "five": 5, "two": 2, "one": 1})
    y["y"] = y["y"].abs() + 1
    given = {**SMALL, "transform": transform, "strategy": strategy}
    model = fc.Forecaster(calendar=["weekday"], **given).fit(y)
    for horizon in (2, 7):
        frame = model.predict(horizon)
        assert np.isfinite(frame["GRU"]).all()
        assert len(frame) == 4 * horizon
    newer = one_of(y, "one").assign(ds=lambda f: f["ds"] + pd.Timedelta(days=1), y=9.0)
    assert np.isfinite(model.predict(data=newer)["GRU"]).all()


def test_a_panel_of_series_just_longer_than_a_window_can_be_fitted() -> None:
    """Validation and calibration rows are taken off before: what is left is less than a window."""
    y = panel(dict.fromkeys(range(6), 30))
    model = fc.Forecaster(timesteps=24, hidden_units=4, epochs=2).fit(y)
    assert np.isfinite(model.predict(level=50)["GRU"]).all()
    assert len(model.learned().scores) == 6 * 4
    tiny = panel(dict.fromkeys(range(6), 1))
    tiny = pd.concat([tiny, panel({"x": 3})])  # a frequency needs three rows
    with pytest.raises(TooFewRowsError, match="None of the 7 series holds a training window"):
        fc.Forecaster(timesteps=24, epochs=1, horizon=5).fit(tiny)


def test_every_series_is_scaled_by_itself() -> None:
    y = panel(a=1e-3, b=1e6)
    model = fc.Forecaster("gru", **{**SMALL, "epochs": 5}).fit(y)
    frame = model.predict(level=50)
    for one, factor in (("a", 1e-3), ("b", 1e6), ("c", 1.0)):
        rows, known = one_of(frame, one), one_of(y, one)["y"]
        step = known.diff().abs().mean()
        assert (rows["GRU"] - known.iloc[-1]).abs().max() < 10 * step
        width = rows["GRU-hi-50"] - rows["GRU-lo-50"]
        assert width.between(0.1 * factor, 30 * factor).all()


def test_each_series_learns_from_its_own_training_rows() -> None:
    y = panel()
    changed = y.copy()
    changed.loc[changed.groupby("unique_id").tail(7).index, "y"] *= 50  # only calibrate
    one, two = (
        fc.Forecaster(scaling="standard", seasonal_adjustment="additive", **SMALL).fit(v).learned()
        for v in (y, changed)
    )
    np.testing.assert_array_equal(one.recipe.seasons.factors, two.recipe.seasons.factors)
    for name in ("shift", "spread"):
        ours, theirs = getattr(one.recipe.scales, name), getattr(two.recipe.scales, name)
        np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(one.parameters.flat, two.parameters.flat)
    assert not np.array_equal(one.scores, two.scores)


@pytest.mark.parametrize("name", BASELINES)
def test_a_baseline_of_a_panel_is_that_of_each_series(name: str) -> None:
    y = panel()
    newer = y.groupby("unique_id").tail(2).assign(
        ds=lambda f: f["ds"] + pd.Timedelta(days=2), y=lambda f: f["y"] + 3
    )  # fmt: skip
    together = BASELINES[name]().fit(y)
    for data in (None, newer):
        frame = together.predict(6, data=data)
        for one in "abc":
            alone = BASELINES[name]().fit(one_of(y, one).set_index("ds")["y"])
            rows = None if data is None else one_of(data, one).set_index("ds")["y"]
            expected = alone.predict(6, data=rows)
            found = one_of(frame, one).drop(columns="unique_id")
            pd.testing.assert_frame_equal(found, expected, rtol=1e-12)


def test_intervals_of_a_baseline_are_counted_in_the_unit_of_each_series() -> None:
    y = panel(a=1e-3, b=1e6)
    frame = fc.Naive().fit(y).predict(2, level=50)
    unit = y.groupby("unique_id")["y"].apply(lambda v: v.diff().abs().mean())
    width = (frame["Naive-hi-50"] - frame["Naive-lo-50"]) / frame["unique_id"].map(unit)
    np.testing.assert_allclose(width[::2], width.iloc[0], rtol=1e-6)  # of one step ahead
    with pytest.raises(SettingError, match="calibration windows; there are"):
        fc.Naive().fit(y).predict(2, level=99)
    with pytest.raises(TooFewRowsError, match="the series 'b'; got 50 for 45 rows"):
        fc.SeasonalNaive(50).fit(y)


def test_a_series_of_a_panel_can_be_taken_by_itself() -> None:
    y = prepare_panel(panel({7: 60, 8: 50}))
    for model in (fc.Forecaster(scaling="standard", **SMALL).fit(y), fc.Naive().fit(y)):
        spans = model.spans_from(y, y.ends, 2, (50,))
        for number in (0, 1):
            one = y.one(number)
            alone = model.spans_from(one, np.array([len(one) - 1]), 2, (50,))
            np.testing.assert_allclose(alone.point[0], spans.point[number], rtol=1e-6)
            for end, expected in zip(alone.intervals[0], spans.intervals[0], strict=True):
                np.testing.assert_allclose(end[0], expected[number], rtol=1e-6)
