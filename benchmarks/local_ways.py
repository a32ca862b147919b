"""The ways of training one Keras network after another; see `benchmarks.peers.keras_series`.

Nothing large may be imported here: the peers' programs read it too.
"""

from typing import NamedTuple


class Way(NamedTuple):
    """One way.

    Attributes:
        name: shown in the report.
        backend: of Keras.
        loop: `fit` (all epochs), `one epoch` (`fit` on one epoch that holds the windows of all),
            `train_on_batch`, or a loop of one's own around Keras' stateless calls: `step` by step,
            or the `whole` training in one compiled call.
        steps: batches in one call of Keras'.
    """

    name: str
    backend: str
    loop: str
    steps: int = 1

    @property
    def of_keras(self) -> bool:
        """Whether the loop is Keras' own."""
        return self.loop not in ("step", "whole")


# XLA is left to JAX: on TensorFlow it made steps of this size slower.
WAYS = {
    "jax": Way("`fit`", "jax", "fit"),
    "jax-long": Way("`fit`, one long epoch", "jax", "one epoch"),
    "jax-steps": Way("`fit`, one long epoch, 64 steps at once", "jax", "one epoch", 64),
    "jax-batch": Way("`train_on_batch`", "jax", "train_on_batch"),
    "jax-own": Way("own loop, a jitted step", "jax", "step"),
    "jax-whole": Way("own program, the whole training jitted", "jax", "whole"),
    "tensorflow": Way("`fit`", "tensorflow", "fit"),
    "tensorflow-long": Way("`fit`, one long epoch", "tensorflow", "one epoch"),
    "tensorflow-steps": Way(
        "`fit`, one long epoch, 64 steps at once", "tensorflow", "one epoch", 64
    ),
    "torch": Way("`fit`", "torch", "fit"),
    "torch-batch": Way("`train_on_batch`", "torch", "train_on_batch"),
}
