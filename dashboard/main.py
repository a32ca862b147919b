"""The frame: navigation over the screens in `pages/`."""

from pathlib import Path

import streamlit as st

PAGES = Path(__file__).parents[1] / "pages"

st.navigation(
    [st.Page(PAGES / "home.py", title="Home", icon=":material/home:", default=True)]
).run()
