"""What this is, one click to a trained comparison, and the way to one's own data."""

import streamlit as st

from dashboard.frame import DATA, HOME, TRAIN, go_to, open_screen
from dashboard.guards import guarded
from dashboard.remembered import remembered
from dashboard.series_choice import FIRST, Chosen, prepared, shown_name
from dashboard.train_form import DEFAULTS, Filled
from dashboard.training import start
from forecast.charts.palette import COLOURS
from forecast.charts.series import plot_series
from forecast.evaluation.compare import CELLS

TARGET = "temp_max"
CARDS = {
    "SimpleRNN": "One hidden state, rewritten at every step. Small and quick; forgets early.",
    "GRU": "Two gates decide what to keep and what to forget. The usual first choice.",
    "LSTM": "Three gates and a memory of its own. The largest of the three.",
}

open_screen(HOME)
st.title("Do recurrent networks beat repeating the last value?", anchor=False)
st.markdown(
    "Train **SimpleRNN**, **GRU** and **LSTM** on a time series and watch them "
    "learn side by side.  \n"
    "Every result stands beside the naive forecast, on rows that no network has seen.  \n"
    "The verdict says plainly who wins, and when nobody does."
)
with st.container(horizontal=True), guarded("The comparison could not start"):
    if st.button(
        f"Compare them on {shown_name(FIRST)}", type="primary", icon=":material/play_arrow:"
    ):
        chosen = Chosen(FIRST, TARGET, prepared(FIRST, TARGET))
        start(Filled(tuple(CELLS), dict(DEFAULTS), None, ()).request(chosen))
        go_to(TRAIN)
    if st.button("Bring your own data", icon=":material/upload_file:"):
        go_to(DATA)
series = prepared(FIRST, TARGET)
st.plotly_chart(
    remembered(series, "home", None, lambda: plot_series(series)),
    key="series",
    alt="Daily highest temperature in Seattle, 2012 to 2015: a yearly wave with daily noise.",
)
for column, (cell, said) in zip(st.columns(3), CARDS.items(), strict=True):
    with column.container(border=True, height="stretch"):
        st.html(f"<div style='height:4px;border-radius:2px;background:{COLOURS[cell]}'></div>")
        st.markdown(f"**{cell}**")
        st.markdown(said)
