"""ETTh1 many rows ahead: seven series that share one network, beside the published tables.

    python -m benchmarks.long_horizon --data ../shared/data/long [--horizons 96 192 336 720]
    python -m benchmarks.long_horizon --data ../shared/data/long --choose
    python -m benchmarks.long_horizon --data ../shared/data/long --hasty

`--data` is the folder of ETTh1.csv, which does not come with the package. The protocol is that of
`benchmarks.ett`. First the harness is checked: repeating the last value must give the published
mean squared error 96 rows ahead, or the exit status is 1. Then one GRU a horizon is trained on the
train part, the validation part chooses its epoch, and the test part scores it once. `--choose`
trains the candidates below instead and scores them on the validation part, by which the
settings were chosen. Results are kept in long_horizon.json, and from there long_horizon.md is
written; `--hasty` trains one epoch and keeps nothing.
"""

import argparse
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd

import forecast as fc
from benchmarks import ett
from benchmarks.long_horizon_tables import NAIVE_MSE, TOLERANCE, is_reproduced, render
from benchmarks.machine import machine
from benchmarks.store import keep, load
from forecast.data.panel import Panel

FOLDER, RESULTS = Path(__file__).parent, "long_horizon.json"
HORIZONS = (96, 192, 336, 720)
SEASON = 24
FITTED = ett.TEST.start
PARTS = {"validation": len(ett.VALIDATION) / FITTED, "calibration": 0.0}
PLAIN: dict[str, Any] = {
    "timesteps": 96, "hidden_units": 64, "batch_size": 256, "learning_rate": 1e-3,
    "epochs": 8, "patience": 2,
}  # fmt: skip
CHANGES = {"transform": "difference", "scaling": "none"}
CANDIDATES: dict[str, dict[str, Any]] = {
    "changes": CHANGES,
    "window scaling": {},
    "values": {"scaling": "none"},
    "window scaling, mae": {"loss": "mae"},
    "changes, hour": CHANGES | {"calendar": ("hour",)},
    "changes, 168 timesteps": CHANGES | {"timesteps": 168},
}
# Beyond, the best candidates at 96 rows ahead are compared.
LONGEST_WITH_ALL = 192
LONGER_CANDIDATES = ("changes", "changes, hour", "changes, 168 timesteps")
CHOSEN = {
    96: "changes, hour",
    192: "changes, hour",
    336: "changes, 168 timesteps",
    720: "changes, hour",
}


def settings_at(horizon: int) -> dict[str, Any]:
    """Return the settings of the network that the test part scores."""
    nearest = min(CHOSEN, key=lambda known: abs(known - horizon))
    return PLAIN | CANDIDATES[CHOSEN[nearest]]


def candidates_at(horizon: int) -> list[str]:
    """Return the names of the candidates for a horizon."""
    return list(CANDIDATES) if horizon <= LONGEST_WITH_ALL else list(LONGER_CANDIDATES)


def network(horizon: int, settings: dict[str, Any]) -> fc.Forecaster:
    """Return a GRU whose parts are exactly those of the protocol."""
    return fc.Forecaster("gru", horizon=horizon, **PARTS, **settings)


def fitted(frame: pd.DataFrame, horizon: int, settings: dict[str, Any]) -> fc.Forecaster:
    """Fit a GRU on the train part; the validation part chooses its epoch.

    Raises:
        RuntimeError: its parts are not those of the protocol.
    """
    model = network(horizon, settings).fit(ett.before(frame, FITTED))
    parts = model.learned().parts
    if (parts.train, parts.validation) != (ett.TRAIN, ett.VALIDATION):
        raise RuntimeError(f"the parts are {parts}")
    return model


def row(name: str, model: Any, panel: Panel, part: range, horizon: int) -> dict[str, Any]:
    """Score a model on a part."""
    found = ett.score(model, panel, part, horizon)
    told = {"model": name, "horizon": horizon, "mse": round(found.mse, 5)}
    return told | {"mae": round(found.mae, 5)}


def trained_row(
    name: str, frame: pd.DataFrame, part: range, horizon: int, settings: dict[str, Any]
) -> dict[str, Any]:
    """Fit a GRU and score it on a part."""
    started = time.perf_counter()
    model = fitted(frame, horizon, settings)
    seconds = time.perf_counter() - started
    more = {
        "parameters": model.parameter_count,
        "epoch": model.learned().best_epoch,
        "epochs": len(model.history_),
        "seconds": round(seconds, 1),
        "settings": settings,
    }
    return row(name, model, ett.panel_of(frame), part, horizon) | more


def naive_rows(frame: pd.DataFrame, horizon: int) -> list[dict[str, Any]]:
    """Score the models without weights on the test part."""
    panel, known = ett.panel_of(frame), ett.before(frame, FITTED)
    models = (fc.Naive(), fc.SeasonalNaive(SEASON))
    return [row(m.label, m.fit(known), panel, ett.TEST, horizon) for m in models]


def line(told: dict[str, Any]) -> str:
    """Return a result as a line."""
    cost = f"{told['seconds']:>7.0f} s, epoch {told['epoch']}" if "seconds" in told else ""
    return f"{told['model']:<34}{told['horizon']:>4}{told['mse']:>9.4f}{told['mae']:>9.4f}{cost}"


def choose(given: argparse.Namespace, frame: pd.DataFrame, horizon: int) -> None:
    """Score the candidates on the validation part; keep each."""
    rows: list[dict[str, Any]] = []
    for name in candidates_at(horizon):
        settings = PLAIN | CANDIDATES[name]
        rows.append(trained_row(name, frame, ett.VALIDATION, horizon, settings))
        print(line(rows[-1]), flush=True)
        kept(given, f"choices, {horizon}", rows)


def measured(frame: pd.DataFrame, horizon: int, settings: dict[str, Any]) -> list[dict[str, Any]]:
    """Score all models on the test part."""
    rows = [*naive_rows(frame, horizon), trained_row("GRU", frame, ett.TEST, horizon, settings)]
    print("\n".join(map(line, rows)), flush=True)
    return rows


def checked(frame: pd.DataFrame) -> bool:
    """Say whether repeating the last value gives what was published."""
    found = naive_rows(frame, HORIZONS[0])[0]["mse"]
    fine = is_reproduced(found)
    print(
        f"Naive {HORIZONS[0]} rows ahead: MSE {found:.4f}; published {NAIVE_MSE} ± {TOLERANCE}: "
        f"{'reproduced' if fine else 'NOT reproduced'}"
    )
    return fine


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of ETTh1.csv")
    parser.add_argument("--horizons", type=int, nargs="+")
    parser.add_argument("--choose", action="store_true", help="score candidates on validation rows")
    parser.add_argument("--hasty", action="store_true", help="one epoch; keeps nothing")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder for results")
    return parser.parse_args()


def kept(given: argparse.Namespace, name: str, rows: list[dict[str, Any]]) -> None:
    """Keep a section, and write the table anew."""
    keep(given.out, name, {"machine": machine(), "records": rows}, RESULTS)
    render(given.out, load(given.out, RESULTS), given.data.parent / "published/long_horizon.csv")


def main() -> None:
    """Check the harness, then measure."""
    given = arguments()
    frame = ett.read(given.data / "ETTh1.csv")
    if not checked(frame):
        sys.exit(1)
    if given.choose:
        for horizon in given.horizons or HORIZONS[:1]:
            choose(given, frame, horizon)
        return
    for horizon in given.horizons or HORIZONS:
        if given.hasty:
            measured(frame, horizon, settings_at(horizon) | {"epochs": 1})
        else:
            kept(given, str(horizon), measured(frame, horizon, settings_at(horizon)))


if __name__ == "__main__":
    main()
