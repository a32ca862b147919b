"""The data that a person brought into a session, and the stored copies that addresses name."""

from typing import Any, NamedTuple

import pandas as pd
import streamlit as st

from dashboard.person import person
from dashboard.stored_copies import Copies
from dashboard.training import store
from forecast.errors import DataError, StoreError

UPLOADS = "uploads"
GONE = "The file of this address is no longer kept"
COPIES = Copies(lambda upload_id: store().upload(upload_id))


class Brought(NamedTuple):
    """Data that a person brought into this session, or that an address named.

    Attributes:
        held: a Series, a DataFrame by time, or a long frame; None where the stored copy is read.
        said: where it comes from, in plain words; it may quote data.
        origin: the data that this was made from, where it was, and how.
        stored: id of the stored copy; None where there is none.
        refused: why there is none.
    """

    held: "pd.Series[Any] | pd.DataFrame | None"
    said: str = ""
    origin: Any = None
    stored: str | None = None
    refused: str = ""

    @property
    def data(self) -> "pd.Series[Any] | pd.DataFrame":
        """Return the rows, which are shared and must not be changed.

        Raises:
            DataError: the stored copy has left.
        """
        if self.held is not None:
            return self.held
        found = COPIES.find(str(self.stored))
        if found is None:
            raise DataError(f"{GONE}. Upload it again, or choose other data.")
        return found.data


def uploads() -> dict[str, Brought]:
    """Return what was brought into this session, by name."""
    kept: dict[str, Brought] = st.session_state.setdefault(UPLOADS, {})
    return kept


def bring(
    name: str, data: "pd.Series[Any] | pd.DataFrame", said: str = "", origin: object = None
) -> None:
    """Keep data for this session, in the place of any of that name, and a copy in the store.

    Where the store refuses it, the data stays in the session alone.
    """
    calendar = data.attrs.get("calendar")
    data.attrs.clear()  # pandas copies them deeply at every step
    if calendar is not None:
        data.attrs["calendar"] = calendar
    stored, refused = None, ""
    try:
        stored = store().keep_upload(data, name, person(), said)
    except StoreError as error:
        refused = str(error)
    uploads()[name] = Brought(data, said, origin, stored, refused)


def adopt(upload_id: str) -> str | None:
    """Take a stored copy into this session; return its name here, None where there is no copy.

    Raises:
        StoreError: the copy is broken.
    """
    for name, one in uploads().items():
        if one.stored == upload_id:
            return name
    found = COPIES.find(upload_id)
    if found is None:
        return None
    name, number = found.name, 1
    while name in uploads():
        number += 1
        name = f"{found.name} ({number})"
    uploads()[name] = Brought(None, found.said, None, upload_id)
    return name


def forget(name: str) -> None:
    """Forget data of this session, and what was made from it; stored copies stay."""
    for kept in [one for one in uploads() if one == name or one.startswith(f"{name}, ")]:
        del uploads()[kept]


def still_there(name: str) -> bool:
    """Tell whether data of this session can still be read; it is forgotten if it cannot."""
    try:
        there = uploads()[name].data is not None
    except (DataError, StoreError):
        there = False
        forget(name)
    return there
