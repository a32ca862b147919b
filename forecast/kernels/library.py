"""Compiled kernels: from the disk where this machine has compiled them before, else from Numba.

The folder's name is a hash of this room's sources, of Numba's and llvmlite's versions and of the
processor, so an edited kernel never answers with old code. A file holds one kernel with all units
that it calls. Reading it needs llvmlite alone; Numba, whose import takes longer than many a
training, is imported to compile.
"""

import ctypes
import hashlib
import json
import os
import sys
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from forecast.files import write_whole
from forecast.kernels.folder import cache_folder

KERNELS = tuple(
    f"{kind}_{cell}"
    for cell in ("simple_rnn", "gru", "gru_before", "lstm")
    for kind in ("network", "layer")
)

Kernel = Callable[[int, int], None]
_C_KIND = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64)  # releases the lock of Python
_LOCK = threading.RLock()


class Piece(NamedTuple):
    """The machine code of one unit.

    Attributes:
        symbol: by which other units call it.
        entry: name of the function inside the code.
        code: an object file.
    """

    symbol: str
    entry: str
    code: bytes


class _Loaded:
    """What this process holds."""

    def __init__(self) -> None:
        self.engine: Any = None
        self.addresses: dict[str, int] = {}
        self.pieces: dict[str, Piece] = {}
        self.kernels: dict[str, Kernel] = {}


_loaded = _Loaded()


def kernel(name: str) -> Kernel:
    """Return a kernel of `KERNELS`, compiled if this machine has not done so before.

    It is called with the address of a plan and the number of the thread, and releases Python's
    lock.

    Raises:
        ImportError: it has to be compiled, and Numba cannot be imported.
    """
    with _LOCK:
        if name not in _loaded.kernels:
            root = _load(name) or _compile(name)
            _loaded.kernels[name] = _C_KIND(_loaded.addresses[root])
        return _loaded.kernels[name]


def is_ready(name: str) -> bool:
    """Say whether a kernel needs no compiling."""
    try:
        return name in _loaded.kernels or _file(name).is_file()
    except (ImportError, OSError):  # without llvmlite, or with a broken one, nothing is
        return False


def is_loaded(name: str) -> bool:
    """Say whether this process holds a kernel."""
    return name in _loaded.kernels


@cache
def key() -> str:
    """Return the hash that names this machine's and these sources' folder."""
    import llvmlite.binding as llvm

    told = hashlib.sha256()
    for source in sorted(Path(__file__).parent.glob("*.py")):
        told.update(source.name.encode() + b"\0" + source.read_bytes() + b"\0")
    features = sorted(item for item, on in llvm.get_host_cpu_features().items() if on)
    settings = sorted(f"{k}={v}" for k, v in os.environ.items() if k.startswith("NUMBA_CPU"))
    facts = [_version("numba"), _version("llvmlite"), sys.platform, llvm.get_process_triple(),
             llvm.get_host_cpu_name(), *features, *settings]  # fmt: skip
    told.update("\n".join(facts).encode())
    return told.hexdigest()[:24]


def _version(distribution: str) -> str:
    from importlib import metadata  # ten milliseconds that only the first kernel needs

    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "none"


def folder() -> Path:
    """Return where this machine's kernels lie, for these sources."""
    return cache_folder() / key()


def _file(name: str) -> Path:
    return folder() / f"{name}.kernel"


def _load(name: str) -> str | None:
    """Load a kernel from its file; None if there is no whole one."""
    try:
        pieces = unpacked(_file(name).read_bytes())
    except (OSError, ValueError, KeyError, TypeError):
        return None
    for piece in pieces:
        if piece.symbol not in _loaded.addresses:
            _link(piece)
    return pieces[-1].symbol


def _link(piece: Piece) -> None:
    """Load a unit's machine code and let later units find it by its symbol."""
    import llvmlite.binding as llvm

    if _loaded.engine is None:
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        machine = llvm.Target.from_default_triple().create_target_machine(codemodel="jitdefault")
        _loaded.engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    _loaded.engine.add_object_file(llvm.ObjectFileRef.from_data(piece.code))
    _loaded.engine.finalize_object()
    address = _loaded.engine.get_function_address(piece.entry)
    llvm.add_symbol(piece.symbol, address)
    _loaded.addresses[piece.symbol], _loaded.pieces[piece.symbol] = address, piece


def _compile(name: str) -> str:
    """Compile a kernel and keep its machine code for other processes."""
    from forecast.kernels.compiler import compile_units

    symbols = compile_units(name, _loaded.addresses, _loaded.pieces)
    content = packed([_loaded.pieces[symbol] for symbol in symbols])
    try:
        _file(name).parent.mkdir(parents=True, exist_ok=True)
        write_whole(_file(name), content)
    except OSError:
        pass  # this process has its kernel; the folder became unwritable after it was chosen
    return symbols[-1]


def packed(pieces: list[Piece]) -> bytes:
    """Return the content of a kernel's file: a line of JSON, then the machine code."""
    code = b"".join(piece.code for piece in pieces)
    names = [[piece.symbol, piece.entry, len(piece.code)] for piece in pieces]
    header = {"pieces": names, "digest": _digest(names, code)}
    return json.dumps(header).encode() + b"\n" + code


def _digest(names: list[list[Any]], code: bytes) -> str:
    return hashlib.sha256(json.dumps(names).encode() + b"\n" + code).hexdigest()


def unpacked(content: bytes) -> list[Piece]:
    """Return the pieces of a kernel's file.

    Raises:
        ValueError: the file was cut or changed.
    """
    line, _, code = content.partition(b"\n")
    header = json.loads(line)
    if _digest(header["pieces"], code) != header["digest"]:
        raise ValueError("The machine code does not fit its digest.")
    pieces, start = [], 0
    for symbol, entry, size in header["pieces"]:
        pieces.append(Piece(symbol, entry, code[start : start + size]))
        start += size
    return pieces
