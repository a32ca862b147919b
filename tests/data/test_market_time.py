"""Series whose rows fall on the trading days of an exchange."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.tseries.holiday import USFederalHolidayCalendar

import forecast as fc
from forecast.data import trading
from forecast.data.columns import Columns
from forecast.data.panel import prepare_panel
from forecast.data.seasonal import learn_season
from forecast.data.series import TimeSeries, prepare, prepare_after
from forecast.errors import DataError, SettingError
from forecast.models.restoring import settings_from

pytest.importorskip("exchange_calendars")


def prices(
    code: str = "XNYS", first: str = "2017-01-01", last: str = "2018-11-21", hour: int = 0
) -> pd.Series:
    days = trading.sessions(code, np.datetime64(first, "D"), np.datetime64(last, "D"))
    index = pd.DatetimeIndex(days).as_unit("us") + pd.Timedelta(hours=hour)
    return pd.Series(np.arange(float(len(index))), index, name="close")


def long(**series: pd.Series) -> pd.DataFrame:
    parts = [
        pd.DataFrame({"unique_id": name, "ds": one.index, "y": one.to_numpy()})
        for name, one in series.items()
    ]
    return pd.concat(parts, ignore_index=True)


def test_holidays_are_no_gaps_and_the_future_skips_them() -> None:
    y = prices()
    series = prepare(y)
    assert (series.frequency, series.season, len(series)) == ("XNYS", 5, len(y))
    assert series.observed.all()
    assert [str(one.date()) for one in series.after(2)] == ["2018-11-23", "2018-11-26"]


@pytest.mark.parametrize("zone", [None, "America/New_York", "UTC"])
def test_a_missing_session_is_a_gap_at_the_usual_time_of_day(zone: str | None) -> None:
    y = prices(hour=16)
    gap = pd.Timestamp("2018-03-07 16:00")
    lacking = y.drop(gap).tz_localize(zone)
    series = prepare(lacking)
    assert series.frequency == "XNYS"
    assert series.index.equals(y.tz_localize(zone).index)
    assert series.index[~series.observed].tolist() == [gap.tz_localize(zone)]
    assert series.values[~series.observed] == y[gap] - 1
    assert str(series.after(1)[0]) == str(pd.Timestamp("2018-11-23 16:00", tz=zone))


def test_gaps_have_the_time_of_day_of_the_row_before() -> None:
    y = prices(hour=16).tz_localize("America/New_York").tz_convert("UTC")
    gaps = pd.to_datetime(["2017-07-05 20:00", "2018-01-10 21:00", "2018-08-08 20:00"], utc=True)
    series = prepare(y.drop(gaps))
    assert series.frequency == "XNYS"
    assert series.index[~series.observed].tolist() == gaps.tolist()
    assert series.index.equals(y.index)


def test_a_calendar_that_the_table_names_counts() -> None:
    y = prices("XLIS", "2017-01-01", "2018-12-21")
    y.attrs["calendar"] = "XLIS"
    assert prepare(y).frequency == "XLIS"
    assert prepare(y.iloc[:30]).frequency == "XLIS"
    assert prepare(pd.DataFrame({"close": y})).frequency == "XPAR"  # the name was lost
    frame = pd.DataFrame({"close": y.to_numpy(), "volume": 1.0}, y.index)
    frame.attrs["calendar"] = "XLIS"
    assert prepare(frame, columns=Columns("close", None)).frequency == "XLIS"
    assert prepare(y, frequency="B").frequency == "B"
    y.attrs["calendar"] = "XTKS"
    assert prepare(y).frequency == "XPAR"
    table = long(a=y, b=y.iloc[10:])
    table.attrs["calendar"] = "XLIS"
    assert prepare_panel(table).flat.frequency == "XLIS"


def test_federal_holidays_are_business_days() -> None:
    days = pd.bdate_range("2015-01-01", "2018-10-01")
    days = days.difference(USFederalHolidayCalendar().holidays("2015", "2019"))
    series = prepare(pd.Series(1.0, days))
    assert (series.frequency, len(series), series.observed.all()) == ("B", len(days), True)


def test_a_row_on_a_holiday_is_kept_beside_the_sessions() -> None:
    y = pd.concat([prices(), pd.Series([-1.0], pd.DatetimeIndex(["2018-07-04"]))]).sort_index()
    series = prepare(y)
    assert series.frequency == "XNYS"
    assert len(series) == len(y)
    assert series.observed.all()


def test_blank_rows_on_holidays_are_dropped_and_on_sessions_filled() -> None:
    y = prices()
    blanks = y.reindex(pd.bdate_range(y.index[0], y.index[-1])).astype(float)
    blanks["2018-03-07"] = np.nan
    series = prepare(blanks)
    assert series.frequency == "XNYS"
    assert series.index.equals(y.index)
    assert (~series.observed).sum() == 1


def test_only_trusted_rows_say_which_exchange() -> None:
    y = pd.concat([prices(last="2018-06-29"), prices("XTKS", "2018-07-01", "2018-11-21")])
    assert prepare(y, trusted=0.75).frequency == "XNYS"
    assert prepare(y, trusted=0.05).frequency == "B"


def test_other_daily_series_stay_business_days() -> None:
    y = pd.Series(np.arange(400.0), pd.bdate_range("2017-01-02", periods=400))
    assert prepare(y).frequency == "B"
    assert prepare(prices(), frequency="B").frequency == "B"


def test_covariates_go_along_over_dropped_holidays() -> None:
    y = prices()
    every = pd.bdate_range(y.index[0], y.index[-1])
    frame = pd.DataFrame({"y": y.reindex(every), "x": np.arange(float(len(every)))}, every)
    series = prepare(frame, columns=Columns("y", ("x",)))
    assert series.frequency == "XNYS"
    assert series.covariates[:, 0].tolist() == frame.x.loc[y.index].tolist()


def test_a_row_that_is_blank_where_a_covariate_begins_holds_what_was_before() -> None:
    index = pd.date_range("2024-01-01", periods=5)
    frame = pd.DataFrame({"y": [1, np.nan, 3, 4, 5], "x": [np.nan, 5, 6, 7, 8]}, index)
    series = prepare(frame, columns=Columns("y", ("x",)))
    assert series.values.tolist() == [1, 3, 4, 5]
    assert series.observed.tolist() == [False, True, True, True]


def test_newer_rows_follow_over_a_holiday_and_a_missed_session() -> None:
    known = prepare(prices())
    newer = pd.Series([7.0, 8.0], pd.to_datetime(["2018-11-26", "2018-11-27"]), name="close")
    joined = known.followed_by(prepare_after(known, newer))
    assert joined.frequency == "XNYS"
    assert joined.observed_values().iloc[-3:].fillna(-1).tolist() == [-1, 7, 8]
    assert str(joined.index[-3].date()) == "2018-11-23"


def halves(series: TimeSeries, at: int) -> tuple[TimeSeries, pd.Series]:
    return series.rows(0, at), series.observed_values().iloc[at:]


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32), st.integers(1, 400))
def test_a_series_is_that_of_its_parts(seed: int, at: int) -> None:
    rng = np.random.default_rng(seed)
    y = prices().where(rng.random(len(prices())) > 0.01)
    y = y[rng.random(len(y)) > 0.005]
    series = prepare(y, frequency="XNYS")
    old, new = halves(series, at)
    joined = old.followed_by(prepare_after(old, new))
    assert joined.index.equals(series.index)
    np.testing.assert_array_equal(joined.values, series.values)
    np.testing.assert_array_equal(joined.observed, series.observed)


def test_a_panel_of_one_exchange_is_on_its_days() -> None:
    y = prices()
    panel = prepare_panel(long(a=y, b=y.iloc[300:].drop(pd.Timestamp("2018-06-01"))))
    assert panel.flat.frequency == "XNYS"
    assert (~panel.one(1).observed).sum() == 1


def test_a_panel_of_several_exchanges_counts_business_days() -> None:
    panel = prepare_panel(long(a=prices(), b=prices("XTKS", "2018-01-01")))
    assert panel.flat.frequency == "B"
    assert panel.flat.observed.all()


@pytest.mark.parametrize(
    ("of", "said"),
    [
        ("W-WED", r"'b' is of frequency 'W-WED', the panel of.*\('XNYS'\)"),
        ("MS", r"Series 'b': Filling the gaps"),
    ],
)
def test_rarer_rows_do_not_go_among_trading_days(of: str, said: str) -> None:
    y = prices(first="2015-01-01")
    rare = pd.Series(1.0, pd.date_range("2016-01-01", "2018-10-01", freq=of))
    for frequency in (None, "XNYS"):
        with pytest.raises(DataError, match=said):
            prepare_panel(long(a=y, b=rare), frequency=frequency)


def test_rarer_rows_do_not_go_among_business_days() -> None:
    y = pd.Series(1.0, pd.bdate_range("2016-01-01", periods=500))
    with pytest.raises(DataError, match="Resample all to one"):
        prepare_panel(long(a=y, b=y.iloc[2::5]))
    assert prepare_panel(long(a=y, b=y.drop(y.index[100:200]))).flat.frequency == "B"


def test_a_panel_with_a_series_that_misses_a_day_every_year_counts_business_days() -> None:
    paris, milan = prices("XPAR", "2010-01-01"), prices("XMIL", "2012-01-01")
    panel = prepare_panel(long(a=paris, b=milan))
    assert panel.flat.frequency == "B"
    assert panel.flat.observed.all()


def test_rows_not_trusted_do_not_make_a_panel_foreign() -> None:
    y = prices("XNYS", last="2018-10-31")
    later = prices("XTKS", "2018-11-01", "2018-11-21")
    panel = prepare_panel(long(a=y, b=pd.concat([y, later])), trusted=0.9)
    assert panel.flat.frequency == "XNYS"


def test_seasonal_factors_go_by_the_weekday() -> None:
    y = prices()
    weekday = pd.Series(y.index.day_of_week.to_numpy(float), y.index)
    season = learn_season(prepare(weekday), "additive", 5)
    ahead = prepare(weekday).after(3)  # Friday after Thanksgiving, Monday, Tuesday
    assert np.diff(season.of(ahead)).round().tolist() == [-4.0, 1.0]


def test_a_forecaster_and_its_file_keep_the_trading_days(tmp_path) -> None:
    y = prices()
    model = fc.Forecaster("gru", timesteps=5, hidden_units=2, horizon=3, epochs=1).fit(y)
    model.save(tmp_path / "m.safetensors")
    loaded = fc.Forecaster.load(tmp_path / "m.safetensors")
    expected = ["2018-11-23", "2018-11-26", "2018-11-27"]
    for one in (model, loaded):
        assert [str(ds.date()) for ds in one.predict(3).ds] == expected
    newer = prices(first="2018-11-23", last="2018-11-28")
    assert str(loaded.predict(3, data=newer).ds.iloc[0].date()) == "2018-11-29"


def test_a_backtest_ends_its_windows_on_trading_days() -> None:
    y = prices(last="2018-11-30")
    found = fc.backtest({"Naive": fc.Naive()}, y, horizon=3, n_windows=2, step_size=3)
    assert set(found.forecasts.ds) <= set(y.index)
    assert str(found.forecasts.ds.iloc[0].date()) == "2018-11-23"


SMALL = {"timesteps": 5, "hidden_units": 2, "horizon": 2, "epochs": 1}


def test_a_forecaster_takes_the_frequency_that_is_named(tmp_path) -> None:
    y = prices("XLIS", "2017-01-01", "2018-12-21")
    model = fc.Forecaster("gru", **SMALL, frequency="XLIS").fit(y)
    model.save(tmp_path / "m.safetensors")
    loaded = fc.Forecaster.load(tmp_path / "m.safetensors")
    for one in (model, loaded):
        assert one.learned().tail.flat.frequency == "XLIS"
        assert one.settings.frequency == "XLIS"
    assert "frequency='XLIS'" in repr(loaded)
    table = long(a=y, b=y.iloc[5:])
    assert (
        fc.Forecaster("gru", **SMALL, frequency="B").fit(table).learned().tail.flat.frequency == "B"
    )
    result = fc.compare(y, cells=["gru"], **SMALL, frequency="XLIS")
    assert result.data["frequency"] == "XLIS"


def test_a_file_of_a_time_without_named_frequencies_names_none() -> None:
    assert settings_from({"cell": "gru", "timesteps": 5}, 1).frequency is None


def test_a_backtest_takes_the_frequency_that_a_forecaster_names() -> None:
    y = prices("XLIS", "2017-01-01", "2018-12-21")
    one, other = (fc.Forecaster("gru", **SMALL, frequency=name) for name in ("XLIS", "B"))
    result = fc.backtest([one, fc.Naive()], y, horizon=2, n_windows=2)
    assert result.data["frequency"] == "XLIS"
    with pytest.raises(SettingError, match=r"name one `frequency`; got \['B', 'XLIS'\]"):
        fc.backtest({"one": one, "other": other}, y, horizon=2, n_windows=2)


@pytest.mark.parametrize(("given", "kept"), [("H", "h"), ("W", "W-SUN"), ("XTKS", "XTKS")])
def test_a_frequency_is_kept_as_it_is_written_today(given: str, kept: str) -> None:
    assert fc.Forecaster(frequency=given).settings.frequency == kept


@pytest.mark.parametrize("given", ["NYSE", "", 7, "-1D", ["D"]])
def test_what_is_no_frequency_is_refused(given: object) -> None:
    with pytest.raises(SettingError, match="`frequency` must be a pandas offset alias"):
        fc.Forecaster(frequency=given)


def test_numbered_rows_have_no_frequency_to_name() -> None:
    with pytest.raises(DataError, match=r"Numbered rows have no frequency; got 'D'"):
        fc.Forecaster("gru", **SMALL, frequency="D").fit(np.arange(60.0))
    assert prepare([1.0, 2.0], frequency="step").frequency == "step"


@pytest.mark.parametrize("sample", ["sp500", "msft", "wti_oil"])
def test_samples_of_prices_are_on_the_days_of_new_york(sample: str) -> None:
    series = prepare(fc.load_sample(sample))
    assert series.frequency == "XNYS"
    assert series.observed.mean() > 0.99
