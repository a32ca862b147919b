"""The windows of a backtest, its errors and its residuals."""

import numpy as np
import pandas as pd
import pytest

from forecast.charts.backtest import plot_error_by_cutoff, plot_error_by_step, plot_windows
from forecast.charts.palette import AHEAD, COLOURS, DASHES
from forecast.charts.residuals import autocorrelations, plot_residuals
from forecast.errors import SettingError, TooFewRowsError

HTML = "<img src=x>"
DAY = 86_400_000  # milliseconds, in which a date axis counts


def windows(count: int, every: int = 1) -> pd.DataFrame:
    days = pd.date_range("2020-01-01", periods=100 + count)
    cutoff = np.arange(100, 100 + count) - 1
    fitted = np.arange(count) % every == 0
    last_fit = np.maximum.accumulate(np.where(fitted, cutoff, 0))
    return pd.DataFrame(
        {
            "unique_id": "y",
            "cutoff": days[cutoff],
            "train_first": days[0],
            "train_last": days[last_fit],
            "first": days[cutoff + 1],
            "last": days[cutoff + 1],
            "fitted": fitted,
        }
    )


def test_every_window_has_a_lane_the_newest_at_the_bottom() -> None:
    table = windows(6, every=3)
    here, earlier, ahead = (made := plot_windows(table, name="sales")).data
    assert [one.name for one in made.data] == [
        "fitted at this cut-off",
        "fitted earlier",
        "forecast",
    ]
    assert list(here.y) == ["2020-04-09", "2020-04-12"]
    assert list(here.x) == [99 * DAY, 102 * DAY]
    assert set(pd.to_datetime(here.base)) == {pd.Timestamp("2020-01-01")}
    assert list(earlier.x) == [99 * DAY, 99 * DAY, 102 * DAY, 102 * DAY]
    assert list(ahead.y) == sorted(ahead.y) == list(made.layout.yaxis.categoryarray)
    assert list(ahead.x) == [0] * 6
    assert ahead.marker.line.width > 0, "a single row is seen all the same"
    assert ahead.marker.color == AHEAD
    assert made.layout.yaxis.autorange == "reversed"
    said = "6 cut-offs, fitted 2 times on rows from 2020-01-01"
    assert made.layout.title.subtitle.text == said


def test_lanes_may_come_in_any_order() -> None:
    made = plot_windows(windows(5).iloc[::-1], name="y")
    assert list(made.layout.yaxis.categoryarray) == sorted(windows(5)["cutoff"].astype(str))


def test_many_lanes_are_thinned_evenly_and_it_is_said() -> None:
    made = plot_windows(windows(400), name="y")
    lanes = list(made.layout.yaxis.categoryarray)
    places = [(pd.Timestamp(lane) - pd.Timestamp("2020-04-09")).days for lane in lanes]
    assert len(lanes) == 40
    assert (places[0], places[-1]) == (0, 399)
    assert set(np.diff(places)) <= {10, 11}
    assert made.layout.title.subtitle.text.startswith("400 cut-offs, fitted 400 times")
    assert made.layout.title.subtitle.text.endswith("; 40 of them drawn, evenly chosen")
    assert made.layout.height < 1_000


def test_numbered_rows_have_a_plain_axis_and_hours_are_told() -> None:
    table = windows(3)
    numbered = table.copy()
    for column in ("cutoff", "train_first", "train_last", "first", "last"):
        numbered[column] = (table[column] - pd.Timestamp("2020-01-01")).dt.days
    made = plot_windows(numbered, name="y")
    assert made.layout.xaxis.type is None
    assert list(made.data[0].x) == [99, 100, 101]
    assert list(made.data[0].base) == [0, 0, 0]
    table["cutoff"] += pd.Timedelta(hours=5)
    assert plot_windows(table, name="y").data[0].y[0] == "2020-04-09 05:00"


def test_a_lane_has_one_name_also_where_only_some_cutoffs_are_midnight() -> None:
    table = windows(4, every=2)
    table["cutoff"] += pd.to_timedelta([0, 6, 0, 6], unit="h")
    here, earlier, ahead = plot_windows(table, name="y").data
    assert list(here.y) == ["2020-04-09 00:00", "2020-04-11 00:00"]
    assert sorted([*here.y, *earlier.y]) == list(ahead.y)


def test_a_long_training_leaves_room_for_the_forecasts() -> None:
    made = plot_windows(windows(5), name="y")
    assert pd.Timestamp(made.layout.xaxis.range[0]) > pd.Timestamp("2020-02-01")
    assert plot_windows(windows(50), name="y").layout.xaxis.range is None


def test_series_that_share_a_cutoff_share_a_lane() -> None:
    both = pd.concat([windows(3), windows(3).assign(unique_id="z", fitted=False)])
    made = plot_windows(both, name="y")
    assert [len(one.x) for one in made.data] == [3, 0, 3]


def test_no_window_is_an_empty_figure() -> None:
    assert plot_windows(windows(2).iloc[:0], name="y").layout.title.subtitle.text.startswith("0 ")


MODELS = ("GRU", "LSTM", HTML, "Naive", "SeasonalNaive")


def scores(by: str, values: "list[object] | pd.DatetimeIndex") -> pd.DataFrame:
    rows = [
        {
            "model": model,
            by: value,
            "mae": 10.0 * place + number,
            "rmse": 12.0,
            "coverage-80": 79.0 if model in COLOURS else np.nan,
            "width-80": 5.0,
        }
        for place, model in enumerate(MODELS)
        for number, value in enumerate(values)
    ]
    return pd.DataFrame(rows)


def test_error_by_step_has_a_line_a_model() -> None:
    made = plot_error_by_step(scores("step", [2, 1, 3]), name=HTML)
    assert [one.name for one in made.data] == [
        "GRU", "LSTM", "&lt;img src=x&gt;", "Naive", "SeasonalNaive",
    ]  # fmt: skip
    assert list(made.data[1].x) == [1, 2, 3]
    assert list(made.data[1].y) == [11, 10, 12]
    assert made.data[0].line.color == COLOURS["GRU"]
    assert [one.line.dash for one in made.data[2:]] == [
        "solid", DASHES["Naive"], DASHES["SeasonalNaive"],
    ]  # fmt: skip
    assert [one.visible for one in made.data] == [True, True, True, True, "legendonly"]
    assert made.layout.yaxis.title.text == "error of &lt;img src=x&gt;"
    assert made.layout.yaxis.rangemode == "tozero"
    assert made.layout.title.text == "Mean absolute error by step"
    assert made.layout.xaxis.dtick == 1


def test_coverage_by_step_has_its_nominal_line_and_no_model_without_intervals() -> None:
    made = plot_error_by_step(scores("step", [1, 2]), "coverage-80", name="y")
    assert [one.name for one in made.data] == ["GRU", "LSTM"]
    assert made.layout.shapes[0].y0 == 80
    assert made.layout.title.text == "Coverage of the 80 % interval by step"
    assert made.layout.yaxis.rangemode is None
    width = plot_error_by_step(scores("step", [1, 2]), "width-80", name="sales")
    assert width.layout.yaxis.title.text == "width, sales"


def test_error_by_cutoff_has_a_line_a_model() -> None:
    days = pd.date_range("2024-01-01", periods=50)
    made = plot_error_by_cutoff(scores("cutoff", days), "rmse", name="sales")
    assert made.layout.title.text == "Root of the mean squared error by cut-off"
    assert list(pd.to_datetime(made.data[0].x)) == list(days)
    assert made.data[0].mode == "lines", "markers would hide so many"
    assert plot_error_by_cutoff(scores("cutoff", days[:5])).data[0].mode == "lines+markers"


@pytest.mark.parametrize("metric", ["mape", "step", "model", "coverage-95"])
def test_a_metric_must_be_in_the_table(metric: str) -> None:
    with pytest.raises(SettingError, match="`metric` must be one of 'mae', 'rmse', 'coverage-80'"):
        plot_error_by_step(scores("step", [1, 2]), metric)
    with pytest.raises(SettingError, match="`metric`"):
        plot_error_by_cutoff(scores("cutoff", [1, 2]), metric)


def forecasts(count: int = 100, seed: int = 0) -> pd.DataFrame:
    """Residuals of GRU: white noise one step ahead, alternating around 5 two steps ahead."""
    noise = np.random.default_rng(seed).normal(size=count)
    steps = [noise, 5.0 + (-1.0) ** np.arange(count)]
    return pd.concat(
        [
            pd.DataFrame({"cutoff": np.arange(count), "step": step, "y": left + 50, "GRU": 50.0})
            for step, left in enumerate(steps, 1)
        ]
    ).assign(unique_id="y", **{"GRU-lo-80": 49.0, "GRU-hi-80": 51.0})


def test_residuals_are_counted_and_correlated() -> None:
    made = plot_residuals(forecasts(), "GRU", 2, name=HTML)
    bars, correlations = made.data
    assert sum(bars.y) == 100
    assert bars.xaxis != correlations.xaxis or bars.xaxis is None
    assert bars.marker.color == COLOURS["GRU"]
    assert bars.customdata[0][0] == pytest.approx(4)
    assert bars.customdata[-1][1] == pytest.approx(6)
    assert list(correlations.x) == list(range(1, 21))
    assert list(correlations.y[:2]) == pytest.approx([-0.99, 0.98])
    band = next(one for one in made.layout.shapes if one.type == "rect")
    assert (band.y0, band.y1) == pytest.approx((-0.196, 0.196))
    assert made.layout.title.text == "Residuals of GRU, 2 steps ahead"
    assert made.layout.title.subtitle.text == "100 residuals, mean 5.00, standard deviation 1.01"
    assert made.layout.xaxis.title.text == "&lt;img src=x&gt;: observed − forecast"
    assert made.layout.xaxis2.title.text == "lag, windows"


def test_filled_rows_have_no_residual() -> None:
    table = forecasts().reset_index(drop=True)
    table.loc[[3, 7], "y"] = np.nan
    table["GRU"] += 10
    made = plot_residuals(table, "GRU")
    assert sum(made.data[0].y) == 98
    assert made.layout.title.subtitle.text.startswith("98 residuals, mean −9.9")


def test_order_of_rows_and_neighbouring_series_do_not_mix() -> None:
    one = forecasts()
    both = pd.concat([one, one.assign(unique_id="z", y=one["y"] + 1e3)]).sample(frac=1)
    made = plot_residuals(both, "GRU", 2)
    assert made.data[1].y[0] == pytest.approx(-0.99), "each series about its own mean"


def test_autocorrelations_agree_with_their_definition() -> None:
    left = np.array([1.0, 3.0, -2.0, 4.0])
    about = left - left.mean()
    expected = [about[:-lag] @ about[lag:] / (about @ about) for lag in (1, 2, 3)]
    assert autocorrelations([left], 3) == pytest.approx(expected)
    assert list(autocorrelations([np.full(4, 2.0)], 2)) == [0, 0], "constant"
    gap = autocorrelations([np.array([1.0, np.nan, 1.0, -2.0])], 2)
    assert gap == pytest.approx([-2 / 6, 1 / 6]), "a gap keeps its place"
    assert list(autocorrelations([np.array([1.0])], 2)) == [0, 0]


def test_residuals_name_what_does_not_exist() -> None:
    table = forecasts()
    with pytest.raises(SettingError, match="`label` must be one of 'GRU'; got 'GRU-lo-80'"):
        plot_residuals(table, "GRU-lo-80")
    with pytest.raises(SettingError, match="`step` must be a whole number from 1 to 2; got 3"):
        plot_residuals(table, "GRU", 3)
    with pytest.raises(TooFewRowsError, match="at least 2 observed rows; got 0 at step 1"):
        plot_residuals(table.assign(y=np.nan), "GRU")


def test_an_outlier_does_not_make_countless_bars() -> None:
    table = forecasts(20_000)
    table.iloc[0, table.columns.get_loc("y")] = 1e12
    assert len(plot_residuals(table, "GRU").data[0].x) <= 60
    assert len(plot_residuals(forecasts(2), "GRU").data[1].x) == 1
