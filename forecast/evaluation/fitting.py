"""The cells of a comparison, fitted side by side where a kernel leaves Python to the others."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from forecast.data.panel import Panel
from forecast.data.series import TimeSeries
from forecast.evaluation.fairness import Deadline
from forecast.kernels.threads import cores
from forecast.models.fitted import FitProgress
from forecast.models.forecaster import Forecaster
from forecast.training.trainer import Cancel

OnEpoch = Callable[[str, FitProgress], None]


class _Stop:
    """Set by the caller's cancel, or once one of the fits has failed."""

    def __init__(self, cancel: Cancel | None) -> None:
        self._cancel, self._failed = cancel, threading.Event()

    def set(self) -> None:
        self._failed.set()

    def is_set(self) -> bool:
        return self._failed.is_set() or (self._cancel is not None and self._cancel.is_set())


def fit_all(
    networks: Mapping[str, Forecaster],
    rows: TimeSeries | Panel,
    on_epoch: OnEpoch | None,
    cancel: Cancel | None,
    *,
    seconds: float | None = None,
) -> dict[str, Forecaster]:
    """Fit networks to rows, by label; see `forecast.evaluation.compare.compare`.

    With `seconds` they are fitted one after another, each so long. Once cancelled, or once one has
    failed, the others stop too. Each result is the same as if it were fitted alone.

    Raises:
        ForecastError: what the first failing fit raised.
    """
    stop, turn = _Stop(cancel), threading.Lock()

    def fit(label: str) -> Forecaster:
        def told(progress: FitProgress) -> None:
            if on_epoch is not None:
                with turn:
                    on_epoch(label, progress)

        try:
            return networks[label].fit(
                rows,
                on_epoch=None if on_epoch is None else told,
                cancel=Deadline(seconds, stop),
            )
        except BaseException:
            stop.set()
            raise

    if not networks:
        return {}
    together = seconds is None and _compiled(networks)
    side_by_side = min(len(networks), cores()) if together else 1
    with ThreadPoolExecutor(side_by_side, thread_name_prefix="fit") as pool:
        fits = {label: pool.submit(fit, label) for label in networks}
        try:
            return {label: one.result() for label, one in fits.items()}
        except BaseException:
            stop.set()
            raise


def _compiled(networks: Mapping[str, Forecaster]) -> bool:
    """Say whether all compute in kernels; what NumPy does in threads only gets in its own way."""
    return all(one.settings.chosen_engine() == "numba" for one in networks.values())
