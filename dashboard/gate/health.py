"""Whether the server lives, and whether it can take a run: for whoever watches over it."""

import asyncio
import tempfile
import time
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from forecast.errors import ForecastError

FRESH = 1.0  # seconds that an answer on readiness serves everybody who asks


class Readiness(NamedTuple):
    """Whether runs can be taken.

    Attributes:
        reason: why not, without paths or secrets; empty if they can.
        at: of the look, by the monotonic clock.
    """

    reason: str
    at: float


class _Looks:
    """Looks one at a time and not too often, whatever number of people ask."""

    def __init__(self) -> None:
        self.last: Readiness | None = None
        self.lock = asyncio.Lock()

    async def reason(self) -> str:
        async with self.lock:
            if self.last is None or time.monotonic() - self.last.at > FRESH:
                self.last = Readiness(await asyncio.to_thread(lacking), time.monotonic())
            return self.last.reason


LOOKS = _Looks()


async def health(_request: Request) -> Response:
    """Say that the server lives; does no work."""
    return JSONResponse({"status": "ok"}, headers={"cache-control": "no-store"})


async def ready(_request: Request) -> Response:
    """Say whether the server can take a run, with 503 and the reason if it cannot."""
    reason = await LOOKS.reason()
    said = {"status": "unavailable", "reason": reason} if reason else {"status": "ready"}
    return JSONResponse(
        said, status_code=503 if reason else 200, headers={"cache-control": "no-store"}
    )


def lacking() -> str:
    """Return what keeps runs from being taken, or an empty text; looks at the disk."""
    from dashboard import training

    try:
        if not training.service().ready():
            return "The training service has not started."
        with tempfile.TemporaryFile(dir=training.store().folder):
            return ""
    except (ForecastError, OSError):
        return "The folder for runs cannot be written to."


ROUTES = (Route("/health", health), Route("/ready", ready))
