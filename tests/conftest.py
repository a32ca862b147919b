"""How Hypothesis draws (without a time limit, alike in CI), and where kept runs go: not home."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "here")


@pytest.fixture(scope="session", autouse=True)
def _home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what tests train and bring apart from what the person who runs them has kept."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FORECAST_HOME", str(tmp_path_factory.mktemp("home")))
        yield
