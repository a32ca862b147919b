"""Cells compared on many series at once: one network, scores over all and of each."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.errors import DataError, SettingError, TooFewRowsError
from forecast.evaluation import parting
from forecast.evaluation.plan import plan_comparison

SMALL: dict[str, Any] = {"timesteps": 4, "hidden_units": 3, "epochs": 2, "cells": ["gru"]}


def panel(*lengths: int, name: str = "s", scale: float = 1.0) -> pd.DataFrame:
    """Random walks that end together."""
    random = np.random.default_rng(5)
    days = pd.date_range("2024-01-01", periods=max(lengths), freq="MS")
    frames = [
        pd.DataFrame(
            {
                "unique_id": f"{name}{number}",
                "ds": days[len(days) - rows :],
                "y": 50 + scale**number * random.normal(size=rows).cumsum(),
            }
        )
        for number, rows in enumerate(lengths)
    ]
    return pd.concat(frames, ignore_index=True)


def test_one_network_is_scored_over_all_series_and_in_each() -> None:
    y = panel(60, 60, 60, scale=10)
    found = fc.compare(y, horizon=2, **SMALL)
    assert found.table["model"].tolist() == ["GRU", "Naive", "SeasonalNaive", "Drift", "Mean"]
    assert found.data["series"] == found.data["scored"] == 3
    assert found.data["parts"]["test"]["rows"] == 36
    assert found.data["test_windows"] == 33
    scores = found.series
    assert scores is not None
    assert scores["unique_id"].tolist() == ["s0", "s1", "s2"]
    assert (scores["windows"] == 11).all()
    for label in ("GRU", "Naive"):  # MASE is the mean over series, MAE over rows
        row = found.table.set_index("model").loc[label]
        assert row["mase"] == pytest.approx(scores[label].mean())
        assert row["mae"] == pytest.approx((scores[label] * scores["scale"]).mean())
        rows = found.predictions.query("unique_id == 's1'")
        alone = float((rows["y"] - rows[label]).abs().mean())
        assert alone == pytest.approx(scores[label][1] * scores["scale"][1])
    assert found.plot_predictions(series="s2").layout.yaxis.title.text == "s2"
    with pytest.raises(SettingError, match="id of a scored series"):
        found.plot_predictions(series="s9")


def test_the_scores_are_those_of_a_backtest_from_the_same_cut_offs() -> None:
    y = panel(60, 60, scale=3)
    found = fc.compare(y, horizon=2, **SMALL)
    models = {"GRU": found.models["GRU"]}
    again = fc.backtest(models, y, horizon=2, n_windows=11, step_size=1, fitted=True)
    for score in ("mae", "mase", "skill", "coverage-80"):
        mine, theirs = (one.table.set_index("model")[score] for one in (found, again))
        assert mine["GRU"] == pytest.approx(theirs["GRU"])
        assert mine["SeasonalNaive"] == pytest.approx(theirs["SeasonalNaive"])


def test_all_series_are_cut_equally_far_from_their_ends_and_short_ones_only_teach() -> None:
    y = panel(60, 60, 60, 26, 9)
    part = plan_comparison(y, horizon=2, season=1, **SMALL).part
    assert part.data.ids == ("s0", "s1", "s2", "s3", "s4")
    assert part.before.ids == part.panel.ids == ("s0", "s1", "s2", "s3")  # 12 rows of 9 are none
    assert part.before.lengths.tolist() == [48, 48, 48, 14]
    assert part.taught().tolist() == [48, 48, 48, 14, 0]
    seasonal = plan_comparison(y, horizon=2, season=14, **SMALL).part
    assert seasonal.before.ids == part.before.ids
    assert seasonal.panel.ids == ("s0", "s1", "s2")
    last = part.before.flat.index[part.before.ends]
    assert len(set(last)) == 1  # nothing of the test part of another series is learned


def test_rows_of_the_test_part_change_nothing_that_is_fitted() -> None:
    y = panel(60, 60, 30)
    changed = y.copy()
    later = changed.groupby("unique_id").cumcount(ascending=False) < 10
    changed.loc[later, "y"] *= 3
    one, other = (fc.compare(rows, horizon=2, **SMALL).models["GRU"] for rows in (y, changed))
    assert isinstance(one, fc.Forecaster)
    assert isinstance(other, fc.Forecaster)
    assert one.learned().parameters.flat.tobytes() == other.learned().parameters.flat.tobytes()


def test_blanks_and_unequal_lengths_count_once(monkeypatch: pytest.MonkeyPatch) -> None:
    y = panel(60, 60, 30)
    blank = (y["unique_id"] == "s1") & (y["ds"] >= y["ds"].max() - pd.DateOffset(months=6))
    y.loc[blank, "y"] = np.nan
    found = fc.compare(y, horizon=1, **SMALL)
    assert found.series is not None
    assert found.series["windows"].tolist() == [12, 12 - int(blank.sum()), 12]
    assert len(found.predictions) == found.data["test_windows"] == found.series["windows"].sum()
    assert found.predictions["y"].notna().all()
    monkeypatch.setattr(parting, "MOST_TARGETS", 12)
    thinned = fc.compare(y, horizon=1, **SMALL)
    assert thinned.series is not None
    assert thinned.series["windows"].max() <= 4
    assert thinned.predictions["ds"].max() == y["ds"].max()


def test_a_long_frame_of_one_series_is_a_single_series() -> None:
    found = fc.compare(panel(60), **SMALL)
    assert found.series is None
    assert "unique_id" not in found.predictions
    with pytest.raises(SettingError, match="single series"):
        found.plot_series()


def test_series_that_are_all_too_short_are_refused_with_the_rows_they_need() -> None:
    with pytest.raises(TooFewRowsError, match="No series of the panel is long enough"):
        fc.compare(panel(8, 7, 8), horizon=8, **SMALL)


def test_a_panel_of_two_frequencies_is_refused_by_name() -> None:
    daily = pd.DataFrame(
        {"unique_id": "daily", "ds": pd.date_range("2024-01-01", periods=60), "y": range(60)}
    )
    with pytest.raises(DataError, match=r"daily|s0"):
        fc.compare(pd.concat([panel(60), daily], ignore_index=True), **SMALL)
