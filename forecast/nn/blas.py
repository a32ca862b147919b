"""Hold BLAS to one thread, and give the threads back afterwards.

The products of a recurrent network are small: more threads make them slower, and let the last bits
of a result depend on how many there are.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController


@cache
def _controller() -> "ThreadpoolController":
    """Look up the loaded BLAS libraries, once a process."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Run a block with one BLAS thread."""
    with _controller().limit(limits=1, user_api="blas"):
        yield
