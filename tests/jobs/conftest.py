from collections.abc import Iterator

import pytest

from forecast.jobs.service import Service
from tests.jobs.runs import serving


@pytest.fixture(scope="session")
def service() -> Iterator[Service]:
    """One service for the tests that leave its workers as they are."""
    with serving() as one:
        one.start()
        yield one
