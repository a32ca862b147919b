"""How well models do over the series of a panel: how errors are spread, and one series a point."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.charts.figures import figure, plain
from forecast.charts.palette import COLOURS, DASHES, GUIDE, colour
from forecast.charts.thinning import spread
from forecast.checks import one_of

if TYPE_CHECKING:
    import plotly.graph_objects as go

Values = NDArray[np.float64]

NO_MODEL = ("unique_id", "rows", "windows", "scale")
MOST_BINS, FEWEST_BINS = 40, 8
TAIL = 97.5  # percentile of the errors of networks and the seasonal naive where the bins end
MOST_DOTS = 1_500  # drawn as SVG, since not every browser has WebGL
TICKS = [digit * 10.0**power for power in range(-3, 4) for digit in (1, 2, 5)]
FEW, MANY = 12, 200  # series
ALONE, ONE_OF_MANY = {"size": 9, "opacity": 0.85}, {"size": 6, "opacity": 0.55}
FLOOR = 1e-3  # of a MASE on a logarithmic axis
REFERENCE = "SeasonalNaive"


class Bins(NamedTuple):
    """The bins of a histogram; the last holds all that is above it, too.

    Attributes:
        edges: (bins + 1,) rising from 0.
        more: whether something is above the last.
    """

    edges: Values
    more: bool

    def of(self, values: Values) -> NDArray[np.intp]:
        """Return the bin of each value."""
        found = np.searchsorted(self.edges, values, side="right") - 1
        return np.clip(found, 0, len(self.edges) - 2).astype(np.intp)


def model_labels(series: pd.DataFrame) -> list[str]:
    """Return the models of a table of scores by series."""
    return [str(name) for name in series if name not in NO_MODEL]


def network_labels(series: pd.DataFrame) -> list[str]:
    """Return the networks among them; all models where there is none."""
    labels = model_labels(series)
    return [one for one in labels if one in COLOURS] or labels


def bins_of(series: pd.DataFrame) -> Bins:
    """Return bins that fit the MASE of the networks and of the seasonal naive forecast."""
    labels = [*network_labels(series), *([REFERENCE] if REFERENCE in series else [])]
    every = series[labels].to_numpy(dtype=float)
    every = every[np.isfinite(every)]
    if not every.size:
        return Bins(np.linspace(0.0, 2.0, FEWEST_BINS + 1), more=False)
    top = max(float(np.percentile(every, TAIL)), 1.25)
    count = int(np.clip(round(2 * len(series) ** (1 / 3)), FEWEST_BINS, MOST_BINS))
    return Bins(np.linspace(0.0, top, count + 1), more=bool(every.max() > top))


def plot_series_scores(series: pd.DataFrame) -> "go.Figure":
    """Draw how many series have which MASE: a bar a network and bin, the baselines as lines.

    The points of a bar carry the number of its bin, so that a click can tell the series in it.

    Args:
        series: one row a series: unique_id, and the MASE of each model; see `Comparison.series`.

    Raises:
        MissingExtraError: Plotly is not installed.
    """
    bins, networks = bins_of(series), network_labels(series)
    said = "; ".join(f"median of {one} {series[one].median():.2f}" for one in networks)
    made = figure("MASE over the series", "MASE of a series", "series", subtitle=said)
    centres, width = (bins.edges[:-1] + bins.edges[1:]) / 2, bins.edges[1] - bins.edges[0]
    ends = [f"{low:.2f} to {high:.2f}" for low, high in zip(bins.edges, bins.edges[1:],
                                                            strict=False)]  # fmt: skip
    if bins.more:
        ends[-1] = f"{bins.edges[-2]:.2f} and more"
    for label in networks:
        made.add_bar(
            x=centres,
            y=_counts(series[label], bins),
            name=plain(label),
            customdata=np.arange(len(centres)),
            text=ends,
            textposition="none",
            marker={"color": colour(label), "line": {"width": 0}},
            hovertemplate="%{text}: %{y:,d} series",
        )
    for label in (REFERENCE, "Naive"):
        if label in series and label not in networks:
            made.add_scatter(
                x=centres,
                y=_counts(series[label], bins),
                name=plain(label),
                mode="lines",
                line={"color": colour(label), "dash": DASHES[label], "shape": "hvh", "width": 1.5},
                visible=True if label == REFERENCE else "legendonly",
                hoverinfo="skip",  # else a click would take the line for the bar
            )
    made.add_vline(x=1, line={"color": GUIDE, "width": 1, "dash": "dash"})
    made.update_layout(barmode="group", bargap=0.08, bargroupgap=0.0, hovermode="closest")
    made.update_layout(clickmode="event+select")
    made.update_xaxes(range=[0, float(bins.edges[-1] + width / 2)])
    if len(series) <= FEW:
        made.update_yaxes(dtick=1)  # no half series
    return made


def _counts(values: "pd.Series[float]", bins: Bins) -> NDArray[np.intp]:
    known = np.asarray(values, dtype=np.float64)
    return np.bincount(bins.of(known[np.isfinite(known)]), minlength=len(bins.edges) - 1)


def plot_against(series: pd.DataFrame, label: str, rival: str = REFERENCE) -> "go.Figure":
    """Draw one point a series: the MASE of a model against that of another, below the line better.

    Of many series some are left out, but never those that stand out. Each point carries the number
    of its row, so that a click can tell the series.

    Args:
        series: see `plot_series_scores`.
        label: of the model.
        rival: of the other one.

    Raises:
        SettingError: there is no such model.
        MissingExtraError: Plotly is not installed.
    """
    labels = model_labels(series)
    one_of("label", label, labels)
    one_of("rival", rival, labels)
    pairs = np.maximum(series[[rival, label]].to_numpy(dtype=float), FLOOR)
    rows = drawn_rows(pairs)
    better = int((pairs[:, 1] < pairs[:, 0]).sum())
    known = int(np.isfinite(pairs).all(axis=1).sum())
    said = f"{better:,} of {known:,} series lie below the line: {label} errs less there"
    if len(rows) < known:
        said += f"; {len(rows):,} of them are drawn"
    made = figure(f"{label} against {rival}", f"MASE of {rival}",
                  f"MASE of {label}", subtitle=said)  # fmt: skip
    made.add_scatter(
        x=pairs[rows, 0],
        y=pairs[rows, 1],
        mode="markers",
        name=plain(label),
        customdata=rows,
        text=[plain(str(one)) for one in series["unique_id"].iloc[rows]],
        marker={"color": colour(label), **(ALONE if len(rows) <= MANY else ONE_OF_MANY)},
        hovertemplate="%{text}: %{y:.3g} against %{x:.3g}<extra></extra>",
    )
    ends = _ends(pairs)
    made.add_scatter(
        x=ends, y=ends, mode="lines", name="equal", hoverinfo="skip",
        line={"color": GUIDE, "width": 1, "dash": "dash"},
    )  # fmt: skip
    made.update_layout(showlegend=False, hovermode="closest", clickmode="event+select")
    span = [float(np.log10(ends[0])), float(np.log10(ends[1]))]
    axis = {"type": "log", "range": span, "tickvals": TICKS, "tickformat": "~g"}
    made.update_xaxes(**axis)
    made.update_yaxes(**axis)
    return made


def drawn_rows(pairs: Values, most: int = MOST_DOTS) -> NDArray[np.int64]:
    """Return the rows of the points to draw: of many those farthest out, and some of the others.

    Args:
        pairs: (series, 2) above 0; NaN where a series has no score.
        most: points.
    """
    known = np.flatnonzero(np.isfinite(pairs).all(axis=1)).astype(np.int64)
    if len(known) <= most:
        return known
    logs = np.log(pairs[known])
    apart = np.abs(logs[:, 1] - logs[:, 0]) + np.abs(logs - np.median(logs, axis=0)).max(axis=1)
    order = np.argsort(-apart, kind="stable")
    first = order[: most // 2]
    rest = order[most // 2 :]
    some = rest[spread(np.arange(len(rest)), len(rest), most - len(first))]
    return np.sort(known[np.concatenate([first, some])])


def _ends(pairs: Values) -> Sequence[Any]:
    known = pairs[np.isfinite(pairs)]
    if not known.size:
        return [0.1, 10.0]
    return [float(known.min()) / 1.15, float(known.max()) * 1.15]
