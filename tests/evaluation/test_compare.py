import json
import threading

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast import metrics
from forecast.errors import (
    CancelledError,
    DataError,
    MissingExtraError,
    SettingError,
    TooFewRowsError,
)

SMALL = {"timesteps": 8, "hidden_units": 4, "epochs": 2}
BASELINES = ["Naive", "SeasonalNaive", "Drift", "Mean"]


def series(rows: int = 150) -> pd.Series:
    t = np.arange(rows)
    values = 20 + 4 * np.sin(2 * np.pi * t / 7) + np.random.default_rng(1).normal(size=rows)
    return pd.Series(values, pd.date_range("2024-01-01", periods=rows, freq="D"), name="level")


@pytest.fixture(scope="module")
def result() -> fc.Comparison:
    return fc.compare(series(), horizon=2, **SMALL)


def test_the_table_has_one_row_a_model(result: fc.Comparison) -> None:
    table = result.table
    assert table.columns.tolist() == [
        *["model", "hidden_units", "parameters", "seconds", "ms_per_forecast", "epochs"],
        *["mae", "rmse", "smape", "mase", "skill", "skill_mean", "skill_std", "pinball", "crps"],
        *["coverage-80", "width-80", "verdict"],  # 18 calibration rows are too few for 95 %
    ]
    assert table["model"].tolist() == ["SimpleRNN", "GRU", "LSTM", *BASELINES]
    assert table["parameters"].tolist() == [24 + 10, 84 + 10, 96 + 10, 0, 0, 0, 0]
    assert table["epochs"].tolist() == [2, 2, 2, 0, 0, 0, 0]
    assert (table["seconds"] > 0).all()
    assert table.set_index("model")["skill"]["Naive"] == 0


def test_the_scores_are_those_of_the_predictions(result: fc.Comparison) -> None:
    frame, y = result.predictions, series()
    np.testing.assert_array_equal(frame["y"], y.loc[frame["ds"]])
    before = y.to_numpy()[: -result.data["parts"]["test"]["rows"]]
    for row in result.table.itertuples():
        forecast = frame[row.model].to_numpy()
        assert row.mae == pytest.approx(metrics.mae(frame["y"].to_numpy(), forecast))
        assert row.rmse == pytest.approx(metrics.rmse(frame["y"].to_numpy(), forecast))
        assert row.mase == pytest.approx(metrics.mase(frame["y"].to_numpy(), forecast, before, 7))


def test_the_baselines_columns_are_what_their_names_say(result: fc.Comparison) -> None:
    frame, y = result.predictions, series()
    np.testing.assert_array_equal(frame["Naive"], y.loc[frame["cutoff"]])
    np.testing.assert_array_equal(frame["SeasonalNaive"], y.loc[frame["ds"] - pd.Timedelta(days=7)])
    assert (frame["ds"] == frame["cutoff"] + pd.to_timedelta(frame["step"], unit="D")).all()


def test_every_target_of_the_test_part_is_forecast_and_no_other(result: fc.Comparison) -> None:
    test = series().index[-result.data["parts"]["test"]["rows"] :]
    assert sorted(set(result.predictions["ds"])) == list(test)
    assert (result.predictions["cutoff"].min()) == test[0] - pd.Timedelta(days=1)


def test_a_cell_in_a_comparison_is_the_forecaster_fitted_alone() -> None:
    y = series()
    compared = fc.compare(y, cells=["lstm"], seed=3, **SMALL)
    rows = compared.data["parts"]["test"]["rows"]
    alone = fc.Forecaster("lstm", seed=3, **SMALL).fit(y.iloc[:-rows])
    pd.testing.assert_frame_equal(
        alone.history_.drop(columns="seconds"),
        compared.history.drop(columns=["cell", "seconds"]),
    )


def test_the_history_has_every_cell_and_epoch(result: fc.Comparison) -> None:
    assert result.history.columns.tolist() == [
        "cell",
        "epoch",
        "loss",
        "val_loss",
        "learning_rate",
        "grad_norm",
        "seconds",
        "clipped",
        "updates",
    ]
    assert result.history.groupby("cell", sort=False)["epoch"].apply(list).to_dict() == {
        "SimpleRNN": [1, 2],
        "GRU": [1, 2],
        "LSTM": [1, 2],
    }


def test_the_parts_follow_one_another(result: fc.Comparison) -> None:
    parts = result.data["parts"]
    assert list(parts) == ["train", "validation", "calibration", "test"]
    assert sum(part["rows"] for part in parts.values()) == 150
    ends = [pd.Timestamp(part[end]) for part in parts.values() for end in ("first", "last")]
    assert ends == sorted(ends)
    assert (result.data["frequency"], result.data["season"]) == ("D", 7)


def test_plain_values_survive_json(result: fc.Comparison) -> None:
    plain = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert list(plain) == ["data", "settings", "models", "findings", "verdict"]
    assert plain["settings"]["test"] == 0.2
    assert plain["models"][0]["mae"] == result.table["mae"][0]


def test_a_naive_forecast_without_error_has_no_skill_to_beat() -> None:
    result = fc.compare(np.full(100, 3.0), cells=["gru"], **SMALL)
    assert result.table["skill"].isna().all()
    assert set(result.table["verdict"][:1]) == {"the naive forecast makes no error here"}
    assert result.to_dict()["models"][0]["skill"] is None
    assert result.verdict == "GRU does not beat repeating the last value."


def test_callbacks_hear_the_cell_and_cancelling_leaves_the_rest_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FORECAST_THREADS", "1")  # one cell after the other: side by side may differ
    stop, heard = threading.Event(), []

    def listen(label: str, _progress: object) -> None:
        heard.append(label)
        if len(heard) == 3:
            stop.set()

    result = fc.compare(series(), on_epoch=listen, cancel=stop, **SMALL)
    assert heard == ["SimpleRNN", "SimpleRNN", "GRU"]
    assert result.table["model"].tolist() == ["SimpleRNN", "GRU", *BASELINES]


def test_the_season_can_be_given_and_is_one_where_two_do_not_fit() -> None:
    assert fc.compare(series(), cells=["gru"], season=3, **SMALL).data["season"] == 3
    hourly = series(40).set_axis(pd.date_range("2024-01-01", periods=40, freq="h"))
    assert fc.compare(hourly, cells=["gru"], **SMALL).data["season"] == 1


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ({"cells": []}, SettingError, "at least one cell"),
        ({"cells": ["gru", "GRU"]}, SettingError, "each once"),
        ({"cells": ["rnn"]}, SettingError, "`cell` must be one of"),
        ({"test": 0}, SettingError, "`test`"),
        ({"test": 1.0}, SettingError, "`test`"),
        ({"season": 0}, SettingError, "`season`"),
        ({"season": 500}, TooFewRowsError, "got 500 for 120 rows"),
        ({"timesteps": 500}, TooFewRowsError, "holds no window"),
        ({"epochz": 3}, TypeError, "epochz"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    given: dict[str, object], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        fc.compare(series(), **{"timesteps": 8, "hidden_units": 4, "epochs": 1, **given})


def test_several_columns_are_refused() -> None:
    with pytest.raises(DataError, match="One column can be forecast"):
        fc.compare(pd.DataFrame({"a": series(), "b": series()}))


def test_figures_show_every_cell_in_its_colour(result: fc.Comparison) -> None:
    from forecast.charts.palette import COLOURS

    losses = result.plot_losses(log=True)
    assert [trace.name for trace in losses.data] == [
        name for cell in COLOURS for name in (cell, f"{cell} validation")
    ]
    assert [trace.line.color for trace in losses.data[::2]] == list(COLOURS.values())
    assert losses.layout.yaxis.type == "log"
    predictions = result.plot_predictions(step=2)
    assert [trace.name for trace in predictions.data] == ["observed", *COLOURS, *BASELINES]
    assert len(predictions.data[0].x) == result.data["test_windows"]
    with pytest.raises(SettingError, match="`step`"):
        result.plot_predictions(step=3)


def test_names_from_data_are_not_read_as_html() -> None:
    result = fc.compare(series().rename("<img src=x>"), cells=["gru"], **SMALL)
    assert "<img" not in result.plot_predictions().to_json().replace("\\u003c", "<").replace(
        "&lt;", ""
    )


def test_without_plotly_the_install_line_is_said(
    result: fc.Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "plotly.graph_objects", None)
    with pytest.raises(MissingExtraError, match=r'pip install "recurrent-forecast\[plots\]"'):
        result.plot_losses()


def test_a_cell_that_is_clearly_better_is_said_to_beat_naive() -> None:
    y = np.sin(2 * np.pi * np.arange(400) / 20)
    result = fc.compare(y, cells=["gru"], timesteps=20, hidden_units=12, epochs=20)
    assert result.tests["GRU"].statistic > result.tests["GRU"].critical
    assert result.tests["Mean"].statistic < 0
    assert result.verdict.startswith("GRU beats repeating the last value by")
    assert result.table["verdict"][0].startswith("beats the naive forecast by")


def test_test_rows_have_no_say_in_the_frequency() -> None:
    days = pd.bdate_range("2024-01-01", periods=147)
    weekend = pd.DatetimeIndex(["2024-07-27", "2024-07-28", "2024-08-03"])
    index = days.append(weekend).sort_values()
    y = pd.Series(np.random.default_rng(0).normal(size=150).cumsum(), index)
    result = fc.compare(y, cells=["gru"], **SMALL)
    assert (result.data["frequency"], result.data["rows"]) == ("B", 150)


def test_blank_targets_are_blank_in_the_predictions() -> None:
    y = series()
    y.iloc[-3] = np.nan
    frame = fc.compare(y, cells=["gru"], horizon=2, **SMALL).predictions
    assert frame.loc[frame["ds"] == y.index[-3], "y"].isna().all()
    assert frame["y"].isna().sum() == 2


def test_blank_rows_before_the_test_part_do_not_scale_mase() -> None:
    y = series()
    y.iloc[20:40] = np.nan
    result = fc.compare(y, cells=["gru"], season=1, **SMALL)
    before = y.to_numpy()[:120]
    row = result.table.iloc[0]
    frame = result.predictions
    expected = metrics.mase(frame["y"].to_numpy(), frame["GRU"].to_numpy(), before)
    assert row["mase"] == pytest.approx(expected)


def test_cancelled_before_anything_was_learned_says_so() -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(CancelledError, match="before any cell finished an epoch"):
        fc.compare(series(), cancel=stop, **SMALL)
