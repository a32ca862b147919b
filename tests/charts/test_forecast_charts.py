"""A forecast's fan and its measured coverage."""

import sys

import numpy as np
import pandas as pd
import pytest

from forecast.charts.coverage import plot_coverage
from forecast.charts.fan import levels_of, model_labels, number_format, plot_fan
from forecast.charts.palette import COLOURS, translucent, waiting
from forecast.errors import DataError, MissingExtraError, SettingError

HTML = "<img src=x>"


def history(rows: int = 48) -> pd.Series:
    return pd.Series(
        np.arange(rows, dtype=float), pd.date_range("2020-01-31", periods=rows, freq="ME")
    )


def forecast_after(past: pd.Series, steps: int = 3, label: str = "GRU") -> pd.DataFrame:
    ds = pd.date_range(past.index[-1], periods=steps + 1, freq="ME")[1:]
    ahead = past.iloc[-1] + np.arange(1.0, steps + 1)
    table = pd.DataFrame({"ds": ds, label: ahead})
    for level, width in (("95", 4.0), ("80", 2.0)):
        table[f"{label}-lo-{level}"] = ahead - width
        table[f"{label}-hi-{level}"] = ahead + width
    return table


def traces(made: object) -> dict[str, object]:
    return {trace.name: trace for trace in made.data}  # type: ignore[attr-defined]


def test_a_fan_has_history_forecast_connection_and_a_band_a_level() -> None:
    past = history()
    made = plot_fan(past, forecast_after(past), name="sales")
    drawn = traces(made)
    assert list(drawn) == ["95 %", "80 %", "observed", "GRU", None], "the widest band lies below"
    assert list(drawn["observed"].y) == list(past)
    assert list(drawn["GRU"].y) == [48, 49, 50]
    assert drawn["GRU"].line.color == COLOURS["GRU"]
    assert list(drawn["80 %"].y) == [50, 51, 52, 48, 47, 46]
    assert list(drawn["95 %"].y) == [52, 53, 54, 46, 45, 44]
    assert list(drawn[None].y) == [47, 48]
    assert drawn["80 %"].fillcolor == translucent("GRU", 0.42)
    assert drawn["95 %"].fillcolor == translucent("GRU", 0.26), "wider is paler"
    assert drawn["GRU"].customdata[0].tolist() == [46, 50, 44, 52], "80 % first, low before high"
    assert made.layout.yaxis.title.text == "sales"
    assert made.layout.title.text == "GRU, 3 steps ahead"
    assert pd.Timestamp(made.layout.shapes[0].x0) == past.index[-1]


def test_a_fan_without_levels_has_no_band() -> None:
    past = history()
    made = plot_fan(past, forecast_after(past)[["ds", "GRU"]], name="sales")
    assert list(traces(made)) == ["observed", "GRU", None]
    assert made.layout.title.subtitle.text == ""


def test_the_connection_begins_at_the_last_observed_value() -> None:
    past = history()
    past.iloc[-2:] = np.nan
    made = plot_fan(past, forecast_after(past.ffill()), name="sales")
    assert pd.Timestamp(traces(made)[None].x[0]) == past.index[-3]
    assert traces(made)[None].y[0] == 45
    assert pd.Timestamp(made.layout.shapes[0].x0) == past.index[-1]


def test_values_between_gaps_are_seen() -> None:
    past = history()
    assert traces(plot_fan(past, forecast_after(past), name="y"))["observed"].mode == "lines"
    past.iloc[1::2] = np.nan
    made = plot_fan(past, forecast_after(past.ffill()), name="y")
    assert traces(made)["observed"].mode == "lines+markers"


@pytest.mark.parametrize("past", [pd.Series(dtype=float), pd.Series([np.nan, np.nan])])
def test_a_history_without_values_is_no_obstacle(past: pd.Series) -> None:
    forecast = pd.DataFrame({"ds": [2, 3], "Naive": [1.0, 1.0]})
    assert list(traces(plot_fan(past, forecast, name="y"))) == ["observed", "Naive"]


def test_one_step_has_an_upright_bar_for_a_band() -> None:
    past = history()
    drawn = traces(plot_fan(past, forecast_after(past, 1), name="y"))
    assert drawn["80 %"].line.width > 0
    assert list(drawn["80 %"].y) == [50, 46]


def test_numbered_rows_and_a_long_history_open_at_their_end() -> None:
    past = pd.Series(np.arange(9_000.0))
    forecast = pd.DataFrame({"ds": np.arange(9_000, 9_024), "LSTM": 9_000.0})
    made = plot_fan(past, forecast, name="y")
    observed = traces(made)["observed"]
    assert 3_500 < len(observed.x) <= 4_000
    assert observed.x[0] == 0, "all of it is drawn"
    assert list(observed.x[-1_500:]) == list(range(7_500, 9_000)), "its end in full detail"
    assert made.layout.xaxis.range[0] == 9_000 - 5 * 24
    assert made.layout.yaxis.range[0] > 8_800
    assert plot_fan(past[:50], forecast, name="y").layout.xaxis.range is None


def test_names_from_data_are_escaped_in_a_fan() -> None:
    past = history()
    made = plot_fan(past, forecast_after(past, label=HTML), name=HTML)
    assert made.layout.yaxis.title.text == "&lt;img src=x&gt;"
    assert HTML not in str(made.to_dict()["layout"])
    assert HTML not in {trace.name for trace in made.data}
    assert "&lt;img src=x&gt;" in traces(made)


def test_a_fan_names_what_it_cannot_draw() -> None:
    past = history()
    forecast = forecast_after(past)
    two = forecast.assign(LSTM=1.0)
    with pytest.raises(SettingError, match="`label` must be one of 'GRU'; got 'LSTM'"):
        plot_fan(past, forecast, name="y", label="LSTM")
    with pytest.raises(SettingError, match=r"`label` must name .* \['GRU', 'LSTM'\]"):
        plot_fan(past, two, name="y")
    assert "LSTM" in traces(plot_fan(past, two, name="y", label="LSTM"))
    with pytest.raises(DataError, match="forecasts of 3"):
        plot_fan(past, forecast.assign(unique_id=["a", "b", "c"]), name="y")
    with pytest.raises(DataError, match="at least one row"):
        plot_fan(past, forecast.iloc[:0], name="y")


def test_without_plotly_a_fan_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "plotly.graph_objects", None)
    with pytest.raises(MissingExtraError, match=r"recurrent-forecast\[plots\]"):
        plot_fan(history(), forecast_after(history()), name="y")


def test_labels_and_levels_are_read_from_columns() -> None:
    bounds = [f"GRU-{end}" for end in ("lo-9", "hi-9", "lo-97.5", "hi-97.5", "lo-80")]
    strange = ["GRU-lo-x", "GRU-hi-x", "other-lo-5"]
    columns = ["unique_id", "cutoff", "ds", "step", "y", "GRU", *bounds, *strange]
    table = pd.DataFrame(columns=columns)
    assert model_labels(table) == ["GRU", *strange]
    assert levels_of(table, "GRU") == ["9", "97.5"], "in order of size, both ends there"
    assert levels_of(table, "Naive") == []


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([4512.33], ",.1f"),
        ([0.0123], ",.6f"),
        ([1e9, np.nan], ",.0f"),
        ([0.0], ",.2f"),
        ([], ",.2f"),
    ],
)
def test_numbers_have_about_five_digits(values: list[float], expected: str) -> None:
    assert number_format(values) == expected


def test_tiny_numbers_are_written_with_an_exponent() -> None:
    assert f"{1.25e-9:{number_format([1.25e-9])}}" == "1.25e-09"


def test_baselines_other_than_naive_wait_unless_alone() -> None:
    assert waiting(["GRU", "Naive", "Drift", "mine"]) == {"Drift"}
    assert waiting(["SeasonalNaive", "Drift"]) == set()


def coverage_table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "model": ["GRU", HTML, "Naive"],
            "coverage-80": [78.0, 60.0, np.nan],
            "coverage-95": [96.0, 90.0, np.nan],
        }
    )


def test_coverage_has_a_marker_a_model_and_level_beside_the_diagonal() -> None:
    made = plot_coverage(coverage_table(), (95, 80))
    band, diagonal, gru, html = made.data
    assert (gru.name, html.name) == ("GRU", "&lt;img src=x&gt;"), "Naive has no intervals"
    assert list(gru.x) == [80, 95]
    assert list(gru.y) == [78, 96]
    assert gru.marker.symbol != html.marker.symbol
    assert list(diagonal.x) == list(diagonal.y)
    assert [y - x for x, y in zip(band.x, band.y, strict=True)] == [3, 3, -3, -3]
    assert made.layout.yaxis.range[0] < 60


def test_coverage_draws_the_levels_asked_for() -> None:
    assert list(plot_coverage(coverage_table(), [95]).data[2].y) == [96]
    with pytest.raises(SettingError, match="`levels` must be one of '80', '95'; got '90'"):
        plot_coverage(coverage_table(), [80, 90])


def test_coverage_of_models_without_intervals_is_an_empty_figure() -> None:
    assert len(plot_coverage(coverage_table().iloc[2:], [80]).data) == 2
