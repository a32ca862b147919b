import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks import memory_tasks
from benchmarks.memory_tasks_tables import line, rates, render, solved, verdict
from benchmarks.store import load
from forecast.data.planted import BY_NAME


def made(cell: str, left: list[float], *, task: str = "copy", lag: int = 100) -> dict[str, Any]:
    many = len(left)
    return {
        "task": task, "lag": lag, "cell": cell, "seeds": list(range(many)), "left": left,
        "memory": [80 + k for k in range(many)], "epochs": [200] * many, "seconds": [1.5] * many,
    }  # fmt: skip


GOOD = [
    made("SimpleRNN", [1.1, 0.4, 1.3]),
    made("GRU", [0.001, 0.002, 0.003]),
    made("LSTM", [0.02, 0.01, 0.0999]),
]


def test_a_tenth_of_the_variance_is_not_solved() -> None:
    assert solved(made("GRU", [0.0999, 0.1, 0.5])) == 1


def test_the_aim_asks_all_of_the_gated_cells_and_none_of_the_plain_one() -> None:
    assert verdict(GOOD).endswith("SimpleRNN 0 of 3, GRU 3 of 3, LSTM 3 of 3: met.")
    assert verdict([made("SimpleRNN", [0.05, 1, 1]), *GOOD[1:]]).endswith("**MISSED**.")
    assert verdict([*GOOD[:2], made("LSTM", [0.2, 0.01, 0.01])]).endswith("**MISSED**.")
    assert "not measured" in verdict(GOOD[:2])
    assert "not measured" in verdict([made(one["cell"], one["left"], lag=50) for one in GOOD])


def test_a_table_has_a_row_a_task_and_a_column_a_cell() -> None:
    adding = [made(one["cell"], [0.01, 1.0], task="adding", lag=50) for one in GOOD]
    told = rates([*GOOD, *adding])
    assert "| task | lag | SimpleRNN | GRU | LSTM |" in told
    assert "| copy | 100 | 0 of 3 | 3 of 3 | 3 of 3 |" in told
    assert "| adding | 50 | 1 of 2 | 1 of 2 | 1 of 2 |" in told
    assert line(GOOD[0]).split() == [
        *("copy", "100", "SimpleRNN", "0", "of", "3", "0.400–1.30", "81", "1.50")
    ]


def test_the_page_says_what_was_measured(tmp_path: Path) -> None:
    machine = {"date": "2026-01-01", "python": "3.11", "cores": "2"}
    told = render(tmp_path, {"machine": machine, "seconds": 61.2, "records": GOOD})
    assert "9 trainings in 61 s" in told
    assert "| copy | 100 | LSTM | 3 of 3 | 0.0200 (0.0100–0.0999) | 81 | 1.50 |" in told
    assert told.strip() in (tmp_path / "memory_tasks.md").read_text(encoding="utf-8")


def test_a_training_is_scored_on_the_test_part() -> None:
    planted = BY_NAME["copy_first_10"]
    quick = {"hidden_units": 4, "epochs": 2, "batch_size": 128}
    found = memory_tasks.train(planted, "gru", 0, **quick)
    assert found.epochs == 2
    assert 0 < found.left < 1.5
    assert 1 <= found.memory <= 10
    assert memory_tasks.train(planted, "gru", 0, **quick).left == found.left
    assert memory_tasks.train(planted, "gru", 1, **quick).left != found.left


def test_the_program_prints_and_keeps_every_task(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = []

    def train(planted: Any, cell: str, seed: int) -> memory_tasks.Trained:
        asked.append((planted.name, cell, seed))
        return memory_tasks.Trained(0.01 * (seed + 1), 7, 3, 0.5)

    monkeypatch.setattr(memory_tasks, "train", train)
    given = ["--seeds", "2", "--lags", "10", "--cells", "gru", "simple_rnn"]
    monkeypatch.setattr(sys, "argv", ["memory_tasks", *given, "--out", str(tmp_path)])
    memory_tasks.main()
    names = ("copy_first_10", "adding_problem")
    assert sorted(asked) == sorted(
        (name, cell, seed) for name in names for cell in ("gru", "simple_rnn") for seed in (0, 1)
    )
    told = capsys.readouterr().out
    assert "| copy | 10 | 2 of 2 | 2 of 2 |" in told
    (section,) = load(tmp_path, memory_tasks.RESULTS).values()
    assert [one["cell"] for one in section["records"]] == ["GRU", "SimpleRNN"] * 2
    assert section["records"][0]["left"] == [0.01, 0.02]
    assert (tmp_path / "memory_tasks.md").exists()
