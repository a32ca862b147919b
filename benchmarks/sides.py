"""Who is timed: ourselves, the peers, and the machine's own matrix product."""

from typing import NamedTuple

OURS = "ours"


class Side(NamedTuple):
    """One competitor, which lives in a process of its own.

    Attributes:
        label: shown in the report.
        module: that has its choices; see `benchmarks.choices`.
        environment: variables of its process.
        kinds: of `step`, `epoch` and `latency`, those it takes part in.
    """

    label: str
    module: str
    environment: dict[str, str]
    kinds: tuple[str, ...] = ("step", "epoch", "latency")


def _keras(label: str, backend: str) -> Side:
    return Side(label, "benchmarks.peers.keras_peer", {"KERAS_BACKEND": backend})


# The likely fastest peers come first: slow choices of the others look at them.
PEERS = {
    "onnxruntime": Side("ONNX Runtime", "benchmarks.peers.onnx_peer", {}, ("latency",)),
    "jax": Side("JAX", "benchmarks.peers.jax_peer", {}),
    "keras-jax": _keras("Keras, JAX", "jax"),
    "keras-tensorflow": _keras("Keras, TensorFlow", "tensorflow"),
    "torch": Side("PyTorch", "benchmarks.peers.pytorch", {}),
    "keras-torch": _keras("Keras, PyTorch", "torch"),
}
SGEMM = {
    "sgemm-all": Side("sgemm, all cores", "benchmarks.sgemm", {}, ("step", "epoch")),
    "sgemm-one": Side(
        "sgemm, one core", "benchmarks.sgemm", {"OPENBLAS_NUM_THREADS": "1"}, ("step", "epoch")
    ),
}
SGEMM_ALL, SGEMM_ONE = SGEMM
SIDES = {OURS: Side("forecast", "benchmarks.ours", {})} | PEERS | SGEMM
