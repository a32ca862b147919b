"""Where the gradient goes, epoch after epoch, on examples that stay the same.

Taken beside the training, without dropout or noise: no bit of the training depends on it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from forecast.kernels.engine import chosen_engine
from forecast.nn.fused import layer_kernels_for
from forecast.nn.parameters import Parameters
from forecast.nn.stack import Stack
from forecast.training.examples import Examples, Indices
from forecast.training.flow import Norms, flow_of, lags_of
from forecast.training.history import Progress

if TYPE_CHECKING:
    import pandas as pd

MOST, FEWEST = 64, 8  # examples that are followed, where there are as many
ONE_IN = 100  # examples of the training: following them takes less than a tenth of most epochs
LARGEST = float(np.finfo(np.float32).max)

FlowRecord = dict[str, NDArray[np.float32]]


class FlowRecorder:
    """Notes the size of the gradient at every hidden state each time it is shown weights.

    Args:
        network: with kernels for its layers where it is compiled; see `layer_engine`.
        examples: of the training, at least one; they must draw no noise.
        loss: name of the loss.
        quantiles: those that the loss reads.
    """

    def __init__(
        self, network: Stack, examples: Examples, loss: str, quantiles: Sequence[float] = ()
    ) -> None:
        self._network, self._loss, self._quantiles = network, loss, tuple(quantiles)
        self._batch = examples.batch(followed(len(examples)))
        self._noted: list[dict[str, Norms]] = []

    def note(self, parameters: Parameters) -> None:
        """Note where the gradient goes with these weights."""
        flow = flow_of(self._network, parameters, self._batch, self._loss, self._quantiles)
        self._noted.append(flow.norms)

    def noting(
        self, first: Parameters, tell: Callable[[Progress], None] | None
    ) -> Callable[[Progress], None]:
        """Note the weights before the first epoch; return what notes those after each.

        Args:
            first: the weights before.
            tell: told of each epoch afterwards, or None.
        """
        self.note(first)

        def noted(progress: Progress) -> None:
            self.note(progress.parameters)
            if tell is not None:
                tell(progress)

        return noted

    def record(self) -> FlowRecord:
        """Return what was noted: by the name of a layer (times, steps), the oldest step first.

        A norm beyond what float32 holds stands as its largest number.
        """
        if not self._noted:
            return {}
        return {name: _kept([norms[name] for norms in self._noted]) for name in self._noted[0]}


def followed(examples: int) -> Indices:
    """Return the numbers of the examples to follow, evenly spread, the first and last with them."""
    eights = examples // ONE_IN // FEWEST  # the kernels take eight rows at a time
    most = min(examples, MOST, max(1, eights) * FEWEST)
    found: Indices = np.linspace(0, examples - 1, most).round().astype(np.intp)
    return found


def layer_engine(network: Stack, dtype: str) -> str:
    """Return the engine on which the layers of a compiled network go back one by one.

    Their kernels are others than the one that trains the network as a whole; they are waited for
    where that one is.
    """
    return chosen_engine("auto", dtype, layer_kernels_for(network))


def record_frame(record: Mapping[str, NDArray[np.float32]], timesteps: int) -> "pd.DataFrame":
    """Return one row an epoch, layer and step: epoch (0 before training), layer, lag, norm.

    Args:
        record: as `FlowRecorder` returns it.
        timesteps: of the window. `lag` counts back from the first row ahead; of a segment, it is
            that of its newest row.
    """
    import pandas as pd  # a training on arrays needs no tables

    columns = ["epoch", "layer", "lag", "norm"]
    parts = []
    for name, norms in record.items():
        epochs, steps = norms.shape
        lags = lags_of(timesteps, steps)
        cells = (np.repeat(np.arange(epochs), steps), name, np.tile(lags, epochs), norms.ravel())
        parts.append(pd.DataFrame(dict(zip(columns, cells, strict=True))))
    if not parts:
        return pd.DataFrame(columns=columns)
    frame = pd.concat(parts, ignore_index=True).astype({"norm": "float64"})
    return frame.sort_values("epoch", kind="stable", ignore_index=True)


def _kept(norms: Sequence[Norms]) -> NDArray[np.float32]:
    whole = np.nan_to_num(np.stack(norms), nan=LARGEST, posinf=LARGEST)
    return np.minimum(whole, LARGEST).astype(np.float32)
