"""What many small trainings start from, and what became of them."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from forecast.errors import ShapeError
from forecast.nn.arrays import Array
from forecast.nn.parameters import Parameters
from forecast.nn.stack import Stack
from forecast.training.examples import Batch, Examples, Indices
from forecast.training.local_steps import SeriesTrained
from forecast.training.settings import TrainingSettings
from forecast.training.trainer import Cancel, Streams, streams

First = Callable[[int], Array]
GROUP_SERIES = 64  # whose examples are gathered together, between two calls of `on_progress`
GROUP_EXAMPLES = 2**16
GROUPS_A_THREAD = 4
NO_EXAMPLE = "There is no training example. Use fewer timesteps or more rows."


class LocalTrained(NamedTuple):
    """The outcome of many trainings.

    Attributes:
        weights: (series, size); the first ones where a training failed or did not begin.
        losses: (series, epochs), mean over each epoch's batches; NaN from where a training ended.
        failed: by series, why there is no training to speak of: no example, or a loss or gradient
            that was not finite.
        done: (series,), False where a training failed, or was cancelled before its end.
        stopped_by: `epochs` or `cancel`.
    """

    weights: Array
    losses: NDArray[np.float64]
    failed: dict[int, str]
    done: NDArray[np.bool_]
    stopped_by: str


def local_streams(seed: int, key: int) -> Streams:
    """Return the sources of randomness of one series, which depend on nothing but these numbers."""
    return streams(seed, key)


@dataclass(frozen=True)
class Part:
    """The examples of one series, as a training takes them."""

    examples: Examples
    start: int
    end: int

    @property
    def fresh(self) -> bool:
        """Whether they are others each time."""
        return bool(getattr(self.examples, "fresh", False))

    def __len__(self) -> int:
        return self.end - self.start

    def batch(self, indices: Indices) -> Batch:
        """Gather those of these indices, from 0."""
        return self.examples.batch(np.asarray(indices) + self.start)


class LocalJob:
    """All trainings: what they start from and what became of them."""

    def __init__(
        self,
        network: Stack,
        like: Parameters,
        examples: Examples,
        offsets: Indices,
        settings: TrainingSettings,
        first: Array | First | None,
        seed: int,
        keys: Sequence[int] | None,
        cancel: Cancel | None,
    ) -> None:
        self.network, self.like, self.examples, self.offsets = network, like, examples, offsets
        self.settings, self._first, self._seed, self._keys = settings, first, seed, keys
        self.cancel, self._lock, self.stopped = cancel, threading.Lock(), threading.Event()
        self.series = len(offsets) - 1
        self._weights = np.empty((self.series, like.flat.size), like.flat.dtype)
        self._losses = np.full((self.series, settings.epochs), np.nan)
        self._failed: dict[int, str] = {}
        self._done = np.zeros(self.series, bool)

    def random(self, series: int) -> Streams:
        """Return the sources of randomness of a series."""
        return local_streams(self._seed, series if self._keys is None else int(self._keys[series]))

    def first(self, series: int, random: Streams) -> Array:
        """Return the first weights of a series."""
        if self._first is None:
            return self.network.init(random.init, self.like.flat.dtype).flat
        given = self._first(series) if callable(self._first) else self._first[series]
        if given.shape != self.like.flat.shape:
            raise ShapeError(
                f"First weights must have shape {self.like.flat.shape} for each series; got "
                f"{given.shape}. Draw them for the same layers."
            )
        return given.astype(self.like.flat.dtype)

    def asked(self) -> bool:
        """Whether to stop."""
        if self.cancel is not None and not self.stopped.is_set():
            with self._lock:  # one that lets a training wait does so with all of them
                if self.cancel.is_set():
                    self.stopped.set()
        return self.stopped.is_set()

    def note(self, series: int, told: SeriesTrained) -> None:
        """Take the outcome of a series; every series' place is its own."""
        self._weights[series], self._losses[series] = told.flat, told.losses
        self._done[series] = told.done
        if told.reason is not None:
            self._failed[series] = told.reason

    def outcome(self) -> LocalTrained:
        """Return what became of all."""
        failed = dict(sorted(self._failed.items()))
        through = self._done.sum() + len(failed) == self.series
        return LocalTrained(
            self._weights, self._losses, failed, self._done, "epochs" if through else "cancel"
        )

    def part(self, series: int) -> Part:
        """Return the examples of a series."""
        return Part(self.examples, int(self.offsets[series]), int(self.offsets[series + 1]))

    def groups(self, threads: int) -> list[range]:
        """Cut the series into such as are taken together, several a thread if there are as many."""
        most = max(1, min(GROUP_SERIES, self.series // (GROUPS_A_THREAD * threads)))
        found, start = [], 0
        for series in range(1, self.series + 1):
            held = self.offsets[min(series + 1, self.series)] - self.offsets[start]
            full = series - start == most or held > GROUP_EXAMPLES
            if full or series == self.series:
                found.append(range(start, series))
                start = series
        return found


def checked_offsets(offsets: Indices, examples: Examples) -> Indices:
    """Return where each series' examples begin, and where the last one's end.

    Raises:
        ShapeError: they fall, or do not lie among the examples.
    """
    offsets = np.asarray(offsets)
    fits = offsets.ndim == 1 and len(offsets) > 0 and offsets.dtype.kind in "iu"
    if not fits or offsets[0] < 0 or offsets[-1] > len(examples) or (np.diff(offsets) < 0).any():
        raise ShapeError(
            "`offsets` must be whole numbers that never fall, from 0 to the number of examples, "
            f"{len(examples)}, one more than there are series; got {offsets!r}. Order the examples "
            "by series."
        )
    return offsets.astype(np.intp)
