"""A run that ended anywhere, anyhow, is taken up again, and leaves what any other leaves."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from filelock import FileLock

from forecast.batch.api import batch
from forecast.batch.folder import Folder
from forecast.batch.plan import read_plan
from forecast.batch.running import BatchProgress
from forecast.batch.stages import perform
from forecast.batch.task import Task, work_of
from forecast.errors import BatchError, ReadError
from tests.batch.small_runs import OPTIONS, SMALL, content_of


class CutError(Exception):
    pass


def cut_at(stage: str, done: int) -> Callable[[BatchProgress], None]:
    """Return a callback that ends a run once so many tasks of a stage are done."""

    def look(told: BatchProgress) -> None:
        if told.stage == stage and told.done == done:
            raise CutError

    return look


def cut(source: Path, out: Path, stage: str, done: int) -> None:
    with pytest.raises(CutError):
        batch(source, out, on_progress=cut_at(stage, done), **SMALL)


@pytest.mark.parametrize(
    ("stage", "done"),
    [
        *(("gather", 0), ("gather", 2), ("sample", 3), ("train", 0), ("train", 1)),
        *(("forecast", 1), ("forecast", 4)),
    ],
)
def test_a_run_cut_off_in_any_stage(
    stage: str, done: int, source: Path, whole: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    cut(source, out, stage, done)
    for folder in (out, out / "forecasts", out / "work" / "rows"):
        (folder / ".some.parquet.x1.part").write_bytes(b"half written")
    before = {one: one.stat().st_mtime_ns for one in (out / "forecasts").glob("part-*")}
    found = batch(source, out, resume=True, **SMALL)
    assert content_of(out) == content_of(whole)
    assert before == {one: one.stat().st_mtime_ns for one in before}  # none was done twice
    assert found.resumed


def test_a_run_of_which_forecasts_were_written_but_not_what_was_left_out(
    source: Path, whole: Path, tmp_path: Path
) -> None:
    cut(source, tmp_path / "out", "forecast", 4)
    shutil.rmtree(tmp_path / "out" / "work" / "told")
    batch(source, tmp_path / "out", resume=True, **SMALL)
    assert content_of(tmp_path / "out") == content_of(whole)


def test_a_killed_process(source: Path, whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-m", "forecast", "batch", str(source), "--out", str(out)]
    with subprocess.Popen([*command, *OPTIONS], stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and not (out / "work" / "rows" / "piece-00000.arrow").exists():
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    batch(source, out, resume=True, **SMALL)
    assert content_of(out) == content_of(whole)


def test_a_finished_run_says_so(whole: Path, source: Path) -> None:
    before = content_of(whole)
    found = batch(source, whole, resume=True, **SMALL)
    assert (found.resumed, found.worked, found.forecast) == (True, 0, 12)
    assert content_of(whole) == before


def test_nothing_is_there_to_resume(source: Path, whole: Path, tmp_path: Path) -> None:
    assert not batch(source, tmp_path / "out", resume=True, **SMALL).resumed
    assert content_of(tmp_path / "out") == content_of(whole)


def test_a_run_is_not_begun_over_another(source: Path, whole: Path, tmp_path: Path) -> None:
    with pytest.raises(BatchError, match=r"holds a run already\. Go on with it by --resume"):
        batch(source, whole, **SMALL)
    (tmp_path / "letter.txt").touch()
    with pytest.raises(BatchError, match=r"must be empty.*it holds 'letter.txt'"):
        batch(source, tmp_path, **SMALL)


def test_another_run_is_not_resumed(source: Path, whole: Path) -> None:
    said = "`hidden_units` was 3 and is 5 now; `sample` was 6 and is 7 now"
    with pytest.raises(BatchError, match=said):
        batch(source, whole, resume=True, **SMALL | {"hidden_units": 5, "sample": 7})
    with pytest.raises(BatchError, match="`cell` was gru and is gru, lstm now"):
        batch(source, whole, resume=True, cell=("gru", "lstm"), **SMALL)


def test_a_changed_input_is_not_resumed(source: Path, long: pd.DataFrame, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in ("a", "b"):
        shutil.copy(source, tmp_path / "in" / f"{name}.parquet")
    with pytest.raises(CutError):
        batch(tmp_path / "in", tmp_path / "out", on_progress=cut_at("gather", 1), **SMALL)
    os.utime(tmp_path / "in" / "b.parquet", ns=(1, 1))
    with pytest.raises(BatchError, match=r"the input 'b.parquet' has changed\. Ask"):
        batch(tmp_path / "in", tmp_path / "out", resume=True, **SMALL)
    (tmp_path / "in" / "a.parquet").unlink()
    with pytest.raises(BatchError, match=r"the input 'a.parquet' is gone, and 1 more"):
        batch(tmp_path / "in", tmp_path / "out", resume=True, **SMALL)
    shutil.rmtree(tmp_path / "in")
    with pytest.raises(ReadError, match="no such file or folder"):
        batch(tmp_path / "in", tmp_path / "out", resume=True, **SMALL)


def test_two_drivers_do_not_work_in_one_folder(source: Path, tmp_path: Path) -> None:
    cut(source, tmp_path / "out", "sample", 0)
    with (
        FileLock(tmp_path / "out" / ".lock"),
        pytest.raises(BatchError, match="Another process works in"),
    ):
        batch(source, tmp_path / "out", resume=True, **SMALL)


def test_a_task_that_outlived_its_run_writes_nothing(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    cut(source, out, "gather", 4)
    token = read_plan(Folder(out))[1]
    work = work_of(Task("forecast", str(out), token, 0))
    (out / "plan.json").write_text((out / "plan.json").read_text() + " ")
    with (
        pytest.raises(BatchError, match="was given to another run"),
        work.written(out / "forecasts" / "part-00000.parquet") as temporary,
    ):
        temporary.write_bytes(b"of another run")
    assert list((out / "forecasts").iterdir()) == []
    with pytest.raises(BatchError, match="was given to another run"):
        perform(Task("forecast", str(out), "another", 0))


def test_a_task_done_twice_is_done_once(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    cut(source, out, "forecast", 4)
    before = {one: one.stat().st_mtime_ns for one in out.rglob("*") if one.is_file()}
    token = read_plan(Folder(out))[1]
    for stage in ("gather", "sample", "train", "forecast"):
        perform(Task(stage, str(out), token, 0, ((0, 0, 1),)))
    assert before == {one: one.stat().st_mtime_ns for one in before}
