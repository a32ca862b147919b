"""A fitted forecaster taken apart."""

from typing import Any

import numpy as np

from forecast.data.columns import Columns
from forecast.data.panel import Panel, Rows, as_panel, prepare_panel
from forecast.data.series import TimeSeries
from forecast.data.spans import spans_of
from forecast.data.splits import whole_each
from forecast.data.windows import Windows
from forecast.errors import DataError, TooFewRowsError
from forecast.insight.opened import Opened, Wish, engine_for, in_precision
from forecast.models.examples import WindowExamples
from forecast.models.fitted import Fitted
from forecast.models.fitting import network_of
from forecast.models.networks import Networks
from forecast.models.reading import Reading, Recipe, with_room
from forecast.models.recipe import part_windows, with_strangers
from forecast.models.settings import ForecasterSettings
from forecast.nn.parameters import Parameters
from forecast.training.examples import Batch


def open_forecaster(model: Networks, data: Any, wish: Wish) -> Opened:
    """Open a fitted forecaster; see `forecast.insight.opened.opened`."""
    fitted, settings = model.learned(), model.settings
    panel = _rows(model, data)
    origins = _thinned(_origins(settings, panel, wish.targets), panel, settings, wish)
    recipe = with_strangers(settings, fitted.recipe, panel, origins)
    dtype = wish.dtype or settings.dtype
    network = network_of(settings, recipe, "numba")
    if engine_for(network, wish.engine, dtype) == "numpy":
        network = network_of(settings, recipe, "numpy")
    firsts = np.maximum(panel.offsets[panel.which(origins)], origins + 1 - settings.timesteps)
    rows = [
        panel.flat.index[first : origin + 1]
        for first, origin in zip(firsts.tolist(), origins.tolist(), strict=True)
    ]
    batch, which = _batch(settings, recipe, panel, origins, wish.targets, dtype)
    width = settings.head_width
    middle = settings.quantiles.index(0.5) if settings.loss == "quantile" else 0
    return Opened(
        label=model.label,
        network=network,
        weights=in_precision(_weights(fitted, settings, network.shapes(), which), dtype),
        batch=batch,
        columns=column_names(settings, recipe, panel),
        outputs=tuple(range(middle, settings.block * width, width)),
        loss=settings.loss,
        quantiles=settings.training().loss_quantiles,
        rows=rows,
        segment=settings.segment,
    )


def _rows(model: Networks, data: Any) -> Panel:
    """Return the rows, prepared, with the columns of the fit."""
    fitted, settings = model.learned(), model.settings
    if data is None:
        return fitted.tail
    columns = Columns(None, fitted.recipe.columns, static=settings.static)
    if isinstance(data, TimeSeries | Panel):
        return as_panel(data).with_columns(columns)
    flat = fitted.tail.flat
    dated = hasattr(flat.index, "tz")
    wanted = settings.columns()._replace(covariates=fitted.recipe.columns)
    panel = prepare_panel(data, frequency=flat.frequency if dated else None, columns=wanted)
    return panel.with_columns(columns)


def _origins(settings: ForecasterSettings, panel: Panel, targets: bool) -> Rows:
    """Return the last row of every whole window; of a short series of a panel, its last one.

    Windows are left out, as in training, after which nothing was observed: where a series is blank
    but for some rows, nobody asks for a forecast of the others. The newest rows, of which only
    covariates are known, are asked for.
    """
    if targets:
        parts = whole_each(panel.lengths).part("train")
        return part_windows(settings, panel, parts, settings.block).origins
    begins, ends = panel.offsets[:-1], panel.ends
    ahead = settings.block if settings.future_covariates else 0
    needed = np.full(len(panel), settings.memory)
    if panel.long:
        needed = np.minimum(needed, panel.lengths)
    first, stop = begins + needed - 1, ends + 1 - ahead
    origins = spans_of(first, np.maximum(first, stop))
    if panel.flat.observed.all() or not len(origins):
        return origins
    seen = np.concatenate(([0], np.cumsum(panel.flat.observed)))
    if settings.gaps == "drop":
        reach = np.maximum(origins - settings.timesteps + 1, begins[panel.which(origins)])
        origins = origins[seen[origins + 1] - seen[reach] == origins + 1 - reach]
    last = ends[panel.which(origins)]
    after = np.minimum(origins + settings.block, last)
    asked = (after < origins + settings.block) | (seen[after + 1] > seen[origins + 1])
    if ahead:  # rows whose covariates alone are known are to be forecast
        asked |= seen[last + 1] == seen[origins + 1]
    return origins[asked] if asked.any() else origins


def _thinned(origins: Rows, panel: Panel, settings: ForecasterSettings, wish: Wish) -> Rows:
    """Return the origins that are wished for.

    Raises:
        TooFewRowsError: there is none.
    """
    if len(origins):
        return origins[wish.of(len(origins))]
    needed, why = settings.memory, "a window of `timesteps`"
    if wish.targets or settings.future_covariates:
        needed, why = needed + settings.block, "a window and the rows ahead of it"
    blank = " without blanks" if settings.gaps == "drop" else ""
    raise TooFewRowsError(
        f"`data` must hold {why}, {needed} rows{blank}; there are {int(panel.lengths.max())}. "
        "Pass more rows as `data`, such as the whole series."
    )


def _batch(
    settings: ForecasterSettings,
    recipe: Recipe,
    panel: Panel,
    origins: Rows,
    targets: bool,
    dtype: str,
) -> tuple[Batch, Rows]:
    """Return windows as the network reads them, and the number of the series of each."""
    if targets:
        reading = Reading(settings, recipe, panel)
        windows = Windows(panel.flat, settings.timesteps, settings.block, origins)
        batch = WindowExamples(reading, windows, np.dtype(dtype)).batch(np.arange(len(origins)))
        return batch, reading.read(origins, dtype).which
    room, moved = with_room(panel, origins, settings.block)
    read = Reading(settings, recipe, room).read(moved, dtype)
    nothing = np.empty((len(origins), 0), dtype)
    return Batch(read.x, nothing, mask=read.mask, beside=read.beside), read.which


def _weights(
    fitted: Fitted,
    settings: ForecasterSettings,
    shapes: dict[str, tuple[int, ...]],
    which: Rows,
) -> list[Parameters]:
    """Return the weights of each network.

    Raises:
        DataError: each series has its own, and there are several series.
    """
    if not settings.local:
        return [member.parameters for member in fitted.members]
    numbers = np.unique(which)
    if len(numbers) > 1:
        raise DataError(
            f"With local=True each series has a network of its own; got windows of {len(numbers)} "
            "series. Pass the rows of one as `data`."
        )
    place = int(numbers[0])
    return [
        Parameters(shapes, member.local[place])
        for member in fitted.members
        if member.local is not None
    ]


def column_names(settings: ForecasterSettings, recipe: Recipe, panel: Panel) -> tuple[str, ...]:
    """Return the names of the inputs of a step, in the order in which the network reads them."""
    own = settings.target or ("y" if panel.long else str(panel.flat.name))
    names = [own, *(f"{own}, change from {lag} rows before" for lag in settings.seasonal_lags)]
    names += [one for one in recipe.columns if one not in settings.future_covariates]
    known = [one for one in recipe.columns if one in settings.future_covariates]
    names += known
    for lead in range(1, settings.block + 1 if known else 0):
        names += [f"{one}, {lead} ahead" for one in known]
    names += [f"{one} {wave}" for one in settings.calendar for wave in ("sine", "cosine")]
    names += [f"{column} = {value}" for column, values in recipe.categories for value in values]
    return tuple(names)
