"""What the training service may take of a machine, and one person of the service."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields

from forecast.checks import whole_number
from forecast.errors import SettingError

MEMORY = "FORECAST_WORKER_MEMORY_MB"
LEAST_MEGABYTES = 256
LEAST_LEASE = 90  # seconds; a browser wakes the timers of a hidden tab once a minute
# By the variable of the environment that sets it.
VARIABLES = {
    "FORECAST_RUNS_AT_ONCE": "runs_at_once",
    "FORECAST_WORKERS": "workers",
    "FORECAST_QUEUE": "queue_limit",
    "FORECAST_RUNS_PER_PERSON": "runs_per_person",
    "FORECAST_PAUSED_AT_ONCE": "paused_at_once",
    "FORECAST_LEASE_SECONDS": "lease_seconds",
    "FORECAST_RUN_SECONDS": "run_seconds",
    MEMORY: "worker_megabytes",
}


@dataclass(frozen=True)
class Limits:
    """The limits of a service, each a whole number.

    Attributes:
        runs_at_once: runs in training, at least 1; others wait in order.
        workers: processes in training, at least 1, each on one thread.
        queue_limit: runs that may wait, at least 0.
        runs_per_person: runs of one owner that train, pause or wait, at least 1.
        paused_at_once: runs that may pause, at least 0; each keeps its processes.
        lease_seconds: that a run goes on while nobody looks at it, at least 90.
        run_seconds: that a run may train, pauses left out, at least 1.
        worker_megabytes: memory of one process, at least 256; only Linux holds it to that.
        keep_finished: finished runs that are kept in memory, at least 1; the oldest go first.

    Raises:
        SettingError: a number lies outside its range.
    """

    runs_at_once: int = 2
    workers: int = 6
    queue_limit: int = 20
    runs_per_person: int = 4
    paused_at_once: int = 4
    lease_seconds: int = 300
    run_seconds: int = 3600
    worker_megabytes: int = 2048
    keep_finished: int = 50

    def __post_init__(self) -> None:
        least = {"queue_limit": 0, "paused_at_once": 0}
        least |= {"lease_seconds": LEAST_LEASE, "worker_megabytes": LEAST_MEGABYTES}
        for one in fields(self):
            whole_number(one.name, getattr(self, one.name), least=least.get(one.name, 1))

    @classmethod
    def of(cls, environment: Mapping[str, str] = os.environ) -> "Limits":
        """Return the limits that the environment sets, the usual ones for the rest.

        Raises:
            SettingError: a variable holds no whole number, or one outside its range.
        """
        given = {}
        for variable, name in VARIABLES.items():
            text = environment.get(variable, "").strip()
            if text:
                given[name] = _number(variable, text)
        try:
            return cls(**given)
        except SettingError as error:
            names = ", ".join(one for one, name in VARIABLES.items() if name in given)
            raise SettingError(f"{error} It was set by one of: {names}.") from error


def _number(variable: str, text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise SettingError(
            f"The variable `{variable}` must hold a whole number; got {text[:40]!r}. Mend it, or "
            "unset it for the usual limit."
        ) from error
