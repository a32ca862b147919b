"""Sequential: layers one after another, built, trained and used as in Keras."""

import os
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from forecast.checks import whole_number
from forecast.errors import NotFittedError
from forecast.layers.arrays import check_targets, inputs_of, mask_of, targets_of
from forecast.layers.callbacks import History
from forecast.layers.compiled import Compiled
from forecast.layers.fitting import fit_model, held_out, scored
from forecast.layers.network import LayeredNetwork
from forecast.nn.arrays import Array
from forecast.training.examples import ArrayExamples
from forecast.training.passes import EVALUATION_ROWS


class Sequential(LayeredNetwork):
    """Layers, one after another.

    Args:
        layers: to start with; `add` takes more.
        name: in the summary.
        seed: of first weights, shuffling and dropout, at least 0.
        dtype: `float32` or `float64`.
        engine: `numba` (compiled kernels, float32), `numpy`, or `auto`; see `Forecaster`.

    Attributes:
        layers: in their order.
        stop_training: a callback sets it to end a fit.

    Raises:
        SettingError: a setting lies outside its choices.
        ShapeError: a layer does not fit the one before it.

    Example:
        >>> import forecast as fc
        >>> model = fc.Sequential([fc.SimpleRNN(3, input_shape=(2, 10)), fc.Dense(1)])
        >>> model.output_shape, model.count_params()
        ((None, 1), 46)
    """

    stop_training = False
    compiled: Compiled | None = None

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: str | None = None,
        metrics: Sequence[Any] | None = None,
    ) -> None:
        """Choose how to train.

        Args:
            optimizer: `adam`, `rmsprop`, `sgd`, or `fc.Adam(…)`, `fc.RMSprop(…)`, `fc.SGD(…)`.
            loss: `mse`, `mae`, `huber`, `binary_crossentropy`, `categorical_crossentropy`,
                `sparse_categorical_crossentropy`, or Keras' long names.
            metrics: of `mae`, `mse`, `rmse`, `accuracy`, or functions of targets and predictions
                that return a value a place.

        Raises:
            SettingError: there is no such optimizer, loss or metric.
        """
        self.compiled = Compiled.named(optimizer, loss, metrics)
        self.optimizer_state = None

    def fit(
        self,
        x: ArrayLike,
        y: ArrayLike,
        batch_size: int = 32,
        epochs: int = 1,
        verbose: int | str = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: tuple[Any, ...] | None = None,
        shuffle: bool = True,
        *,
        mask: ArrayLike | None = None,
    ) -> History:
        """Train on examples; a second fit goes on where the first one stopped.

        Args:
            x: (examples, timesteps, features) or (examples, features).
            y: of the shape of the outputs; one number an example may leave out the last axis.
            batch_size: examples in one update, at least 1.
            epochs: passes over the examples, at least 1.
            verbose: 0 silent, 1 or 2 a line an epoch, `auto` a line on a terminal.
            callbacks: `EarlyStopping`, `RecordGradients`, objects with on_epoch_end(epoch, logs),
                or such functions.
            validation_split: share of the last examples, before shuffling, that are not trained on
                but scored after every epoch, in [0, 1).
            validation_data: (x, y) or (x, y, mask) scored instead.
            shuffle: draw a new order for every epoch; a stateful model wants False.
            mask: (examples, timesteps), False on padded steps; see also `Masking`.

        Returns:
            Losses and metrics of every epoch. Losses are means over the batches as they are
            trained; metrics are taken on the training examples after the epoch.

        Raises:
            NotFittedError: `compile` was not called.
            SettingError: a setting lies outside its range.
            ShapeError: x, y or mask do not fit the model or each other.
            NonFiniteLossError: training diverged; the weights from before are kept. An interrupted
                fit keeps those of the last finished epoch.
        """
        compiled = self._check_compiled()
        examples = self._examples(x, y, mask)
        given = None if validation_data is None else self._examples(*validation_data)
        examples, validation = held_out(examples, validation_split, given)
        return fit_model(
            self, compiled, examples, validation,
            batch_size=batch_size, epochs=epochs, verbose=verbose, callbacks=callbacks,
            shuffle=shuffle,
        )  # fmt: skip

    def evaluate(
        self,
        x: ArrayLike,
        y: ArrayLike,
        batch_size: int = 32,
        verbose: int | str = 0,
        *,
        mask: ArrayLike | None = None,
        return_dict: bool = False,
    ) -> Any:
        """Return the loss over examples, or the loss and the metrics.

        Args:
            x: as for `fit`.
            y: as for `fit`.
            mask: as for `fit`.
            batch_size: matters to stateful models, whose states it carries on.
            return_dict: by name, rather than as a list.
            verbose: there for Keras' sake; nothing is printed.

        Raises:
            NotFittedError: `compile` was not called.
            ShapeError: x, y or mask do not fit the model or each other.
        """
        compiled, examples = self._check_compiled(), self._examples(x, y, mask)
        size = batch_size if self.stateful else EVALUATION_ROWS
        found = scored(compiled, self._passes(examples, size))
        if return_dict:
            return found
        return list(found.values()) if compiled.metrics else found["loss"]

    def predict(
        self,
        x: ArrayLike,
        batch_size: int = 32,
        verbose: int | str = 0,
        *,
        mask: ArrayLike | None = None,
    ) -> Array:
        """Run the model; the first call builds it.

        Args:
            x: (examples, timesteps, features) or (examples, features).
            batch_size: matters to stateful models, whose states it carries on.
            mask: (examples, timesteps), False on padded steps.
            verbose: there for Keras' sake; nothing is printed.

        Returns:
            (examples, …) outputs.

        Raises:
            ShapeError: x or mask do not fit the model.
        """
        inputs = inputs_of(self, x)
        kept = mask_of(inputs, mask)
        if kept is None and not self.stateful and len(inputs):
            return self._runner()(inputs)
        examples = ArrayExamples(inputs, inputs, kept)
        size = whole_number("batch_size", batch_size) if self.stateful else EVALUATION_ROWS
        parts = [ahead.outputs for _, ahead in self._passes(examples, size)]
        shape = tuple(size or 0 for size in (self.output_shape or ())[1:])
        return np.concatenate(parts) if parts else np.empty((0, *shape), self.dtype)

    def __call__(self, x: ArrayLike, *, mask: ArrayLike | None = None) -> Array:
        """Run the model on one batch; see `predict`."""
        return self.predict(x, batch_size=max(1, len(np.asarray(x))), mask=mask)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write layers, weights, and how to train on, to one file, whole or not at all.

        Args:
            path: the file, usually `….safetensors`.

        Raises:
            NotFittedError: the model is not built.
            ArchiveError: the file cannot be written.
        """
        from forecast.layers.persistence import save_model

        self._check_built()
        save_model(path, self)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read a model that `save` wrote; it predicts the same and trains on.

        Raises:
            ArchiveError: the file is missing, broken or holds something else.
        """
        from forecast.layers.persistence import load_model

        return load_model(path, cls)

    def _examples(self, x: Any, y: Any, mask: Any = None) -> ArrayExamples:
        inputs = inputs_of(self, x)
        compiled = self._check_compiled()
        targets = targets_of(self, compiled.loss, y)
        check_targets(self, compiled.loss, inputs, targets)
        return ArrayExamples(inputs, targets, mask_of(inputs, mask))

    def _check_compiled(self) -> Compiled:
        if self.compiled is None:
            raise NotFittedError(
                'This model does not know how to train. Call model.compile("adam", loss="mse").'
            )
        return self.compiled

    def __repr__(self) -> str:
        shapes = f"{self.input_shape} → {self.output_shape}"
        return f"<Sequential {self.name!r}, {len(self.layers)} layers, {shapes}>"
