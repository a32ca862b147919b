"""What a network reads beside the series: columns of a frame, and the calendar."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.data.panel import panel_of, prepare_panel
from forecast.data.series import prepare
from forecast.errors import DataError, SettingError

SMALL = {"timesteps": 6, "hidden_units": 4, "epochs": 2}
ROWS = 80


def frame(rows: int = ROWS, freq: str = "D", zone: str | None = None) -> pd.DataFrame:
    random = np.random.default_rng(0)
    index = pd.date_range("2024-01-01", periods=rows, freq=freq, tz=zone, name="ds")
    return pd.DataFrame(
        {"y": random.normal(size=rows).cumsum(), "promo": random.normal(size=rows),
         "rain": random.normal(size=rows)}, index,
    )  # fmt: skip


def ahead(y: pd.DataFrame, steps: int, **columns: object) -> pd.DataFrame:
    ds = pd.date_range(y.index[-1], periods=steps + 1, freq=y.index.freq)[1:]
    return pd.DataFrame({"ds": ds, **columns})


@cache
def knowing(**settings: object) -> fc.Forecaster:
    given = {**SMALL, "future_covariates": ["promo"], "past_covariates": [], "horizon": 3}
    return fc.Forecaster(**{**given, **settings}).fit(frame())


@pytest.mark.parametrize("horizon", [1, 4])
def test_what_is_known_of_the_future_is_used(horizon: int) -> None:
    """y_t is 3 times a column of the same row, and noise besides: nothing of it in the past."""
    random = np.random.default_rng(1)
    x = random.normal(size=900)
    y = pd.DataFrame({"y": 3 * x + 0.05 * random.normal(size=900), "x": x})
    given = {"timesteps": 4, "hidden_units": 16, "epochs": 60, "learning_rate": 0.02,
             "horizon": horizon, "scaling": "standard", "schedule": "cosine", "calibration": 0,
             "patience": None, "batch_size": 64, "validation": 0}  # fmt: skip
    train = y.iloc[:800]
    knows = fc.Forecaster(future_covariates=["x"], **given).fit(train)
    blind = fc.Forecaster(past_covariates=[], **given).fit(train)
    origins = np.arange(799, 900 - horizon)
    came = np.stack([y["y"].to_numpy()[o + 1 : o + 1 + horizon] for o in origins])
    rows = prepare_panel(y, columns=knows.settings.columns())
    errors = [
        np.abs(model.forecast_from(rows, origins, horizon) - came).mean(axis=0)
        for model in (knows, blind)
    ]
    assert (errors[0] < 0.2 * errors[1]).all()


def test_forecasts_take_the_future_as_it_is_given() -> None:
    y, model = frame(), knowing()
    calm = model.predict(future=ahead(y, 3, promo=[0.0, 0.0, 0.0]))["GRU"]
    wild = model.predict(future=ahead(y, 3, promo=[0.0, 0.0, 9.0]))["GRU"]
    assert not np.array_equal(calm, wild)
    more = ahead(y, 9, promo=[0.0] * 9, other="?").sample(frac=1, random_state=1)
    np.testing.assert_array_equal(model.predict(future=more)["GRU"], calm)
    by_index = ahead(y, 3, promo=[0, 0, 0]).set_index("ds")
    np.testing.assert_array_equal(model.predict(future=by_index)["GRU"], calm)


def test_rows_that_have_come_forecast_as_the_future_did() -> None:
    """`forecast_from` reads known columns from the rows after the origin."""
    y, model = frame(), knowing()
    rows = prepare_panel(y, columns=model.settings.columns())
    known = y["promo"].iloc[71:74].to_numpy()
    cut = y.iloc[:71]
    old = fc.Forecaster(**vars(model.settings))
    old.fitted_ = model.learned()._replace(tail=panel_of(prepare(cut, columns=model._columns())))
    future = ahead(y.iloc[:71].asfreq("D"), 3, promo=known)
    expected = old.predict(future=future)["GRU"]
    found = model.forecast_from(rows, np.array([70]), 3)[0]
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    with pytest.raises(DataError, match=r"'promo' must be known for all 3 rows .* 2 of them are m"):
        model.forecast_from(rows, np.array([ROWS - 2]), 3)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda f: None, r"'promo' must be known for the 3 rows to forecast, 2024-03-21.*03-23"),
        (lambda f: f.iloc[:2], r"1 are missing.*2024-03-23"),
        (lambda f: f.iloc[1:], r"1 are missing.*2024-03-21"),
        (lambda f: f.assign(promo=[1, np.nan, 1]), r"'promo'.*1 are missing, blank.*2024-03-22"),
        (lambda f: f.assign(promo=[1, np.inf, 1]), r"'promo'.*infinite.*2024-03-22"),
        (lambda f: f.rename(columns={"promo": "Promo"}), "lacks the column 'promo'.*'Promo'"),
        (lambda f: f.set_index("ds")["promo"], "must be a DataFrame.*'promo'; got a Series"),
        (lambda f: {"promo": [1, 2, 3]}, "must be a DataFrame.*got a dict"),
        (lambda f: pd.concat([f, f.tail(1)]), "two rows at 2024-03-23"),
        (lambda f: f.assign(ds=f["ds"].dt.tz_localize("UTC")), "`future` must be in the time zone"),
        (lambda f: f.assign(promo=["a", "b", "c"]), "`future` must hold numbers in 'promo'"),
        (lambda f: f.drop(columns="ds"), "3 are missing.*2024-03-21"),
    ],
)
def test_a_future_that_lacks_something_is_refused_saying_what_and_when(
    change: object, match: str
) -> None:
    future = ahead(frame(), 3, promo=[1.0, 2.0, 3.0])
    with pytest.raises(DataError, match=match):
        knowing().predict(future=change(future))


def test_a_future_that_nobody_reads_is_refused() -> None:
    model = fc.Forecaster(past_covariates=[], **SMALL).fit(frame())
    with pytest.raises(DataError, match="no `future_covariates` that it could read"):
        model.predict(future=ahead(frame(), 1, promo=[1.0]))


def test_the_future_may_be_in_another_zone() -> None:
    y = frame(zone="Europe/Berlin")
    model = fc.Forecaster(future_covariates=["promo"], past_covariates=[], **SMALL).fit(y)
    future = ahead(y, 1, promo=[1.0])
    plain = model.predict(future=future)
    future["ds"] = future["ds"].dt.tz_convert("UTC")
    pd.testing.assert_frame_equal(model.predict(future=future), plain)


def test_the_future_of_periods_may_be_periods() -> None:
    y = frame().set_axis(pd.period_range("2010-01", periods=ROWS, freq="M"))
    model = fc.Forecaster(future_covariates=["promo"], past_covariates=[], **SMALL).fit(y)
    month = pd.PeriodIndex(["2016-09"], freq="M")
    one = model.predict(future=pd.DataFrame({"promo": [1.0]}, month))
    two = model.predict(future=pd.DataFrame({"promo": [1.0], "ds": month.to_timestamp()}))
    pd.testing.assert_frame_equal(one, two)


def test_columns_may_be_numbered_but_must_not_stand_twice() -> None:
    y = frame().set_axis(["y", 3, 4], axis=1)
    assert fc.Forecaster(**SMALL).fit(y).learned().recipe.columns == ("3", "4")
    with pytest.raises(DataError, match="column 'promo' stands twice"):
        fc.Forecaster(**SMALL).fit(frame().set_axis(["y", "promo", "promo"], axis=1))


def test_each_series_of_a_panel_has_a_future_of_its_own() -> None:
    y = pd.concat([frame().reset_index().assign(unique_id=one) for one in (1, 2)])
    model = fc.Forecaster(future_covariates=["promo"], past_covariates=[], **SMALL).fit(y)
    future = pd.concat([ahead(frame(), 1, promo=[float(k)]).assign(unique_id=k) for k in (1, 2)])
    both = model.predict(future=future)["GRU"]
    assert both[0] != both[1]
    turned = model.predict(future=future.assign(unique_id=[2, 1]))["GRU"]
    np.testing.assert_allclose(turned, both[::-1], rtol=1e-6)
    three = fc.Forecaster(horizon=3, future_covariates=["promo"], past_covariates=[], **SMALL)
    three.fit(y)
    known = pd.concat([ahead(frame(), 3, promo=[1.0] * 3).assign(unique_id=k) for k in (1, 2)])
    first = known["unique_id"] == 1
    one, two = (
        three.predict(1, future=known.assign(promo=known["promo"].where(first, other)))["GRU"]
        for other in (2.0, 9.0)
    )
    assert one[0] == two[0]  # its window ends before the rows of the next series
    rows = y.assign(promo=y["promo"].where(y["unique_id"] == 1, 99.0))
    moved = three.predict(1, future=known.assign(promo=known["promo"].where(first, 9.0)), data=rows)
    assert moved["GRU"][0] == one[0]
    assert moved["GRU"][1] != one[1]
    with pytest.raises(DataError, match="of series 2 to forecast"):
        model.predict(future=future.iloc[:1])
    with pytest.raises(DataError, match="columns unique_id and ds"):
        model.predict(future=future.drop(columns="unique_id"))


def test_a_shorter_horizon_needs_the_covariates_of_a_whole_block() -> None:
    """The network reads all of them for its first row ahead; held values would pass for true."""
    model = fc.Forecaster(horizon=3, future_covariates=["promo"], past_covariates=[], **SMALL)
    model.fit(frame())
    whole = ahead(frame(), 3, promo=[1.0, 0.0, 1.0])
    np.testing.assert_array_equal(
        model.predict(1, future=whole)["GRU"], model.predict(future=whole)["GRU"][:1]
    )
    with pytest.raises(DataError, match="for each of the 3 rows"):
        model.predict(1, future=whole.iloc[:1])
    with pytest.raises(DataError, match="for each of the 6 rows"):
        model.predict(4, future=ahead(frame(), 4, promo=[1.0] * 4))


def test_a_covariate_that_never_changed_stays_harmless_when_it_does() -> None:
    y = frame().assign(promo=1.1)  # its standard deviation is not 0, by rounding
    model = fc.Forecaster(future_covariates=["promo"], past_covariates=[], **SMALL).fit(y)
    assert model.learned().recipe.covariates.spread == (1.0,)


def test_all_other_numbers_are_past_covariates_by_default() -> None:
    model = fc.Forecaster(horizon=2, **SMALL).fit(frame().assign(note="?"))
    assert model.learned().recipe.columns == ("promo", "rain")
    assert np.isfinite(model.predict()["GRU"]).all()
    with pytest.raises(SettingError, match=r"'promo' is not known there.*horizon=3"):
        model.predict(3)
    with pytest.raises(SettingError, match=r"'promo' is not known there.*strategy='direct'"):
        fc.Forecaster(horizon=2, strategy="recursive", **SMALL).fit(frame())
    known = fc.Forecaster(
        horizon=2, strategy="recursive", future_covariates=["promo", "rain"], **SMALL
    ).fit(frame())
    future = ahead(frame(), 5, promo=1.0, rain=2.0)
    assert np.isfinite(known.predict(5, future=future)["GRU"]).all()


def test_past_covariates_come_with_newer_rows() -> None:
    y = frame()
    model = fc.Forecaster(past_covariates=["rain"], **SMALL).fit(y.iloc[:70])
    other = y.assign(rain=-5.0)
    one, two = (model.predict(data=v.iloc[70:])["GRU"][0] for v in (y, other))
    assert one != two
    for until in (71, 73, 80):
        late = y.assign(rain=y["rain"].where(y.index < y.index[70]))  # not measured yet: held
        known = y.assign(rain=y["rain"].where(y.index < y.index[70], y["rain"].iloc[69]))
        one, two = (model.predict(data=v.iloc[70:until])["GRU"][0] for v in (late, known))
        assert one == two
    with pytest.raises(DataError, match="no column 'rain'"):
        model.predict(data=y[["y"]].iloc[70:])
    with pytest.raises(DataError, match="'rain' must be columns of a DataFrame"):
        model.predict(data=y["y"].iloc[70:])


@pytest.mark.parametrize("settings", [
    {"future_covariates": ["nope"]}, {"past_covariates": ["nope"]},
    {"future_covariates": ["nope"], "past_covariates": ["rain"]},
])  # fmt: skip
def test_an_unknown_column_is_refused(settings: dict[str, object]) -> None:
    with pytest.raises(DataError, match="no column 'nope' for a covariate; the columns are 'y'"):
        fc.Forecaster(**SMALL, **settings).fit(frame())
    with pytest.raises(DataError, match=r"'nope'.*must be columns of a DataFrame"):
        fc.Forecaster(**SMALL, **settings).fit(frame()["y"])
    with pytest.raises(DataError, match="has no column"):
        fc.Forecaster(**SMALL, **settings).fit(prepare(frame()))


def test_a_column_of_truths_can_be_named() -> None:
    y = frame().assign(promo=lambda f: f["promo"] > 0)
    model = fc.Forecaster(future_covariates=["promo"], **SMALL).fit(y)
    assert set(model.learned().recipe.columns) == {"rain", "promo"}
    frames = [model.predict(future=ahead(y, 1, promo=[flag])) for flag in (True, False)]
    assert frames[0]["GRU"][0] != frames[1]["GRU"][0]


def test_the_target_can_be_named() -> None:
    y = frame().rename(columns={"y": "sales"})
    with pytest.raises(DataError, match="this frame has 3: 'sales', 'promo', 'rain'"):
        fc.Forecaster(**SMALL).fit(y)
    with pytest.raises(DataError, match="no column 'profit' to forecast"):
        fc.Forecaster(target="profit", **SMALL).fit(y)
    named = fc.Forecaster(target="sales", past_covariates=["rain"], **SMALL).fit(y)
    plain = fc.Forecaster(past_covariates=["rain"], **SMALL).fit(frame())
    pd.testing.assert_frame_equal(named.predict(), plain.predict())
    left = fc.Forecaster(future_covariates=["promo", "rain"], **SMALL).fit(y)
    assert left.learned().tail.flat.name == "sales"  # the only column that is left
    for name in ("past_covariates", "future_covariates"):
        with pytest.raises(SettingError, match="must not be a covariate as well"):
            fc.Forecaster(target="sales", **{name: ["sales"]})


def test_rows_before_a_covariate_begins_are_dropped_and_its_gaps_filled() -> None:
    y = frame()
    y.iloc[:5, 1] = np.nan
    y.iloc[40:43, 1] = np.nan
    rows = prepare(y, columns=fc.Forecaster(past_covariates=["promo"]).settings.columns())
    assert rows.index[0] == y.index[5]
    assert (rows.covariates[35:38, 0] == y["promo"].iloc[39]).all()
    assert rows.observed.all()
    with pytest.raises(DataError, match="'promo' has no value at all"):
        fc.Forecaster(**SMALL).fit(y.assign(promo=np.nan))


@pytest.mark.parametrize("kind", ["past_covariates", "future_covariates"])
def test_rows_after_the_training_part_change_nothing_that_is_learned(kind: str) -> None:
    y = frame()
    given = {"past_covariates": [], "patience": None, "horizon": 2, **SMALL}
    given[kind] = ["promo", "rain"]
    first = fc.Forecaster(**given).fit(y).learned()
    changed = y.copy()
    changed.iloc[first.parts.train.stop :, 1:] += 1e3
    second = fc.Forecaster(**given).fit(changed).learned()
    assert first.recipe == second.recipe
    np.testing.assert_array_equal(first.parameters.flat, second.parameters.flat)
    assert not np.array_equal(first.scores, second.scores)
