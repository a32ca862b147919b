"""What was made of a table or a series, remembered for as long as that lives.

A page's script runs anew at every click, and most clicks change nothing of the data.
"""

import threading
import weakref
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

MOST = 64  # answers of a kind about one thing; those that were asked for longest ago go first

Answer = TypeVar("Answer")

_lock = threading.Lock()
_answers: dict[int, dict[str, dict[Hashable, Any]]] = {}


def remembered(
    thing: Any,
    kind: str,
    question: Hashable,
    make: Callable[[], Answer],
    *,
    most: int = MOST,
) -> Answer:
    """Return what was made for the same question about the same object, else make it.

    Args:
        thing: a table or series that nobody changes; it is told from others by its identity.
        kind: of the answer, a word of our own.
        question: tells the answer from others of its kind.
        make: makes the answer, which is shared, and must not hold the thing itself. Its errors are
            not remembered.
        most: answers of this kind that are kept for the thing.
    """
    with _lock:
        known = _known(thing).setdefault(kind, {})
        if question in known:
            found: Answer = known.pop(question)
            known[question] = found  # the newest now
            return found
    answer = make()  # without the lock: it may take seconds
    with _lock:
        known[question] = answer
        while len(known) > most:
            del known[next(iter(known))]
    return answer


def _known(thing: Any) -> dict[str, dict[Hashable, Any]]:
    """Return what is remembered of a thing; its end takes it along."""
    known = _answers.get(id(thing))
    if known is None:
        known = _answers[id(thing)] = {}
        weakref.finalize(thing, _answers.pop, id(thing), None).atexit = False
    return known
