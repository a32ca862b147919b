"""Series with a memory planted in them, so that it is known how far back a network must look.

Rows come in blocks. A row has a random `value` in [-1, 1) and a `marker`, 1 where the value is to
be kept and 0 elsewhere; `y` is observed only in the row after a block, where it asks for what was
marked in it. All other values are noise of the same size, so a network has to take in the marked
one, shut out the others, and hold it. Past rows of `y` are answers of earlier blocks and say
nothing of the next one; where `y` is blank no window is trained on or scored.

`copy_first_L` (after the latch of Bengio, Simard and Frasconi, 1994, "Learning long-term
dependencies with gradient descent is difficult"): the first row of a block is marked, and y is its
value. In the first 65 % of the rows blocks are of 5 to L rows, even in the logarithm, so that near
answers teach what to do about far ones: at the cells' usual starts no gradient comes through 100
gates. All later blocks are of L rows, so validation and test part ask for lag L alone.

`adding_problem` (Hochreiter and Schmidhuber, 1997, "Long short-term memory"): of 50 rows one in
each half is marked, and y is the sum of the two.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

COPY, ADDING = "copy", "adding"
LAGS: Final = (10, 25, 50, 100, 200)
ADDING_LAG: Final = 50
ROWS: Final = 20_000
REHEARSED: Final = 0.65  # share of the rows in which blocks are of any length up to the lag
SHORTEST: Final = 5  # rows of a block
SOLVED: Final = 0.1  # see `unsolved`
COVARIATES: Final = ("value", "marker")
COLUMNS: Final = ("y", *COVARIATES)
SEED, START, FREQUENCY, DIGITS = 10, "2000-01-01", "h", 4
# The same for every cell, lag and task.
SETTINGS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "hidden_units": 32,
        "horizon": 1,
        "scaling": "none",
        "learning_rate": 1e-2,
        "schedule": "cosine",
        "epochs": 200,
        "patience": 50,
        "calibration": 0.0,
        "past_covariates": COVARIATES,
    }
)


@dataclass(frozen=True)
class Planted:
    """One series with a planted memory.

    Attributes:
        name: of the sample.
        task: `copy` or `adding`.
        lag: rows from the first row of a full block to its answer: lag `lag` of the answer's
            window is the block's first row.
        description: one sentence on what is planted.
        source: who made it, and after which paper.
    """

    name: str
    task: str
    lag: int
    description: str
    source: str

    @property
    def settings(self) -> dict[str, Any]:
        """Settings of `Forecaster`, and so of `compare`, that show the result on this series."""
        return {"timesteps": self.lag, **SETTINGS}

    def frame(self, rows: int = ROWS, seed: int = SEED) -> pd.DataFrame:
        """Make the series: `y`, `value` and `marker` by hour; the sample is that of the defaults.

        Args:
            rows: length; one block at least, so that something is asked.
            seed: of its values and blocks.
        """
        random = np.random.Generator(np.random.PCG64((seed, self.lag)))
        value = np.round(2 * random.random(rows) - 1, DIGITS)
        marker, y = np.zeros(rows), np.full(rows, np.nan)
        begin = 0
        while (answer := begin + self._length(random, begin < REHEARSED * rows)) < rows:
            marked = self._marked(random, begin, answer)
            marker[marked] = 1
            y[answer] = np.round(value[marked].sum(), DIGITS)
            begin = answer
        dates = pd.date_range(START, periods=rows, freq=FREQUENCY)
        index = pd.DatetimeIndex(dates.to_numpy(), name="ds")  # as if it had been read
        return pd.DataFrame({"y": y, "value": value, "marker": marker}, index)

    def _length(self, random: np.random.Generator, rehearsed: bool) -> int:
        """Return the rows of the next block."""
        if self.task == ADDING or not rehearsed:
            return self.lag
        most = math.log((self.lag + 1) / SHORTEST)
        return min(self.lag, math.floor(SHORTEST * math.exp(most * random.random())))

    def _marked(self, random: np.random.Generator, begin: int, answer: int) -> list[int]:
        """Return which rows of a block are marked."""
        if self.task == COPY:
            return [begin]
        half = begin + (answer - begin) // 2
        return [int(random.integers(begin, half)), int(random.integers(half, answer))]


def _copy(lag: int) -> Planted:
    return Planted(
        f"copy_first_{lag}",
        COPY,
        lag,
        f"Planted memory, {ROWS:,} hours: y is the marked value {lag} rows before, fewer in the "
        f"first {REHEARSED:.0%} of the rows; all else is noise. Read value and marker beside it.",
        "made by this package, after Bengio, Simard and Frasconi (1994)",
    )


PLANTED: Final = (
    *map(_copy, LAGS),
    Planted(
        "adding_problem",
        ADDING,
        ADDING_LAG,
        f"Planted memory, {ROWS:,} hours: y is the sum of the two marked values among the "
        f"{ADDING_LAG} rows before; all else is noise. Read value and marker beside it.",
        "made by this package, after Hochreiter and Schmidhuber (1997)",
    ),
)
BY_NAME: Final[Mapping[str, Planted]] = MappingProxyType({one.name: one for one in PLANTED})
EXAMPLE: Final = BY_NAME["copy_first_100"]  # the one to begin with


@lru_cache(maxsize=len(PLANTED))
def planted_csv(name: str) -> bytes:
    """Return a planted sample as the bytes of a CSV file, made once.

    Args:
        name: one of `BY_NAME`.
    """
    return BY_NAME[name].frame().astype({"marker": int}).to_csv().encode()


def unsolved(y: NDArray[np.float64], forecast: NDArray[np.float64]) -> float:
    """Return which share of the variance of the answers a forecast leaves.

    That is its mean squared error over that of the best constant. A task whose share is below
    `SOLVED` counts as solved.

    Args:
        y: (rows,) as the series has it, NaN where nothing is asked.
        forecast: (rows,) of the same rows.
    """
    asked = np.isfinite(y)
    return float(np.mean((forecast[asked] - y[asked]) ** 2) / np.var(y[asked]))
