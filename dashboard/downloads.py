"""Tables as files to download."""

from functools import partial

import pandas as pd
import streamlit as st

from forecast.data.export import csv_bytes, parquet_bytes

TABLE_FILES = (
    ("CSV", "csv", "text/csv", csv_bytes),
    ("Parquet", "parquet", "application/vnd.apache.parquet", parquet_bytes),
)


def download_table(name: str, frame: pd.DataFrame, stem: str) -> None:
    """Draw the buttons that download a table of results, as CSV and as Parquet.

    Args:
        name: what the buttons call it.
        frame: the table; its index is left out.
        stem: of the file names.
    """
    for kind, suffix, mime, written in TABLE_FILES:
        st.download_button(
            f"{name} ({kind})",
            partial(written, frame, index=False),
            file_name=f"{stem}.{suffix}",
            mime=mime,
            on_click="ignore",
            icon=":material/download:",
        )
