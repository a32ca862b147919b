from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.net.internet import Internet, enter


@pytest.fixture(scope="session")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Internet]:
    internet = Internet(tmp_path_factory.mktemp("internet"))
    yield internet
    internet.close()


@pytest.fixture
def internet(
    hosts: Internet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Internet]:
    """The internet, empty, with this test's own cache folder."""
    hosts.reset()
    enter(hosts, monkeypatch, tmp_path / "cache")
    yield hosts
    hosts.reset()
