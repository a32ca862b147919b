"""What the doctor mends in a file: each repair by itself, with a word for every choice."""

from typing import Any
from zoneinfo import available_timezones

import streamlit as st

from forecast.data.exchanges import EXCHANGES
from forecast.data.repairs import AUTO, BLANKS, DUPLICATES, GAPS, ORDER, Repairs

REFUSE = "off: refuse the file"
LEFT = "left to the model: filled with the value before, never scored"
FORWARD = "write the value before"
FIND, NONE = "find it", "none"
WORDS: dict[str, dict[str, str]] = {
    "order": {"sort": "sort them", "refuse": REFUSE},
    "duplicates": {
        AUTO: "keep the last, unless series are mixed",
        "last": "keep the last",
        "first": "keep the first",
        "mean": "their mean",
        "sum": "their sum",
        "min": "the smallest",
        "max": "the largest",
        "refuse": REFUSE,
    },
    "blanks": {"leave": LEFT, "forward": FORWARD, "drop": "drop the row", "refuse": REFUSE},
    "gaps": {
        "leave": LEFT,
        "insert": "insert blank rows",
        "forward": FORWARD,
        "refuse": REFUSE,
    },
    "layout": {
        AUTO: FIND,
        "long": "each column of numbers is a series",
        "wide": "columns of one series",
    },
}
CHOICES = {"order": ORDER, "duplicates": (AUTO, *DUPLICATES), "blanks": BLANKS, "gaps": GAPS}
LABELS = {
    "order": "Rows out of order",
    "duplicates": "Repeated timestamps",
    "blanks": "Blank cells",
    "gaps": "Missing timestamps",
    "layout": "Layout",
}


def repairs_form(prefix: str, ending: str, names: list[str]) -> dict[str, Any]:
    """Draw the repairs of a file; return them, with layout, id column and zone, for the reader.

    Args:
        prefix: of the widgets' keys.
        ending: of the widgets' keys; names the file.
        names: of its columns.
    """
    with st.expander("Repairs", icon=":material/healing:"):
        columns = st.columns(2)
        chosen = {
            kind: _choice(columns[place % 2], kind, list(choices), f"{prefix}{kind}-{ending}")
            for place, (kind, choices) in enumerate(CHOICES.items())
        }
        layout = _choice(columns[0], "layout", list(WORDS["layout"]), f"{prefix}layout-{ending}")
        identity = columns[1].selectbox(
            "Series are named by",
            [FIND, *names],
            key=f"{prefix}identity-{ending}",
            persist_state="session",
        )
        calendar = columns[0].selectbox(
            "Trading days",
            [AUTO, NONE, *EXCHANGES],
            format_func=_exchange,
            key=f"{prefix}calendar-{ending}",
            persist_state="session",
            help="Of daily prices: which days there should be.",
        )
        zone = columns[1].selectbox(
            "Time zone",
            [NONE, *sorted(available_timezones())],
            key=f"{prefix}zone-{ending}",
            persist_state="session",
            help="Of timestamps that do not say theirs. It tells the two hours apart when clocks "
            "are set back.",
        )
    repairs = Repairs(**chosen, calendar=None if calendar == NONE else calendar)
    return {
        "repairs": repairs,
        "layout": layout,
        "unique_id": None if identity == FIND else identity,
        "time_zone": None if zone == NONE else zone,
    }


def _choice(place: Any, kind: str, choices: list[str], key: str) -> str:
    words = WORDS[kind]
    return str(
        place.selectbox(
            LABELS[kind], choices, format_func=words.__getitem__, key=key, persist_state="session"
        )
    )


def _exchange(code: str) -> str:
    return FIND if code == AUTO else f"{code}: {EXCHANGES[code]}" if code in EXCHANGES else code
