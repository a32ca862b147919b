import json

import pandas as pd

from benchmarks.data import OURS, PANDAS, REFUSE, render, verdicts, write_rows
from benchmarks.data_program import main

ON = {"processor": "a", "cores": "2", "system": "b", "python": "3", "date": "2026-01-01"}


def section(ours: float, megabytes: float) -> dict:
    return {
        "machine": ON, "versions": {"pandas": "3"}, "rounds": 1, "rows": 10, "bytes": 100,
        "seconds": {PANDAS: [0.5], OURS: [ours], REFUSE: [0.01]},
        "megabytes": {PANDAS: [200.0], OURS: [megabytes], REFUSE: [200.0]},
        "steps": {"read and check": 0.6, "prepare": 0.1, "chart": 0.2},
        "chart": {"points": 4000, "characters": 9, "extremes": True},
        "refusal": {"cuts": 0, "said": "no"},
    }  # fmt: skip


def test_both_sides_read_the_same_rows_and_the_chart_keeps_the_extremes(tmp_path) -> None:
    path = tmp_path / "minutes.csv"
    write_rows(path, 20_000)
    assert len(pd.read_csv(path)) == 20_000
    for side in (PANDAS, OURS, REFUSE):
        main(side, path, tmp_path / f"{side}.json")
    told = json.loads((tmp_path / "ours.json").read_text())
    assert told["rows"] == 20_000
    assert 0 < told["points"] < 20_000
    assert told["extremes"]
    refused = json.loads((tmp_path / "refuse.json").read_text())
    assert refused["cuts"] == 0
    assert "at most 10,000 columns; got 200,001" in refused["said"]


def test_the_page_says_whether_the_aims_are_met() -> None:
    assert all(met for *_, met in verdicts(section(1.0, 300.0)))
    assert "2.00×" in render(section(1.0, 300.0))
    assert "**missed**" not in render(section(1.0, 300.0))
    assert [met for *_, met in verdicts(section(2.0, 600.0))] == [False, False, True, True, True]
    assert render(section(2.0, 600.0)).count("**missed**") == 2
