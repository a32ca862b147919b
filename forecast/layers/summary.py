"""The table of a model's layers."""

from collections.abc import Sequence

from forecast.layers.layer import Layer


def summary_lines(name: str, layers: Sequence[Layer]) -> list[str]:
    """Return the lines of a summary: layers, output shapes, parameters, and their sum."""
    rows = [("Layer (type)", "Output Shape", "Param #")] + [
        (f"{one.name} ({type(one).__name__})", str(one.output_shape), f"{one.count_params():,}")
        for one in layers
    ]
    first, second, third = (max(len(row[k]) for row in rows) for k in range(3))
    lines = [f"{a:<{first}}  {b:<{second}}  {c:>{third}}" for a, b, c in rows]
    rule = "─" * len(lines[0])
    count = sum(one.count_params() for one in layers)
    size = sum(array.nbytes for one in layers for array in one.weights.values())
    total = f"Total params: {count:,} ({_bytes(size)})"
    return [f"Model: {name!r}", rule, lines[0], rule, *lines[1:], rule, total]


def _bytes(size: float) -> str:
    for unit in ("B", "KB", "MB"):
        if size < 1024:
            return f"{size:.2f} {unit}"
        size /= 1024
    return f"{size:.2f} GB"
