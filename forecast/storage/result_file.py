"""What came of a run as one archive, and its networks beside it in files of their own."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from forecast import archive
from forecast.data.columns import Columns
from forecast.data.panel import Panel, as_panel
from forecast.data.series import TimeSeries
from forecast.errors import StoreError
from forecast.evaluation.comparison import Comparison
from forecast.evaluation.parting import first_rows
from forecast.evaluation.verdict import PairedTest
from forecast.models.baselines import Baseline, Drift, Mean, Naive, SeasonalNaive
from forecast.models.contract import Model
from forecast.models.forecaster import Forecaster
from forecast.storage.names import checked_label
from forecast.storage.plain_values import packed, unpacked
from forecast.storage.tables import Arrays, packed_table, unpacked_table

KIND, FILE = "result", "result.safetensors"
TABLES = ("table", "predictions", "history", "findings")
SERIES = "series"  # a table of a panel alone
GRID, TESTS = "grid", "tests"
SIMPLE: tuple[type[Baseline], ...] = (Naive, SeasonalNaive, Drift, Mean)


class Result(NamedTuple):
    """What came of a run; either may be missing."""

    comparison: Comparison | None
    grid: pd.DataFrame | None


def write_result(folder: Path, result: Result) -> list[Path]:
    """Write a result and its networks into a folder, each file whole or not at all.

    Args:
        folder: of the run; it must exist.
        result: with at least one of its parts.

    Returns:
        The files.

    Raises:
        ArchiveError: a file cannot be written.
        StoreError: the result holds something that cannot be kept.
    """
    tables = {} if result.grid is None else {GRID: result.grid}
    header: dict[str, Any] = {"comparison": None}
    arrays: Arrays = {}
    files = []
    if result.comparison is not None:
        tables |= {name: getattr(result.comparison, name) for name in TABLES}
        if result.comparison.series is not None:
            tables[SERIES] = result.comparison.series
        header["comparison"] = _described(result.comparison)
        arrays[TESTS] = _packed_tests(result.comparison.tests)
        files = list(_networks_written(folder, result.comparison.models))
    made = {name: packed_table(table) for name, table in tables.items()}
    header["tables"] = {name: one.header for name, one in made.items()}
    arrays |= {f"{name}/{at}": array for name, one in made.items() for at, array in
               one.arrays.items()}  # fmt: skip
    archive.write(folder / FILE, KIND, header, arrays)
    return [*files, folder / FILE]


def read_result(folder: Path, series: TimeSeries | Panel) -> Result:
    """Return the result that was written; networks are loaded, simple forecasts fitted again.

    Args:
        folder: of the run.
        series: that the run was given, one or many.

    Raises:
        ArchiveError: a file is missing, broken or holds something else.
        KeyError, TypeError, ValueError: it lacks a part.
    """
    header, arrays = archive.read(folder / FILE, KIND)
    tables = {
        name: unpacked_table(one, _under(name, arrays)) for name, one in header["tables"].items()
    }
    grid, told = tables.pop(GRID, None), header["comparison"]
    if told is None:
        return Result(None, grid)
    comparison = Comparison(
        data=unpacked(told["data"]),
        settings=unpacked(told["settings"]),
        verdict=told["verdict"],
        models=_models(folder, told["models"], series),
        tests=_unpacked_tests(told["tests"], arrays[TESTS]),
        **tables,
    )
    return Result(comparison, grid)


def read_grid(folder: Path) -> pd.DataFrame | None:
    """Return the grid that was written, without loading a network; None if there is none.

    Args:
        folder: of the run.

    Raises:
        ArchiveError: a file is missing, broken or holds something else.
        KeyError, TypeError, ValueError: it lacks a part.
    """
    header, arrays = archive.read(folder / FILE, KIND)
    told = header["tables"].get(GRID)
    return None if told is None else unpacked_table(told, _under(GRID, arrays))


def _described(result: Comparison) -> dict[str, Any]:
    return {
        "data": packed(dict(result.data)),
        "settings": packed(dict(result.settings)),
        "verdict": result.verdict,
        "models": [_model_header(label, model) for label, model in result.models.items()],
        "tests": list(result.tests),
    }


def _model_header(label: str, model: Model) -> dict[str, Any]:
    """Return how a model comes back: by its file, or by what it was fitted on.

    Raises:
        StoreError: it is neither a network nor one of the simple forecasts of a comparison.
    """
    header = {"label": checked_label(label), "kind": type(model).__name__}
    if type(model) is Forecaster:
        return header
    if not isinstance(model, Baseline) or type(model) not in SIMPLE:
        raise StoreError(
            f"The model {label!r} of type {type(model).__name__} cannot be kept; a result holds "
            "networks and the simple forecasts beside them."
        )
    panel = model.fitted_panel()
    fitted: dict[str, Any] = {"rows": len(panel.flat), "columns": list(panel.flat.columns)}
    if panel.long:
        fitted |= {"ids": list(panel.ids), "lengths": panel.lengths.tolist()}
    return header | fitted | {"season": getattr(model, "season", None)}


def _networks_written(folder: Path, models: Mapping[str, Model]) -> Iterator[Path]:
    for label, model in models.items():
        if isinstance(model, Forecaster):
            path = _file_of(folder, label)
            model.save(path)
            yield path


def _models(
    folder: Path, headers: Sequence[Mapping[str, Any]], series: TimeSeries | Panel
) -> dict[str, Model]:
    simple = {kind.__name__: kind for kind in SIMPLE}
    models: dict[str, Model] = {}
    for header in headers:
        label = header["label"]
        if header["kind"] == Forecaster.__name__:
            models[label] = Forecaster.load(_file_of(folder, label))
        else:
            known = {} if header["season"] is None else {"season": header["season"]}
            models[label] = simple[header["kind"]](**known).fit(_fitted_rows(header, series))
    return models


def _fitted_rows(header: Mapping[str, Any], series: TimeSeries | Panel) -> Panel:
    """Return the rows that a simple forecast was fitted on."""
    panel = as_panel(series).with_columns(Columns(covariates=tuple(header["columns"])))
    lengths = dict.fromkeys(panel.ids, header["rows"])
    if panel.long:
        lengths = dict(zip(header["ids"], header["lengths"], strict=True))
    taken = np.array([lengths.get(one, 0) for one in panel.ids], dtype=np.intp)
    return first_rows(panel, taken > 0, taken)


def _file_of(folder: Path, label: str) -> Path:
    return folder / f"{checked_label(label)}.safetensors"


def _packed_tests(tests: Mapping[str, PairedTest]) -> Any:
    """Return the numbers of tests, (models, numbers); few windows are exact as floats, too."""
    return np.array(list(tests.values()), dtype=np.float64).reshape(-1, len(PairedTest._fields))


def _unpacked_tests(labels: Sequence[str], numbers: Any) -> dict[str, PairedTest]:
    rows = [PairedTest(*row) for row in numbers.tolist()]
    whole = [one._replace(windows=int(one.windows)) for one in rows]
    return dict(zip(labels, whole, strict=True))


def _under(name: str, arrays: Arrays) -> Arrays:
    """Return the arrays of one table by their own names."""
    place = f"{name}/"
    return {at.removeprefix(place): one for at, one in arrays.items() if at.startswith(place)}
