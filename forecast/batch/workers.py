"""Workers: processes of this machine, or those of any backend that joblib knows."""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib import import_module
from typing import Any

from forecast.batch.stages import perform
from forecast.batch.task import Task
from forecast.checks import whole_number
from forecast.errors import BatchError, MissingExtraError, SettingError
from forecast.kernels.threads import cores

LOKY, DASK = "loky", "dask"
# Backends of other packages: the module and the function that make them known to joblib.
ELSEWHERE = {"ray": ("ray.util.joblib", "register_ray"), "spark": ("joblibspark", "register_spark")}
# Errors of joblib, Dask and Ray; by name, as none of their packages need be there.
LOSSES = {
    *("BrokenProcessPool", "KilledWorker", "FutureCancelledError", "CommClosedError"),
    *("RayActorError", "WorkerCrashedError"),
}
SECONDS_FOR_WORKERS = 60  # that a Dask cluster may take to have one


class Workers:
    """Workers that do tasks side by side.

    Args:
        backend: of joblib; `loky` are processes of this machine.
        workers: how many; None takes all that a cluster has.
    """

    def __init__(self, backend: str, workers: int | None) -> None:
        self._workers, self._is_local = workers, backend == LOKY

    def results(self, tasks: Sequence[Task]) -> Iterator[Any]:
        """Do tasks, and yield what each returns, as soon as it is done.

        Raises:
            BatchError: a worker process was killed.
        """
        import joblib

        driver = os.getpid() if self._is_local else None
        # While fewer tasks than workers are left to do, as in training, each may use more cores.
        threads = max(1, (self._workers or 1) // max(1, len(tasks)))
        calls = (
            joblib.delayed(perform)(one._replace(driver=driver, threads=threads)) for one in tasks
        )
        # Not in batches: a task takes seconds, and one that is lost should be one.
        parallel = joblib.Parallel(n_jobs=self._workers, batch_size=1, return_as=self._order())
        try:
            yield from parallel(calls)
        except Exception as error:
            if _is_loss(error):
                raise BatchError(
                    f"A worker, or the way to it, was lost before its task was done "
                    f"({type(error).__name__}); it was killed, or memory was short. Go on with "
                    "--resume (resume=True), with fewer --workers where memory is short."
                ) from error
            raise

    def _order(self) -> str:
        """Return how results come: as they are done, where the backend can."""
        import joblib

        backend, _ = joblib.parallel.get_active_backend()
        return "generator_unordered" if backend.supports_return_generator else "list"


@contextmanager
def workers_of(backend: str | None, workers: int | None, address: str | None) -> Iterator[Workers]:
    """Hand out workers; where they are processes of this machine, each computes in one thread.

    Args:
        backend: `loky` (processes of this machine), `dask`, `ray`, `spark`, or any name that was
            registered with joblib; None takes `dask` where there is an address, else the one that
            `joblib.parallel_config` made active, else `loky`.
        workers: how many, at least 1; None takes one a core, or all that a cluster has.
        address: of a Dask scheduler, such as `tcp://10.0.0.1:8786`.

    Raises:
        SettingError: there is no such backend, or it has no address.
        MissingExtraError: its package is not installed.
        BatchError: there is no scheduler at that address.
    """
    import joblib

    if workers is not None:
        workers = whole_number("workers", workers)
    if address is not None and backend not in (None, DASK):
        raise SettingError(f"`address` is that of a Dask scheduler; got backend={backend!r}.")
    with ExitStack() as stack:
        if backend == DASK or address is not None:
            options = _dask(stack, address)
            stack.enter_context(joblib.parallel_config(DASK, **options))
            backend = DASK
        elif backend in (None, LOKY):
            backend = _active() if backend is None else LOKY
            if backend == LOKY:
                workers = workers or cores()
                stack.enter_context(
                    joblib.parallel_config(LOKY, n_jobs=workers, inner_max_num_threads=1)
                )
        else:
            _known(backend)
            stack.enter_context(joblib.parallel_config(backend, n_jobs=workers or -1))
        yield Workers(backend, workers)


def _active() -> str:
    """Return `loky`, or "" where a caller made another backend active."""
    import joblib

    backend, _ = joblib.parallel.get_active_backend()
    return LOKY if type(backend).__name__ == "LokyBackend" else ""


def _known(backend: str) -> None:
    """Make a backend of another package known to joblib.

    Raises:
        SettingError: nobody knows it.
        MissingExtraError: its package is not installed.
    """
    import joblib

    if backend in ELSEWHERE and backend not in joblib.parallel.BACKENDS:
        module, register = ELSEWHERE[backend]
        try:
            getattr(import_module(module), register)()
        except ImportError as error:
            raise SettingError(
                f"`backend={backend!r}` needs the module `{module}`, which is not installed: pip "
                f"install {'ray' if backend == 'ray' else 'joblibspark pyspark'}"
            ) from error
    if backend not in {*joblib.parallel.BACKENDS, *joblib.parallel.EXTERNAL_BACKENDS}:
        listed = ", ".join(sorted({*joblib.parallel.BACKENDS, DASK, *ELSEWHERE}))
        raise SettingError(
            f"`backend` must be one that joblib knows ({listed}); got {backend!r}. Register it "
            "with joblib.register_parallel_backend first."
        )


def _dask(stack: ExitStack, address: str | None) -> dict[str, Any]:
    """Return the options of joblib's Dask backend.

    Raises:
        MissingExtraError: Dask is not installed.
        SettingError: there is no address, and no client of the caller.
        BatchError: nobody answers there.
    """
    try:
        from distributed import Client, get_client
    except ImportError as error:
        raise MissingExtraError("distributed", "dask", "backend='dask'") from error
    waits = {"wait_for_workers_timeout": SECONDS_FOR_WORKERS}
    if address is None:
        try:
            return waits | {"client": get_client()}
        except ValueError as error:
            raise SettingError(
                "`backend='dask'` needs the address of a scheduler, or a distributed.Client of "
                "yours. Pass --address tcp://HOST:8786 (address=…)."
            ) from error
    try:
        connect: Any = Client
        client = stack.enter_context(connect(address, set_as_default=False))
    except (OSError, TimeoutError, ValueError) as error:
        raise BatchError(
            f"No Dask scheduler answers at {address!r} ({error}). Start one with: dask scheduler"
        ) from error
    return waits | {"client": client}


def _is_loss(error: Exception) -> bool:
    """Say whether an error means that a worker, or the way to it, went away during a task."""
    return bool({kind.__name__ for kind in type(error).__mro__} & LOSSES)
