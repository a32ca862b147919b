"""Weeks and months made of daily prices.

Yahoo's own weeks begin on any weekday, and its adjustment for dividends is wrong within them:
https://github.com/ranaroussi/yfinance/issues/1273. Daily rows have neither fault.
"""

from typing import Final

import pandas as pd

INTERVALS: Final = {"1d": "", "1wk": "W-MON", "1mo": "MS"}
PRICES = ["open", "high", "low", "close"]


def in_steps(daily: pd.DataFrame, interval: str) -> pd.DataFrame:
    """Return one row a week or month, dated by its first day; `1d` returns the rows as they are.

    Args:
        daily: open, high, low, close, volume, dividends, splits by day.
        interval: `1d`, `1wk` or `1mo`.

    Returns:
        First open, highest high, lowest low, last close, sums of volume and dividends, product of
        splits (0 where there was none). Steps without a price are left out.
    """
    if not INTERVALS[interval]:
        return daily
    steps = daily.resample(INTERVALS[interval], label="left", closed="left")
    table = pd.DataFrame(
        {
            "open": steps["open"].first(),
            "high": steps["high"].max(),
            "low": steps["low"].min(),
            "close": steps["close"].last(),
            "volume": steps["volume"].sum(),
            "dividends": steps["dividends"].sum(),
            "splits": steps["splits"].agg(_product),
        }
    )
    return table.dropna(how="all", subset=PRICES)


def _product(splits: "pd.Series[float]") -> float:
    made = splits[splits != 0]
    return float(made.to_numpy().prod()) if len(made) else 0.0
