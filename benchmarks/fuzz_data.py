"""Throw broken files at `fc.doctor`: only errors of this package may come out, and memory stays.

    python -m benchmarks.fuzz_data [--seconds 60] [--trials N] [--seed 0]

The files are mutations of small CSV and Parquet files of all kinds, read with random options, in a
process of its own, so that a crash of a library is seen as well. What fails is kept in a folder for
temporary files, and named.
"""

import argparse
import io
import json
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path
from typing import Any

import forecast as fc
from benchmarks.fuzz_corpus import generated, mutated, parquets, tables
from forecast.errors import ForecastError

ROOT = Path(__file__).parents[1]
MEGABYTES = 500  # by which the process may grow
SECONDS_EACH = 20  # for one file
CHOICES: dict[str, tuple[Any, ...]] = {
    "time": ("date", "ds", "timestamp", "nothing"),
    "target": ("v", "y", "nothing"),
    "decimal": (".", ","),
    "unique_id": ("unique_id", "t", "text", "n"),
    "layout": ("auto", "wide", "long", "long"),
    "time_zone": ("Europe/Berlin", "America/Sao_Paulo"),
}
REPAIRS: dict[str, tuple[str, ...]] = {
    "order": ("refuse",),
    "duplicates": ("first", "mean", "sum", "min", "max", "refuse"),
    "blanks": ("forward", "drop", "refuse"),
    "gaps": ("insert", "insert", "forward", "forward", "refuse"),
    "calendar": ("auto", "XNYS"),
}
USUAL = 0.8  # share of options that are left alone
RISEN = "the memory of the process rose by {:.0f} MB"


class Named(io.BytesIO):
    """A file whose name says of which kind it is."""

    name = ""


def trial(chance: random.Random, corpus: dict[str, list[bytes]], folder: Path) -> None:
    """Read one broken file; the file and its options stay in the folder until the next.

    Raises:
        Exception: whatever is no error of this package.
    """
    kind = chance.choice(list(corpus))
    if kind == "parquet" and chance.random() < 0.3:
        content = generated(chance)
    else:
        content = mutated(chance, corpus[kind], is_text=kind == "csv")
    options, repairs = ({name: chance.choice(some) for name, some in choices.items()
                         if chance.random() > USUAL} for choices in (CHOICES, REPAIRS))  # fmt: skip
    (folder / "input").write_bytes(content)
    (folder / "options").write_text(f"given.{kind} {options} {repairs}", encoding="utf-8")
    try:
        fc.doctor(_file(content, kind), repairs=fc.Repairs(**repairs), **options)
    except ForecastError:
        return


def too_long(*_: object) -> None:
    """End a trial.

    Raises:
        TimeoutError: always.
    """
    raise TimeoutError(f"one file took more than {SECONDS_EACH} s")


def soak(folder: Path, seconds: float, trials: int, seed: int) -> int:
    """Read broken files until time or trials are over; return how many.

    Raises:
        Exception: the first that is no error of this package, or of memory.
    """
    chance = random.Random(seed)  # noqa: S311  (had again by its seed; nothing secret hangs on it)
    corpus = {"csv": tables(), "parquet": parquets()}
    for kind, files in corpus.items():  # what is needed is loaded before memory is looked at
        fc.doctor(_file(files[0], kind))
    before, end, done = _megabytes(), time.monotonic() + seconds, 0
    signal.signal(signal.SIGALRM, too_long)
    warnings.simplefilter("error")
    while done < trials and time.monotonic() < end:
        signal.setitimer(signal.ITIMER_REAL, SECONDS_EACH)
        trial(chance, corpus, folder)
        signal.setitimer(signal.ITIMER_REAL, 0)
        done += 1
        if (risen := _megabytes() - before) > MEGABYTES:
            raise MemoryError(RISEN.format(risen))
    told = {"trials": done, "megabytes": round(_megabytes() - before)}
    (folder / "told").write_text(json.dumps(told), encoding="utf-8")
    return done


def _file(content: bytes, kind: str) -> Named:
    file = Named(content)
    file.name = f"given.{kind}"
    return file


def _megabytes() -> float:
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def watch(seconds: float, trials: int, seed: int) -> dict[str, Any]:
    """Soak in a process of its own; return what it told, or `failed` with the kept input."""
    folder = Path(tempfile.mkdtemp(prefix="fuzz-data-"))
    words = ["--child", str(folder), "--seconds", str(seconds), "--trials", str(trials)]
    ended = subprocess.run(  # noqa: S603  (our own interpreter and program)
        [sys.executable, "-m", "benchmarks.fuzz_data", *words, "--seed", str(seed)],
        stderr=subprocess.PIPE, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    told = folder / "told"
    if ended.returncode == 0 and told.exists():
        found: dict[str, Any] = json.loads(told.read_text(encoding="utf-8"))
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
        return found
    options = folder / "options"
    asked = options.read_text(encoding="utf-8") if options.exists() else ""
    reason = f"status {ended.returncode}\n{ended.stderr[-3000:]}"
    return {"failed": f"{reason}\n{asked}\nkept as {folder / 'input'}"}


def main() -> int:
    """Soak, and say how it went."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--trials", type=int, default=10**9)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child is not None:
        try:
            soak(given.child, given.seconds, given.trials, given.seed)
        except Exception:
            traceback.print_exc()
            return 1
        return 0
    found = watch(given.seconds, given.trials, given.seed)
    if "failed" in found:
        print(found["failed"])
        return 1
    print(f"{found['trials']:,} broken files; memory rose by {found['megabytes']} MB at most.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
