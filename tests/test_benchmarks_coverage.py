import numpy as np
import pytest

import forecast as fc
from benchmarks.coverage import LEVELS, SIX, held, measure, nested, scores, tail_ratio
from benchmarks.coverage_tables import missed, render, verdict, why
from forecast.data.series import prepare


def made(sample: str, coverage: float, *, needed: float = 1.0, counts: bool = True) -> dict:
    one = {"coverage": coverage, "error": 2.0, "width": 1.5, "needed": needed, "changes": needed}
    rows = ["2020-01-01", "2020-02-01", "2020-02-02", "2020-06-01"]
    return {
        "sample": sample, "counts": counts, "windows": 200, "calibration": 150, "nested": True,
        "rows": rows, "skill": [30.0, 10.0],
        "80": one, "95": one | {"coverage": 95.0, "needed": 1.0},
    }  # fmt: skip


def test_what_was_not_observed_is_neither_held_nor_missed() -> None:
    y, low, high = np.array([[1.0, 5.0, np.nan]]), np.zeros((1, 3)), np.full((1, 3), 2.0)
    assert held(y, low, high).tolist()[0][:2] == [1.0, 0.0]
    assert np.isnan(held(y, low, high)[0, 2])


def test_nested_asks_every_interval() -> None:
    inner = (np.zeros((2, 1)), np.ones((2, 1)))
    outer = (np.array([[-1.0], [0.0]]), np.array([[2.0], [1.0]]))
    assert nested([inner, outer])
    assert not nested([outer, inner])


def test_tail_ratio_is_how_much_wider_an_interval_would_have_to_be() -> None:
    calibration = np.arange(1.0, 101.0)[:, None]
    assert tail_ratio(1.5 * calibration, calibration, 80) == pytest.approx(1.5)


def test_scores_are_those_that_the_network_calibrated_with() -> None:
    series = prepare(fc.load_sample("air_passengers"))
    model = fc.Forecaster("gru", timesteps=12, hidden_units=4, horizon=2, epochs=2).fit(series)
    learned = model.learned()
    found = scores(model, series, learned.parts.calibration)
    np.testing.assert_allclose(found.network, learned.scores, rtol=1e-5)


def test_a_sample_is_measured_over_every_origin_of_its_test_part() -> None:
    series = prepare(fc.load_sample("us_illness"))
    found = measure(series.rows(0, 400), 2, seed=0)
    assert all(found.inside[level].shape == (79, 2) for level in LEVELS)
    assert found.nested
    assert found.rows[3] == series.index[399]
    assert found.rows[2] == series.index[320]


def test_the_mean_counts_and_a_sample_far_from_it_is_explained() -> None:
    near, far = made("near", 81.0), made("far", 70.0, needed=1.3)
    assert "mean 75.5 ± 1.4 (70.0 to 81.0), MISSED" in verdict([near, far], "80")
    assert not missed(near, "80")
    assert why(near) == ""
    assert "5.0 standard errors away" in why(far)
    assert "rougher (1.30×)" in why(far)
    assert "30 % smaller" in why(far)


def test_tables_show_every_sample(tmp_path) -> None:
    machine = {"date": "2026-01-01", "python": "3.11"}
    records = [*(made(name, 80.5) for name in SIX), made("msft", 60.0, counts=False)]
    told = render(tmp_path, {"1": {"machine": machine, "seeds": [0], "records": records}})
    assert "mean 80.5 ± 0.8 (80.5 to 80.5), met" in told
    assert "| `msft` | **60.0** |" in told
    assert told.strip() in (tmp_path / "coverage.md").read_text(encoding="utf-8")
