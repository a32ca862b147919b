"""Ids, labels and texts from outside: what may become part of a path, and what goes in a row."""

import re
import secrets

from forecast.errors import StoreError

ID = re.compile(r"[A-Za-z0-9_-]{8,64}", re.ASCII)
LABEL = re.compile(r"(?!result$)[A-Za-z0-9_-]{1,64}", re.ASCII)  # the result has its own file
LONGEST = 200  # characters of a name
LONGEST_SAID = 4000  # of a sentence or several


def new_id() -> str:
    """Return an id that nobody can guess."""
    return secrets.token_hex(16)


def is_id(text: object) -> bool:
    """Say whether a text has the form of an id, which is safe in a path."""
    return isinstance(text, str) and ID.fullmatch(text) is not None


def checked_id(text: object) -> str:
    """Return an id.

    Raises:
        StoreError: it has another form.
    """
    if not isinstance(text, str) or not is_id(text):
        raise StoreError(
            "An id must be 8 to 64 letters, digits, `-` and `_`; got "
            f"{repr(text)[:80]}. Copy the whole id."
        )
    return text


def checked_label(label: str) -> str:
    """Return the label of a model, which names its file.

    Raises:
        StoreError: it could name another file.
    """
    if LABEL.fullmatch(label) is None:
        raise StoreError(
            "The label of a kept model must be letters, digits, `-` and `_`; got "
            f"{repr(label)[:80]}. Rename the model."
        )
    return label


def row_text(text: str, most: int = LONGEST) -> str:
    """Return a text that a row can hold: of limited length, and with a form in UTF-8."""
    return text[:most].encode("utf-8", "replace").decode("utf-8")
