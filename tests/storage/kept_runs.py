"""Runs as a store gives them, made without a store."""

import json
from collections.abc import Mapping
from itertools import chain
from typing import Any

from forecast.data.series import TimeSeries
from forecast.evaluation.comparison import Comparison
from forecast.evaluation.plain import plain_rows
from forecast.models.forecaster import Forecaster
from forecast.storage.records import DONE, KeptCell, KeptRun
from forecast.training.history import Epoch

SMALL = {"timesteps": 6, "hidden_units": 4, "epochs": 3}


def asked(cells: tuple[str, ...], settings: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """Return what was asked for, as it comes back out of JSON."""
    usual = {"test": 0.2, "vary": None, "values": [], "fair": "units", "fair_seconds": None}
    given = {**usual, **more, "cells": cells, "settings": {"past_covariates": (), **settings}}
    found: dict[str, Any] = json.loads(json.dumps(given))
    return found


def cell_of(label: str, finished: int = 3, **more: Any) -> KeptCell:
    """Return a cell that has finished so many epochs."""
    history = tuple(Epoch(number + 1, 1.0, 1.0, 1e-3, 1.0, 0.1) for number in range(finished))
    usual = {"value": None, "epochs": finished, "limit": None, "state": DONE, "error": None}
    return KeptCell(label=label, **{**usual, "engine": "numba", "history": history, **more})


def kept_run(
    source: str,
    series: TimeSeries,
    wanted: dict[str, Any],
    cells: tuple[KeptCell, ...],
    result: Comparison | None = None,
    **more: Any,
) -> KeptRun:
    """Return a run that is over."""
    usual: dict[str, Any] = {
        "id": "abcd1234efgh", "owner": "me", "name": "", "pinned": False, "state": DONE,
        "source": source, "target": series.name, "asked": wanted, "fingerprint": "0" * 64,
        "rows": len(series), "seed": int(wanted["settings"].get("seed", 0)),
        "versions": {"forecast": "0.1.0", "numpy": "2", "numba": "0.6"},
        "submitted": 1.7e9, "started": 1.7e9, "finished": 1.7e9 + 9, "error": None,
        "verdict": None if result is None else result.verdict,
        "scores": [{"model": "GRU"}] if result is None else plain_rows(result.table),
        "bytes": 1, "cells": cells,
    }  # fmt: skip
    return KeptRun(**{**usual, **more})


def cells_of(result: Comparison) -> tuple[KeptCell, ...]:
    """Return the cells of a finished comparison with what they learned."""
    found = []
    for label, model in result.models.items():
        if isinstance(model, Forecaster):
            learned = model.learned()
            history = tuple(chain.from_iterable(one.history for one in learned.members))
            made = cell_of(label, epochs=model.settings.epochs, engine=learned.engine)
            found.append(made._replace(history=history))
    return tuple(found)
