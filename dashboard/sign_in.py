"""Signing in through the account of a provider (OpenID Connect), where the server asks for it."""

from importlib.util import find_spec

import streamlit as st

from dashboard.limits import limits
from forecast.errors import SettingError

NEEDED = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")


def may_enter() -> bool:
    """Return whether somebody has signed in, or nobody has to."""
    return not limits().sign_in or bool(st.user.get("is_logged_in", False))


def require_sign_in() -> None:
    """Show nothing but a button to sign in, until somebody has."""
    if may_enter():
        return
    st.title("forecast", anchor=False)
    st.text("This server asks who you are before it shows anything.")
    st.button("Sign in", type="primary", icon=":material/login:", key="sign-in", on_click=st.login)
    st.stop()


def check_sign_in() -> None:
    """See at the start whether people will be able to sign in.

    Raises:
        SettingError: they are asked to, and something is lacking for it.
    """
    if not limits().sign_in:
        return
    if find_spec("authlib") is None:
        raise SettingError(
            "`FORECAST_SIGN_IN` needs the package Authlib, which is not installed. Install it with "
            "`pip install Authlib httpx`, or unset the variable."
        )
    section = st.secrets.get("auth", {}) if _has_secrets() else {}
    lacking = [one for one in NEEDED if not section.get(one)]
    if lacking:
        raise SettingError(
            "`FORECAST_SIGN_IN` needs a section [auth] in .streamlit/secrets.toml with "
            f"{', '.join(NEEDED)}; lacking: {', '.join(lacking)}. docs/server.md has an example."
        )


def _has_secrets() -> bool:
    return bool(st.secrets.load_if_toml_exists())
