"""Going on with the training of fitted networks, on rows that have come since."""

import time
from dataclasses import replace

import numpy as np
import pandas as pd

from forecast.checks import real_number, whole_number
from forecast.data.columns import SeriesLike
from forecast.data.mixing import side_by_side
from forecast.data.panel import Panel
from forecast.errors import DataError, SettingError
from forecast.models.contract import extended
from forecast.models.examples import WindowExamples
from forecast.models.fitted import Fitted, Member
from forecast.models.fitting import network_of, tail_of
from forecast.models.reading import Reading
from forecast.models.recipe import part_windows
from forecast.models.settings import ForecasterSettings
from forecast.nn.blas import one_blas_thread
from forecast.training.settings import TrainingSettings
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
    if settings.local:
        raise SettingError(
            "`update` goes on with one network for all series; this forecaster has local=True. "
            "Fit it again, which takes as long."
        )
    epochs = whole_number("epochs", epochs)
    rate = settings.learning_rate if learning_rate is None else learning_rate
    rate = real_number("learning_rate", rate, above=0)
    columns = settings.columns()._replace(covariates=fitted.recipe.columns)
    panel = extended(fitted.tail, newer, columns, needed=settings.memory + settings.block)
    _check_known(fitted.tail, panel)
    windows = part_windows(settings, panel, _new_rows(fitted.tail, panel), settings.block)
    if len(windows) == 0:
        raise DataError(
            "`newer` holds no row to learn from: it must reach at least `horizon` "
            f"({settings.block}) observed rows beyond the fitted ones. Pass more of the newest "
            "rows, or wait for them."
        )
    training = replace(
        settings.training(),
        epochs=epochs, learning_rate=rate, patience=None, average_epochs=1,
    )  # fmt: skip
    reading = Reading(settings, fitted.recipe, panel)
    examples = WindowExamples(reading, windows, np.dtype(settings.dtype))
    members = _trained_on(settings, fitted, examples, training)
    return fitted._replace(
        members=tuple(members),
        tail=_tail(settings, fitted.tail, panel),
        seconds=fitted.seconds + time.perf_counter() - started,
        updated=fitted.updated + 1,
    )


def _trained_on(
    settings: ForecasterSettings,
    fitted: Fitted,
    examples: WindowExamples,
    training: TrainingSettings,
) -> list[Member]:
    """Train each network from its present weights; its history goes on."""
    engine = settings.chosen_engine() if fitted.engine == "numba" else "numpy"
    network = network_of(settings, fitted.recipe, engine)
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
    return members


def _check_known(known: Panel, panel: Panel) -> None:
    """See that all series were among the fitted ones: what is learned of each stays as it is.

    Raises:
        DataError: one was not.
    """
    fitted = set(known.ids)
    strange = [one for one in panel.ids if one not in fitted] if panel.long else []
    if strange:
        raise DataError(
            f"The series {strange[0]!r} in `newer` was not among the {len(known)} fitted ones. Fit "
            "with it, or leave it out."
        )


def _new_rows(known: Panel, panel: Panel) -> list[range]:
    """Return the rows of each series that come after the fitted ones."""
    ends = dict(zip(known.ids, known.flat.index[known.ends], strict=True))
    last = [ends[one] for one in panel.ids] if panel.long else [known.flat.index[-1]]
    later = panel.flat.index > pd.Index(last).repeat(panel.lengths)
    before = np.add.reduceat((~later).astype(np.intp), panel.offsets[:-1])
    both = zip(before.tolist(), panel.lengths.tolist(), strict=True)
    return [range(first, rows) for first, rows in both]


def _tail(settings: ForecasterSettings, known: Panel, panel: Panel) -> Panel:
    """Return the last rows of each series: newer ones where there are any."""
    newest = tail_of(panel, settings)
    if not known.long:
        return replace(newest, ids=known.ids)
    grown = set(newest.ids)
    rest = [place for place, one in enumerate(known.ids) if one not in grown]
    parts = [newest, known.take(np.array(rest))] if rest else [newest]
    places = {one: place for place, one in enumerate([one for part in parts for one in part.ids])}
    whole = side_by_side(parts)
    order = np.array([places[one] for one in known.ids], dtype=np.intp)
    return known if whole is None else replace(whole.take(order), static=known.static)
