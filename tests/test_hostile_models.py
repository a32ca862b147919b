"""Files of models from anybody: read to finite weights of the right shapes, or refused in words."""

import gzip
import io
import json
import os
import pickle
import tarfile
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import forecast as fc
from forecast import archive
from forecast.errors import ArchiveError, SettingError
from tests.raw_models import KEY, apart, forecaster, framed, joined, sequential

SOME = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.array([True, False])}
MEMORY = 100 * 2**20


def refused(path: Path, content: bytes, match: str) -> None:
    path.write_bytes(content)
    for kind in (fc.Forecaster, fc.Sequential):
        with pytest.raises(ArchiveError, match=match) as caught:
            kind.load(path)
        assert len(str(caught.value)) < 900


def written(path: Path, header: dict[str, object] | None = None) -> bytes:
    archive.write(path, "thing", header or {}, SOME)
    return path.read_bytes()


class Trap:
    """A pickle of this would leave a trace."""

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, ("trapped",)


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("data.pkl", pickle.dumps(Trap()))
    return file.getvalue()


def tarred() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as made:
        made.addfile(tarfile.TarInfo("../../m"))
    return file.getvalue()


def dumped() -> bytes:
    file = io.BytesIO()
    np.save(file, np.array([Trap()], dtype=object), allow_pickle=True)
    return file.getvalue()


FOREIGN = {
    **{f"pickle {p}": (pickle.dumps(Trap(), protocol=p), "is a pickle") for p in range(6)},
    "pickled list": (pickle.dumps([1, "two"], protocol=0), "is a pickle"),
    "zip": (zipped(), "is a zip archive"),
    "tar": (tarred(), "is a tar archive"),
    "gzip": (gzip.compress(b"x" * 99), "is a gzip archive"),
    "hdf5": (b"\x89HDF\r\n\x1a\n" + bytes(99), "is an HDF5 file"),
    "numpy": (dumped(), "is an array of NumPy"),
    "sqlite": (b"SQLite format 3\0" + bytes(99), "is an SQLite database"),
    "onnx": (b"\x08\x08\x12\x12recurrent-forecast", "is an ONNX model"),
    "web page": (b"\n<!DOCTYPE html><title>404</title>", "is a web page"),
    "json": (b'{"cell": "gru"}', "is a JSON text"),
    "nothing": (b"", "is an empty file"),
    "text": (b"not a model at all", "broken or was not written by this package"),
    "zeros": (bytes(4096), "broken or was not written by this package"),
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_another_kind_of_file_is_named_and_never_run(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    refused(tmp_path / "m", *FOREIGN[kind])
    assert [file.name for file in tmp_path.iterdir()] == ["m"]


def test_a_header_that_begins_like_a_pickle_is_none(tmp_path: Path) -> None:
    # A table of 640 bytes begins with 80 02, as a pickle of protocol 2 does.
    raw = apart(written(tmp_path / "m"))
    for length in range(640 - 20, 640 + 1):
        table = json.dumps(raw.table).ljust(length)
        (tmp_path / "m").write_bytes(framed(table, raw.data))
        assert archive.read(tmp_path / "m", "thing").header == {}


def test_folders_and_what_is_no_plain_file_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    for name, said in (
        (".", "is a folder"), ("pipe", "is no plain file"), ("none", "There is no file"),
        ("no\0ne", "There is no file"), ("x" * 300, "cannot be read"), ("loop", "cannot be read"),
    ):  # fmt: skip
        with pytest.raises(ArchiveError, match=said):
            fc.Forecaster.load(tmp_path / name)


def test_a_large_file_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "m"
    content = written(path)
    with path.open("r+b") as file:
        file.truncate(2**40)  # a hole: no disk holds it
    with pytest.raises(ArchiveError, match=r"read up to 536,870,912. Set FORECAST_MODEL_MB"):
        archive.read(path, "thing")
    path.write_bytes(content + bytes(2**20))
    monkeypatch.setenv("FORECAST_MODEL_MB", "1")
    with pytest.raises(ArchiveError, match="read up to 1,048,576"):
        archive.read(path, "thing")
    for wrong in ("0", "-1", "1e9", "many", "9" * 5000, "²"):
        monkeypatch.setenv("FORECAST_MODEL_MB", wrong)
        with pytest.raises(SettingError, match="FORECAST_MODEL_MB"):
            archive.read(path, "thing")


def test_a_table_longer_than_the_file_or_than_a_megabyte_is_refused(tmp_path: Path) -> None:
    for length in (2**63 + 7, 2**64 - 1, 10**6):
        refused(tmp_path / "m", length.to_bytes(8, "little") + b'{"a": 1}', "table of contents")
    (tmp_path / "m").write_bytes(framed("{" + " " * 2**20 + "}"))
    with pytest.raises(ArchiveError, match="at most 1,048,576 are read"):
        fc.Sequential.load(tmp_path / "m")


def table_of(**changes: object) -> str:
    one = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]} | changes
    return json.dumps({"a": {name: value for name, value in one.items() if value is not None}})


TABLES = {
    "no object": ("[1]" + " " * 9, "broken"),
    "no utf-8": ('{"\udc80": 1}', "utf-8"),
    "an array twice": (
        '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},'
        '"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}',
        "says 'a' twice",
    ),
    "overlap": (
        '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},'
        '"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}',
        "overlaps another",
    ),
    "gap": (table_of(shape=[1], data_offsets=[4, 8]), "leaves a gap"),
    "too short": (table_of(shape=[1], data_offsets=[0, 4]), "something follows"),
    "beyond": (table_of(shape=[4], data_offsets=[0, 16]), "cut off"),
    "far beyond": (table_of(shape=[2**40], data_offsets=[0, 2**42]), "cut off"),
    "wrong size": (table_of(shape=[3]), "does not fit its 8 bytes"),
    "backwards": (table_of(data_offsets=[8, 0]), "does not fit"),
    "negative": (table_of(data_offsets=[-8, 0]), "a whole number from 0 belongs"),
    "negative rows": (table_of(shape=[-1, -2]), "a whole number from 0 belongs"),
    "true for 1": (table_of(shape=[True, 2]), "a whole number from 0 belongs"),
    "half a row": (table_of(shape=[1.5]), "a whole number from 0 belongs"),
    "endless": (table_of(shape=[2**62, 2**62, 0], data_offsets=[0, 0]), "absurd"),
    "many axes": (table_of(shape=[1] * 64 + [2]), "absurd"),
    "unknown type": (table_of(dtype="BF16"), "known are"),
    "no type": (table_of(dtype=None), "lacks 'dtype'"),
    "type in a list": (table_of(dtype=["F32"]), "known are"),
    "more": (table_of(device="cuda"), "'device', which nothing here knows"),
    "no metadata": (table_of(), "no 'forecast'"),
    "odd metadata": ('{"__metadata__": {"forecast": 5}}', "not made of texts"),
    "5000 digits": (table_of(shape=[0]).replace("[0]", f"[{'9' * 5000}]"), "5,000 digits"),
    "NaN": (table_of(shape=[0]).replace("[0]", "[NaN]"), "holds NaN"),
    "deep": ('{"a":' + "[" * 5000 + "]" * 5000 + "}", "nested"),
    "fairly deep": ('{"a":' + "[" * 60 + "]" * 60 + "}", "nested"),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_that_does_not_fit_is_refused(name: str, tmp_path: Path) -> None:
    text, said = TABLES[name]
    raw = text.encode("utf-8", "surrogateescape")
    refused(tmp_path / "m", len(raw).to_bytes(8, "little") + raw + bytes(8), said)


SAID = {
    "newer": ('{"kind":"thing","version":2,"header":{},"more":1}', "Upgrade the package"),
    "no version": ('{"kind":"thing","header":{}}', "whole number from 1; got None"),
    "twice": ('{"kind":"thing","version":2,"version":1,"header":{}}', "says 'version' twice"),
    "more": ('{"kind":"thing","version":1,"header":{},"run":"me"}', "'run', which nothing"),
    "a list": ("[]", "whole number from 1"),
    "no json": ("{", "broken"),
    "no kind": ('{"kind":"\\u001b[2J","version":1,"header":{}}', "no kind of model"),
    "a header of text": ('{"kind":"thing","version":1,"header":"x"}', "header must be an object"),
    "infinite": ('{"kind":"thing","version":1,"header":{"x":1e999}}', "no float reaches"),
    **{
        version: (f'{{"kind":"thing","version":{version},"header":{{}}}}', "whole number from 1")
        for version in ("true", "-1", "0", "1.0", '"1"', "null", "[1]")
    },
}


@pytest.mark.parametrize("name", SAID)
def test_a_version_or_header_that_is_none_is_refused(name: str, tmp_path: Path) -> None:
    text, said = SAID[name]
    raw = apart(written(tmp_path / "m"))
    table = raw.table | {KEY: {"forecast": text}}
    (tmp_path / "m").write_bytes(framed(json.dumps(table), raw.data))
    with pytest.raises(ArchiveError, match=said) as caught:
        archive.read(tmp_path / "m", "thing")
    assert "\x1b" not in str(caught.value)


def test_a_truth_value_is_0_or_1(tmp_path: Path) -> None:
    raw = apart(written(tmp_path / "m"))
    data = bytearray(raw.data)
    data[raw.table["b"]["data_offsets"][0]] = 2
    (tmp_path / "m").write_bytes(joined(raw._replace(data=bytes(data))))
    with pytest.raises(ArchiveError, match="truth value other than 0 and 1"):
        archive.read(tmp_path / "m", "thing")


@pytest.mark.parametrize("header", [{"x": float("nan")}, {"x": object()}, {"x": "y" * 2**24}])
def test_what_could_not_be_read_again_is_not_written(
    header: dict[str, object], tmp_path: Path
) -> None:
    with pytest.raises(ArchiveError, match="Cannot write"):
        archive.write(tmp_path / "m", "thing", header, SOME)
    assert list(tmp_path.iterdir()) == []


FILES = {"forecaster": forecaster, "panel": lambda: forecaster("panel"), "layers": sequential}
DAMAGES = st.tuples(
    st.sampled_from(["flip", "cut", "insert", "remove", "double"]),
    st.floats(0, 1, exclude_max=True),
    st.binary(min_size=1, max_size=9),
    st.booleans(),
)


def damaged(content: bytes, damage: tuple[str, float, bytes, bool]) -> bytes:
    how, share, new, early = damage
    # Half of the damages hit the text in front, which is the shorter part of a large model.
    reach = 8 + int.from_bytes(content[:8], "little") if early else len(content)
    at = int(share * reach)
    middle, end = {
        "flip": (new, content[at + len(new) :]),
        "cut": (b"", b""),
        "insert": (new, content[at:]),
        "remove": (b"", content[at + len(new) :]),
        "double": (content[at // 2 : at], content[at:]),
    }[how]
    return content[:at] + middle + end


@pytest.mark.filterwarnings("ignore::FutureWarning")  # of pandas, of a frequency that became "d"
@pytest.mark.parametrize("name", FILES)
@settings(max_examples=150)
@given(damage=DAMAGES)
@example(damage=("cut", 0.999, b"x", False))
def test_random_damage(
    name: str, damage: tuple[str, float, bytes, bool], tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = damaged(FILES[name](), damage)
    path = tmp_path_factory.getbasetemp() / f"damaged-{name}"
    path.write_bytes(content)
    tracemalloc.start()
    try:
        if name == "layers":
            weights = fc.Sequential.load(path).get_weights()
        else:
            weights = [one.parameters.flat for one in fc.Forecaster.load(path).learned().members]
    except ArchiveError:
        pass
    else:
        assert all(np.isfinite(array).all() for array in weights)
    finally:
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert most < MEMORY
