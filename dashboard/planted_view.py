"""What a series with a planted memory asks for: settings with which there is something to learn."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard.frame import TRAIN
from dashboard.series_choice import SAMPLE
from forecast.data.planted import BY_NAME


def planted_view(source: str, filled: Mapping[str, Any]) -> None:
    """Draw the way to the settings that a planted series was made for, unless they are filled in.

    Args:
        source: of the data.
        filled: the settings in the form.
    """
    planted = BY_NAME.get(source.removeprefix(SAMPLE)) if source.startswith(SAMPLE) else None
    if planted is None:
        return
    wanted = planted.settings
    if all(filled.get(name) == value for name, value in wanted.items()):
        return
    with st.container(border=True):
        st.markdown("**A memory is planted in this series**")
        st.text("With other settings than its own, a cell may find nothing to learn.")
        words = {
            name: [str(one) for one in value] if isinstance(value, tuple) else str(value)
            for name, value in wanted.items()
        }
        st.page_link(
            TRAIN.page(),
            label="Use its settings",
            icon=":material/tune:",
            query_params={"data": planted.name, **words},
        )
