"""Stage 3: the forecasts of one partition, and why some of its series have none."""

import json
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from forecast.batch.cells import UNIT
from forecast.batch.partition import Failures, read_partition, rows_of
from forecast.batch.plan import Plan
from forecast.batch.task import Task, Work, work_of
from forecast.data.columns import Columns
from forecast.data.many import prepare_each
from forecast.data.panel import Panel
from forecast.errors import DataError, NonFiniteLossError
from forecast.models.forecaster import Forecaster

MODELS_KEPT = 8  # in the memory of a worker


class Counted(NamedTuple):
    """What a partition holds.

    Attributes:
        series: all of them.
        left_out: those without a forecast.
        rows: of the input.
    """

    series: int
    left_out: int
    rows: int


def forecast(task: Task) -> Counted:
    """Write the forecasts of a partition, and what was left out."""
    work = work_of(task)
    if done(work, task.number):
        return counted(work, task.number)
    table = read_partition(work, task.number)
    rows = rows_of(table, work.plan.dialect)
    failures, size = dict(rows.failures), table.num_rows
    del table
    made = [_of_cell(work, number, rows.frame, failures) for number in range(_models(work.plan))]
    told = Counted(rows.series, len(failures), size)
    frame = _side_by_side(made, failures)
    # The forecasts come last: where they are, the partition is done.
    with work.written(work.folder.told(task.number)) as temporary:
        record = told._asdict() | {"failures": dict(sorted(failures.items()))}
        temporary.write_text(json.dumps(record), encoding="utf-8")
    with work.written(work.folder.part(task.number)) as temporary:
        _write(temporary, frame, work.plan)
    return told


def done(work: Work, number: int) -> bool:
    """Say whether a partition was forecast."""
    return work.folder.part(number).exists() and work.folder.told(number).exists()


def counted(work: Work, number: int) -> Counted:
    """Return what was counted in a partition that was forecast."""
    told = json.loads(work.folder.told(number).read_text(encoding="utf-8"))
    return Counted(told["series"], told["left_out"], told["rows"])


def _models(plan: Plan) -> int:
    return len(plan.settings)


def _of_cell(work: Work, number: int, frame: pd.DataFrame, failures: Failures) -> pd.DataFrame:
    """Return the forecasts of one cell; note why series have none."""
    plan = work.plan
    if frame.empty:
        return pd.DataFrame()
    model, frequency, columns = _model(work, number)
    panel, reasons = prepare_each(frame, frequency=frequency, columns=columns, least=plan.least)
    failures |= {str(one): reason for one, reason in reasons.items()}
    return pd.DataFrame() if panel is None else _forecast(plan, model, panel, failures)


def _model(work: Work, number: int) -> tuple[Forecaster, str | None, Columns]:
    """Return a fitted forecaster, or a fresh one for each series, and how rows are made ready."""
    plan, folder = work.plan, work.folder
    settings = plan.settings[number]
    if plan.local:
        told = json.loads(folder.frequency.read_text())
        return Forecaster(**vars(settings)), told["frequency"], settings.columns()
    path = plan.model or str(folder.model(settings.cell, len(plan.settings)))
    model = _loaded(path, work.token)
    fitted = model.learned()
    columns = settings.columns()._replace(covariates=fitted.recipe.columns)
    return model, fitted.tail.flat.frequency, columns


@lru_cache(maxsize=MODELS_KEPT)
def _loaded(path: str, token: str) -> Forecaster:  # noqa: ARG001  (another run has another model)
    return Forecaster.load(path)


def _forecast(plan: Plan, model: Forecaster, panel: Panel, failures: Failures) -> pd.DataFrame:
    """Forecast series together; where that fails, find those that it fails for."""
    try:
        if plan.local:
            return _each_by_its_own(plan, model.clone().fit(panel), failures)
        return model.predict(plan.horizon, level=plan.levels, data=panel)
    except (DataError, NonFiniteLossError) as error:
        if len(panel) == 1:
            one = panel.ids[0]
            failures[str(one)] = str(error).removeprefix(f"Series {one!r}: ")
            return pd.DataFrame()
    half = len(panel) // 2
    parts = [np.arange(half), np.arange(half, len(panel))]
    frames = [_forecast(plan, model, panel.take(part), failures) for part in parts]
    found = [one for one in frames if len(one)]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()


def _each_by_its_own(plan: Plan, fitted: Forecaster, failures: Failures) -> pd.DataFrame:
    """Return the forecasts of series that have networks of their own; not all could be trained."""
    failures |= {str(one): reason for one, reason in fitted.failed_.items()}
    return fitted.predict(plan.horizon, level=plan.levels)


def _side_by_side(frames: list[pd.DataFrame], failures: Failures) -> pd.DataFrame:
    """Return the forecasts of all cells in one table, of series that all could forecast."""
    kept = [
        one[~one["unique_id"].astype(str).isin(failures)].reset_index(drop=True)
        for one in frames
        if len(one)
    ]
    if len(kept) < len(frames) or not kept:
        return pd.DataFrame()
    others = [one.drop(columns=["unique_id", "ds"]) for one in kept[1:]]
    return pd.concat([kept[0], *others], axis=1)


def _write(path: Any, frame: pd.DataFrame, plan: Plan) -> None:
    """Write forecasts, the same bytes for the same forecasts."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = schema_of(plan)
    if len(frame):
        columns = [pa.array(frame[name], from_pandas=True) for name in schema.names]
        table = pa.table(
            [one.cast(field.type, safe=False) for one, field in zip(columns, schema, strict=True)],
            schema=schema,
        )
    else:
        table = schema.empty_table()
    with pq.ParquetWriter(path, schema, compression="zstd", version="2.6") as writer:
        writer.write_table(table)


def schema_of(plan: Plan) -> Any:
    """Return the schema of forecasts."""
    import pyarrow as pa

    dialect = plan.dialect
    time = pa.int64() if dialect.numbered else pa.timestamp(UNIT, dialect.zone)
    fields = [("unique_id", pa.int64() if dialect.whole_ids else pa.string()), ("ds", time)]
    return pa.schema(fields + [(name, pa.float64()) for name in value_columns(plan)])


def value_columns(plan: Plan) -> list[str]:
    """Return the names of the columns of forecasts, such as `GRU` and `GRU-lo-80`."""
    names = []
    for settings in plan.settings:
        label = Forecaster(**vars(settings)).label
        names.append(label)
        for level in plan.levels:
            names += [f"{label}-lo-{level:g}", f"{label}-hi-{level:g}"]
    return names
