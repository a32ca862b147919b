"""The table of a figure: folded away until it is wanted, and then as files too."""

from collections.abc import Callable, Mapping

import pandas as pd
import streamlit as st

from dashboard.downloads import download_table

MOST_ROWS = 5_000  # that are shown; a file holds all of them


@st.fragment
def folded_table(title: str, make: Callable[[], pd.DataFrame], stem: str, alt: str) -> None:
    """Draw an expander that makes and draws a table once it is open.

    Args:
        title: what the table holds.
        make: makes it.
        stem: of the file names, and of the keys; each is drawn once on a screen.
        alt: what it shows, for people who do not see it.
    """
    opened = st.expander(
        f"Table: {title}", icon=":material/table:", key=f"table-{stem}", on_change="rerun"
    )
    if not opened.open:
        return
    frame = make()
    with opened:
        if len(frame) > MOST_ROWS:
            st.caption(f"The first {MOST_ROWS:,} of {len(frame):,} rows; the files hold all.")
        st.dataframe(frame.head(MOST_ROWS), hide_index=True, alt=alt, key=f"rows-{stem}")
        with st.container(horizontal=True):
            download_table(title.capitalize(), frame, stem)


def by_model(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return tables of several models below each other, the model's label in front.

    Args:
        tables: at least one, by label.
    """
    named = []
    for label, table in tables.items():
        one = table.copy()
        one.insert(0, "model", label)
        named.append(one)
    return pd.concat(named, ignore_index=True)
