"""Going on with the training of fitted networks, on rows that have come since."""

import time
from dataclasses import replace

import numpy as np

from forecast.checks import real_number, whole_number
from forecast.data.columns import SeriesLike
from forecast.data.panel import Panel, joined
from forecast.errors import DataError
from forecast.models.contract import extended
from forecast.models.examples import WindowExamples
from forecast.models.fitted import Fitted, Member
from forecast.models.fitting import network_of, tail_of
from forecast.models.reading import Reading
from forecast.models.recipe import part_windows
from forecast.models.settings import ForecasterSettings
from forecast.nn.blas import one_blas_thread
from forecast.training.trainer import streams, train


def go_on(
    settings: ForecasterSettings,
    fitted: Fitted,
    newer: SeriesLike,
    epochs: int,
    learning_rate: float | None,
) -> Fitted:
    """Train fitted networks on newer rows; see `Forecaster.update`."""
    started = time.perf_counter()
    epochs = whole_number("epochs", epochs)
    rate = settings.learning_rate if learning_rate is None else learning_rate
    rate = real_number("learning_rate", rate, above=0)
    columns = settings.columns()._replace(covariates=fitted.recipe.columns)
    panel = extended(fitted.tail, newer, columns, needed=settings.memory + settings.block)
    windows = part_windows(settings, panel, _new_rows(fitted.tail, panel), settings.block)
    if len(windows) == 0:
        raise DataError(
            "`newer` holds no row to learn from: it must reach at least `horizon` "
            f"({settings.block}) observed rows beyond the fitted ones. Pass more of the newest "
            "rows, or wait for them."
        )
    training = replace(settings.training(), epochs=epochs, learning_rate=rate, patience=None)
    engine = settings.chosen_engine() if fitted.engine == "numba" else "numpy"
    network = network_of(settings, fitted.recipe, engine)
    reading = Reading(settings, fitted.recipe, panel)
    examples = WindowExamples(reading, windows, np.dtype(settings.dtype))
    members: list[Member] = []
    for number, member in enumerate(fitted.members):
        random = streams(settings.seed + number + settings.seeds * (fitted.updated + 1))
        with one_blas_thread():
            trained = train(
                network, member.parameters, examples, training,
                random=random, threads=settings.threads,
            )  # fmt: skip
        before = len(member.history)
        later = tuple(one._replace(epoch=one.epoch + before) for one in trained.history)
        members.append(
            member._replace(parameters=trained.parameters, history=member.history + later)
        )
    return fitted._replace(
        members=tuple(members),
        tail=_tail(settings, fitted.tail, panel),
        seconds=fitted.seconds + time.perf_counter() - started,
        updated=fitted.updated + 1,
    )


def _new_rows(known: Panel, panel: Panel) -> list[range]:
    """Return the rows of each series that come after the fitted ones."""
    ends = dict(zip(known.ids, known.flat.index[known.ends], strict=True))
    found = []
    for number, one in enumerate(panel.ids):
        index = panel.one(number).index
        found.append(range(int(index.searchsorted(ends[one], side="right")), len(index)))
    return found


def _tail(settings: ForecasterSettings, known: Panel, panel: Panel) -> Panel:
    """Return the last rows of each series: newer ones where there are any."""
    newest = dict(zip(panel.ids, tail_of(panel, settings).each(), strict=True))
    each = [newest.get(one, known.one(number)) for number, one in enumerate(known.ids)]
    return joined(each, known.ids, known.long)
