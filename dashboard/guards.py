"""Text that comes from data, shown by sinks that render neither Markdown nor HTML."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from forecast.errors import ForecastError


def show_error(title: str, message: object) -> None:
    """Show what went wrong and how to mend it.

    Args:
        title: a text of our own.
        message: may quote data; it is shown letter by letter.
    """
    with st.container(border=True):
        st.markdown(f":red[:material/error:] **{title}**")
        st.text(str(message))


@contextmanager
def guarded(title: str) -> Iterator[None]:
    """Show the package's own errors under a title; anything else is a fault and goes on up."""
    try:
        yield
    except ForecastError as error:
        show_error(title, error)
