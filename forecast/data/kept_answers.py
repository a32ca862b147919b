"""Answers of sources on the network, kept on disk: one Parquet file a request.

What was asked, when, and what goes with the table stand in the file's own metadata, so that a
table never meets the facts of another. A file that cannot be read counts as absent.
"""

import hashlib
import io
import json
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import UnionType
from typing import Any, NamedTuple

import pandas as pd

from forecast.checks import real_number
from forecast.errors import FetchError, ProcessError
from forecast.files import write_whole
from forecast.kernels.folder import wanted_folder

FOLDER = "fetched"  # within the cache folder, `$FORECAST_CACHE_DIR` or the user's own
KEY = b"forecast"
VERSION = 1  # of what is kept; older files count as absent
UNITS = ((86400.0, "day"), (3600.0, "hour"), (60.0, "minute"), (1.0, "second"))

Request = Mapping[str, Any]


class Kept(NamedTuple):
    """An answer that was kept.

    Attributes:
        table: its rows.
        facts: what goes with them, such as units.
        fetched: when it came, in UTC.
        age: seconds since then; endless where that lies ahead, as a clock was wrong.
    """

    table: pd.DataFrame
    facts: dict[str, Any]
    fetched: datetime
    age: float


class Needs(NamedTuple):
    """What a copy must hold to be of use.

    Attributes:
        columns: of numbers.
        facts: by their name, and of which class.
    """

    columns: Sequence[str] = ()
    facts: Mapping[str, type | UnionType] = {}


class Terms(NamedTuple):
    """When a source is asked, how long, and when a copy does.

    Attributes:
        deadline: seconds for one answer.
        max_age: seconds for which a copy counts as new; nothing is asked while there is one.
        refresh: whether the source is asked even so.
        stale: whether a copy of any age does where the source fails.
    """

    deadline: float
    max_age: float
    refresh: bool
    stale: bool


NOTHING = Needs()


class Found(NamedTuple):
    """A table from a source or from a copy.

    Attributes:
        table: its rows.
        attrs: facts about it, with `fetched` (ISO, UTC), `age_seconds`, `stale` and `notes`.
    """

    table: pd.DataFrame
    attrs: dict[str, Any]


def checked_terms(deadline: float, max_age: float, *, refresh: bool, stale: bool) -> Terms:
    """Return the terms.

    Raises:
        SettingError: `deadline` is not above 0, or `max_age` is below 0.
    """
    deadline = real_number("deadline", deadline, above=0)
    if max_age != math.inf:  # any copy does
        max_age = real_number("max_age", max_age, least=0)
    return Terms(deadline, max_age, refresh, stale)


def answer_or_copy(
    request: Request,
    ask: Callable[[], tuple[pd.DataFrame, dict[str, Any]]],
    terms: Terms,
    needs: Needs = NOTHING,
) -> Found:
    """Return a new copy if there is one, else the source's answer, which is kept.

    Args:
        request: what is asked; anything that JSON can hold.
        ask: asks the source for a table and its facts.
        terms: see there.
        needs: what a copy must hold.

    Raises:
        FetchError: the source failed; the error knows of a copy.
    """
    copy = kept(request, needs)
    if copy is not None and not terms.refresh and copy.age <= terms.max_age:
        return _of_copy(copy)
    try:
        table, facts = ask()
    except (FetchError, ProcessError) as error:
        failure = error if isinstance(error, FetchError) else FetchError(str(error))
        if copy is None or not terms.stale:
            raise with_copy(failure, copy) from error
        return _of_copy(copy, instead_of=failure)
    return Found(table, facts | _kept_now(request, table, facts))


def _of_copy(copy: Kept, *, instead_of: FetchError | None = None) -> Found:
    """Return a kept answer as a found one; `instead_of` is why the source's own is not there."""
    notes = list(copy.facts.get("notes", []))
    if instead_of is not None:
        notes.append(f"A copy from {spoken(copy.age)} ago, since the source failed: {instead_of}")
    age = round(copy.age) if math.isfinite(copy.age) else copy.age
    shown = {"fetched": copy.fetched.isoformat(timespec="seconds"), "age_seconds": age}
    stale = {"stale": instead_of is not None, "notes": notes}
    return Found(copy.table, copy.facts | shown | stale)


def _kept_now(request: Request, table: pd.DataFrame, facts: dict[str, Any]) -> dict[str, Any]:
    """Keep an answer, and return what its attributes say about that."""
    notes = list(facts.get("notes", []))
    fetched = datetime.now(UTC)
    try:
        keep(request, table, facts, fetched)
    except OSError as error:
        notes.append(f"No copy could be kept on this computer: {error.strerror or error}.")
    shown = {"fetched": fetched.isoformat(timespec="seconds"), "age_seconds": 0}
    return {**shown, "stale": False, "notes": notes}


def keep(
    request: Request, table: pd.DataFrame, facts: Mapping[str, Any], fetched: datetime
) -> None:
    """Keep an answer, in place of an earlier one.

    Raises:
        OSError: it cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    about = {"version": VERSION, "request": request, "facts": facts, "fetched": fetched.isoformat()}
    arrow = pa.Table.from_pandas(table)
    arrow = arrow.replace_schema_metadata(
        {**(arrow.schema.metadata or {}), KEY: json.dumps(about).encode()}
    )
    content = io.BytesIO()
    pq.write_table(arrow, content)
    target = _file(request)
    target.parent.mkdir(parents=True, exist_ok=True)
    write_whole(target, content.getvalue())


def kept(request: Request, needs: Needs = NOTHING) -> Kept | None:
    """Return the kept answer to a request, however old, or None if there is none that will do."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        arrow = pq.read_table(io.BytesIO(_file(request).read_bytes()))
        about = json.loads(arrow.schema.metadata[KEY])
        if about["version"] != VERSION or about["request"] != json.loads(json.dumps(request)):
            return None
        fetched = datetime.fromisoformat(about["fetched"])
        age = (datetime.now(UTC) - fetched).total_seconds()
        found = Kept(
            arrow.to_pandas(), dict(about["facts"]), fetched, age if age >= 0 else math.inf
        )
        return found if _holds(found, needs) else None
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException):
        return None


def _holds(copy: Kept, needs: Needs) -> bool:
    """Say whether a copy holds what it must, as our own would; others may have changed the file."""
    index, notes = copy.table.index, copy.facts.get("notes", [])
    rows = isinstance(index, pd.DatetimeIndex) and index.tz is None and not index.hasnans
    numbers = copy.table.select_dtypes("number").columns
    return (
        rows
        and len(index) > 0
        and index.is_monotonic_increasing
        and index.is_unique
        and all(name in numbers for name in needs.columns)
        and all(isinstance(copy.facts.get(name, ...), kind) for name, kind in needs.facts.items())
        and isinstance(notes, list)
        and all(isinstance(note, str) for note in notes)
    )


def spoken(seconds: float) -> str:
    """Return a span of time in words, rounded down: `3 days`, `1 hour`.

    Args:
        seconds: at least 0, or endless for one that is not known.
    """
    if math.isinf(seconds):
        return "an unknown time"
    size, unit = next(((size, unit) for size, unit in UNITS if seconds >= size), UNITS[-1])
    number = math.floor(seconds / size)
    return f"{number} {unit}{'' if number == 1 else 's'}"


def with_copy(error: FetchError, copy: Kept | None) -> FetchError:
    """Return an error that also knows of the copy, and says how to take it."""
    if copy is None:
        return error
    told = type(error)(
        f"{error} A copy from {spoken(copy.age)} ago is on this computer; take it with stale=True."
    )
    told.kept = copy.age
    return told


def _file(request: Request) -> Path:
    text = json.dumps(request, sort_keys=True)
    return wanted_folder() / FOLDER / f"{hashlib.sha256(text.encode()).hexdigest()[:32]}.parquet"
