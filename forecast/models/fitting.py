"""From a panel to fitted networks: windows, scale, training, calibration."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event

import numpy as np

from forecast.data.panel import Panel, as_panel
from forecast.data.series import TimeSeries, Values
from forecast.data.splits import Parts, whole_each
from forecast.data.windows import Origins, Windows, check_enough
from forecast.errors import TooFewRowsError
from forecast.kernels.threads import cores
from forecast.models.examples import DrawnExamples, WindowExamples
from forecast.models.fitted import FitProgress, Fitted, Member
from forecast.models.heads import Run, ahead_of, check_fed_back, run_of
from forecast.models.intervals import scores_of
from forecast.models.local import first_of, fit_locally
from forecast.models.reading import Reading, Recipe, with_room
from forecast.models.recipe import (
    learn_recipe,
    part_windows,
    recent_windows,
    since,
    splits_of,
)
from forecast.models.settings import ForecasterSettings
from forecast.nn.blas import one_blas_thread
from forecast.nn.stack import Stack
from forecast.training.history import Progress
from forecast.training.recording import FlowRecorder, layer_engine
from forecast.training.settings import TrainingSettings
from forecast.training.trainer import Cancel, Trained, streams, train, waited

NOISE = 3  # beside the three streams of a seed


def fit_network(
    settings: ForecasterSettings,
    panel: Panel,
    *,
    on_epoch: Callable[[FitProgress], None] | None = None,
    cancel: Cancel | None = None,
) -> Fitted:
    """Fit networks to a panel; see `Forecaster.fit` for arguments and errors."""
    with one_blas_thread():  # also for the first weights: their QR must not depend on the cores
        return _Fit(settings, panel, on_epoch, cancel).run()


class _Fit:
    """One fit: what its steps share."""

    def __init__(
        self,
        settings: ForecasterSettings,
        panel: Panel,
        on_epoch: Callable[[FitProgress], None] | None,
        cancel: Cancel | None,
    ) -> None:
        self._started, self._engine = time.perf_counter(), settings.chosen_engine()
        self._settings, self._panel, self._on_epoch = settings, panel, on_epoch
        self._cancel = cancel
        self._started -= waited(cancel)
        check_fed_back(settings, panel.flat.columns, settings.horizon)
        self._splits = splits_of(settings, panel)
        windows = self._windows(self._splits.part("train"))
        check_windows(settings, panel, self._splits, windows)
        self._recipe = learn_recipe(settings, panel, self._splits, windows)
        self._reading = Reading(settings, self._recipe, panel)
        self._network = network_of(settings, self._recipe, self._engine)
        self._windows_of_training = recent_windows(settings, panel, self._splits, windows)

    def run(self) -> Fitted:
        """Train every network, calibrate, and train once more where that is asked for."""
        validation = self._of(self._windows(self._splits.part("validation")))
        members = self._members(validation)
        scores = self._scores(members)
        again = self._again(members) if self._settings.refit else None
        return Fitted(
            members=tuple(again or members),
            recipe=self._recipe,
            splits=self._splits,
            scores=scores,
            tail=tail_of(self._panel, self._settings),
            seconds=time.perf_counter() - waited(self._cancel) - self._started,
            engine=self._engine,
            refitted=again is not None,
        )

    def _members(self, validation: WindowExamples) -> list[Member]:
        """Train every network; once cancelled, keep those that finished an epoch."""
        members: list[Member] = []
        if self._side_by_side() > 1:
            members = self._at_once(validation)
        while len(members) < self._settings.seeds:
            members.append(self._member(len(members), validation))
            if members[-1].stopped_by == "cancel":
                break
        done = [one for one in members if one.best_epoch > 0] or members[:1]
        return [*done[:-1], done[-1]._replace(stopped_by=members[-1].stopped_by)]

    def _side_by_side(self) -> int:
        """Return how many networks to train at once; their results do not depend on it.

        Who watches or may stop a training is told of one network after another.
        """
        settings, watched = self._settings, self._on_epoch is not None or self._cancel is not None
        if watched or settings.local or self._engine != "numba":
            return 1
        return min(settings.seeds, settings.threads or cores())

    def _at_once(self, validation: WindowExamples) -> list[Member]:
        """Train all networks, as many at a time as there are cores."""
        pool, stopped = ThreadPoolExecutor(self._side_by_side()), Event()
        self._cancel = stopped
        try:
            numbers = range(self._settings.seeds)
            return list(pool.map(lambda number: self._member(number, validation), numbers))
        except BaseException:
            stopped.set()
            raise
        finally:
            pool.shutdown(cancel_futures=True)
            self._cancel = None

    def _member(self, number: int, validation: WindowExamples) -> Member:
        """Train one network."""
        examples = self._drawn(self._windows_of_training, number)
        if self._settings.local:
            return self._local(examples, number)
        recorder = self._recorder()
        trained = self._train(
            examples, validation, number, self._settings.training(), recorder=recorder
        )
        flow = {} if recorder is None else recorder.record()
        history, best = tuple(trained.history), trained.best_epoch
        return Member(trained.parameters, history, best, trained.stopped_by, flow=flow)

    def _recorder(self) -> FlowRecorder | None:
        """Return what notes where the gradient of one network goes, if that is asked for."""
        settings, network = self._settings, self._network
        if not settings.record_gradients:
            return None
        if self._engine == "numba" and layer_engine(network, settings.dtype) == "numpy":
            network = network_of(settings, self._recipe, "numpy")
        plain, loss = self._of(self._windows_of_training), settings.training()
        return FlowRecorder(network, plain, loss.loss, loss.loss_quantiles)

    def _again(self, members: list[Member]) -> list[Member] | None:
        """Train each network afresh on all rows, as many epochs as were best; keep its history.

        Returns:
            The networks; None once cancelled, as half of a training is worse than the first.
        """
        if any(member.stopped_by == "cancel" for member in members):
            return None
        windows = self._windows(whole_each(self._panel.lengths).part("train"))
        if self._settings.recent is not None:
            begins = self._panel.offsets[1:] - self._settings.recent
            windows = since(windows, begins[self._panel.which(windows.origins)])
        again: list[Member] = []
        for number, member in enumerate(members):
            examples = self._drawn(windows, number)
            if self._settings.local:
                again.append(self._local(examples, number))
                continue
            training = replace(self._settings.training(), epochs=member.best_epoch, patience=None)
            trained = self._train(examples, None, number, training, told=False)
            if trained.stopped_by == "cancel":
                return None
            again.append(member._replace(parameters=trained.parameters))
        return again

    def _train(
        self,
        examples: WindowExamples,
        validation: WindowExamples | None,
        number: int,
        training: TrainingSettings,
        *,
        told: bool = True,
        recorder: FlowRecorder | None = None,
    ) -> Trained:
        random = streams(self._settings.seed + number)
        first = self._network.init(random.init, self._settings.dtype)
        tell = self._told(number) if told and self._on_epoch is not None else None
        return train(
            self._network,
            first,
            examples,
            training,
            validation=validation,
            random=random,
            on_epoch=tell if recorder is None else recorder.noting(first, tell),
            cancel=self._cancel,
            threads=self._settings.threads,
        )

    def _local(self, examples: WindowExamples, number: int) -> Member:
        """Train one network for each series."""
        training = self._settings.training()
        fit = fit_locally(self._settings, self._network, examples, training, number, self._cancel)
        first, epochs = first_of(self._network, fit.weights), len(fit.history)
        failed = tuple(fit.failed.items())
        return Member(first, fit.history, epochs, fit.stopped_by, fit.weights, failed)

    def _windows(self, parts: Sequence[range]) -> Windows:
        return part_windows(self._settings, self._panel, parts, self._settings.block)

    def _of(self, windows: Windows) -> WindowExamples:
        return WindowExamples(self._reading, windows, np.dtype(self._settings.dtype))

    def _drawn(self, windows: Windows, number: int) -> WindowExamples:
        """Return training examples of one network, which has noise of its own."""
        settings = self._settings
        kind = DrawnExamples if settings.sampling == "series" else WindowExamples
        generator = np.random.default_rng([settings.seed + number, NOISE])
        dtype = np.dtype(settings.dtype)
        return kind(self._reading, windows, dtype, settings.input_noise, generator)

    def _scores(self, members: list[Member]) -> Values:
        """Return the scores of the calibration windows."""
        settings, parts = self._settings, self._splits.part("calibration")
        windows = part_windows(settings, self._panel, parts, settings.horizon)
        runs = [run_of(self._network, one.parameters, one.local) for one in members]
        return calibration_scores(settings, runs, self._reading, windows)

    def _told(self, number: int) -> Callable[[Progress], None]:
        """Turn a callback on fits into one on the training of one network."""
        settings, on_epoch = self._settings, self._on_epoch
        read: dict[int, tuple[Panel, Reading]] = {}  # the rows are kept, so that ids stay theirs
        block = settings.block

        def tell(progress: Progress) -> None:
            run = run_of(self._network, progress.parameters)

            def forecast(series: TimeSeries | Panel, origins: Origins) -> Values:
                if id(series) not in read:
                    panel = as_panel(series)
                    room, _ = with_room(panel, panel.ends, block)
                    read[id(series)] = panel, Reading(settings, self._recipe, room)
                panel, reading = read[id(series)]
                origins = origins + block * panel.which(origins)
                ahead = ahead_of(settings, [run], reading, origins, block)
                return reading.levels.in_unit(ahead.point, origins)

            before, epochs = number * progress.epochs, settings.seeds * progress.epochs
            record = progress.record._replace(epoch=progress.record.epoch + before)
            if on_epoch is not None:
                on_epoch(FitProgress(record, epochs, forecast))

        return tell


def calibration_scores(
    settings: ForecasterSettings, runs: list[Run], reading: Reading, windows: Windows
) -> Values:
    """Return the scores of calibration windows, NaN where nothing was observed."""
    rows = windows.origins[:, None] + np.arange(1, windows.horizon + 1)
    seen, known = windows.observed(), reading.levels.known
    if known is not None:
        seen = seen & known[rows]
    came = np.where(seen, reading.levels.values[rows], np.nan)
    ahead = ahead_of(settings, runs, reading, windows.origins, windows.horizon)
    return scores_of(came, ahead)


def network_of(settings: ForecasterSettings, recipe: Recipe, engine: str) -> Stack:
    """Return the layers for the columns that were found."""
    past = [name for name in recipe.columns if name not in settings.future_covariates]
    return settings.network(engine, len(past), recipe.static)


def check_windows(
    settings: ForecasterSettings, panel: Panel, splits: Sequence[Parts], windows: Windows
) -> None:
    """Raise an error that says what would fit if there is no training window.

    Raises:
        TooFewRowsError: there is none.
    """
    if not panel.long:
        check_enough(panel.flat, splits[0].train, windows)
    elif len(windows) == 0:
        raise TooFewRowsError(
            f"None of the {len(panel)} series holds a training window: each needs an observed row "
            f"after the first and `horizon` ({settings.horizon}) more. Use a shorter `horizon`, "
            "or longer series."
        )


def tail_of(panel: Panel, settings: ForecasterSettings) -> Panel:
    """Return the last rows of each series, as many as a forecast needs."""
    return panel.last(settings.kept(panel.flat.season))
