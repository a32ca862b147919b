"""Windows of a panel as scaled training examples."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import DTypeLike

from forecast.data.windows import Windows, steps_after
from forecast.models.reading import Reading
from forecast.training.examples import Batch, Indices


@dataclass(frozen=True)
class WindowExamples:
    """Examples gathered and scaled as their batch is made.

    Attributes:
        reading: of the panel.
        windows: of its rows.
        dtype: precision of the network.
        noise: standard deviation of what is added to scaled inputs, at least 0.
        generator: that the noise is drawn from.
    """

    reading: Reading
    windows: Windows
    dtype: DTypeLike
    noise: float = 0.0
    generator: np.random.Generator = field(default_factory=np.random.default_rng)

    def __len__(self) -> int:
        return len(self.windows)

    @property
    def fresh(self) -> bool:
        """Whether a batch is another one each time it is gathered."""
        return self.noise > 0

    def batch(self, indices: Indices) -> Batch:
        """Gather and scale the windows of those indices."""
        origins, horizon = self.windows.origins[indices], self.windows.horizon
        read = self.reading.read(origins, self.dtype)
        ahead = steps_after(self.reading.levels.values, origins, horizon)
        observed = self.windows.observed(indices)
        inputs = read.x
        if self.noise:
            # The series' own values alone: what is known of the calendar is known for sure.
            own = self.generator.standard_normal(inputs.shape[:2], np.float32) * self.noise
            inputs[..., 0] += own if read.mask is None else np.where(read.mask, own, 0)
        return Batch(
            inputs,
            ((ahead - read.anchor) / read.spread).astype(self.dtype),
            mask=read.mask,
            observed=None if np.all(observed) else observed,
            beside=read.beside,
        )


class DrawnExamples(WindowExamples):
    """Examples of which an epoch draws a series first and then one of its windows."""

    @cached_property
    def _of_series(self) -> tuple[Indices, Indices]:
        """The first window of each series that has any, and how many it has."""
        which = self.reading.panel.which(self.windows.origins)
        _, firsts, counts = np.unique(which, return_index=True, return_counts=True)
        return firsts, counts

    def draw(self, generator: np.random.Generator, count: int) -> Indices:
        """Return the indices of so many windows; all series are as likely."""
        firsts, counts = self._of_series
        series = generator.integers(len(firsts), size=count)
        found: Indices = firsts[series] + generator.integers(counts[series])
        return found
