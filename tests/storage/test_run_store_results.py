"""What came of a run comes back as it was: every table, every model, every type."""

from datetime import timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from dateutil import tz

import forecast as fc
from forecast.data.series import prepare
from forecast.errors import StoreError
from forecast.evaluation.verdict import PairedTest
from forecast.storage.plain_values import packed, unpacked
from forecast.storage.run_store import RunStore
from forecast.storage.tables import packed_table, unpacked_table
from tests.storage.stored import (
    SMALL,
    assert_same_result,
    assert_same_series,
    begun,
    draft,
    ended,
    passengers,
    result,
)

HOURS = pd.date_range("2024-03-30", periods=120, freq="h", tz="Europe/Berlin")
NOISE = np.random.default_rng(0).normal(size=120).cumsum()
BESIDE = pd.DataFrame({"y": NOISE, "wind": NOISE[::-1], "sun": np.arange(120.0)}, index=HOURS)

CASES = {
    "months": (fc.load_sample("air_passengers"), {}),
    "a time zone over a change of clocks": (pd.Series(NOISE, HOURS, name="köln °C"), {}),
    **{
        f"times in {unit}": (pd.Series(NOISE, HOURS.as_unit(unit), name="v"), {"horizon": 2})
        for unit in ("s", "ms", "us", "ns")
    },
    "numbered rows": (NOISE, {"horizon": 2}),
    "several seeds": (NOISE, {"seeds": 2}),
    "quantiles": (NOISE, {"loss": "quantile", "quantiles": (0.1, 0.5, 0.9)}),
    "covariates": (BESIDE, {"target": "y", "calendar": ("hour",), "past_covariates": ("sun",)}),
    "equal parameters": (NOISE, {"fair": "parameters", "season": 4}),
    "a gap": (
        pd.Series(NOISE).where(np.arange(120) % 7 > 0).to_numpy(),
        {"transform": "difference"},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_result_comes_back_equal(case, tmp_path) -> None:
    y, settings = CASES[case]
    made = fc.compare(y, cells=["gru", "lstm"], **{**SMALL, **settings})
    covariates = fc.Forecaster("gru", **{
        name: value for name, value in settings.items() if name in ("target", "past_covariates")
    }).settings.columns()  # fmt: skip
    series = prepare(y, columns=covariates)
    store = RunStore(tmp_path)
    store.begin(draft(), series)
    store.finish("run-0001", "done", None, made, None, 5.0)
    store.close()

    again = RunStore(tmp_path)
    found, grid = again.result("run-0001")
    assert grid is None
    assert_same_result(found, made)
    assert_same_series(again.series("run-0001"), series)
    for label, model in made.models.items():
        given = {} if model.parameter_count else {"level": 80}
        pd.testing.assert_frame_equal(
            found.models[label].predict(1, **given), model.predict(1, **given)
        )
    assert again.check() == []
    again.close()


def test_a_grid_comes_back_with_the_comparison_of_its_first_value(tmp_path) -> None:
    store, grid = RunStore(tmp_path), result().table.copy()
    grid.insert(0, "value", 12)
    store.finish(begun(store), "done", None, result(), grid, 5.0)
    found, rows = store.result("run-0001")
    assert_same_result(found, result())
    pd.testing.assert_frame_equal(rows, grid)


def test_a_run_says_what_is_needed_to_repeat_it(tmp_path) -> None:
    store = RunStore(tmp_path)
    run = store.find(ended(store, whole=True))
    assert run.asked == draft().asked
    assert (run.seed, run.rows, len(run.fingerprint)) == (7, len(passengers()), 64)
    assert set(run.versions) == {"python", "forecast", "numpy", "numba", "machine", "schema"}
    assert run.versions["numpy"] == np.__version__
    assert run.versions["forecast"] == fc.__version__
    assert run.scores == result().to_dict()["models"]
    assert run.verdict == result().verdict
    on_disk = sum(file.stat().st_size for file in tmp_path.rglob("*.safetensors"))
    assert run.bytes == on_disk > 0


def test_the_same_rows_have_the_same_fingerprint_and_share_a_file(tmp_path) -> None:
    store = RunStore(tmp_path)
    first, second = (store.find(begun(store, run)) for run in ("run-0001", "run-0002"))
    assert first.fingerprint == second.fingerprint
    changed = prepare(fc.load_sample("air_passengers") + 1e-9)
    store.begin(draft("run-0003"), changed)
    assert store.find("run-0003").fingerprint != first.fingerprint
    assert len(list((tmp_path / "series").iterdir())) == 2


@pytest.mark.parametrize(
    "zone",
    ["Europe/Berlin", "UTC", "+05:45", tz.gettz("Europe/Berlin"), tz.tzoffset("x", 5400),
     timezone(timedelta(hours=-3, minutes=-30)), ZoneInfo("Australia/Lord_Howe")],
    ids=str,
)  # fmt: skip
def test_clocks_of_every_zone_show_the_same_again(tmp_path, zone) -> None:
    index = pd.date_range("2024-03-20", periods=30, freq="D", tz=zone)
    y = prepare(pd.Series(np.arange(30.0), index))
    store = RunStore(tmp_path)
    store.begin(draft(), y)
    found = store.series("run-0001").index
    assert found.asi8.tolist() == y.index.asi8.tolist()
    assert found.tz_localize(None).equals(y.index.tz_localize(None))
    store.close()


def test_a_broken_shared_series_is_written_again_by_the_next_run(tmp_path) -> None:
    store = RunStore(tmp_path)
    begun(store)
    (file,) = (tmp_path / "series").iterdir()
    file.write_bytes(file.read_bytes()[:-1] + b"\0")
    begun(store, "run-0002")
    assert store.check() == []
    assert_same_series(store.series("run-0001"), passengers())


def test_models_of_other_kinds_are_refused_and_leave_the_run_unfinished(tmp_path) -> None:
    class Guess(fc.Naive):
        label = "Guess"

    store = RunStore(tmp_path)
    made = result()
    foreign = fc.Comparison(
        **{**vars(made), "models": {**made.models, "Guess": Guess().fit(passengers())}}
    )
    with pytest.raises(StoreError, match="'Guess' of type Guess cannot be kept"):
        store.finish(begun(store), "done", None, foreign, None, 5.0)
    assert store.find("run-0001").finished is None


def test_tables_keep_every_type_they_may_have() -> None:
    times = pd.DatetimeIndex(["2024-01-01", None, "2024-01-03"])
    frame = pd.DataFrame(
        {
            "text": ["a", "ä\0", None],
            "any": pd.Series([None, float("nan"), "\ud800"], dtype=object),
            "whole": np.array([1, -2, 2**62]),
            "small": np.array([1, 2, 3], dtype="uint8"),
            "half": np.array([np.nan, np.inf, -0.0], dtype="float32"),
            "true": [True, False, True],
            "times": times,
            "zoned": times.tz_localize("America/Sao_Paulo"),
            "fixed": times.tz_localize("+05:30").as_unit("s"),
        },
    ).set_index(pd.RangeIndex(4, 10, 2, name="row"))
    for table in (frame, frame.iloc[:0], frame.set_index("whole"), frame[[]]):
        header, arrays = packed_table(table)
        pd.testing.assert_frame_equal(unpacked_table(header, arrays), table)


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame({1: [1]}),
        pd.DataFrame({"a": [1j]}),
        pd.DataFrame({"a": [object()]}),
        pd.DataFrame({"a": [1]}, index=["x"]),
    ],
)
def test_tables_of_other_types_are_refused(table) -> None:
    with pytest.raises(StoreError):
        packed_table(table)


def test_plain_values_keep_tuples_and_what_is_not_finite() -> None:
    value = {
        "a": (1, [2.5, None], ()),
        "b": {"tuple": [1]},
        "c": {"map": {"float": "x"}},
        "d": True,
    }
    assert unpacked(packed(value)) == value
    assert repr(unpacked(packed([float("nan"), float("-inf")]))) == "[nan, -inf]"
    assert repr(PairedTest(*unpacked(packed(tuple(PairedTest(np.float64(1), 2.0, 3)))))) == repr(
        PairedTest(1.0, 2.0, 3)
    )
