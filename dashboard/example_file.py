"""A file with a bit of everything that the doctor mends, made from a bundled series."""

from functools import cache

import pandas as pd

from dashboard.uploading import Named
from forecast.data.samples import load_sample

NAME = "example-weather.csv"
ROWS = 700
SWAPPED, TWICE, BLANK, MISSING = 200, 300, 400, range(500, 505)  # rows


@cache
def _content() -> bytes:
    table = load_sample("seattle_weather", target=None)
    days = table.iloc[:ROWS] if isinstance(table, pd.DataFrame) else table.to_frame()
    lines = [
        f"{day:%d.%m.%Y};{_comma(row.temp_max)};{_comma(row.wind)}"
        for day, row in zip(days.index, days.itertuples(index=False), strict=True)
    ]
    lines[SWAPPED], lines[SWAPPED + 1] = lines[SWAPPED + 1], lines[SWAPPED]
    lines[BLANK] = f"{lines[BLANK].split(';')[0]};;"
    kept = [line for place, line in enumerate(lines) if place not in MISSING]
    kept.insert(TWICE, kept[TWICE])
    return "\n".join(["Seattle, daily", "Datum;Höchste Temperatur;Wind", *kept]).encode("latin-1")


def example_file() -> Named:
    """Return it as an upload."""
    return Named(NAME, _content(), NAME)


def _comma(number: object) -> str:
    return f"{number:.1f}".replace(".", ",")
