"""The bundled series, and one's own files."""

import streamlit as st

from dashboard.data_views import choose_sample, show_choice, upload
from dashboard.frame import DATA, open_screen

open_screen(DATA, "Start from a bundled series, or bring a CSV or Parquet file of your own.")
# Not bound to the address: a button cannot leave a screen while a bound value stands there.
samples, own = st.tabs(["Bundled series", "Your own file"], key="door", on_change="rerun")
with samples:
    source = choose_sample()
    if source is not None:
        show_choice(source)
with own:
    uploaded = upload()
    if uploaded is not None:
        show_choice(uploaded)
