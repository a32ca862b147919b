"""Who visits: told by a signed cookie, or by the account that signed in."""

import hashlib
import secrets

import streamlit as st

from dashboard.identity import COOKIE, person_of
from dashboard.limits import limits

EVERYBODY = "local"  # where one person has the server for themselves
STRANGER = "person"  # in the session, where there is no cookie
ACCOUNT = "account-"


def person() -> str:
    """Return who visits this page; the same person in every tab of a browser.

    An account that has signed in is itself on every machine. Without a cookie (turned off, or a
    test of a page) a person is one for as long as the session lasts.
    """
    if limits().single_user:
        return EVERYBODY
    account = _account()
    if account is not None:
        return account
    known = person_of(st.context.cookies.get(COOKIE, ""))
    if known is not None:
        return known
    if STRANGER not in st.session_state:
        st.session_state[STRANGER] = secrets.token_urlsafe(16)
    return str(st.session_state[STRANGER])


def may_change(owner: str) -> bool:
    """Return whether what an owner made may be renamed, stopped or deleted by who visits."""
    return limits().single_user or secrets.compare_digest(owner.encode(), person().encode())


def _account() -> str | None:
    """Return the name of the account that has signed in, which says nothing of it; or None."""
    if not st.user.get("is_logged_in", False):
        return None
    told = f"{st.user.get('iss', '')}\n{st.user.get('sub', '')}"
    if told.endswith("\n"):
        return None  # the provider names nobody
    return ACCOUNT + hashlib.sha256(told.encode()).hexdigest()[:32]
