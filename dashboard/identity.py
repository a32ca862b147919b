"""Random names of visitors, signed so that nobody can take another's."""

import hashlib
import logging
import re
import secrets
from functools import cache

from itsdangerous import BadSignature, Signer

from forecast.errors import StoreError
from forecast.storage.home import kept_secret, made_home

LOG = logging.getLogger(__name__)
COOKIE = "forecast_person"
KEEP_SECONDS = 400 * 24 * 3600  # the longest that browsers keep a cookie
BYTES = 16
LONGEST = 200
SALT = b"forecast.person"
NAME = re.compile(r"[A-Za-z0-9_-]{22}")


@cache
def _signer() -> Signer:
    try:
        key = kept_secret(made_home())
    except StoreError as error:  # the screens work all the same; `/ready` says what is wrong
        LOG.warning("Visitors are strangers after the next start: %s", error)
        key = secrets.token_bytes(32)
    return Signer(key, salt=SALT, digest_method=hashlib.sha256)


def load_key() -> None:
    """Read the secret, or make it, before the first visitor waits for the disk."""
    _signer()


def fresh_cookie() -> str:
    """Return a cookie for somebody new."""
    return _signer().sign(secrets.token_urlsafe(BYTES)).decode()


def person_of(cookie: str) -> str | None:
    """Return whom a cookie names; None if it was altered or is none of ours."""
    if len(cookie) > LONGEST or not cookie.isascii():
        return None
    try:
        name = _signer().unsign(cookie).decode()
    except BadSignature:
        return None
    return name if NAME.fullmatch(name) else None
