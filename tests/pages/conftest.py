"""Pages run as a person would open them, on a training service of their own."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import training
from dashboard.person import STRANGER
from dashboard.series_choice import Chosen, prepared
from dashboard.train_form import Filled
from forecast.jobs.snapshot import ACTIVE, RunSnapshot
from forecast.kernels import library

ROOT = Path(__file__).parents[2]
SMALL = {"timesteps": 8, "hidden_units": 8, "horizon": 1, "epochs": 2}
DEADLINE = 60.0  # seconds that a small training may take on a busy machine


@pytest.fixture(scope="session", autouse=True)
def _own_service() -> Iterator[None]:
    for name in library.KERNELS:
        library.kernel(name)  # a worker takes NumPy rather than wait for a compile
    yield
    training.close_service()


@pytest.fixture
def open_page() -> Callable[..., AppTest]:
    """Open a page by its file, with an address and a session of one's own."""

    def opened(name: str, address: dict[str, str] | None = None, **session: object) -> AppTest:
        page = AppTest.from_file(str(ROOT / "pages" / name), default_timeout=30)
        for key, value in (address or {}).items():
            page.query_params[key] = value
        for key, value in ({STRANGER: "test"} | session).items():
            page.session_state[key] = value
        return page.run()

    return opened


# Of a page's session: the findings of these networks stand open.
OPENED = {f"findings-{label}": True for label in ("SimpleRNN", "GRU", "LSTM")}


def ended(run_id: str) -> RunSnapshot:
    """Wait for the end of a run."""
    until = time.monotonic() + DEADLINE
    while time.monotonic() < until:
        snapshot = training.service().snapshot(run_id)
        assert snapshot is not None
        if snapshot.state not in ACTIVE:
            return snapshot
        time.sleep(0.05)  # between two looks; the deadline above ends the waiting
    raise AssertionError(f"run {run_id} has not ended in {DEADLINE} s")


def words(page: AppTest) -> str:
    """Return everything a person reads on a page."""
    parts = [*page.title, *page.subheader, *page.markdown, *page.text, *page.caption]
    return "\n".join(str(part.value) for part in parts)


def passengers() -> Chosen:
    """Return a short series, as a page chooses it."""
    source, target = "sample:air_passengers", "Passengers"
    return Chosen(source, target, prepared(source, target))


def submitted(**more: object) -> str:
    """Train two small cells, without a page."""
    filled = Filled(("gru", "lstm"), {**SMALL, **more}, None, ())
    return training.service().submit(filled.request(passengers()), owner="test")


def press(page: AppTest, label: str) -> AppTest:
    """Press a button by its label."""
    return next(button for button in page.button if button.label == label).click().run()
