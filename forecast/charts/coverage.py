"""Nominal and measured coverage of intervals."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pandas as pd

from forecast.charts.figures import figure, plain
from forecast.charts.palette import DASHES, GUIDE, SHADE, SYMBOLS, colour
from forecast.checks import one_of

if TYPE_CHECKING:
    import plotly.graph_objects as go

TOLERANCE = 3.0  # percentage points on either side of the diagonal
MARGIN = 6.0  # percentage points below the lowest marker
NAME = "coverage-"


def plot_coverage(table: pd.DataFrame, levels: Iterable[float]) -> "go.Figure":
    """Draw measured against nominal coverage, one marker a model and level.

    A marker on the diagonal says that an interval holds what it promises; above it, the interval is
    wider than need be, below it too narrow. The band around it is 3 percentage points wide on
    either side.

    Args:
        table: columns model and, for each level L, coverage-L in percent; one row a model. Models
            without intervals (NaN) are left out.
        levels: to draw, in percent.

    Raises:
        SettingError: the table has no such level.
        MissingExtraError: Plotly is not installed.
    """
    there = [str(one).removeprefix(NAME) for one in table if str(one).startswith(NAME)]
    chosen = sorted(float(one_of("levels", f"{level:g}", there)) for level in levels)
    made = figure(
        "Coverage of the intervals",
        "nominal level, percent",
        "measured coverage, percent",
        subtitle=f"on the diagonal an interval holds what it promises; band: ±{TOLERANCE:g} points",
    )
    measured = table.set_index("model")[[f"{NAME}{level:g}" for level in chosen]]
    low = max(0.0, min([*chosen, *measured.min().dropna()], default=0.0) - MARGIN)
    _add_reference(made, low)
    _add_models(made, measured, chosen)
    made.update_xaxes(range=[low, 101], tickvals=chosen, ticktext=[f"{one:g}" for one in chosen])
    made.update_yaxes(range=[low, 101])
    return made


def _add_models(made: "go.Figure", measured: pd.DataFrame, levels: list[float]) -> None:
    for place, (index, values) in enumerate(measured.iterrows()):
        label = str(index)
        if values.notna().any():
            made.add_scatter(
                x=levels,
                y=values,
                name=plain(label),
                mode="lines+markers",
                line={"color": colour(label), "width": 1, "dash": DASHES.get(label, "solid")},
                marker={"symbol": SYMBOLS[place % len(SYMBOLS)], "size": 10, "opacity": 0.85},
                hovertemplate="%{y:.1f} % measured",
            )


def _add_reference(made: "go.Figure", low: float) -> None:
    ends = [low, 101]
    made.add_scatter(
        x=[*ends, *ends[::-1]],
        y=[*(end + TOLERANCE for end in ends), *(end - TOLERANCE for end in ends[::-1])],
        mode="lines",
        line={"width": 0},
        fill="toself",
        fillcolor=SHADE,
        hoverinfo="skip",
        showlegend=False,
    )
    made.add_scatter(
        x=ends,
        y=ends,
        name="as promised",
        mode="lines",
        line={"color": GUIDE, "width": 1, "dash": "dash"},
        hoverinfo="skip",
        showlegend=False,
    )
