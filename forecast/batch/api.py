"""`batch`: forecasts for as many series as there are, restartable, in bounded memory."""

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from forecast import __version__
from forecast.batch.folder import Folder
from forecast.batch.planning import PARTITION_ROWS, SAMPLE, Asked, planned
from forecast.batch.running import BatchProgress, BatchResult, run
from forecast.errors import SettingError
from forecast.nn.cells import cell_named

PathLike = str | os.PathLike[str]


def batch(
    source: PathLike,
    out: PathLike,
    *,
    cell: str | Sequence[str] = "gru",
    level: float | Iterable[float] = (),
    model: PathLike | None = None,
    horizon: int | None = None,
    sample: int = SAMPLE,
    partition_rows: int = PARTITION_ROWS,
    least: int | None = None,
    decimal: str | None = None,
    workers: int | None = None,
    backend: str | None = None,
    address: str | None = None,
    resume: bool = False,
    keep_work: bool = False,
    on_progress: Callable[[BatchProgress], None] | None = None,
    **settings: Any,
) -> BatchResult:
    """Forecast every series of a file or folder; the results are files, too.

    The input is cut into partitions of whole series. A global network learns in one worker from a
    sample of the series, and the others forecast with its file; with `local=True` each series has a
    network of its own. Rows go from file to file, never through this process. A series that cannot
    be used is left out, with its reason.

    Args:
        source: a Parquet or CSV file with the columns `unique_id`, `ds`, `y` (and those that
            settings name), or a folder of such files; rows in any order.
        out: a folder: new, empty, or of the same run with `resume`.
        cell: one, or several, each of which gives columns of its own.
        level: interval levels in percent, such as (80, 95).
        model: file of a fitted `Forecaster`, to forecast with that.
        horizon: rows ahead; None is 1, or the horizon of the model.
        sample: series that global networks learn from, at least 1.
        partition_rows: rows of a partition, about: memory grows with them, not with the input.
        least: rows that a series must have from its first value on; None takes `horizon` + 2, or a
            quarter of `timesteps` where that is more.
        decimal: decimal sign of a CSV; None finds it.
        workers: processes; None takes one a core, or all that a cluster has.
        backend: of joblib: `loky` (processes of this machine), `dask`, `ray`, `spark` or any other
            that is registered; None takes the active one, or `loky`.
        address: of a Dask scheduler, such as `tcp://10.0.0.1:8786`.
        resume: whether to go on with the run in `out`.
        keep_work: whether to leave the folder `work` behind.
        on_progress: called after every task.
        settings: of the `Forecaster`; covariates are those that are named, and an epoch takes 1,000
            batches at most unless `steps_per_epoch` says otherwise.

    Returns:
        Where the results lie, and how many series were forecast and left out.

    Raises:
        SettingError: a setting lies outside its range, or does not go with others.
        ReadError: the input cannot be read.
        BatchError: `out` holds another run or other things, or a worker was killed.
        DataError: no series can be used at all.
        MissingExtraError: Dask is asked for and not installed.

    Example:
        >>> import tempfile, forecast as fc
        >>> rows = fc.load_sample("stocks_monthly")
        >>> folder = tempfile.mkdtemp()
        >>> rows.to_parquet(f"{folder}/rows.parquet")
        >>> found = fc.batch(
        ...     f"{folder}/rows.parquet", f"{folder}/out", timesteps=12, epochs=1,
        ...     workers=1,
        ... )
        >>> found.forecast == found.series
        True
    """
    cells = (cell,) if isinstance(cell, str) else tuple(cell)
    names = tuple(dict.fromkeys(cell_named(one).name for one in cells))
    if not names:
        raise SettingError("`cell` must name at least one cell; got none.")
    if model is not None and settings:
        raise SettingError(
            f"`model` has settings of its own; got {', '.join(sorted(settings))} beside it. Leave "
            "one of both out."
        )
    if model is None and horizon is not None:
        settings = settings | {"horizon": horizon}
    asked = Asked(
        cells=names,
        settings=settings,
        levels=(level,) if isinstance(level, int | float) else tuple(level),
        model=None if model is None else Path(model),
        horizon=horizon,
        sample=sample,
        partition_rows=partition_rows,
        least=least,
        decimal=decimal,
    )
    plan, pieces = planned(source, asked, __version__)
    folder = Folder(Path(out).expanduser().absolute())
    return run(
        folder,
        plan,
        pieces,
        workers=(backend, workers, address),
        resume=resume,
        keep_work=keep_work,
        on_progress=on_progress,
    )
