"""Kernels on the disk: written once, read without Numba, never older than their sources."""

import shutil

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from forecast.kernels import library
from forecast.kernels.library import Piece, packed, unpacked
from tests.kernels.processes import FIT, LAYER, ROOT, Process, fit, stub_of

NAME = "network_simple_rnn.kernel"


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """What two processes said that filled one cache at the same time: plain, and edited sources."""
    cache, elsewhere = tmp_path_factory.mktemp("cache"), tmp_path_factory.mktemp("edited")
    package = shutil.copytree(ROOT / "forecast", elsewhere / "forecast")
    source = package / "kernels" / "activations.py"
    text = source.read_text(encoding="utf-8")
    edited = text.replace("LIMIT = np.float32(9.0)", "LIMIT = np.float32(0.5)")
    assert edited != text
    source.write_text(edited, encoding="utf-8")
    plain = Process(FIT, {}, cache=cache)
    other = Process(FIT, {}, cache=cache, path=(elsewhere,))
    return cache, plain.told(), other.told()


@pytest.fixture(scope="module")
def warm(both, tmp_path_factory):
    """A cache with the kernel of these sources, and what the process said that compiled it."""
    cache = tmp_path_factory.mktemp("warm")
    (file,) = both[0].rglob(f"{library.key()}/{NAME}")
    shutil.copytree(file.parent, cache / file.parent.name)
    return cache, both[1]


@pytest.fixture
def copy(warm, tmp_path):
    """A cache that a test may spoil."""
    return shutil.copytree(warm[0], tmp_path / "cache")


def kernel_files(cache):
    return sorted(file.relative_to(cache) for file in cache.rglob("*") if file.is_file())


def test_the_first_process_compiles_and_writes_one_file(warm):
    assert warm[1]["fits"] == ["numba", "numba"]
    assert (warm[1]["said"], warm[1]["numba"]) == ([], True)
    assert [file.name for file in kernel_files(warm[0])] == [NAME]


def test_a_later_process_has_the_same_bits_without_importing_numba(warm):
    cache, first = warm
    assert fit(cache) == {**first, "numba": False}
    assert [file.name for file in kernel_files(cache)] == [NAME]


def test_an_edited_kernel_answers_from_a_folder_of_its_own(both):
    cache, plain, edited = both
    assert edited["fits"] == ["numba", "numba"]
    assert edited["weights"] != plain["weights"]
    assert [file.name for file in kernel_files(cache)] == [NAME, NAME]
    assert len({file.parent for file in kernel_files(cache)}) == 2


@pytest.mark.parametrize("spoilt", ["cut", "changed", "empty"])
def test_a_spoilt_file_is_noticed(spoilt, copy, monkeypatch):
    (file,) = copy.rglob(NAME)
    content = file.read_bytes()
    middle = len(content) // 2
    changed = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
    file.write_bytes({"cut": content[:middle], "changed": changed, "empty": b""}[spoilt])
    with pytest.raises((ValueError, KeyError, TypeError)):
        unpacked(file.read_bytes())
    monkeypatch.setattr(library, "_file", lambda _: file)
    assert library._load("network_simple_rnn") is None


def test_a_spoilt_file_is_compiled_again(warm, copy):
    (file,) = copy.rglob(NAME)
    file.write_bytes(file.read_bytes()[:-100])
    again = fit(copy)
    assert again == {**warm[1], "numba": True}
    assert len(unpacked(file.read_bytes())) > 10
    assert fit(copy)["numba"] is False


PIECES = [Piece("forecast_one", "entry_1", b"\x00\n\x01code"), Piece("forecast_two", "e2", b"more")]


def test_a_file_gives_back_its_pieces():
    assert unpacked(packed(PIECES)) == PIECES


@given(place=st.integers(0, len(packed(PIECES)) - 1), mask=st.integers(1, 255))
@example(place=packed(PIECES).index(b"one"), mask=1)  # the name of a symbol
@example(place=packed(PIECES).index(b"entry_1"), mask=1)  # an entry
@example(place=packed(PIECES).index(b", 4]") + 2, mask=2)  # a size
def test_a_changed_byte_never_passes_for_another_kernel(place, mask):
    """A symbol that is not there would end the process: LLVM does not raise, it aborts."""
    content = bytearray(packed(PIECES))
    content[place] ^= mask
    try:
        found = unpacked(bytes(content))
    except (ValueError, KeyError, TypeError):
        return
    assert found == PIECES


@given(length=st.integers(0, len(packed(PIECES)) - 1))
def test_a_cut_file_never_passes(length):
    with pytest.raises((ValueError, KeyError, TypeError)):
        unpacked(packed(PIECES)[:length])


def test_a_folder_that_cannot_be_written_to_is_replaced_and_said_once(tmp_path):
    """Below a file there is no folder, not even for root."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    (tmp_path / "room").mkdir()
    wanted = tmp_path / "file" / "cache"
    found = fit(wanted, environment={"TMPDIR": str(tmp_path / "room")})
    assert found["fits"] == ["numba", "numba"]
    ((kind, message),) = found["said"]
    assert kind == "EngineWarning"
    assert message.startswith(f"The folder for compiled kernels, '{wanted}', cannot be written to")
    assert "FORECAST_CACHE_DIR" in message
    assert [file.name for file in kernel_files(tmp_path / "room")] == [NAME]


def test_without_numba_auto_takes_numpy_and_says_so_once(tmp_path):
    path = stub_of(tmp_path / "stub", "numba"), ROOT
    auto = fit(tmp_path / "cache", path=path)
    assert auto["fits"] == ["numpy", "numpy"]
    ((kind, message),) = auto["said"]
    assert kind == "EngineWarning"
    assert "ImportError: numba is not here" in message
    assert "pip install numba" in message
    silent = fit(tmp_path / "cache", path=path, engine="numpy")
    assert (silent["fits"], silent["said"]) == (["numpy", "numpy"], [])
    assert silent["weights"] == auto["weights"]


def test_without_numba_asking_for_it_is_refused(tmp_path):
    path = stub_of(tmp_path / "stub", "numba"), ROOT
    asked = fit(tmp_path / "cache", path=path, engine="numba")
    assert asked["said"] == []
    for refused in asked["fits"]:
        assert refused.startswith("EngineError: The engine 'numba' cannot run here")
        assert "numba is not here" in refused


@pytest.mark.parametrize("engine", ["auto", "numba"])
def test_with_a_warm_cache_numba_is_not_needed(engine, warm, tmp_path):
    path = stub_of(tmp_path / "stub", "numba"), ROOT
    found = fit(warm[0], path=path, engine=engine)
    assert found == {**warm[1], "numba": False}


@pytest.mark.parametrize("wait", ["0", "1"])
def test_without_llvmlite_auto_takes_numpy_too(wait, tmp_path):
    path = stub_of(tmp_path / "stub", "numba", "llvmlite"), ROOT
    environment = {"FORECAST_WAIT_FOR_KERNELS": wait}
    auto = fit(tmp_path / "cache", path=path, environment=environment)
    assert auto["fits"] == ["numpy", "numpy"]


def test_who_does_not_wait_takes_the_kernels_once_they_are_there(warm, tmp_path):
    environment = {"FORECAST_WAIT_FOR_KERNELS": "0"}
    cold = fit(tmp_path / "cache", environment=environment)
    assert (cold["fits"], cold["said"], cold["numba"]) == (["numpy", "numpy"], [], False)
    assert kernel_files(tmp_path / "cache") == []
    assert fit(warm[0], environment=environment) == {**warm[1], "numba": False}
    # Who asks for the kernels by name waits for them all the same; here they are there.
    assert fit(warm[0], environment=environment, engine="numba")["fits"] == ["numba", "numba"]


def test_a_processor_without_wide_registers_computes_the_same(tmp_path):
    """Other tiles, no fused products, another folder: equal but for rounding."""
    generic = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}
    apart, key = Process(LAYER, None, cache=tmp_path, **generic).told()
    assert max(apart) < 1e-5
    assert key != library.key()
    assert [file.parent.name for file in kernel_files(tmp_path)] == [key]


def test_the_folder_s_name_knows_versions_and_processor(monkeypatch):
    plain = library.key.__wrapped__()
    assert plain == library.key()
    with monkeypatch.context() as patch:
        patch.setattr(library, "_version", lambda name: f"99 of {name}")
        assert library.key.__wrapped__() != plain
    monkeypatch.setenv("NUMBA_CPU_NAME", "generic")
    assert library.key.__wrapped__() != plain


def test_the_engines_are_told_apart_by_their_bits(warm):
    """What the tests above compare would not be the same by accident."""
    assert fit(warm[0], engine="numpy")["weights"] != warm[1]["weights"]
