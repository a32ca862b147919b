"""Calls of a kernel on several threads: one leads, the others see the call and help.

Threads wake up slowly, so a helper stays for a moment after a call, should another follow. Which
threads there are is known to `forecast.kernels.crew`.
"""

from forecast.kernels import plan_fields as F
from forecast.kernels.memory import SPINS, fetch_add, look, pause, wait_for
from forecast.kernels.unit import Wholes, unit

CALLS = 65536  # a call's number counts in these; what is below is its threads


@unit
def announce(counters: Wholes, threads: int) -> None:
    """Let the helpers see a new call."""
    before = look(counters, F.CALL)
    fetch_add(counters, F.CALL, (before // CALLS + 1) * CALLS + threads - before)


@unit
def await_call(counters: Wholes, thread: int) -> int:
    """Wait a moment for a call that this thread is to help with; 0 where none came."""
    looks = 0
    while looks < SPINS:
        call = look(counters, F.CALL)
        if call != counters[F.SEEN + thread]:
            counters[F.SEEN + thread] = call
            if thread < call % CALLS:
                return 1
            looks = 0
        looks += 1
        pause()
    return 0


@unit
def helped(counters: Wholes) -> None:
    """Tell that a helper is through: from here on it reads nothing of the plan but the counters."""
    fetch_add(counters, F.DONE, 1)


@unit
def end_call(counters: Wholes, threads: int, sleep: int) -> None:
    """Wait until all helpers are through, and make ready for the next call."""
    wait_for(counters, F.DONE, threads - 1, sleep)
    counters[F.NEXT] = 0
    counters[F.ARRIVED] = 0
    counters[F.DONE] = 0
