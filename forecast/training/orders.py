"""In which order an epoch takes the examples."""

from collections.abc import Sized

import numpy as np

from forecast.training.examples import Indices
from forecast.training.settings import TrainingSettings


class Orders:
    """The order of epoch after epoch.

    Without `steps_per_epoch` an epoch takes every example once. With it, an epoch takes as many as
    its batches hold, of one permutation of all examples after another. Examples that have a method
    `draw(generator, count)` are asked for the order instead, where the settings shuffle.

    Attributes:
        count: examples in an epoch.
        batches: in an epoch.

    Args:
        examples: at least one.
        settings: of the training.
        generator: that the orders are drawn from.
    """

    def __init__(
        self, examples: Sized, settings: TrainingSettings, generator: np.random.Generator
    ) -> None:
        size, steps = settings.batch_size, settings.steps_per_epoch
        self._examples, self._generator, self._shuffled = examples, generator, settings.shuffle
        self.count = len(examples) if steps is None else steps * size
        self.batches = -(-self.count // size)
        self._draw = getattr(examples, "draw", None) if settings.shuffle else None
        self._left = np.empty(0, np.intp)

    def next(self) -> Indices:
        """Return the examples of the next epoch, (count,)."""
        if self._draw is not None:
            order: Indices = np.asarray(self._draw(self._generator, self.count))
            return order
        pieces = [self._left]
        while sum(map(len, pieces)) < self.count:
            pieces.append(self._whole())
        order = pieces[1] if len(pieces) == 2 and not len(pieces[0]) else np.concatenate(pieces)
        self._left = order[self.count :]
        return order[: self.count]

    def _whole(self) -> Indices:
        examples = len(self._examples)
        return self._generator.permutation(examples) if self._shuffled else np.arange(examples)
