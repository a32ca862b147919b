"""The frame around every screen: addresses, titles, and the one call a screen starts with."""

from base64 import b64encode
from copy import copy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, NoReturn

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from dashboard.address import note_screen
from dashboard.sign_in import may_enter, require_sign_in

FOLDER = Path(__file__).parents[1] / "pages"
# As the browser gets it; from a path, Streamlit would read the file twice in every run.
ICON = "data:image/svg+xml;base64," + b64encode(
    Path(__file__).with_name("icon.svg").read_bytes()
).decode("ascii")
# Of a widget: its value stands in the address, and stays over other screens.
KEPT: dict[str, Any] = {"bind": "query-params", "persist_state": "session"}


@dataclass(frozen=True)
class Screen:
    """A screen.

    Attributes:
        file: in `pages/`.
        title: in the navigation and in the browser's tab.
        icon: a Material symbol.
        address: in the browser's address; empty for the first screen.
    """

    file: str
    title: str
    icon: str
    address: str

    def page(self) -> StreamlitPage:
        """Return the screen as Streamlit knows it, for one run of a script."""
        return copy(_page(self))  # a run notes on it whether it was drawn


@cache
def _page(screen: Screen) -> StreamlitPage:
    """Look for the screen's file and check its icon, once."""
    return st.Page(
        FOLDER / screen.file,
        title=screen.title,
        icon=screen.icon,
        url_path=screen.address or None,
        default=not screen.address,
    )


HOME = Screen("home.py", "Home", ":material/home:", "")
DATA = Screen("data.py", "Data", ":material/table_chart:", "data")
TRAIN = Screen("train.py", "Train", ":material/network_node:", "train")
# A page's file named like the package would hide it.
FORECAST = Screen("predict.py", "Forecast", ":material/timeline:", "forecast")
BACKTEST = Screen("backtest.py", "Backtest", ":material/history:", "backtest")
MEMORY = Screen("memory.py", "Memory", ":material/psychology:", "memory")
RUNS = Screen("runs.py", "Runs", ":material/inventory_2:", "runs")
ANATOMY = Screen("anatomy.py", "Anatomy", ":material/biotech:", "anatomy")
SCREENS = (HOME, DATA, TRAIN, FORECAST, BACKTEST, MEMORY, RUNS, ANATOMY)


def run_screen() -> None:
    """Draw the navigation and run the screen that the address names."""
    # Before the navigation: else the browser asks a font server abroad for the screen's icon.
    st.set_page_config(page_icon=ICON, layout="wide")
    position: Literal["top", "hidden"] = "top" if may_enter() else "hidden"
    st.navigation([screen.page() for screen in SCREENS], position=position).run()


def open_screen(screen: Screen, lead: str = "") -> None:
    """Start a screen: browser title, heading, one line of what it is for.

    Args:
        screen: which one.
        lead: a text of our own; empty draws neither heading nor lead.
    """
    st.set_page_config(page_title=f"{screen.title} · forecast", page_icon=ICON, layout="wide")
    require_sign_in()
    note_screen(screen.address)
    if lead:
        st.title(screen.title, anchor=False)
        st.caption(lead)


def go_to(screen: Screen, **address: object) -> NoReturn:
    """Leave for another screen; `address` sets widgets there that are bound to the address."""
    said: dict[str, str | list[str]] = {}
    for key, one in address.items():
        st.session_state.pop(key, None)  # else a kept value would take the place of a default
        said[key] = [str(each) for each in one] if isinstance(one, (list, tuple)) else str(one)
    st.switch_page(screen.page(), query_params=said)
