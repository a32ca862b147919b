from pathlib import Path

import numpy as np
import pytest

from forecast import archive
from forecast.errors import ArchiveError

ARRAYS = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.array([True, False])}


def test_header_and_arrays_come_back(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    archive.write(path, "thing", {"x": [1, None, "é"]}, ARRAYS | {"t": ARRAYS["a"].T})
    header, arrays = archive.read(path, "thing")
    assert header == {"x": [1, None, "é"]}
    np.testing.assert_array_equal(arrays["t"], ARRAYS["a"].T)
    assert arrays["a"].dtype == np.float32
    assert arrays["b"].tolist() == [True, False]


def test_a_failed_write_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "m.safetensors"
    archive.write(path, "thing", {"n": 1}, ARRAYS)

    def full(_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("forecast.archive.os.fsync", full)
    with pytest.raises(ArchiveError, match="No space left"):
        archive.write(path, "thing", {"n": 2}, ARRAYS)
    assert [file.name for file in tmp_path.iterdir()] == ["m.safetensors"]
    assert archive.read(path, "thing").header == {"n": 1}


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="Choose a folder that exists"):
        archive.write(tmp_path / "no" / "m.safetensors", "thing", {}, ARRAYS)


def test_what_is_not_ours_is_refused(tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    missing, garbage, foreign = (tmp_path / name for name in ("none", "garbage", "foreign"))
    garbage.write_bytes(b"not a model at all")
    save_file(ARRAYS, foreign)
    with pytest.raises(ArchiveError, match="There is no file"):
        archive.read(missing, "thing")
    for path in (garbage, foreign):
        with pytest.raises(ArchiveError, match="broken or was not written by this package"):
            archive.read(path, "thing")


def test_another_kind_and_a_newer_format_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "m"
    archive.write(path, "thing", {}, ARRAYS)
    with pytest.raises(ArchiveError, match="holds a thing, not a forecaster"):
        archive.read(path, "forecaster")
    monkeypatch.setattr(archive, "VERSION", 0)
    with pytest.raises(ArchiveError, match="Upgrade the package"):
        archive.read(path, "thing")


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m"
    archive.write(path, "thing", {}, ARRAYS)
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(ArchiveError, match="broken"):
        archive.read(path, "thing")
