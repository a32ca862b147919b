"""The comparisons that make a run again: what each cell did, put into settings.

A run whose cells all did what was asked is one call, or one a value of its grid. Where a person or
a clock ended a cell, or cells computed with different engines, each such group of cells is a call
of its own.
"""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from forecast.data.panel import Panel
from forecast.data.series import TimeSeries
from forecast.evaluation.fairness import ENDLESS
from forecast.evaluation.plan import plan_comparison
from forecast.models.settings import ForecasterSettings
from forecast.nn.cells import cell_named
from forecast.nn.optimizers import Optimizer
from forecast.storage.records import DONE, FAILED, STOPPED, KeptCell, KeptRun

ALWAYS = ("timesteps", "hidden_units", "horizon", "seed", "engine")
NOWHERE = ("cell", "threads", "target", "past_covariates", "future_covariates")


class Call(NamedTuple):
    """One comparison.

    Attributes:
        value: of the grid, or None.
        cells: names of the cells.
        settings: of `Forecaster`, with the seed, the engine and whatever is not the default;
            without those that name columns.
        fair: what is equal between the cells.
        seconds: of each cell, where that is what is equal.
    """

    value: int | None
    cells: tuple[str, ...]
    settings: Mapping[str, Any]
    fair: str = "units"
    seconds: float | None = None


class Calls(NamedTuple):
    """What makes a run again.

    Attributes:
        each: in the order of the run.
        vary: setting that they vary where they differ in its value alone, else None.
        notes: plain sentences on what differs from the run, or had to be settled.
    """

    each: tuple[Call, ...]
    vary: str | None
    notes: tuple[str, ...]


class _Group(NamedTuple):
    """How some cells of a run were trained.

    Attributes:
        engine: that computed, or None where nothing was.
        epochs: that a person or a clock has let it finish; None where it ended by itself.
        timed: whether it was a clock.
    """

    engine: str | None
    epochs: int | None = None
    timed: bool = False


def asked_settings(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that were asked for, in the types of `Forecaster`."""
    settings = {name: _of_json(one) for name, one in asked.get("settings", {}).items()}
    if isinstance(settings.get("optimizer"), dict):
        settings["optimizer"] = Optimizer(**settings["optimizer"])
    return settings


def _of_json(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def calls_of(run: KeptRun, series: TimeSeries | Panel) -> Calls:
    """Return the comparisons that make a run again.

    Args:
        run: with its histories.
        series: that it was given.
    """
    labels = {cell_named(cell).label: cell_named(cell).name for cell in run.asked["cells"]}
    vary, values = run.asked.get("vary"), tuple(run.asked.get("values") or ()) or (None,)
    each: list[Call] = []
    for value in values:
        groups = _groups(run, value) or {_Group(None): list(labels)}
        for group, members in groups.items():
            call = _call(run, value, tuple(labels[one] for one in members), group)
            is_whole = len(members) == len(labels)
            each += [call] if is_whole else _with_units_named(run, series, call)
    alike = [_without(call, vary) for call in each]
    is_loop = vary is not None and all(one == alike[0] for one in alike)
    is_loop = is_loop and len(each) == len(values)
    return Calls(tuple(each), vary if is_loop else None, _notes(run, each))


def _without(call: Call, vary: str | None) -> Call:
    settings = {name: one for name, one in call.settings.items() if name != vary}
    return call._replace(value=None, settings=settings)


def _groups(run: KeptRun, value: int | None) -> dict[_Group, list[str]]:
    """Return the labels of the cells of a value by how they were trained."""
    found: dict[_Group, list[str]] = {}
    for cell in run.cells:
        if cell.value == value and not is_left_out(run, cell):
            found.setdefault(_group(run, cell), []).append(cell.label)
    return found


def is_left_out(run: KeptRun, cell: KeptCell) -> bool:
    """Say whether a run has a result, and a cell had no part in it."""
    has_result = bool(run.scores)
    return has_result and (cell.state == FAILED or not cell.history)


def _group(run: KeptRun, cell: KeptCell) -> _Group:
    if not cell.history or cell.state not in (DONE, STOPPED):
        begun = [one.engine for one in run.cells if one.engine]
        return _Group(cell.engine or next(iter(begun), None))
    if cell.limit is not None:
        return _Group(cell.engine, len(cell.history), timed=True)
    if cell.state == STOPPED and _stops_where_told(run, cell):
        return _Group(cell.engine, len(cell.history))
    return _Group(cell.engine)


def _stops_where_told(run: KeptRun, cell: KeptCell) -> bool:
    """Say whether fewer epochs would have left a stopped cell with the same weights.

    So it is where the best epoch is kept, not what the last batch has left, and where no learning
    rate depends on the number of epochs.
    """
    settings = _settings(run)
    chosen = settings["patience"] is not None and not math.isnan(cell.history[-1].val_loss)
    return chosen and settings["seeds"] == 1 and settings["schedule"] != "cosine"


def _settings(run: KeptRun) -> dict[str, Any]:
    """Return all settings of the cells, checked, but for the season, of which 1 is none of theirs.

    The season of a comparison may be 1, that of a forecaster not.
    """
    asked = asked_settings(run.asked)
    season = asked.pop("season", None)
    return vars(ForecasterSettings(**asked)) | {"season": season}


def _call(run: KeptRun, value: int | None, cells: tuple[str, ...], group: _Group) -> Call:
    usual, settings = vars(ForecasterSettings()), _settings(run)
    if value is not None:
        settings[run.asked["vary"]] = value
    settings["engine"] = group.engine or settings["engine"]
    fair, seconds = run.asked.get("fair", "units"), run.asked.get("fair_seconds")
    if group.epochs is not None:
        settings["epochs"] = group.epochs
        settings["refit"] = False  # one that was stopped is not trained once more
    if group.timed:
        settings["patience"], fair, seconds = ENDLESS, "units", None
    named = {
        name: one
        for name, one in settings.items()
        if name not in NOWHERE and (name in ALWAYS or one != usual[name])
    }
    return Call(value, cells, named, fair, seconds)


def _with_units_named(run: KeptRun, series: TimeSeries | Panel, call: Call) -> list[Call]:
    """Return a call of some of the cells: their units depend on cells that are not among them."""
    if call.fair != "parameters":
        return [call]
    settings = {**asked_settings(run.asked), "hidden_units": call.settings["hidden_units"]}
    settings["timesteps"] = call.settings["timesteps"]
    test = run.asked.get("test", 0.2)
    plan = plan_comparison(series, cells=run.asked["cells"], test=test, fair=call.fair, **settings)
    units = {one.settings.cell: one.settings.hidden_units for one in plan.networks.values()}
    return [
        call._replace(
            cells=(cell,), fair="units", settings={**call.settings, "hidden_units": units[cell]}
        )
        for cell in call.cells
    ]


def _notes(run: KeptRun, calls: list[Call]) -> tuple[str, ...]:
    notes = [said for cell in run.cells if (said := _note(run, cell))]
    if run.state not in (DONE, STOPPED):
        notes.append("The run did not come to its end; this trains it whole.")
    if len({call.settings["engine"] for call in calls}) > 1:
        notes.append("Some cells computed with another engine; each engine has a call of its own.")
    return tuple(notes)


def _note(run: KeptRun, cell: KeptCell) -> str | None:
    """Say what became of a cell that did not end by itself."""
    name = cell.label if cell.value is None else f"{cell.label} {cell.value}"
    finished = len(cell.history)
    if is_left_out(run, cell):
        failed = "failed" if cell.state == FAILED else "was stopped before its first epoch ended"
        return f"{name} {failed} and is left out."
    group = _group(run, cell)
    if group.timed:
        return (
            f"{name} trained for {cell.limit:g} s, which was enough for {finished} epochs here: "
            "`epochs` is set to that, since no other machine takes the same time."
        )
    if group.epochs is not None:
        return (
            f"{name} was stopped after {finished} of {cell.epochs} epochs: `epochs` is set to that."
        )
    if cell.state == STOPPED:
        return (
            f"{name} was stopped after {finished} of {cell.epochs} epochs, and it cannot be told "
            "how far into the next: this trains to the end, so its numbers will differ."
        )
    return None
