"""An empty figure in the house's look, and Plotly itself, imported when first needed."""

from html import escape
from typing import TYPE_CHECKING, Any

from forecast.errors import MissingExtraError

if TYPE_CHECKING:
    import plotly.graph_objects as go

FONT = "'Source Sans', 'Source Sans Pro', system-ui, sans-serif"
GRID = "rgba(148, 163, 184, 0.25)"


def graph_objects() -> Any:
    """Return `plotly.graph_objects`.

    Raises:
        MissingExtraError: Plotly is not installed.
    """
    try:
        import plotly.graph_objects as module
    except ImportError as error:
        raise MissingExtraError("plotly", "plots", "A chart") from error
    return module


def figure(title: str, x: str, y: str, *, subtitle: str = "") -> "go.Figure":
    """Return an empty figure; the texts may come from data and are escaped."""
    layout = look(title, x, y, subtitle=subtitle)
    made: go.Figure = graph_objects().Figure(layout=layout)  # at once: updates cost ten times more
    return made


def look(title: str, x: str, y: str, *, subtitle: str = "") -> dict[str, Any]:
    """Return the layout of an empty figure; the texts may come from data and are escaped."""
    axis = {"gridcolor": GRID, "zeroline": False}
    return {
        "title": {
            "text": plain(title),
            "subtitle": {"text": plain(subtitle)},
            "x": 0,
            "xanchor": "left",
        },
        "font": {"family": FONT, "size": 13},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "hovermode": "x unified",
        "legend": {"orientation": "h", "y": -0.2, "x": 0},
        "margin": {"l": 56, "r": 16, "t": 64 if subtitle else 40 if title else 12, "b": 48},
        "xaxis": axis | {"title": {"text": plain(x)}},
        "yaxis": axis | {"title": {"text": plain(y)}},
    }


def plain(text: str) -> str:
    """Escape a text that Plotly would read as HTML."""
    return escape(text, quote=False)
