"""Four doors to data: bundled series, a file of one's own, Yahoo Finance, the weather."""

import streamlit as st

from dashboard.chosen_view import show_choice
from dashboard.data_views import choose_sample, own_file
from dashboard.frame import DATA, open_screen
from dashboard.weather_door import weather_door
from dashboard.yahoo_door import yahoo_door

DOORS = {
    "Bundled series": choose_sample,
    "Your own file": own_file,
    "Yahoo Finance": yahoo_door,
    "Weather": weather_door,
}

open_screen(DATA, "Bundled series, a file of your own, prices of Yahoo Finance, or the weather.")
# Not bound to the address: a button cannot leave a screen while a bound value stands there.
tabs = st.tabs(list(DOORS), key="door", on_change="rerun")
for tab, door in zip(tabs, DOORS.values(), strict=True):
    if tab.open:
        with tab:
            source = door()
            if source is not None:
                show_choice(source)
