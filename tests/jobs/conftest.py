from collections.abc import Iterator

import pytest

from forecast.jobs.service import Service
from forecast.kernels import library
from tests.jobs.runs import serving


@pytest.fixture(scope="session", autouse=True)
def _compiled() -> None:
    """Compile first: a worker takes NumPy rather than wait, and its bits would be others."""
    for name in library.KERNELS:
        library.kernel(name)


@pytest.fixture(scope="session")
def service() -> Iterator[Service]:
    """One service for the tests that leave its workers as they are."""
    with serving() as one:
        one.start()
        yield one
