"""A callback that notes where the gradient goes."""

from typing import TYPE_CHECKING

from forecast.errors import SettingError
from forecast.layers.callbacks import Callback, Logs
from forecast.training.examples import ArrayExamples
from forecast.training.flow import traced_layers
from forecast.training.recording import FlowRecorder, layer_engine, record_frame

if TYPE_CHECKING:
    import pandas as pd


class RecordGradients(Callback):
    """Notes after every epoch where the loss's gradient goes, step by step back through time.

    It is measured on at most 64 of the training examples, evenly spread and the same in all
    epochs, without dropout, and stateful layers start from zeros. The training stays as it is, to
    the bit. A second fit starts afresh.

    Raises:
        SettingError: when a fit begins: the model has no recurrent layer.

    Example:
        >>> import forecast as fc, numpy as np
        >>> model = fc.Sequential([fc.GRU(4, input_shape=(5, 1)), fc.Dense(1)])
        >>> model.compile("adam", loss="mse")
        >>> recorded = fc.RecordGradients()
        >>> done = model.fit(np.ones((8, 5, 1)), np.ones(8), epochs=2, callbacks=[recorded])
        >>> recorded.history.shape  # 2 epochs and the start, 5 steps
        (15, 4)
    """

    def __init__(self) -> None:
        self._recorder: FlowRecorder | None = None
        self._timesteps = 1

    @property
    def history(self) -> "pd.DataFrame":
        """One row an epoch, layer and step: epoch (0 before training), layer, lag, norm.

        Lag 1 is the last step. The sides of a bidirectional layer are `name/forward` and
        `name/backward`.
        """
        record = {} if self._recorder is None else self._recorder.record()
        return record_frame(record, self._timesteps)

    def set_examples(self, examples: ArrayExamples) -> None:
        """Take note of what is trained on, before the first epoch."""
        model, network = self.model, self.model.stack_on("numba")
        if not traced_layers(network):
            raise SettingError(
                f"The model {model.name!r} has no recurrent layer, and so no gradient through "
                "time to record. Add one, such as fc.GRU(32)."
            )
        if model.engine == "numpy" or layer_engine(network, model.dtype) == "numpy":
            network = model.stack_on("numpy")
        self._timesteps = examples.inputs.shape[1] if examples.inputs.ndim == 3 else 1
        compiled = model.compiled
        self._recorder = FlowRecorder(network, examples, compiled.loss if compiled else "mse")
        self._recorder.note(model.parameters())

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Note where the gradient goes after an epoch."""
        if self._recorder is not None:
            self._recorder.note(self.model.parameters())
