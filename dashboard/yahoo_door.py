"""Prices from Yahoo Finance: which, since when, and what came."""

import re
from datetime import date
from typing import Any, NamedTuple

import streamlit as st

from dashboard.fetching import Door, fetch_form
from dashboard.frame import KEPT
from forecast.data.yahoo import fetch_yahoo

INTERVALS = {"1d": "days", "1wk": "weeks", "1mo": "months"}
FIRST, START = date(1970, 1, 1), date(2015, 1, 1)
EXAMPLE = "MSFT"


class Asked(NamedTuple):
    """What is asked of Yahoo."""

    tickers: tuple[str, ...]
    start: date
    interval: str
    auto_adjust: bool

    @property
    def name(self) -> str:
        """Of the data, among all that can be chosen."""
        return f"yahoo:{','.join(self.tickers)}"

    def fetch(self, max_age: float) -> Any:
        """Return the prices; all columns of one ticker, the closing prices of several."""
        chosen: dict[str, Any] = {
            "start": self.start.isoformat(),
            "interval": self.interval,
            "auto_adjust": self.auto_adjust,
            "max_age": max_age,
        }
        if len(self.tickers) == 1:
            return fetch_yahoo(self.tickers[0], target=None, **chosen)
        return fetch_yahoo(self.tickers, **chosen)


DOOR = Door(
    "yahoo",
    "Yahoo Finance",
    Asked((EXAMPLE,), START, "1d", auto_adjust=True),
    "MSFT since 2015",
    trouble="Prices could not be fetched",
    otherwise="The bundled prices sp500, msft and wti_oil need no network.",
)


def yahoo_door() -> str | None:
    """Draw the form; return the name of what was fetched last, None before that."""
    st.text(
        "Daily prices of shares, indices, currencies and funds, adjusted for splits and dividends."
    )
    return fetch_form(DOOR, _fields)


def _fields() -> Asked:
    left, middle, right = st.columns([2, 1, 1])
    tickers = left.text_input(
        "Ticker", EXAMPLE, key="ticker", max_chars=200,
        help="As on Yahoo Finance: MSFT, ^GSPC, BTC-USD, SAP.DE; several with commas.", **KEPT,
    )  # fmt: skip
    start = middle.date_input(
        "Since", START, min_value=FIRST, max_value="today", key="since", **KEPT
    )
    interval = right.selectbox(
        "By", list(INTERVALS), format_func=INTERVALS.__getitem__, key="interval", **KEPT
    )
    adjusted = st.toggle(
        "Adjusted for dividends too", value=True, key="adjusted",
        help="As if dividends had been put into more shares. Off: adjusted for splits only.",
        **KEPT,
    )  # fmt: skip
    names = tuple(name for name in re.split(r"[,;\s]+", tickers) if name)
    return Asked(names, start, interval, adjusted)
