"""Model files taken apart and put together again as anybody could write them."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

import forecast as fc

KEY = "__metadata__"
Change = Callable[[Any], object]


class Raw(NamedTuple):
    """A file in its parts: the table, what is said beside the arrays, and their bytes."""

    table: dict[str, Any]
    said: dict[str, Any]
    data: bytes


def apart(content: bytes) -> Raw:
    end = 8 + int.from_bytes(content[:8], "little")
    table = json.loads(content[8:end])
    return Raw(table, json.loads(table[KEY]["forecast"]), content[end:])


def joined(raw: Raw) -> bytes:
    table = raw.table | {KEY: {"forecast": json.dumps(raw.said)}}
    return framed(json.dumps(table), raw.data)


def framed(table: str, data: bytes = b"") -> bytes:
    text = table.encode()
    return len(text).to_bytes(8, "little") + text + data


def changed(content: bytes, *, header: Change = id, arrays: Change = id) -> bytes:
    """Return a file whose header or arrays were changed in place, written anew around that."""
    raw = apart(content)
    header(raw.said["header"])
    held = {
        name: np.frombuffer(raw.data[slice(*told["data_offsets"])], CODES[told["dtype"]])
        .reshape(told["shape"])
        .copy()
        for name, told in raw.table.items()
        if name != KEY
    }
    arrays(held)
    table, data = {}, b""
    for name, array in held.items():
        end = len(data) + array.nbytes
        code = next(code for code, dtype in CODES.items() if array.dtype == dtype)
        table[name] = {"dtype": code, "shape": array.shape, "data_offsets": [len(data), end]}
        data += array.tobytes()
    return joined(Raw(table, raw.said, data))


CODES = {"F64": "<f8", "F32": "<f4", "I64": "<i8", "I32": "<i4", "BOOL": "|b1"}


def content_of(model: Any) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "m.safetensors"
        model.save(path)
        return path.read_bytes()


@cache
def forecaster(kind: str = "plain") -> bytes:
    """Return the file of a small fitted forecaster of one series, or of a panel with everything."""
    rng = np.random.default_rng(0)
    small = {"timesteps": 4, "hidden_units": 2, "epochs": 2, "horizon": 2, "calibration": 0.2}
    days = pd.date_range("2024-01-01", periods=60, tz="Europe/Berlin")
    if kind == "plain":
        y = pd.Series(rng.normal(size=60).cumsum(), days, name="level")
        return content_of(fc.Forecaster("gru", **small).fit(y))
    values = {"y": rng.normal(size=60) + 9, "rain": rng.normal(size=60)}
    frame = pd.concat(pd.DataFrame({"unique_id": one, "ds": days} | values) for one in ("a", "b"))
    wide = {"seasonal_adjustment": "additive", "season": 4, "loss": "quantile", "seeds": 2,
            "record_gradients": True}  # fmt: skip
    return content_of(fc.Forecaster("lstm", **small, **wide, target="y").fit(frame))


@cache
def sequential() -> bytes:
    """Return the file of a small model of layers that was trained."""
    rng = np.random.default_rng(0)
    model = fc.Sequential(
        [
            fc.Bidirectional(fc.GRU(2, return_sequences=True), input_shape=(None, 1)),
            fc.SimpleRNN(2),
            fc.RepeatVector(2),
            fc.TimeDistributed(fc.Dense(1)),
        ],
        engine="numpy",
    )
    model.compile("adam", "mse", metrics=["mae"])
    model.fit(rng.normal(size=(8, 3, 1)), rng.normal(size=(8, 2, 1)), verbose=0)
    return content_of(model)
