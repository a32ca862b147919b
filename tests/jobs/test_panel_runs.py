"""A run of many series: trained by one network a cell, kept, read back, and made again."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.data.panel import Panel, prepare_panel
from forecast.errors import SettingError, TooFewRowsError
from forecast.jobs.request import Request
from forecast.jobs.wire import line, packed_series, unpacked_series
from forecast.storage.bundle import bundle
from forecast.storage.code import as_command, as_python
from forecast.storage.panel_rows import makes_the_same, panel_csv, read_panel_back
from forecast.storage.run_store import RunStore
from forecast.storage.series_file import fingerprint
from tests.jobs.runs import SMALL, finished, serving

MANY = SMALL | {"past_covariates": ()}


def long_frame(lengths: tuple[int, ...] = (50, 50, 42, 9), step: str = "D") -> pd.DataFrame:
    random = np.random.default_rng(2)
    last = pd.Timestamp("2024-06-30")
    frames = [
        pd.DataFrame(
            {
                "unique_id": f"shop {number}",
                "ds": pd.date_range(end=last, periods=rows, freq=step),
                "y": 10 + random.normal(size=rows).cumsum(),
            }
        )
        for number, rows in enumerate(lengths)
    ]
    return pd.concat(frames, ignore_index=True)


def asked(y: Panel, **settings: object) -> Request:
    return Request(y, "shops.csv", ("gru", "lstm"), MANY | settings)


def test_series_travel_to_a_worker_and_back_to_the_bit() -> None:
    for panel in (
        prepare_panel(long_frame()),
        prepare_panel(long_frame().assign(ds=lambda y: y.groupby("unique_id").cumcount())),
    ):
        again = unpacked_series(packed_series(panel))
        assert isinstance(again, Panel)
        assert line(packed_series(panel)) == line(packed_series(again))
        assert again.ids == panel.ids
        assert again.flat.index.equals(panel.flat.index)
        assert fingerprint(again) == fingerprint(panel) != fingerprint(panel.flat)


def test_a_run_of_many_series_is_compared_kept_and_made_again(tmp_path: Path) -> None:
    panel = prepare_panel(long_frame())
    store = RunStore(tmp_path)
    with serving(store) as service:
        run = finished(service, service.submit(asked(panel, horizon=2), owner="me"))
        assert run.error is None
        assert run.live_name == "shop 0"
        expected = fc.compare(panel, cells=("gru", "lstm"), horizon=2, **MANY)
        assert expected.series is not None
        assert run.result is not None
        assert run.result.series is not None
        pd.testing.assert_frame_equal(run.result.series, expected.series, check_exact=True)
        assert run.result.verdict == expected.verdict
        for cell in run.cells:
            mine = expected.predictions.query("unique_id == 'shop 0' and step == 1")
            assert cell.live == pytest.approx(tuple(mine[cell.label]))
    # what is read back
    result, _ = store.result(run.id)
    assert result is not None
    for name in ("table", "predictions", "series"):
        pd.testing.assert_frame_equal(getattr(result, name), getattr(run.result, name))
    for label in ("GRU", "SeasonalNaive"):
        one, other = (each.models[label].predict(2) for each in (result, run.result))
        pd.testing.assert_frame_equal(one, other)
    kept = store.find(run.id)
    assert kept is not None
    assert kept.rows == len(panel.flat)
    rows = store.series(run.id)
    assert "fc.read_csv('data.csv', time='ds', unique_id='unique_id'" in as_python(kept, rows)
    assert as_command(kept, rows).count("data.csv --time ds --target y") == 1
    scope: dict[str, object] = {}
    (tmp_path / "data.csv").write_bytes(panel_csv(panel))
    code = as_python(kept, rows).replace("'data.csv'", repr(str(tmp_path / "data.csv")))
    exec(code, scope)
    again = scope["result"]
    assert isinstance(again, fc.Comparison)
    assert again.series is not None
    pd.testing.assert_frame_equal(again.series, expected.series, check_exact=True)
    assert len(bundle(store, run.id)) > 10_000
    store.close()


def test_the_file_of_many_series_is_read_back_as_it_was() -> None:
    frame = long_frame((30, 20))
    frame.loc[[4, 40], "y"] = np.nan
    panel = prepare_panel(frame)
    assert makes_the_same(read_panel_back(panel_csv(panel), panel), panel, None)


def test_what_many_series_do_not_allow_is_told_before_a_run() -> None:
    with pytest.raises(TooFewRowsError, match="No series of the panel is long enough"):
        asked(prepare_panel(long_frame((9, 8))), horizon=9)
    with pytest.raises(SettingError, match="`horizon`"):
        asked(prepare_panel(long_frame()), horizon=0)
