import argparse
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks import accuracy
from benchmarks.accuracy_scores import (
    Actual,
    errors,
    is_seasonal,
    naive,
    naive2,
    naive_errors,
    owa,
    seasonal_factors,
)
from benchmarks.accuracy_sets import (
    SETS,
    DataSet,
    held_out,
    training_frame,
    with_others,
    with_test_part,
)
from benchmarks.accuracy_tables import HELD_OUT, M3, TEST, m3_means, render, section_name


def two_series(season: int = 1) -> Actual:
    rows = np.array([1.0, 3.0, 2.0, 10.0, 30.0, 50.0, 40.0])
    return Actual(rows, np.array([0, 3, 7]), np.array([[2.0, 4.0], [40.0, np.nan]]), season)


def frame(lengths: dict[str, int], first: int = 1) -> pd.DataFrame:
    return pd.concat(
        pd.DataFrame({"unique_id": name, "ds": range(first, first + n), "y": np.arange(n) + 1.0})
        for name, n in lengths.items()
    )


def test_errors_are_those_of_the_competitions() -> None:
    found = errors(two_series(), np.array([[2.0, 2.0], [50.0, 1.0]]))
    assert found.smape == pytest.approx((200 * 2 / 6 / 2 + 200 * 10 / 90) / 2)
    assert found.by_row == pytest.approx((200 * 2 / 6 + 200 * 10 / 90) / 3)
    assert found.mape == pytest.approx((25 + 25) / 2)
    assert found.mase == pytest.approx((1 / 1.5 + 10 / 50 * 3) / 2)


def test_the_lag_of_the_mase_is_the_season() -> None:
    assert naive_errors(two_series(1)).tolist() == [1.5, 50 / 3]
    assert naive_errors(two_series(2)).tolist() == [1.0, (40 + 10) / 2]


def test_naive2_has_an_owa_of_one_and_is_naive_without_a_season() -> None:
    actual = two_series()
    scores = errors(actual, naive2(actual))
    assert owa(scores, scores) == 1
    np.testing.assert_array_equal(naive2(actual), naive(actual))


def test_naive2_goes_on_with_a_season_that_passes_the_test() -> None:
    factors = np.array([0.5, 1.0, 1.5, 1.0])
    rows = 100 * np.tile(factors, 6)[:-1]
    actual = Actual(rows, np.array([0, 23]), 100 * np.array([[1.0, 0.5, 1.0, 1.5]]), 4)
    assert is_seasonal(rows, 4)
    np.testing.assert_allclose(seasonal_factors(rows, 4), factors)
    np.testing.assert_allclose(naive2(actual), actual.came)


def test_what_is_short_constant_or_not_seasonal_has_no_season() -> None:
    assert not is_seasonal(np.tile([1.0, 2.0], 2), 2)
    assert not is_seasonal(np.full(40, 3.0), 4)
    assert not is_seasonal(np.random.default_rng(0).normal(size=200), 12)
    assert not is_seasonal(np.tile([1.0, 2.0], 20), 1)


def test_zeros_and_constant_series_do_not_break_the_means() -> None:
    actual = Actual(np.ones(8), np.array([0, 4, 8]), np.array([[0.0, 1.0], [1.0, 1.0]]), 1)
    found = errors(actual, np.array([[0.0, 1.0], [1.0, 1.0]]))
    assert found[:3] == (0, 0, 0)
    assert np.isnan(found.mase)


def test_forecasts_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="must be"):
        errors(two_series(), np.array([[1.0, np.nan], [1.0, 1.0]]))
    with pytest.raises(ValueError, match="must be"):
        errors(two_series(), np.ones((2, 3)))


def test_the_last_rows_of_every_series_are_held_out() -> None:
    part = held_out(frame({"b": 5, "a": 3}), DataSet("somewhere", 2, 1, "yearly"))
    assert part.known["y"].tolist() == [1, 2, 3, 1]
    assert part.actual.came.tolist() == [[4, 5], [2, 3]]
    assert part.actual.offsets.tolist() == [0, 3, 4]


def test_a_test_part_must_go_on_for_the_whole_horizon(tmp_path) -> None:
    one, known = DataSet("a", 2, 1, "yearly"), frame({"x": 4, "y": 4})
    frame({"x": 2, "y": 2}, 5).to_parquet(tmp_path / "a_test.parquet")
    assert with_test_part(known, tmp_path, one).actual.came.tolist() == [[1, 2], [1, 2]]
    frame({"x": 2, "y": 1}, 5).to_parquet(tmp_path / "a_test.parquet")
    with pytest.raises(ValueError, match="2 rows"):
        with_test_part(known, tmp_path, one)


def test_forecasts_are_laid_beside_the_series_they_belong_to() -> None:
    part = held_out(frame({"b": 5, "a": 4}), DataSet("somewhere", 2, 1, "yearly"))
    told = pd.DataFrame(
        {"unique_id": ["a", "a", "b", "b"], "ds": [4, 3, 4, 5], "GRU": [4.0, 3.0, 1.0, 2.0]}
    )
    assert accuracy.ahead_of(told, "GRU", part).tolist() == [[1, 2], [3, 4]]


def test_a_network_may_learn_from_other_sets_but_is_scored_on_its_own(
    tmp_path, monkeypatch
) -> None:
    sets = {"a": DataSet("a", 2, 1, "yearly", beside=("a", "b")), "b": DataSet("b", 1, 1, "yearly")}
    for name, one in sets.items():
        monkeypatch.setitem(SETS, name, one)
        frame({"x": 5, "y": 4}).to_parquet(tmp_path / f"{name}_train.parquet")
    part = held_out(training_frame(tmp_path, sets["a"]), sets["a"])
    rows = with_others(part, "a", tmp_path, hold_out=True)
    assert rows.groupby("unique_id").size().to_dict() == {"x": 3, "y": 2, "b/x": 4, "b/y": 3}
    assert len(with_others(part, "a", tmp_path, hold_out=False)) == 3 + 2 + 5 + 4
    told = frame({"b/x": 2, "y": 2, "x": 2}).rename(columns={"y": "GRU"})
    told["GRU"] = np.arange(6.0)
    assert accuracy.ahead_of(told, "GRU", part).tolist() == [[4, 5], [2, 3]]


def test_a_file_of_forecasts_grows_by_sets_and_cells(tmp_path) -> None:
    path = tmp_path / "told.parquet"
    for ids, label in (("ab", "GRU"), ("c", "GRU"), ("ab", "LSTM"), ("a", "GRU")):
        told = pd.DataFrame({"unique_id": list(ids), "ds": 7, label: float(len(ids))})
        accuracy.joined(path, told).to_parquet(path, index=False)
    found = pd.read_parquet(path)
    assert list(found) == ["unique_id", "ds", "GRU", "LSTM"]
    assert found["GRU"].tolist() == [1, 2, 1]
    assert found["LSTM"].isna().tolist() == [False, False, True]


def test_a_stopped_run_keeps_what_was_finished(tmp_path, monkeypatch) -> None:
    one = DataSet("x", 2, 1, "yearly", test=False)
    monkeypatch.setitem(SETS, "m4_yearly", one)
    frame({"b": 9, "a": 8}).to_parquet(tmp_path / "x_train.parquet")
    seen = []

    def told(cell: str, one: DataSet, known: pd.DataFrame) -> pd.DataFrame:
        seen.append((cell, len(known)))
        if cell == "lstm":
            raise KeyboardInterrupt
        return frame({"b": 2, "a": 2}).rename(columns={"y": accuracy.NETWORKS[cell]})

    monkeypatch.setattr(accuracy, "forecasts", told)
    given = accuracy.asked(["--data", str(tmp_path), "--out", str(tmp_path), "--only", "m4_yearly"])
    with pytest.raises(KeyboardInterrupt):
        accuracy.score(given, "m4_yearly")
    kept = accuracy.load(tmp_path, accuracy.RESULTS)[section_name("m4_yearly", HELD_OUT)]
    assert seen == [("simple_rnn", 13), ("gru", 13), ("lstm", 13)]
    assert [each["model"] for each in kept["records"]] == ["Naive", "Naive2", "SimpleRNN", "GRU"]
    text = (tmp_path / "accuracy.md").read_text(encoding="utf-8")
    assert text.index("| SimpleRNN |") < text.index("| GRU |") < text.index("| Naive2 |")


def test_means_over_m3_weigh_series_or_rows(tmp_path) -> None:
    machine = dict.fromkeys(("date", "processor", "cores"), "1")
    one = {"model": "GRU", "smape": 10.0, "by_row": 10.0, "mase": 1.0, "owa": 0.9, "mape": 12.0}
    sections = {
        section_name(name, TEST): {
            "machine": machine, "series": 100,
            "records": [one | ({"smape": 20.0, "by_row": 20.0} if "monthly" in name else {})],
        } for name in M3
    }  # fmt: skip
    assert m3_means(sections, "GRU", TEST) == pytest.approx((12.5, 10 + 10 * 18 / 40))
    assert m3_means(sections, "LSTM", TEST) is None
    text = render(tmp_path, sections, Path("nowhere"))
    assert "M3, all 400 series" in text
    assert "| GRU | 12.50 | 14.50 |" in text


def test_forecasts_are_asked_of_sets_without_a_test_part() -> None:
    given: argparse.Namespace = accuracy.asked(["--data", ".", "--forecast", "told.parquet"])
    assert given.only == ["m4_yearly", "m4_weekly", "m4_hourly"]
    assert accuracy.asked(["--data", "."]).only == list(SETS)


def test_rows_ahead_are_counted_as_in_the_test_parts() -> None:
    told = pd.DataFrame({"unique_id": ["a", "a", "b", "b"], "ds": [7, 8, 3, 4], "GRU": 1.0})
    assert accuracy.as_test_part(told)["ds"].tolist() == [1, 2, 1, 2]
