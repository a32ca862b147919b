"""What the doctor found in a file, what was mended, and some rows before and after."""

import pandas as pd
import streamlit as st

from forecast.data.read_report import Examination, ReadReport


def show_report(report: ReadReport) -> None:
    """Say what was found, what was mended, and what to keep in mind."""
    mended = [f"{one.name} ({one.method}): {one.said}" for one in report.repairs]
    remarks = [*report.remarks(), *_blank_columns(report)]
    with st.expander(
        "What was found in the file", expanded=bool(mended or remarks), icon=":material/search:"
    ):
        left, right = st.columns([1, 2], gap="large")
        left.text("\n".join(f"{name}: {value}" for name, value in report.facts()))
        for title, lines in (("Mended or noticed", mended), ("To keep in mind", remarks)):
            if lines:
                right.markdown(f"**{title}**")
                right.text("\n".join(lines))


def _blank_columns(report: ReadReport) -> list[str]:
    """Return how many blanks each column has, where there are several columns."""
    if len(report.blanks) == 1:
        return []
    return [f"blanks in {name}: {count:,}" for name, count in report.blanks.items() if count]


def show_before_and_after(found: Examination) -> None:
    """Draw some rows as they stand in the file, beside what became of them."""
    if not found.report.repairs:
        return
    with st.expander("Before and after", icon=":material/compare_arrows:"):
        left, right = st.columns(2)
        left.markdown("**In the file**")
        left.dataframe(found.before, hide_index=True, alt="Some rows as they stand in the file.")
        right.markdown("**As read**")
        right.dataframe(
            _after(found.after, found.before.columns[0]),
            hide_index=True,
            alt="The same rows as they were read; rows put in have no line.",
        )


def _after(rows: pd.DataFrame, place: str) -> pd.DataFrame:
    """Return rows with their line first, blank for rows that were put in."""
    lines = rows[place].astype("Int64").where(rows[place] > 0)
    return pd.concat([lines, rows.drop(columns=place)], axis=1)
