"""`import forecast; forecast.Forecaster` beside `import pandas`, as whole processes."""

from functools import partial
from typing import Any

from benchmarks.processes import run
from benchmarks.rounds import interleave

CODE = {"forecast": "import forecast; forecast.Forecaster", "pandas": "import pandas"}


def _seconds(code: str) -> float:
    return round(run(["-c", code], {}).seconds, 4)


def imports(repeats: int) -> dict[str, Any]:
    """Time the imports, interleaved, after one of each that counts for nothing."""
    for code in CODE.values():
        _seconds(code)
    timers = {name: partial(_seconds, code) for name, code in CODE.items()}
    return {"seconds": interleave(timers, repeats, peers=(), failures=()).seconds}
