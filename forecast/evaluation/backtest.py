"""Rolling-origin backtests: how models would have done from many past cut-offs."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from forecast.checks import whole_number
from forecast.data.columns import Columns
from forecast.data.panel import Panel, is_long, prepare_panel
from forecast.data.series import Values
from forecast.data.windows import steps_after
from forecast.errors import DataError, SettingError
from forecast.evaluation.backtest_result import Backtest, result_of
from forecast.evaluation.cutoffs import Cutoffs, cutoffs_of, scales_of
from forecast.evaluation.fitting import OnEpoch
from forecast.evaluation.marks import Case
from forecast.evaluation.rolling import Rolling
from forecast.models.baselines import Drift, Mean, Naive, SeasonalNaive, is_simple
from forecast.models.contract import Model, Rows
from forecast.models.forecaster import Forecaster
from forecast.models.intervals import checked_levels
from forecast.training.trainer import Cancel

RESERVED = ("unique_id", "cutoff", "ds", "step", "y")
Models = Model | Sequence[Model] | Mapping[str, Model]


def backtest(
    models: Models,
    y: Rows,
    *,
    horizon: int = 1,
    n_windows: int = 5,
    step_size: int | None = None,
    refit: bool | int = False,
    window: str = "expanding",
    train_size: int | None = None,
    level: float | Sequence[float] | None = None,
    season: int | None = None,
    fitted: bool = False,
    baselines: bool = True,
    on_epoch: OnEpoch | None = None,
    cancel: Cancel | None = None,
) -> Backtest:
    """Forecast from past cut-offs with nothing but the rows up to each, and score what came.

    Every model is cloned and fitted on the rows before the first cut-off, or anew before later
    ones; the models handed in stay as they are. Windows that share a fit are forecast together.
    Series of a panel are each cut at their own end: where these lie apart, a network that they
    share learns from later rows of one than it is scored on in another, and a finding says so.

    Args:
        models: a model, several, or several by name: `Forecaster`, a baseline, or whatever has
            their methods.
        y: a series, a DataFrame of a target and covariates, or a long frame `unique_id, ds, y`; of
            each series the last rows are forecast.
        horizon: rows ahead of each window.
        n_windows: cut-offs, at least 1.
        step_size: rows from one cut-off to the next; None is the horizon, so that no two windows
            overlap.
        refit: False fits once, True before each cut-off, a number k before every k-th.
        window: `expanding` fits on all rows before, `sliding` on the last `train_size`.
        train_size: rows of a sliding fit; None takes as many as are before the first cut-off.
        level: of intervals, in percent; None takes 80 and 95 where the rows suffice.
        season: rows in a season, for SeasonalNaive and MASE; None takes that of the frequency, or
            1 where the rows before the first cut-off do not hold two.
        fitted: use the weights that the models have. They must not have seen a row after the
            first cut-off.
        baselines: whether to add Naive, SeasonalNaive, Drift and Mean where they are missing.
            Naive always is.
        on_epoch: called after every epoch of a network, with its name first.
        cancel: asked before every batch and fit; once set, the backtest ends.

    Raises:
        SettingError: an argument is out of range, or fitted models have seen what they would be
            tested on.
        DataError: the rows cannot be used as they are.
        TooFewRowsError: a series is too short.
        NotFittedError: `fitted` is asked of a model that is not.
        CancelledError: it was cancelled.

    Example:
        >>> import forecast as fc
        >>> y = fc.load_sample("air_passengers")
        >>> gru = fc.Forecaster("gru", timesteps=12, hidden_units=8, horizon=6, epochs=3)
        >>> result = fc.backtest({"GRU": gru, "Naive": fc.Naive()}, y, horizon=6, n_windows=4)
        >>> result.forecasts[["cutoff", "step"]].drop_duplicates().shape
        (24, 2)
    """
    if fitted and refit is not False:
        raise SettingError(
            f"`fitted=True` fits nothing, so `refit` must be False; got {refit!r}. Leave one out."
        )
    named = _named(models)
    levels = None if level is None else checked_levels(level)
    panel = prepare_panel(
        y,
        frequency=_frequency(named),
        trusted=_trusted(y, horizon, n_windows, step_size),
        columns=_columns(named),
    )
    cuts = cutoffs_of(
        panel,
        horizon=horizon,
        n_windows=n_windows,
        step_size=step_size,
        refit=refit,
        window=window,
        train_size=train_size,
    )
    lag = _season(panel, cuts, season)
    if baselines:
        for one in (Naive(), SeasonalNaive(lag), Drift(), Mean()):
            named.setdefault(one.label, one)
    named.setdefault("Naive", Naive())
    if fitted:
        _check_unseen(named, panel, cuts)
    runs = Rolling(named, panel, cuts, levels, fitted, on_epoch, cancel).runs()
    case = Case(
        _targets(panel, cuts), scales_of(panel, cuts.origins[:, 0].tolist(), lag), cuts.apart
    )
    given = {
        "horizon": horizon, "n_windows": n_windows, "refit": refit, "window": window,
        "train_size": train_size, "fitted": fitted,
    }  # fmt: skip
    return result_of(panel, cuts, case, runs, lag, given)


def _named(models: Models) -> dict[str, Model]:
    """Return models by name.

    Raises:
        SettingError: there is none, or a name is taken.
    """
    if isinstance(models, Mapping):
        named = dict(models)
    else:
        several = models if isinstance(models, Sequence) else [models]
        named = {one.label: one for one in several}
        if len(named) < len(several):
            raise SettingError(
                "Models that are called alike need names; got "
                f"{[one.label for one in several]}. Pass them as {{'small': …, 'large': …}}."
            )
    taken = sorted(set(named) & set(RESERVED))
    if not named or taken:
        what = f"must not be called {taken[0]!r}" if taken else "must be at least one"
        raise SettingError(f"`models` {what}; got {list(named)}.")
    return named


def _columns(named: Mapping[str, Model]) -> Columns:
    """Return the columns that the models read, all together."""
    settings = [one.settings for one in named.values() if isinstance(one, Forecaster)]
    targets: set[str | None] = {one.target for one in settings if one.target is not None}
    if len(targets) > 1:
        raise SettingError(
            f"All models of a backtest must forecast one target; got {sorted(map(str, targets))}."
        )
    wanted = [one.columns().covariates for one in settings]
    target = targets.pop() if targets else None
    static = tuple(dict.fromkeys(name for one in settings for name in one.static))
    if any(one is None for one in wanted):
        return Columns(target, None, static=static)
    names = tuple(dict.fromkeys(name for one in wanted for name in one or ()))
    return Columns(target, names, static=static)


def _frequency(named: Mapping[str, Model]) -> str | None:
    """Return the frequency that the models name, if one does."""
    settings = [one.settings for one in named.values() if isinstance(one, Forecaster)]
    found = {one.frequency for one in settings if one.frequency is not None}
    if len(found) > 1:
        raise SettingError(
            f"All models of a backtest must name one `frequency`; got {sorted(found)}. Leave it "
            "out of all but one."
        )
    return found.pop() if found else None


def _trusted(y: Rows, horizon: int, n_windows: int, step_size: int | None) -> float:
    """Return the share of the rows before the first cut-off; later ones say no frequency."""
    if isinstance(y, Panel) or not hasattr(y, "__len__"):
        return 1.0
    rows = len(y)
    if isinstance(y, pd.DataFrame) and is_long(y):
        rows = int(y["unique_id"].value_counts().max()) if rows else 1
    try:
        span = horizon + (n_windows - 1) * (step_size or horizon)
        return min(1.0, max(0.05, 1 - span / max(rows, 1)))
    except TypeError:  # checked, and refused, a moment later
        return 1.0


def _season(panel: Panel, cuts: Cutoffs, season: int | None) -> int:
    if season is not None:
        return whole_number("season", season)
    least = int((cuts.origins[:, 0] - panel.offsets[:-1]).min()) + 1
    return panel.flat.season if least >= 2 * panel.flat.season else 1


def _targets(panel: Panel, cuts: Cutoffs) -> Values:
    """Return what came after each cut-off, (S, W, H), NaN where it was not observed."""
    flat = cuts.origins.ravel()
    seen = steps_after(panel.flat.observed, flat, cuts.horizon)
    y = np.where(seen, steps_after(panel.flat.values, flat, cuts.horizon), np.nan)
    if not np.isfinite(y).any():
        raise DataError("No row of the windows was observed. Use more windows, or other rows.")
    return y.reshape(*cuts.origins.shape, cuts.horizon)


def _later(end: Any, cutoff: Any) -> bool:
    """Say whether a fit ended after a cut-off.

    Raises:
        DataError: the two are not of one kind.
    """
    try:
        return bool(end > cutoff)
    except TypeError as error:
        raise DataError(
            f"The fitted rows end at {end} and a cut-off is {cutoff}: one is dated or in a time "
            "zone, the other is not. Give both the same kind of index."
        ) from error


def _check_unseen(named: Mapping[str, Model], panel: Panel, cuts: Cutoffs) -> None:
    """Refuse models that were fitted on rows they would be tested on."""
    first = panel.flat.index[cuts.origins[:, 0]]
    for label, model in named.items():
        if is_simple(model):
            continue
        ends = model.last_row()
        by_text = {str(one): end for one, end in ends.items()}
        for number, one in enumerate(panel.ids):
            # One series of a panel, taken by itself, is called by its id as text.
            end = ends.get(one) if panel.long else by_text.get(str(one), max(ends.values()))
            if end is None:
                raise DataError(f"{label} was not fitted on the series {one!r}. Leave it out.")
            if _later(end, first[number]):
                of = f" of {one!r}" if panel.long else ""
                raise SettingError(
                    f"{label} was fitted on rows{of} up to {end}, after the first cut-off, "
                    f"{first[number]}: it has seen what it would be tested on. Use fewer windows, "
                    "or fitted=False, which fits a copy on the rows before."
                )
