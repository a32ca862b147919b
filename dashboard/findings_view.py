"""What was found about each network: a sentence for a newcomer, a number for an expert."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import pandas as pd
import streamlit as st

CONCERN, FINE = ":orange[:material/warning:]", ":green[:material/check_circle:]"


class Check(NamedTuple):
    """How a check is shown.

    Attributes:
        title: of the check.
        number: format of its number, with unit.
        meaning: what the number is.
    """

    title: str
    number: str
    meaning: str


CHECKS = {
    "skill": Check("Skill against naive", "{:+.1f} %", "smaller error than Naive"),
    "best baseline": Check("Best baseline", "{:+.1f} %", "smaller error than it"),
    "naive shadow": Check("Naive shadow", "{:.1f} %", "explained by the last value"),
    "overfitting": Check("Overfitting", "{:.2f} ×", "validation over training loss"),
    "gradient": Check("Gradient", "{:.2g} %", "left at the first timestep"),
    "residuals": Check("Residuals", "{:.3f}", "p-value, Ljung-Box"),
    "leakage": Check("Leakage", "{:.0f}", "forecasts changed by later rows"),
    "coverage": Check("Coverage", "{:.1f} %", "of the values inside"),
    "seeds": Check("Luck of the start", "{:.1f}", "points of skill, ± over seeds"),
}


@st.fragment
def show_findings(findings: pd.DataFrame) -> None:
    """Draw one expander a network; its label tells how many checks raise a concern.

    What is in it is drawn once it is open: a page with all of it takes half as long again to
    draw anew after every click.

    Args:
        findings: model, check, finding, number, unit, concern; the models are named by us.
    """
    labels = [str(label) for label in findings["model"].unique()]
    for label in labels:
        rows = findings[findings["model"] == label]
        doubts = [str(check) for check in rows.loc[rows["concern"], "check"].unique()]
        opened = st.expander(
            summary(label, len(rows), doubts),
            icon=":material/warning:" if doubts else ":material/check_circle:",
            expanded=len(labels) == 1,
            key=f"findings-{label}",
            on_change="rerun",
        )
        if opened.open:
            with opened:
                for row in rows.itertuples(index=False):
                    _show(row)


def summary(label: str, checks: int, doubts: Sequence[str]) -> str:
    """Return one line on a network: which of its checks raise a concern.

    Args:
        label: of the network.
        checks: how many there are.
        doubts: names of those of concern.
    """
    counted = "1 check" if checks == 1 else f"{checks} checks"
    if not doubts:
        return f"**{label}**: {counted}, no concern"
    names = ", ".join(_title(check).lower() for check in doubts)
    return f"**{label}**: {counted}, concern about {names}"


def _show(row: Any) -> None:
    """Draw a finding; its sentence may quote data and is shown letter by letter."""
    known = CHECKS.get(row.check)
    mark, word = (CONCERN, "concern") if row.concern else (FINE, "fine")
    heading, said, number = st.columns([3, 7, 3], gap="xsmall")  # one below another on a phone
    heading.markdown(f"{mark} **{_title(row.check)}** :small[:gray[{word}]]")
    said.text(row.finding)
    if known is None or math.isnan(row.number):
        number.markdown("– :small[:gray[cannot be told]]")
    else:
        shown = known.number.format(row.number).replace("-", "−")
        number.markdown(f"**{shown}** :small[:gray[{known.meaning}]]")


def _title(check: str) -> str:
    known = CHECKS.get(check)
    return check.capitalize() if known is None else known.title
