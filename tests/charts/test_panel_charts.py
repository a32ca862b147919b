"""Charts of many series: thin, safe with strange names, right at the ends."""

import numpy as np
import pandas as pd

from forecast.charts.one_series import plot_one_series
from forecast.charts.series_scores import (
    MOST_DOTS,
    bins_of,
    drawn_rows,
    plot_against,
    plot_series_scores,
)

NASTY = "<img src=x onerror=alert(1)>"


def scores(count: int) -> pd.DataFrame:
    random = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "unique_id": [NASTY, *(f"s{number}" for number in range(1, count))],
            "rows": 100,
            "windows": 20,
            "scale": 1.0,
            "GRU": random.gamma(4, 0.2, count),
            "LSTM": [np.nan, *random.gamma(4, 0.2, count - 1)],
            "Naive": random.gamma(4, 0.4, count),
            "SeasonalNaive": random.gamma(4, 0.3, count),
        }
    )


def test_every_series_is_in_one_bar_and_those_far_out_in_the_last() -> None:
    table = scores(4000)
    table.loc[7, "GRU"] = 80.0
    made = plot_series_scores(table)
    bars = {one.name: one for one in made.data if one.type == "bar"}
    assert set(bars) == {"GRU", "LSTM"}
    assert sum(bars["GRU"].y) == 4000
    assert sum(bars["LSTM"].y) == 3999
    assert bars["GRU"].text[-1].endswith("and more")
    bins = bins_of(table)
    assert bins.edges[-1] < 10
    assert bins.of(np.array([0.0, 80.0])).tolist() == [0, len(bins.edges) - 2]
    assert len(made.to_json()) < 40_000


def test_one_point_a_series_thinned_so_that_those_far_out_stay() -> None:
    table = scores(5000)
    table.loc[1234, "GRU"] = 50.0
    made = plot_against(table, "GRU")
    points = made.data[0]
    assert len(points.x) <= MOST_DOTS
    assert 1234 in points.customdata
    assert NASTY not in made.to_json()
    few = plot_against(scores(5), "LSTM", "Naive")
    assert few.data[0].customdata.tolist() == [1, 2, 3, 4]  # the first has no score
    assert drawn_rows(np.full((3, 2), np.nan)).tolist() == []


def test_a_panel_without_a_score_is_an_empty_chart() -> None:
    table = scores(3).assign(GRU=np.nan, LSTM=np.nan, Naive=np.nan, SeasonalNaive=np.nan)
    assert sum(plot_series_scores(table).data[0].y) == 0
    assert len(plot_against(table, "GRU").data[0].x) == 0


def test_a_series_is_drawn_with_rows_before_its_test_part() -> None:
    days = pd.date_range("2024-01-01", periods=200)
    observed = pd.Series(np.arange(200.0), days)
    ahead = pd.DataFrame(
        {"unique_id": NASTY, "cutoff": days[169:199], "ds": days[170:], "step": 1,
         "y": observed[170:].to_numpy(), "GRU": 1.0, "Naive": 2.0, "Mean": 3.0}
    )  # fmt: skip
    made = plot_one_series(observed, ahead, name=NASTY)
    shown = {one.name: one for one in made.data}
    assert list(shown) == ["observed", "GRU", "Naive", "Mean"]
    assert len(shown["observed"].x) == 120
    assert shown["Mean"].visible == "legendonly"
    assert NASTY not in made.to_json()
