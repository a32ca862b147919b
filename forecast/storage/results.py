"""What came of a run out of its files, each held against its checksum first."""

from collections.abc import Iterator
from contextlib import contextmanager

import pandas as pd

from forecast.data.panel import Panel
from forecast.data.series import TimeSeries
from forecast.errors import ForecastError, StoreError
from forecast.storage.finding import run_number
from forecast.storage.kept_files import KeptFile, check_file, file_at, files_of
from forecast.storage.place import Place, series_path
from forecast.storage.result_file import FILE, Result, read_grid, read_result
from forecast.storage.series_file import read_series


def series_of(place: Place, run_id: str) -> TimeSeries | Panel:
    """Return the series that a run was given; see `RunStore.series`."""
    with place.database.reading() as connection:
        number = run_number(connection, run_id)
        query = "SELECT fingerprint FROM runs WHERE number = ?"
        (mark,) = connection.execute(query, (number,)).fetchone()
        kept = file_at(connection, series_path(mark))
    return _series_in(place, kept or KeptFile(series_path(mark), 0, ""))


def result_of(place: Place, run_id: str) -> Result:
    """Return what came of a run; see `RunStore.result`."""
    with place.database.reading() as connection:
        files = files_of(connection, run_number(connection, run_id))
    if not any(kept.path.endswith(f"/{FILE}") for kept in files):
        return Result(None, None)
    for kept in files:
        check_file(place.folder, kept)
    series = series_of(place, run_id)
    folder = place.run_folder(run_id)
    with _broken(str(folder / FILE)):
        return read_result(folder, series)


def grid_of(place: Place, run_id: str) -> pd.DataFrame | None:
    """Return the scores of all values of a grid; see `RunStore.grid`."""
    with place.database.reading() as connection:
        files = files_of(connection, run_number(connection, run_id))
    kept = next((one for one in files if one.path.endswith(f"/{FILE}")), None)
    if kept is None:
        return None
    check_file(place.folder, kept)
    with _broken(str(place.folder / kept.path)):
        return read_grid(place.run_folder(run_id))


def _series_in(place: Place, kept: KeptFile) -> TimeSeries | Panel:
    check_file(place.folder, kept)
    with _broken(str(place.folder / kept.path)):
        return read_series(place.folder / kept.path)


@contextmanager
def _broken(shown: str) -> Iterator[None]:
    """Turn what goes wrong with a file whose checksum is right into our error.

    Raises:
        StoreError: with the file; as when a newer version of this package wrote it.
    """
    try:
        yield
    except StoreError:
        raise
    except ForecastError as error:
        raise StoreError(
            f"The file {shown!r}, or one beside it, cannot be read by this version of the package: "
            f"{error}"
        ) from error
    except (LookupError, TypeError, ValueError) as error:
        raise StoreError(
            f"The file {shown!r} was not written by this version of the package, which misses "
            f"something in it ({type(error).__name__}: {error}). Use that version, or run it again."
        ) from error
