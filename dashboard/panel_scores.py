"""Scores of many series as a person reads them: medians, shares, the ends of the list."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from dashboard.address import news
from dashboard.remembered import remembered
from forecast.charts.series_scores import REFERENCE, bins_of, network_labels

SERIES = "series"  # in the address
ENDS = 8  # series in the list of the worst, and of the best
ROWS_SHOWN = 200  # series of a bar that are listed


class Medians(NamedTuple):
    """A network over all series.

    Attributes:
        label: of the network.
        median: of its MASE.
        rival: the simple forecast it is held against.
        share: of the series in which it errs less, in percent.
        series: that have a score.
    """

    label: str
    median: float
    rival: str
    share: float
    series: int


def medians(scores: pd.DataFrame) -> list[Medians]:
    """Return how each network does over all series; see `Comparison.series`."""
    rival = REFERENCE if REFERENCE in scores else "Naive"
    found = []
    for label in network_labels(scores):
        both = scores[[label, rival]].dropna()
        share = 100 * float((both[label] < both[rival]).mean()) if len(both) else float("nan")
        found.append(Medians(label, float(both[label].median()), rival, share, len(both)))
    return found


def named_series(scores: pd.DataFrame) -> tuple[str, ...]:
    """Return the names of the series, as text, in their order."""
    return remembered(scores, "names", None, lambda: tuple(map(str, scores["unique_id"])))


def extremes(
    scores: pd.DataFrame, label: str, most: int = ENDS
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the series with the largest errors of a network, and those with the smallest."""
    known = scores[scores[label].notna()].sort_values(label, kind="stable")
    return known.iloc[::-1].head(most), known.head(most)


def in_bin(scores: pd.DataFrame, label: str, number: int) -> tuple[pd.DataFrame, str]:
    """Return the series of a bar of the histogram, the largest errors first, and what it is."""
    bins, known = bins_of(scores), scores[scores[label].notna()]
    rows = known[bins.of(known[label].to_numpy(dtype=np.float64)) == number]
    low, high = bins.edges[number], bins.edges[number + 1]
    last = bins.more and number == len(bins.edges) - 2
    span = f"{low:.2f} and more" if last else f"{low:.2f} to {high:.2f}"
    return rows.sort_values(label, ascending=False), f"{len(rows):,} series, {label} {span}"


def series_key(run_id: str) -> str:
    """Return where a session keeps which series of a run is looked at."""
    return f"series-of-{run_id}"


def asked_series(names: tuple[str, ...]) -> str | None:
    """Return the series that a new address asks for, None where it asks for none that is there."""
    asked = news(SERIES)
    return asked if asked in names else None


def shown_scores(rows: pd.DataFrame, label: str) -> pd.DataFrame:
    """Return the columns that a table shows: name, MASE of the networks and of a rival, rows.

    Args:
        rows: of the scores by series.
        label: of the network whose skill is shown.
    """
    networks = network_labels(rows)
    rivals = [one for one in (REFERENCE, "Naive") if one in rows and one not in networks]
    others = [one for one in networks if one != label]
    shown = rows[["unique_id", label, *rivals[:1], *others, "rows"]].copy()
    skill = 100 * (1 - rows[label] / rows["Naive"]) if "Naive" in rows else np.nan
    shown.insert(2, "skill", skill)
    return shown.assign(unique_id=shown["unique_id"].astype(str))
