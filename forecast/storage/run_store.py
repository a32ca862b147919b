"""The run store: everything that was trained, and how, in one folder that outlives the server."""

import logging
import os
from collections.abc import Sequence
from typing import Any

import pandas as pd

from forecast.checks import whole_number
from forecast.data.panel import Panel
from forecast.data.series import TimeSeries
from forecast.errors import StoreError
from forecast.evaluation.comparison import Comparison
from forecast.storage import (
    beginning,
    finding,
    finishing,
    recovering,
    removing,
    results,
    shares,
    uploads,
)
from forecast.storage.changes import write_changes
from forecast.storage.checking import faults
from forecast.storage.database import Database
from forecast.storage.home import limit_of, made_home
from forecast.storage.names import row_text
from forecast.storage.place import Place
from forecast.storage.presence import Presence
from forecast.storage.records import Change, KeptRun, RunDraft, Upload
from forecast.storage.result_file import Result

MOST_BYTES = ("FORECAST_STORE_BYTES", 2_000_000_000)
MOST_RUNS = ("FORECAST_STORE_RUNS", 1000)
OWNERS_UPLOADS = ("FORECAST_UPLOADS_BYTES", 200_000_000)
ALL_UPLOADS = ("FORECAST_ALL_UPLOADS_BYTES", 1_000_000_000)

LOG = logging.getLogger(__name__)


class RunStore:
    """Keeps runs: what was asked, on which series, every epoch, and what came of it.

    Every method may be called from any thread, and several processes may use one folder at once,
    each with a store of its own (also a forked one). A crash at any moment leaves a run either
    without its result or with the whole of it.

    Args:
        folder: where to keep them; None takes `$FORECAST_HOME`, or the user's data folder.
        most_bytes: that runs may take, at least 1; None takes `$FORECAST_STORE_BYTES`, or 2 GB.
        most_runs: that are kept, at least 1; None takes `$FORECAST_STORE_RUNS`, or 1000. Beyond
            either limit finished runs that are not pinned leave: the oldest of the owner who
            takes most of what there is too much of.

    Attributes:
        folder: where they are kept.

    Raises:
        StoreError: the folder cannot be written to, or its database is broken, foreign or was
            written by a newer version.
        SettingError: a limit is no whole number from 1.

    Example:
        >>> import tempfile
        >>> folder = tempfile.TemporaryDirectory()
        >>> store = RunStore(folder.name)  # RunStore() has what the dashboard has trained
        >>> [(run.id, run.verdict) for run in store.runs()]
        []
        >>> store.close()
        >>> folder.cleanup()
    """

    def __init__(
        self,
        folder: str | os.PathLike[str] | None = None,
        *,
        most_bytes: int | None = None,
        most_runs: int | None = None,
    ) -> None:
        self._bounds = shares.Bounds(
            limit_of(*MOST_BYTES) if most_bytes is None else whole_number("most_bytes", most_bytes),
            limit_of(*MOST_RUNS) if most_runs is None else whole_number("most_runs", most_runs),
        )
        self._quota = uploads.Quota(limit_of(*OWNERS_UPLOADS), limit_of(*ALL_UPLOADS))
        self.folder = made_home(folder)
        self._place = Place(self.folder, Database(self.folder), Presence(self.folder))

    def begin(self, draft: RunDraft, series: TimeSeries | Panel) -> None:
        """Keep a run that was submitted, in the state `queued`.

        Args:
            draft: what was asked.
            series: as it was prepared, or many of them.

        Raises:
            StoreError: it cannot be written, its id is taken or of another form.
        """
        beginning.begin(self._place, draft, series)

    def write(self, changes: Sequence[Change]) -> None:
        """Keep what has happened, in one transaction; the same epoch may come again.

        Changes of runs that are not in the store are passed over.

        Raises:
            StoreError: it cannot be written; nothing of it was.
        """
        if changes:
            with self._place.database.writing() as connection:
                write_changes(connection, changes)

    def finish(
        self,
        run_id: str,
        state: str,
        error: str | None,
        result: Comparison | None,
        grid: pd.DataFrame | None,
        at: float,
    ) -> None:
        """Keep what came of a run; then old runs leave until the limits hold.

        A run that has already ended stays as it is.

        Args:
            run_id: of a run in the store.
            state: `done`, `stopped` or `failed`.
            error: why it failed, or None.
            result: of the cells that were fitted, if any.
            grid: of all values, where the run was a grid.
            at: seconds since the epoch.

        Raises:
            StoreError: it cannot be written, and the run stays unfinished; or there is no such
                run.
        """
        end, outcome = finishing.End(state, error, at), Result(result, grid)
        if not finishing.finish(self._place, run_id, end, outcome):
            return
        try:
            removing.prune(self._place, self._bounds, run_id)
        except StoreError as fault:  # the run itself is kept, and the next one tries again
            LOG.warning("old runs could not leave: %s", fault)

    def find(self, run_id: str) -> KeptRun | None:
        """Return a run with its histories, or None if there is none; any text will do.

        A run whose server is gone is marked as failed first, as `recover` does it.
        """
        self._mark_lost()
        with self._place.database.reading() as connection:
            return finding.found_run(connection, run_id)

    def runs(self, owner: str | None = None) -> list[KeptRun]:
        """Return the runs of an owner, or all, the newest first; their histories are left out.

        Runs whose server is gone are marked as failed first, as `recover` does it.
        """
        self._mark_lost()
        with self._place.database.reading() as connection:
            return finding.found_runs(connection, owner)

    def history(self, run_id: str) -> pd.DataFrame:
        """Return one row a cell and epoch, also of a run that has not ended.

        Returns:
            Columns cell, (value, of a grid,) epoch, loss, val_loss, learning_rate, grad_norm,
            seconds, clipped, updates; the last two are NaN in runs of before they were counted.

        Raises:
            StoreError: there is no such run.
        """
        with self._place.database.reading() as connection:
            return finding.history_of(connection, run_id)

    def series(self, run_id: str) -> TimeSeries | Panel:
        """Return the series that a run was given, to the bit.

        Raises:
            StoreError: there is no such run, or its file is broken.
        """
        return results.series_of(self._place, run_id)

    def result(self, run_id: str) -> tuple[Comparison | None, pd.DataFrame | None]:
        """Return what came of a run: the comparison with its models, and the grid.

        Of a grid, the comparison is that of the first value that came to something.

        Raises:
            StoreError: there is no such run, or a file is broken.
        """
        return results.result_of(self._place, run_id)

    def grid(self, run_id: str) -> pd.DataFrame | None:
        """Return the scores of all values of a grid, or None; no model is loaded for it.

        Raises:
            StoreError: there is no such run, or its file is broken.
        """
        return results.grid_of(self._place, run_id)

    def rename(self, run_id: str, name: str) -> None:
        """Give a run another name.

        Raises:
            StoreError: there is no such run.
        """
        with self._place.database.writing(durable=True) as connection:
            number = finding.run_number(connection, run_id)
            query = "UPDATE runs SET name = ? WHERE number = ?"
            connection.execute(query, (row_text(name), number))

    def pin(self, run_id: str, pinned: bool) -> None:
        """Keep a run when old ones leave, or no longer.

        The pinned runs of one owner may take a tenth of either limit, so that there is room for
        those of others; a half as long as nobody else has runs. One may always be pinned, unless
        it is too large.

        Raises:
            StoreError: there is no such run; it has not ended; or its owner's pinned runs would
                take too much.
        """
        shares.pin(self._place, self._bounds, run_id, pinned)

    def delete(self, run_id: str) -> None:
        """Remove a run with its files.

        Raises:
            StoreError: there is no such run, or it still trains.
        """
        removing.delete(self._place, run_id)

    def recover(self) -> list[str]:
        """Mark unfinished runs whose server is gone as failed, and clear up what it left behind.

        Returns:
            The ids of the runs.
        """
        return recovering.recover(self._place)

    def check(self) -> list[str]:
        """Hold every file against its checksum and every row against its file.

        Returns:
            One sentence a fault; nothing where all is whole.
        """
        return faults(self._place)

    def keep_upload(
        self, data: "pd.Series[Any] | pd.DataFrame", name: str, owner: str, said: str = ""
    ) -> str:
        """Keep rows that somebody brought; the same rows once more have the same id.

        Args:
            data: one series or a table.
            name: shown to people.
            owner: who brought them.
            said: what was said about them when they were read.

        Returns:
            An unguessable id.

        Raises:
            StoreError: they are too large, cannot be written, or have no form in Parquet.
        """
        return uploads.keep_upload(self._place, data, name, owner, said, self._quota)

    def upload(self, upload_id: str) -> Upload | None:
        """Return rows that somebody brought, or None if they are not there; any text will do.

        Raises:
            StoreError: the file is broken.
        """
        return uploads.found_upload(self._place, upload_id)

    def close(self) -> None:
        """End the use of the folder: what this process has not finished counts as ended."""
        self._place.presence.end()
        self._place.database.close()

    def _mark_lost(self) -> None:
        try:
            lost = recovering.mark_lost(self._place)
        except StoreError as fault:  # what is there can still be shown
            LOG.warning("runs of a server that is gone could not be marked: %s", fault)
            return
        if lost:
            LOG.warning("%d runs ended with another server", len(lost))
