"""Synthetic series for batch runs: levels, trends, a week, noise; written a row group at a time.

python -m benchmarks.batch_input 100000 200 series.parquet
"""

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

AT_ONCE = 5_000  # series in a row group
WEEK = 7
BEGIN = np.datetime64("2024-01-01", "us")


def write_series(path: Path, series: int, rows: int, *, seed: int = 0) -> None:
    """Write so many daily series of so many rows each, in a Parquet file of long rows."""
    schema = pa.schema(
        [("unique_id", pa.string()), ("ds", pa.timestamp("us")), ("y", pa.float64())]
    )
    with pq.ParquetWriter(path, schema) as writer:
        for start in range(0, series, AT_ONCE):
            numbers = np.arange(start, min(start + AT_ONCE, series))
            writer.write_table(pa.table(columns(numbers, rows, seed), schema=schema))


def columns(numbers: np.ndarray, rows: int, seed: int) -> dict[str, object]:
    """Return the columns of some series, by their numbers."""
    chance = np.random.default_rng([seed, int(numbers[0])])
    count = len(numbers)
    level = 10 ** chance.uniform(0, 3, (count, 1))
    steps = chance.normal(chance.normal(0, 0.002, (count, 1)), 0.02, (count, rows))
    phase = chance.uniform(0, 2 * np.pi, (count, 1))
    week = chance.uniform(0, 0.3, (count, 1)) * np.sin(2 * np.pi * np.arange(rows) / WEEK + phase)
    values = level * np.exp(np.cumsum(steps, axis=1) + week)
    days = BEGIN + np.arange(rows) * np.timedelta64(1, "D")
    return {
        "unique_id": np.repeat([f"series-{number:07}" for number in numbers], rows),
        "ds": np.tile(days, count),
        "y": values.ravel(),
    }


if __name__ == "__main__":
    write_series(Path(sys.argv[3]), int(sys.argv[1]), int(sys.argv[2]))
