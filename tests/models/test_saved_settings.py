"""Whatever a forecaster was asked for, its file brings it back."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast import archive
from forecast.data.panel import prepare_panel
from forecast.errors import ArchiveError
from forecast.models.reading import Recipe
from tests.raw_models import changed, content_of

SMALL = {"timesteps": 5, "hidden_units": 3, "epochs": 2, "horizon": 2, "calibration": 0.2}
INDICES = {
    "days": pd.date_range("2024-01-01", periods=90),
    "hours": pd.date_range("2024-03-29", periods=90, freq="h", tz="Europe/Berlin"),
    "business days": pd.bdate_range("2024-01-01", periods=90),
    "months": pd.date_range("2010-01-31", periods=90, freq="ME", unit="s"),
    "numbers": pd.RangeIndex(7, 97),
}
SETTINGS: dict[str, dict[str, object]] = {
    "additive": {"seasonal_adjustment": "additive", "season": 6},
    "multiplicative": {"seasonal_adjustment": "multiplicative", "season": 4, "transform": "log"},
    "difference": {"transform": "difference"},
    "log": {"transform": "log", "scaling": "standard"},
    "log_return": {"transform": "log_return", "cell": "lstm"},
    "mae": {"loss": "mae", "strategy": "recursive"},
    "huber": {"loss": "huber", "schedule": "cosine"},
    "quantile": {"loss": "quantile", "quantiles": (0.05, 0.5, 0.8)},
    "student_t": {"loss": "student_t", "scaling": "minmax"},
    "refit": {"refit": True, "seeds": 2},
    "float64": {"dtype": "float64", "loss": "quantile", "seeds": 3},
}


def series(index: str = "days") -> pd.Series:
    values = np.random.default_rng(0).normal(size=90).cumsum() + 40
    values[[30, 31, 86]] = np.nan
    return pd.Series(values, INDICES[index], name="level")


def again(model: fc.Forecaster, path: Path) -> fc.Forecaster:
    model.save(path / "m.safetensors")
    return fc.Forecaster.load(path / "m.safetensors")


def check_same_recipe(one: Recipe, two: Recipe) -> None:
    plain = [recipe._replace(logs=None, seasons=None, scales=None) for recipe in (one, two)]
    assert plain[0] == plain[1]
    np.testing.assert_array_equal(one.logs, two.logs)
    for name in ("shift", "spread", "usual", "name"):
        np.testing.assert_array_equal(getattr(one.scales, name), getattr(two.scales, name))
    assert (one.seasons is None) == (two.seasons is None)
    if one.seasons is not None:
        np.testing.assert_array_equal(one.seasons.factors, two.seasons.factors)
        assert one.seasons.anchors.equals(two.seasons.anchors)
        assert one.seasons.frequency == two.seasons.frequency


def check_same(model: fc.Forecaster, loaded: fc.Forecaster, **given: object) -> None:
    """See that both forecast, remember and go on alike, to the bit."""
    assert loaded.settings == model.settings
    for horizon in (1, 2) if model.learned().recipe.columns else (1, 2, 5):
        level = (50, 80) if horizon == 2 else ()
        frames = [one.predict(horizon, level=level, **given) for one in (model, loaded)]
        pd.testing.assert_frame_equal(*frames, check_exact=True)
        assert frames[0].attrs == frames[1].attrs
    histories = [one.history_.drop(columns="seconds") for one in (model, loaded)]
    pd.testing.assert_frame_equal(*histories, check_exact=True)
    one, two = model.learned(), loaded.learned()
    check_same_recipe(one.recipe, two.recipe)
    assert one.splits == two.splits
    assert (one.refitted, one.updated, one.engine) == (two.refitted, two.updated, two.engine)
    assert one.tail.ids == two.tail.ids
    assert one.tail.flat.index.equals(two.tail.flat.index)
    np.testing.assert_array_equal(one.tail.flat.observed, two.tail.flat.observed)
    np.testing.assert_array_equal(one.scores, two.scores)


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("index", INDICES)
def test_a_series(settings: str, index: str, tmp_path: Path) -> None:
    model = fc.Forecaster(**{**SMALL, **SETTINGS[settings]}).fit(series(index))
    check_same(model, again(model, tmp_path))


@pytest.mark.parametrize("settings", SETTINGS)
def test_a_panel(settings: str, tmp_path: Path) -> None:
    y = pd.concat(
        pd.DataFrame({"unique_id": one, "ds": INDICES["days"][:rows], "y": series().iloc[:rows]})
        for one, rows in ((3, 90), (1, 60), (2, 4))
    )
    model = fc.Forecaster(**{**SMALL, **SETTINGS[settings]}).fit(y)
    loaded = again(model, tmp_path)
    check_same(model, loaded)
    assert loaded.predict()["unique_id"].tolist() == [3, 3, 1, 1, 2, 2]
    newer = y[y["unique_id"] == 3].tail(3)
    check_same(model, loaded, data=newer)
    panel = prepare_panel(y)
    np.testing.assert_array_equal(
        model.forecast_from(panel, panel.ends, 4), loaded.forecast_from(panel, panel.ends, 4)
    )


@pytest.mark.parametrize("index", ["days", "hours"])
def test_covariates_and_the_calendar(index: str, tmp_path: Path) -> None:
    y = series(index).to_frame("sales").assign(
        promo=np.arange(90) % 3, rain=np.random.default_rng(1).normal(size=90)
    )  # fmt: skip
    model = fc.Forecaster(
        target="sales", future_covariates=["promo"], calendar=["weekday", "hour"], **SMALL
    ).fit(y)
    step = y.index[1] - y.index[0]
    future = pd.DataFrame({"ds": [y.index[-1] + step, y.index[-1] + 2 * step], "promo": [2, 0]})
    loaded = again(model, tmp_path)
    check_same(model, loaded, future=future)
    later = y.tail(4).set_axis(y.index[-4:] + 4 * step)
    future["ds"] += 4 * step
    check_same(model, loaded, data=later, future=future)


def test_after_an_update(tmp_path: Path) -> None:
    y = series()
    model = fc.Forecaster(seeds=2, **SMALL).fit(y.iloc[:70]).update(y.iloc[70:80], epochs=3)
    loaded = again(model, tmp_path)
    check_same(model, loaded)
    # The stream of randomness goes on as well.
    for one in (model, loaded):
        one.update(y.iloc[80:], epochs=2)
    check_same(model, loaded)
    assert loaded.learned().updated == 2


def test_without_calibration(tmp_path: Path) -> None:
    for loss in ("mse", "quantile"):
        model = fc.Forecaster(**{**SMALL, "calibration": 0, "validation": 0, "loss": loss})
        loaded = again(model.fit(series()), tmp_path)
        assert loaded.predict(4).equals(model.predict(4))
        assert loaded.learned().scores.shape == model.learned().scores.shape


def test_names_that_are_not_plain(tmp_path: Path) -> None:
    y = pd.concat(
        pd.DataFrame({"unique_id": one, "ds": INDICES["days"], "y": series().to_numpy()})
        for one in ("Zürich/Nord", "", "weights", "日本", "7")
    )
    model = fc.Forecaster(**SMALL).fit(y)
    check_same(model, again(model, tmp_path))


def test_a_file_from_before_updates_were_counted(tmp_path: Path) -> None:
    model = fc.Forecaster(**SMALL).fit(series())
    content = changed(
        content_of(model),
        header=lambda h: [row.__delitem__(slice(6, None)) for row in h["members"][0]["history"]],
    )
    (tmp_path / "m").write_bytes(content)
    history = fc.Forecaster.load(tmp_path / "m").history_
    assert history[["clipped", "updates"]].isna().to_numpy().all()
    later = history.drop(columns=["clipped", "updates"])
    pd.testing.assert_frame_equal(later, model.history_[later.columns], check_exact=True)


@pytest.mark.parametrize("damage", ["usual", "ids", "factors", "second network", "offsets"])
def test_what_is_incomplete_is_refused(damage: str, tmp_path: Path) -> None:
    path = tmp_path / "m"
    y = pd.DataFrame({"unique_id": "a", "ds": INDICES["days"], "y": series().to_numpy()})
    fc.Forecaster(seeds=2, seasonal_adjustment="additive", **SMALL).fit(y).save(path)
    header, arrays = archive.read(path, "forecaster")
    if damage in ("usual", "ids"):
        del header["recipe"][damage]
    if damage == "factors":
        del arrays["recipe/factors"]
    if damage == "second network":
        del arrays["weights_2/head/bias"]
    if damage == "offsets":
        del arrays["tail/offsets"]
    archive.write(path, "forecaster", header, arrays)
    with pytest.raises(ArchiveError, match="not a complete forecaster"):
        fc.Forecaster.load(path)
