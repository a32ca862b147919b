"""Rows of Yahoo's that would mislead yfinance, mended before it reads them.

Of a day that stands last twice yfinance takes the later row, also where that is blank; and a row of
22 or 23 o'clock it takes for one of the next day, also where that day has not come.
"""

import json

import pandas as pd

from forecast.data.yahoo_chart import Chart, bad

DAY = pd.Timedelta(days=1)
BACK = 3 * 3600  # seconds by which a row of 22 or 23 o'clock is of the same day for yfinance too
SKEW = pd.Timedelta(hours=1)  # by which this computer's clock may be slow
SHOWN = 5  # days that a note names


def days_of(stamps: list[int], zone: str) -> pd.DatetimeIndex:
    """Return the days of the exchange that times belong to, as yfinance takes them.

    Args:
        stamps: seconds since 1970.
        zone: of the exchange.
    """
    times = _walls(stamps, zone)
    # Some days begin an hour or two early, where clocks were changed; yfinance moves them too.
    early = (times.minute == 0) & (times.hour >= 22)
    return times.normalize().where(~early, times.normalize() + DAY)


def tidied(
    content: bytes, chart: Chart, ticker: str, now: pd.Timestamp | None = None
) -> tuple[Chart, bytes]:
    """Return a judged answer, and the content that yfinance reads, without such rows.

    Args:
        content: the answer as it came.
        chart: the same, judged.
        ticker: whose.
        now: the time, with a zone; None for that of this computer.

    Raises:
        BadAnswerError: a row is of a day that has not come.
    """
    zone = chart.meta["exchangeTimezoneName"]
    now = pd.Timestamp.now("UTC") if now is None else now
    today = _day(now, zone)
    ahead = (days_of(chart.stamps, zone) > today) & (_walls(chart.stamps, zone) < today + DAY)
    pairs = zip(chart.stamps, ahead, strict=True)
    stamps = [stamp - BACK if is_ahead else stamp for stamp, is_ahead in pairs]
    moved = pd.Series(days_of(stamps, zone))
    if moved.max() > _day(now + SKEW, zone):
        raise bad(ticker, f"it has a row of {moved.max().date()}, a day that has not come")
    has_price = pd.Series(chart.close, dtype="float64").notna()
    spare = ~has_price & moved.isin(moved[has_price])
    chart = chart._replace(stamps=stamps)
    return chart, _written(content, stamps, spare) if ahead.any() or spare.any() else content


def days_sent_twice(prices: "pd.Series[float]") -> list[str]:
    """Return the days that stand more than once with different prices, but for the last one.

    Of the last one the later row is the price of the moment, which yfinance takes.

    Args:
        prices: by day, in order.
    """
    known = prices.dropna()
    each = known.groupby(level=0)
    strange = each.max() != each.min()
    if len(known) and each.size().iloc[-1] == 2:
        strange.iloc[-1] = False
    return listed(pd.DatetimeIndex(strange.index[strange]))


def listed(days: pd.DatetimeIndex) -> list[str]:
    """Return the first of some days as text, and an ellipsis where there are more."""
    return [*(str(day.date()) for day in days[:SHOWN]), *(["…"] if len(days) > SHOWN else [])]


def _walls(stamps: list[int], zone: str) -> pd.DatetimeIndex:
    return pd.to_datetime(stamps, unit="s", utc=True).tz_convert(zone).tz_localize(None)


def _day(now: pd.Timestamp, zone: str) -> pd.Timestamp:
    return now.tz_convert(zone).tz_localize(None).normalize()


def _written(content: bytes, stamps: list[int], spare: "pd.Series[bool]") -> bytes:
    """Return an answer with other times and without some rows."""
    told = json.loads(content)
    result = told["chart"]["result"][0]
    kept = [place for place, is_spare in enumerate(spare) if not is_spare]
    result["timestamp"] = [stamps[place] for place in kept]
    for columns in (column[0] for column in result["indicators"].values() if column):
        for name, values in columns.items():
            if isinstance(values, list) and len(values) == len(stamps):
                columns[name] = [values[place] for place in kept]
    return json.dumps(told).encode()
