"""The run store of the command line, and runs named by the beginning of their id."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from forecast.errors import SettingError, StoreError
from forecast.storage.records import KeptRun
from forecast.storage.run_store import RunStore

LEAST = 4  # characters of an id that are asked for
NAMED = 5  # runs that an error names


@contextmanager
def opened() -> Iterator[RunStore]:
    """Open the run store, and end what a server that is gone has left unfinished.

    Raises:
        StoreError: its folder or database cannot be used.
    """
    store = RunStore()
    try:
        store.recover()
        yield store
    finally:
        store.close()


def found_run(store: RunStore, text: str) -> KeptRun:
    """Return the run, with its histories, whose id is a text or begins with it.

    Raises:
        SettingError: the text is too short.
        StoreError: there is no such run, or several.
    """
    run = store.find(text)
    if run is not None:
        return run
    if len(text) < LEAST:
        raise SettingError(f"An id needs at least {LEAST} characters; got {text!r}. Add some.")
    ids = [one.id for one in store.runs() if one.id.startswith(text)]
    if len(ids) > 1:
        more = f" and {len(ids) - NAMED} more" if len(ids) > NAMED else ""
        raise StoreError(
            f"An id must name one run; {text!r} begins {len(ids)}: {', '.join(ids[:NAMED])}{more}. "
            "Add a character."
        )
    run = store.find(ids[0]) if ids else None
    if run is None:
        raise StoreError(
            f"There is no run whose id begins with {text!r}. List them with: "
            "python -m forecast runs list"
        )
    return run


def found_runs(store: RunStore, texts: Sequence[str]) -> list[KeptRun]:
    """Return runs in the order they are named, each once.

    Raises:
        SettingError: a text is too short.
        StoreError: one is not there, or is one of several.
    """
    runs = [found_run(store, text) for text in texts]
    return list({run.id: run for run in runs}.values())


def printable(text: str) -> str:
    """Return a text that moves no cursor: names come from people, who may mean harm."""
    return "".join(one if one.isprintable() else "�" for one in text)
