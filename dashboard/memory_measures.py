"""What the networks of a finished run make of the past of one series, each measured once.

Nothing in a finished run changes any more, so that everything here is kept by the run's id.
"""

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.one_of_panel import one_series
from dashboard.training import service
from forecast.data.panel import Panel, as_panel
from forecast.data.series import TimeSeries
from forecast.errors import TooFewRowsError
from forecast.insight.effective_memory import EffectiveMemory, effective_memory
from forecast.insight.findings import gradient_findings
from forecast.insight.flow import GradientFlow, gradient_flow
from forecast.insight.influence import Influence, influence
from forecast.insight.influence import influence_of as measured
from forecast.insight.jacobian import Jacobian, jacobian
from forecast.insight.opened import Wish, opened
from forecast.insight.recorded import gradient_history, is_recorded
from forecast.insight.states import HiddenStates, hidden_states
from forecast.models.forecaster import Forecaster
from forecast.models.settings import ForecasterSettings

WINDOWS = 64  # of the test part, evenly spread, that means are taken over
POINTS, FEWER, FEWEST = 16, 16, 4  # of integrated gradients, whose windows cost as many passes
MANY_AHEAD = 24  # rows ahead, above which the fewest windows have to do
STEPS = 12  # Jacobians, evenly spread over a window
BEFORE = "before the first row"  # what a short series has there
KEPT = 96  # answers of a kind
KEPT_LARGE = 24  # of those that may take megabytes
FOLLOWED = 250  # steps along which a small change of the state is followed


class Subject(NamedTuple):
    """A run, and one of its series.

    Attributes:
        run: id.
        series: id, where the run has many; else None.
    """

    run: str
    series: Any = None


class Window(NamedTuple):
    """A window of the test part, or the newest one, which is all before the first row unknown.

    Attributes:
        data: the rows that end with it, and those ahead of it that a network reads.
        values: (timesteps,) NaN where a value is missing.
        ds: (timesteps,) timestamps or row numbers, as text.
    """

    data: Panel
    values: NDArray[np.float64]
    ds: tuple[str, ...]

    @property
    def said(self) -> str:
        """Return which rows these are."""
        first = next(one for one in self.ds if one != BEFORE)
        return f"Rows {first} to {self.ds[-1]}"


class Looked(NamedTuple):
    """The networks of a run, and the rows of one series that none of them has learned from.

    Attributes:
        rows: of the series, alone.
        networks: by label.
        origins: last row of each window that one may look at, rising: those of the test part that
            a forecast is held against something after, and the newest. Where a series is blank but
            for some rows, nothing is asked of the other windows.
    """

    rows: Panel
    networks: dict[str, Forecaster]
    origins: NDArray[np.intp]

    @property
    def settings(self) -> ForecasterSettings:
        """What the networks have in common, and the cell of the first."""
        return next(iter(self.networks.values())).settings

    @property
    def name(self) -> str:
        """How the series is called."""
        return str(self.rows.ids[0]) if self.rows.long else self.rows.flat.name

    @property
    def windows(self) -> int:
        """Number of windows."""
        return len(self.origins)

    @property
    def test(self) -> Panel:
        """The rows of the test part, and those before it that its first window reads."""
        return self.rows.cut([range(self._begin(int(self.origins[0])), len(self.rows.flat))])

    def window(self, number: int) -> Window:
        """Return a window by its number, from 1."""
        flat, timesteps = self.rows.flat, self.settings.timesteps
        stop = int(self.origins[number - 1]) + 1
        shown = flat.rows(max(0, stop - timesteps), stop)
        blank = timesteps - len(shown)
        values = np.where(shown.observed, shown.values, np.nan)
        times = [str(one).removesuffix(" 00:00:00") for one in shown.index]
        ahead = self.settings.block if self.settings.future_covariates else 0
        return Window(
            self.rows.cut([range(self._begin(stop - 1), stop + ahead)]),
            np.concatenate([np.full(blank, np.nan), values]),
            (*(BEFORE,) * blank, *times),
        )

    def _begin(self, origin: int) -> int:
        """Return the first row that a forecast after a row reads."""
        return max(0, origin + 1 - self.settings.kept(self.rows.flat.season))


@lru_cache(maxsize=8)
def looked(of: Subject) -> Looked:
    """Return the networks and the rows of a finished run."""
    snapshot = service().snapshot(of.run)
    if snapshot is None or snapshot.result is None:
        raise LookupError(f"run {of.run} has no result")
    models, rows = snapshot.result.models, snapshot.request.series
    networks = {label: one for label, one in models.items() if isinstance(one, Forecaster)}
    first = next(iter(networks.values()))
    known, alone = first.last_row(), _alone(rows, of.series)
    end = next(iter(known.values())) if of.series is None else known.get(of.series)
    return Looked(alone, networks, _origins(alone.flat, end, first.settings))


def _origins(flat: TimeSeries, end: Any, settings: ForecasterSettings) -> NDArray[np.intp]:
    """Return the last rows of the windows to look at.

    Args:
        flat: rows of the series.
        end: the last one that a network has learned from, None for none.
        settings: of the networks.
    """
    begin = 0 if end is None else int(flat.index.searchsorted(end, side="right"))
    ahead, rows = settings.block if settings.future_covariates else 0, len(flat)
    last = rows - 1 - ahead
    origins = np.arange(min(max(begin - 1, settings.memory - 1), last), last + 1)
    seen = np.concatenate(([0], np.cumsum(flat.observed)))
    after = seen[np.minimum(origins + 1 + settings.block, rows)] > seen[origins + 1]
    after |= (origins == rows - 1) & flat.observed[-1]
    return origins[after] if after.any() else origins


def _alone(rows: TimeSeries | Panel, one: Any) -> Panel:
    if not isinstance(rows, Panel) or one is None:
        return as_panel(rows)
    return one_series(rows, one).alone or rows


@lru_cache(maxsize=KEPT)
def influence_of(of: Subject, label: str, method: str, window: int | None) -> Influence:
    """Measure the influence of the rows of a window, or of all the test part's windows.

    Args:
        of: run and series.
        label: of the network.
        method: `gradient` or `integrated`.
        window: its number; None takes the mean over `WINDOWS` of them, fewer with `integrated`.

    Raises:
        ForecastError: the rows make no whole window.
    """
    found = looked(of)
    network = found.networks[label]
    if window is not None:
        return influence(network, found.window(window).data, windows=1, method=method,
                         points=POINTS)  # fmt: skip
    most = WINDOWS
    if method == "integrated":
        most = FEWER if network.settings.block <= MANY_AHEAD else FEWEST
    try:  # only windows that a forecast is held against something after
        open_ = opened(network, found.test, Wish(windows=most, targets=True))
    except TooFewRowsError:
        open_ = opened(network, found.test, Wish(windows=most))
    return measured(open_, method, POINTS)


@lru_cache(maxsize=KEPT)
def memory_of(of: Subject, label: str, method: str, window: int | None) -> EffectiveMemory:
    """Count the newest rows that hold 50, 90 and 99 %; see `influence_of`."""
    return effective_memory(influence_of(of, label, method, window))


@lru_cache(maxsize=KEPT_LARGE)
def states_of(of: Subject, label: str, window: int) -> HiddenStates:
    """Return the states of a network over one window.

    Raises:
        ForecastError: the rows make no whole window.
    """
    found = looked(of)
    return hidden_states(found.networks[label], found.window(window).data)


@lru_cache(maxsize=KEPT)
def jacobian_of(of: Subject, label: str, steps: int) -> Jacobian:
    """Measure what one step does to a network's state.

    Args:
        of: run and series.
        label: of the network.
        steps: of the newest window at which Jacobians are taken; they take more time than the
            exponents along the test part, which are the same without them.

    Raises:
        ForecastError: the rows make no whole window.
    """
    found = looked(of)
    return jacobian(found.networks[label], found.test, steps=steps, length=FOLLOWED)


@lru_cache(maxsize=KEPT_LARGE)
def flow_of(of: Subject, label: str) -> pd.DataFrame:
    """Return where the gradient went: epoch by epoch where that was recorded, else at the end.

    Returns:
        Columns epoch, layer, lag, norm; several networks of a cell stand in `seed`.

    Raises:
        ForecastError: it was not recorded, and the test part has no window with rows ahead.
    """
    network = looked(of).networks[label]
    if is_recorded(network):
        return gradient_history(network)
    flow: GradientFlow = gradient_flow(network, looked(of).test, windows=WINDOWS)
    return flow.table[["layer", "lag", "norm"]].assign(epoch=len(network.history_))


def recorded(of: Subject) -> bool:
    """Say whether all networks have recorded their gradient while they were trained."""
    return all(is_recorded(network) for network in looked(of).networks.values())


@lru_cache(maxsize=KEPT)
def findings_of(of: Subject, label: str) -> pd.DataFrame:
    """Return what is to be said of a network's gradient.

    Raises:
        ForecastError: it was not recorded, and the test part has no window with rows ahead.
    """
    network = looked(of).networks[label]
    data = None if is_recorded(network) else looked(of).test
    return gradient_findings(network, data)
