"""The folder of a run, and what lies where.

A run leaves these:

plan.json            what was asked, and of which input
model.safetensors    the global network; of several cells model-gru.safetensors and so on
forecasts/           part-00000.parquet, one a partition
failures.csv         series left out, with their reasons
summary.json         counts; a run that has it is finished
work/                what stages hand to each other; removed at the end
"""

import shutil
from pathlib import Path
from typing import NamedTuple

from forecast.files import TEMPORARY

WORK = ("rows", "sample", "told")


class Folder(NamedTuple):
    """Paths in the folder of a run."""

    root: Path

    @property
    def plan(self) -> Path:
        """What was asked."""
        return self.root / "plan.json"

    @property
    def lock(self) -> Path:
        """Held by the one driver that works here."""
        return self.root / ".lock"

    @property
    def forecasts(self) -> Path:
        """The folder of forecasts."""
        return self.root / "forecasts"

    @property
    def failures(self) -> Path:
        """Series left out."""
        return self.root / "failures.csv"

    @property
    def summary(self) -> Path:
        """Counts of a finished run."""
        return self.root / "summary.json"

    @property
    def work(self) -> Path:
        """The folder of what is not kept."""
        return self.root / "work"

    @property
    def frequency(self) -> Path:
        """The frequency found for networks of single series."""
        return self.work / "frequency.json"

    def rows(self, number: int) -> Path:
        """Rows of a piece of the input, grouped by partition."""
        return self.work / "rows" / f"piece-{number:05}.arrow"

    def sample(self, number: int) -> Path:
        """Rows of the series that a partition lends to the training."""
        return self.work / "sample" / f"part-{number:05}.arrow"

    def told(self, number: int) -> Path:
        """What was counted and left out in a partition."""
        return self.work / "told" / f"part-{number:05}.json"

    def part(self, number: int) -> Path:
        """Forecasts of a partition."""
        return self.forecasts / f"part-{number:05}.parquet"

    def model(self, cell: str, cells: int) -> Path:
        """The global network of a cell, one of so many."""
        return self.root / ("model.safetensors" if cells == 1 else f"model-{cell}.safetensors")

    def make(self) -> None:
        """Make the folders that stages write to.

        Raises:
            OSError: one cannot be made.
        """
        for one in (self.forecasts, *(self.work / name for name in WORK)):
            one.mkdir(parents=True, exist_ok=True)

    def remove_temporary(self) -> None:
        """Remove what killed processes left half written."""
        for folder in (self.root, self.forecasts, *(self.work / name for name in WORK)):
            for left in folder.glob(f".*{TEMPORARY}"):
                left.unlink(missing_ok=True)

    def remove_work(self) -> None:
        """Remove what stages handed to each other."""
        shutil.rmtree(self.work, ignore_errors=True)
