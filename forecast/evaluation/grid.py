"""The scores of one value of a grid of comparisons."""

import pandas as pd

from forecast.evaluation.comparison import Comparison


def grid_rows(value: int | None, result: Comparison) -> pd.DataFrame:
    """Return the scores of the networks and of Naive, with the value of the grid in front."""
    table = result.table
    shown = table[(table["parameters"] > 0) | (table["model"] == "Naive")].copy()
    shown.insert(0, "value", value)
    return shown
