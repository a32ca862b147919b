"""Series that were made ready together, and others alone, as one panel."""

from collections.abc import Mapping, Sequence

import numpy as np

from forecast.data.panel import Id, Panel, joined
from forecast.data.regular import Regular
from forecast.data.series import TimeSeries


def panel_of_regular(
    made: Regular, frequency: str, ids: Sequence[Id], columns: tuple[str, ...]
) -> Panel | None:
    """Return series that were put on their grid together as a panel; None where there is none.

    Args:
        made: the rows; a series without one is left out.
        frequency: of all.
        ids: (series,) with those that are left out.
        columns: names of the covariates.
    """
    numbers = np.flatnonzero(made.lengths).tolist()
    if not numbers:
        return None
    flat = TimeSeries(
        made.values, made.observed, made.index, frequency, "y", made.covariates, columns
    )
    offsets = np.concatenate(([0], np.cumsum(made.lengths[numbers]))).astype(np.intp)
    return Panel(flat, offsets, tuple(ids[number] for number in numbers))


def side_by_side(panels: Sequence[Panel]) -> Panel | None:
    """Return panels of one frequency and the same columns as one; None where there is none."""
    if len(panels) < 2:
        return panels[0] if panels else None
    flat = joined([one.flat for one in panels], ("", "")).flat
    lengths = np.concatenate([one.lengths for one in panels])
    offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.intp)
    return Panel(flat, offsets, tuple(one for panel in panels for one in panel.ids))


def in_their_places(
    ids: Sequence[Id], together: Panel | None, alone: Mapping[int, TimeSeries]
) -> Panel | None:
    """Return all series in one order; None where there is none.

    Args:
        ids: in that order, also of series that are in neither.
        together: some of them.
        alone: others, by their place in `ids`.
    """
    others = joined(list(alone.values()), [ids[number] for number in alone]) if alone else None
    panel = side_by_side([one for one in (together, others) if one is not None])
    if panel is None:
        return None
    places = {one: place for place, one in enumerate(ids)}
    order = np.argsort([places[one] for one in panel.ids])
    return panel if (np.diff(order) == 1).all() else panel.take(order)
