import numpy as np

from benchmarks.backtest_speed import FORECASTS, LOOP, SHORT, TIMESTEPS, WHOLE, Sides
from benchmarks.report import section_text

ON = {"processor": "a", "cores": "2", "system": "b", "python": "3", "date": "2026-01-01"}


def section(loop: float, difference: float) -> dict:
    seconds = {WHOLE: [0.2], FORECASTS: [0.01], LOOP: [loop], SHORT: [loop / 2]}
    return {"machine": ON, "repeats": 1, "seconds": seconds, "windows": 200,
            "difference": difference}  # fmt: skip


def test_all_sides_forecast_the_same() -> None:
    sides = Sides(3)
    expected = sides.loop()
    assert expected.shape == (3, 24)
    assert sides.difference() <= 1e-6
    for other in (sides.backtest(), sides.forecasts(), sides.loop(TIMESTEPS)):
        np.testing.assert_allclose(other, expected, rtol=0, atol=1e-5)


def test_the_table_says_whether_the_aim_is_met() -> None:
    assert "**Met**: 100×" in section_text("backtest", section(1.0, 1e-8))
    assert "**Missed**: 10.0×" in section_text("backtest", section(0.1, 1e-8))
    assert "**Missed**: 100×" in section_text("backtest", section(1.0, 1e-3))
