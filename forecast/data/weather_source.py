"""Questions to Open-Meteo, at most two; runs in a process of its own.

Open-Meteo's own client is not used: it brings a fork of urllib3 that overwrites the installed one
from a .pth file, for every program of the environment. What it would save is one JSON document.
"""

import json
import time
from collections.abc import Mapping
from typing import Any

from forecast.errors import (
    BadAnswerError,
    DeadlineError,
    FetchError,
    OfflineError,
    RateLimitedError,
    UnknownPlaceError,
)
from forecast.processes import Answer

ARCHIVE = "https://archive-api.open-meteo.com/v1/archive"
PLACES = "https://geocoding-api.open-meteo.com/v1/search"
MOST_BYTES = 64_000_000
CHUNK = 1 << 16
SAID = 200  # characters of the source's own words in a message
NEVER_MADE = ("NewConnectionError", "NameResolutionError", "Tunnel connection failed")
PLACE_KEYS = {"name": "name", "admin1": "region", "country": "country"}


def weather(
    place: str | None, coordinates: list[float] | None, query: dict[str, str], seconds: float
) -> Answer:
    """Fetch the weather of a place.

    Args:
        place: its name, or None.
        coordinates: latitude and longitude, if there is no name.
        query: the other parameters of the archive.
        seconds: for all requests together.

    Returns:
        The place, and the archive's JSON as it came.

    Raises:
        FetchError: there is no answer that can be used; its class says why.
    """
    ends = time.monotonic() + seconds
    found = {"latitude": coordinates[0], "longitude": coordinates[1]} if coordinates else None
    if found is None:
        found = _place(str(place), ends)
    where = {name: f"{found[name]:.6f}" for name in ("latitude", "longitude")}
    body = _asked(ARCHIVE, query | where, ends)
    return Answer({"place": found}, body)


def _place(name: str, ends: float) -> dict[str, Any]:
    """Return the first place of that name.

    Raises:
        UnknownPlaceError: there is none.
    """
    query = {"name": name, "count": "1", "language": "en", "format": "json"}
    told = json.loads(_asked(PLACES, query, ends))
    results = told.get("results")
    if results is None or results == []:
        raise UnknownPlaceError(
            f"Open-Meteo knows no place {name!r}. Write it as on a map, without its country, or "
            "give latitude and longitude."
        )
    first = results[0] if isinstance(results, list) and isinstance(results[0], dict) else {}
    found: dict[str, Any] = {
        ours: str(first.get(theirs) or "") for theirs, ours in PLACE_KEYS.items()
    }
    for side, most in (("latitude", 90.0), ("longitude", 180.0)):
        value = first.get(side)
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= most:
            raise bad(f"the place {name!r} has no {side}")
        found[side] = float(value)
    return found


def _asked(url: str, query: Mapping[str, str], ends: float) -> bytes:
    """Return the body of an answer that is a JSON object without an error.

    Raises:
        FetchError: there is none; its class says why.
    """
    import requests

    try:
        with requests.Session() as session:
            status, body = _got(session, url, query, ends)
    except requests.exceptions.Timeout:
        raise DeadlineError(
            "Open-Meteo did not answer in time. Try again later, or allow more with `deadline`."
        ) from None
    except requests.exceptions.RequestException as error:
        raise _failure(error) from None
    _judge(status, body)
    return body


def _got(session: Any, url: str, query: Mapping[str, str], ends: float) -> tuple[int, bytes]:
    """Return status and body, as much of it as may be."""
    left = max(0.1, ends - time.monotonic())
    with session.get(
        url, params=dict(query), timeout=left, allow_redirects=False, stream=True
    ) as answer:
        parts, size = [], 0
        for part in answer.iter_content(CHUNK):
            size += len(part)
            if size > MOST_BYTES:
                raise bad(f"it is longer than {MOST_BYTES // 1_000_000} MB; ask for fewer years")
            parts.append(part)
        return answer.status_code, b"".join(parts)


def _judge(status: int, body: bytes) -> None:
    """See that an answer is a JSON object without an error.

    Raises:
        RateLimitedError: Open-Meteo was asked too often.
        BadAnswerError: it is something else.
    """
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        told = None
    reason = str(told.get("reason", ""))[:SAID] if isinstance(told, dict) else ""
    if status == 429:
        raise RateLimitedError(
            "Open-Meteo answers no more for a while (status 429"
            f"{': ' + reason if reason else ''}). Wait before you ask again."
        )
    if 300 <= status < 400:
        raise bad(f"it leads elsewhere (status {status}), where we do not follow")
    if not isinstance(told, dict):
        begins = body[:60].decode(errors="replace")
        raise bad(f"it is not the JSON that was asked for (status {status}: {begins!r})")
    if status != 200 or told.get("error"):
        raise bad(f"it says {reason!r} (status {status})")


def _failure(error: Exception) -> FetchError:
    """Return what a failed request means: a connection never made, or broken off."""
    words = str(
        error
    )  # the classes do not tell: one that breaks off behind a proxy is a ProxyError
    if "Read timed out" in words:  # within a body, where it is no Timeout
        return DeadlineError("Open-Meteo's answer stopped in the middle. Try again later.")
    if any(sign in words for sign in NEVER_MADE):
        return OfflineError("Open-Meteo cannot be reached. Check the network, and HTTPS_PROXY.")
    return bad(f"the connection broke off, or was not Open-Meteo's ({type(error).__name__})")


def bad(reason: str) -> BadAnswerError:
    """Return the error for an answer that cannot be used."""
    return BadAnswerError(f"Open-Meteo's answer cannot be used: {reason}. Try again later.")
