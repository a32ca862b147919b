"""Stage 2: the series that global networks learn from, and the networks.

They are those whose hashed ids come first of all: a sample that depends on the seed and on nothing
else, neither on the number of workers or partitions nor on the order of the rows. Every partition
lends its share of them, and some more, as shares are never quite even.
"""

import json
from dataclasses import replace
from math import ceil, sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from forecast.batch.cells import TROUBLE, schema_of
from forecast.batch.hashing import Hashes, hashes_of
from forecast.batch.partition import read_partition, rows_of
from forecast.batch.rows_file import read_rows, write_rows
from forecast.batch.task import Task, Work, work_of
from forecast.data.many import prepare_each
from forecast.data.panel import Panel
from forecast.errors import DataError
from forecast.models.fitted import Fitted
from forecast.models.forecaster import Forecaster
from forecast.models.settings import ForecasterSettings

ENOUGH_FOR_FREQUENCY = 200  # series that tell the frequency of all
MOST_STEPS = 1000  # batches in an epoch where `steps_per_epoch` is not given


def sample(task: Task) -> int:
    """Write the rows of the series that a partition lends; return how many series there are."""
    work = work_of(task)
    target = work.folder.sample(task.number)
    if target.exists():
        return 0
    plan = work.plan
    wanted = _lent(_wanted(work), plan.partitions)
    table = read_partition(work, task.number)
    chosen, rows = _drawn(table, wanted, work)
    with work.written(target) as temporary:
        write_rows(temporary, [rows], table.schema, 1)
    return chosen


def _wanted(work: Work) -> int:
    """Return how many series are drawn."""
    return work.plan.sample if work.plan.learns else ENOUGH_FOR_FREQUENCY


def _lent(series: int, partitions: int) -> int:
    """Return how many series a partition lends: its share, and five standard deviations more."""
    share = series / partitions
    return ceil(share + 5 * sqrt(share) + 5)


def _hashes(names: list[str], work: Work) -> Hashes:
    """Return what says which series come first."""
    return hashes_of(names, f"sample {work.plan.settings[0].seed}")


def _drawn(table: Any, wanted: int, work: Work) -> tuple[int, Any]:
    """Return how many series were drawn of those with enough values, and their rows."""
    import pyarrow as pa

    plan = work.plan
    ids = table["unique_id"].combine_chunks().dictionary_encode()
    if isinstance(ids, pa.ChunkedArray):
        ids = ids.chunk(0)
    codes, names = ids.indices.to_numpy(), ids.dictionary.to_pylist()
    counts = table[plan.dialect.numbers[0]].is_valid().to_numpy()
    spoilt = table[TROUBLE].is_valid().to_numpy()
    able = np.bincount(codes, counts, len(names)) >= plan.least
    able &= np.bincount(codes, spoilt, len(names)) == 0
    numbers = np.flatnonzero(able)
    hashes = _hashes([names[k] for k in numbers], work)
    chosen = numbers[np.argsort(hashes, kind="stable")[:wanted]]
    return len(chosen), table.filter(pa.array(np.isin(codes, chosen)))


def train(task: Task) -> int:
    """Fit the global network of a cell and write it; return the series it has learned from.

    For networks of single series, only the frequency of all is found.

    Raises:
        DataError: no series of the sample can be used.
    """
    work = work_of(task)
    settings = work.plan.settings[task.number]
    target = target_of(work, task.number)
    if target.exists():
        return 0
    panel = _sampled(work, settings)
    with work.written(target) as temporary:
        if work.plan.local:
            temporary.write_text(json.dumps({"frequency": panel.flat.frequency}))
        else:
            _fitted(work, settings, panel).save(temporary)
    return len(panel)


def target_of(work: Work, number: int) -> Path:
    """Return the file that training a cell writes."""
    plan = work.plan
    cell = plan.settings[number].cell
    return work.folder.frequency if plan.local else work.folder.model(cell, len(plan.settings))


def _sampled(work: Work, settings: ForecasterSettings) -> Panel:
    """Return the series that were drawn, made ready."""
    import pyarrow as pa

    plan = work.plan
    batches = [
        batch
        for number in range(plan.partitions)
        for batch in read_rows(work.folder.sample(number), 0, 1)
    ]
    rows = rows_of(pa.Table.from_batches(batches, schema_of(plan.dialect)), plan.dialect)
    reasons, frame = dict(rows.failures), _first(rows.frame, work)
    if len(frame):
        panel, more = prepare_each(
            frame, frequency=settings.frequency, columns=settings.columns(), least=plan.least
        )
        if panel is not None:
            return panel
        reasons |= {str(one): reason for one, reason in more.items()}
    told = next((f" {one!r}: {reason}" for one, reason in reasons.items()), "")
    raise DataError(
        f"No series of the input can be used: each needs at least {plan.least} rows with values "
        f"(`least`).{told} Pass longer series, or a lower `least`."
    )


def _first(frame: pd.DataFrame, work: Work) -> pd.DataFrame:
    """Return the rows of the series that come first of all."""
    codes, ids = pd.factorize(frame["unique_id"])
    hashes = _hashes([str(one) for one in ids], work)
    return frame[np.isin(codes, np.argsort(hashes, kind="stable")[: _wanted(work)])]


def _fitted(work: Work, settings: ForecasterSettings, panel: Panel) -> Forecaster:
    """Return a forecaster that has learned from a panel, and can give the intervals asked for."""
    if settings.steps_per_epoch is None and len(panel.flat) > MOST_STEPS * settings.batch_size:
        # Thousands of series have a million windows; to choose among epochs, more of them are
        # needed than a person has hours for passes over all.
        settings = replace(settings, steps_per_epoch=MOST_STEPS)
    forecaster = Forecaster(**vars(settings)).fit(panel)
    forecaster.fitted_ = _timeless(forecaster.learned())
    if work.plan.levels:
        forecaster.predict(work.plan.horizon, level=work.plan.levels)
    return forecaster


def _timeless(fitted: Fitted) -> Fitted:
    """Return what was learned without how long it took, so that its file is always the same."""
    members = tuple(
        member._replace(history=tuple(one._replace(seconds=0.0) for one in member.history))
        for member in fitted.members
    )
    return fitted._replace(members=members, seconds=0.0)
