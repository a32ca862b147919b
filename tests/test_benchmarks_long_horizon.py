import numpy as np
import pandas as pd
import pytest

import forecast as fc
from benchmarks import ett
from benchmarks.long_horizon import PLAIN, fitted, naive_rows, network
from benchmarks.long_horizon_tables import is_reproduced, own_rows, published_rows, render
from forecast.data.splits import chronological


def frame(rows: int = 60) -> pd.DataFrame:
    index = pd.date_range("2020-01-01", periods=rows, freq="h")
    steps = np.arange(rows, dtype=np.float64)
    return pd.DataFrame({"a": steps, "b": 100 - 2 * steps}, index)


def test_values_are_scaled_by_training_rows_alone() -> None:
    raw = frame()
    told = ett.scaled(raw, range(40))
    assert told.iloc[:40].mean().abs().max() < 1e-12
    assert (told.iloc[:40].std(ddof=0) - 1).abs().max() < 1e-12
    raw.iloc[40:] = 0.0
    pd.testing.assert_frame_equal(ett.scaled(raw, range(40)).iloc[:40], told.iloc[:40])


def test_windows_look_back_and_their_targets_fill_the_part() -> None:
    panel = ett.panel_of(ett.long_frame(frame()))
    assert ett.origins_in(panel, range(40, 50), 4).tolist() == [
        *range(39, 46), *range(60 + 39, 60 + 46),
    ]  # fmt: skip


def test_score_is_the_mean_over_channels_windows_and_rows_ahead() -> None:
    long = ett.long_frame(frame())
    model = fc.Naive().fit(ett.before(long, 40))
    found = ett.score(model, ett.panel_of(long), range(40, 60), 2)
    assert found.mse == pytest.approx(np.mean([1, 4, 4, 16]))
    assert found.mae == pytest.approx(np.mean([1, 2, 2, 4]))


def test_the_shares_of_the_network_are_the_parts_of_the_protocol() -> None:
    settings = network(96, PLAIN).settings
    parts = chronological(
        ett.TEST.start, validation=settings.validation, calibration=settings.calibration, least=96
    )
    assert (parts.train, parts.validation) == (ett.TRAIN, ett.VALIDATION)


def test_other_parts_are_refused() -> None:
    small = PLAIN | {"timesteps": 4, "hidden_units": 2, "epochs": 1}
    with pytest.raises(RuntimeError, match="the parts are"):
        fitted(ett.long_frame(frame()), 2, small)


def test_only_the_published_error_is_a_reproduction() -> None:
    assert is_reproduced(1.2944)
    assert not is_reproduced(1.3)


def test_the_table_stands_beside_published_figures(tmp_path) -> None:
    published = tmp_path / "published.csv"
    published.write_text(
        "dataset,horizon,model,lookback,mse,mae,source\n"
        "ETTh1,96,DLinear,336,0.375,0.399,somewhere\nETTh1,96,DLinear,336,0.375,0.399,somewhere\n"
        "ETTh2,96,DLinear,336,0.9,0.9,elsewhere\n",
        encoding="utf-8",
    )
    rows = [{"model": name, "horizon": 96, "mse": 1.295, "mae": 0.7} for name in ("Naive", "GRU")]
    sections = {"96": {"machine": dict.fromkeys(("date", "processor", "cores", "python"), "1"),
                       "records": rows}}  # fmt: skip
    render(tmp_path, sections, published)
    text = (tmp_path / "long_horizon.md").read_text(encoding="utf-8")
    assert "| `fc.Naive()` | 1.295 / 0.700 |" in text
    assert "| DLinear, 336 rows | 0.375 / 0.399 |" in text
    assert "somewhere" in text
    assert published_rows(tmp_path / "none.csv", [96]) == []
    assert own_rows(rows, [96])[1] == ["`fc.SeasonalNaive(24)`", "–"]


def test_naive_rows_need_all_rows_of_the_protocol() -> None:
    long = ett.long_frame(frame(ett.TEST.stop))
    found = naive_rows(long, 96)
    assert [one["model"] for one in found] == ["Naive", "SeasonalNaive"]
