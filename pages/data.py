"""Four doors to data: bundled series, a file of one's own, Yahoo Finance, the weather."""

import streamlit as st

from dashboard.chosen_view import show_choice
from dashboard.data_views import choose_sample, own_file
from dashboard.doors import BUNDLED, OWN, WEATHER, YAHOO, find_door
from dashboard.frame import DATA, open_screen
from dashboard.series_choice import FIRST, name_source, tell_what_is_lost
from dashboard.weather_door import weather_door
from dashboard.yahoo_door import yahoo_door

DOORS = {
    BUNDLED: choose_sample,
    OWN: own_file,
    YAHOO: yahoo_door,
    WEATHER: weather_door,
}

open_screen(DATA, "Bundled series, a file of your own, prices of Yahoo Finance, or the weather.")
find_door()
tabs = st.tabs(list(DOORS), key="door", on_change="rerun", bind="query-params")
for tab, door in zip(tabs, DOORS.values(), strict=True):
    if tab.open:
        with tab:
            source = door()
            tell_what_is_lost(source or FIRST)
            if source is None:
                name_source(FIRST)
            else:
                show_choice(source)
