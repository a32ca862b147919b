"""What `benchmarks.data` runs in processes of their own: one side, once.

    python -m benchmarks.data_program pandas|ours|refuse FILE ANSWER

The answer is written as JSON into the file of that name.
"""

import csv
import json
import sys
import time
from pathlib import Path
from typing import Any
from unittest import mock

import pandas as pd

FORMAT = "%Y-%m-%dT%H:%M:%S"
SMALL = "time,value\n2020-01-01T00:00:00,1.25\n2020-01-01T00:01:00,2.5\n2020-01-01T00:02:00,3.125\n"
COLUMNS, REPEATS = 200_000, 5


def with_pandas(path: Path) -> dict[str, Any]:
    """Read as pandas does, told what is in which column."""
    started = time.perf_counter()
    pd.read_csv(path, dtype={"value": "float64"}, parse_dates=["time"], date_format=FORMAT)
    return {"seconds": time.perf_counter() - started}


def with_ours(path: Path) -> dict[str, Any]:
    """Read without being told, check, prepare and chart."""
    import forecast as fc
    from forecast.charts.series import plot_series
    from forecast.data.series import prepare

    started = time.perf_counter()
    found = fc.doctor(path, target="value")
    read = time.perf_counter()
    series = prepare(found.data)
    prepared = time.perf_counter()
    chart = plot_series(series)
    text = chart.to_json()
    ended = time.perf_counter()
    drawn = chart.data[0].y
    return {
        "seconds": ended - started,
        "steps": {"read and check": read - started, "prepare": prepared - read,
                  "chart": ended - prepared},
        "rows": len(series), "points": len(drawn), "characters": len(text),
        "extremes": [float(drawn.min()), float(drawn.max())]
                    == [float(series.values.min()), float(series.values.max())],
    }  # fmt: skip


def with_too_many_columns(_: Path) -> dict[str, Any]:
    """Refuse a table of 200,000 columns; count whether anything was cut into cells."""
    import pyarrow.csv

    import forecast as fc
    from forecast.errors import ReadError

    names = ",".join(f"series{number}" for number in range(COLUMNS))
    content = f"date,{names}\n2024-01-01{',1.5' * COLUMNS}\n".encode()
    seconds, cuts = [], 0
    for _repeat in range(REPEATS):
        with mock.patch.object(csv, "reader") as by_python, mock.patch.object(
            pyarrow.csv, "read_csv"
        ) as by_arrow:  # fmt: skip
            started = time.perf_counter()
            try:
                fc.doctor(content)
            except ReadError as error:
                said = str(error)
            seconds.append(time.perf_counter() - started)
            cuts += by_python.call_count + by_arrow.call_count
    return {"seconds": sorted(seconds)[REPEATS // 2], "cuts": cuts, "said": said}


SIDES = {"pandas": with_pandas, "ours": with_ours, "refuse": with_too_many_columns}


def main(side: str, path: Path, answer: Path) -> None:
    """Run a side, after a small file with which it imports what it needs."""
    small = answer.with_suffix(".csv")
    small.write_text(SMALL, encoding="utf-8")
    SIDES[side](small)
    answer.write_text(json.dumps(SIDES[side](path)), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
