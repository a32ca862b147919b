"""One real server for each module of tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.server import Server, serving

# Small, so that a test reaches them soon.
LIMITS = {
    "FORECAST_UPLOAD_MB": "1",
    "FORECAST_SESSION_UPLOAD_MB": "2",
    "FORECAST_PERSON_UPLOAD_MB": "3",
    "FORECAST_SERVER_UPLOAD_MB": "5",
    "FORECAST_SESSIONS": "12",
    "FORECAST_SESSIONS_PER_PERSON": "3",
    "FORECAST_SESSIONS_PER_ADDRESS": "8",
    "FORECAST_ADDRESS_MESSAGES_PER_SECOND": "1000",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a home of its own, and small limits."""
    folder: Path = tmp_path_factory.mktemp("server")
    with serving(folder, {**LIMITS, "FORECAST_HOME": str(folder / "home")}) as running:
        yield running
