"""Whose page runs now: a few scripts at a time, the others in the order in which they asked."""

import asyncio

AT_ONCE = 2
LONGEST_TURN = 0.5  # seconds, after which a script goes on beside the others
LONGEST_WAIT = 5.0  # seconds, after which a script runs whatever the others do


class Turns:
    """Hands out turns.

    Scripts share one interpreter. Were they all let loose, each would slow every other down, and
    the server's own answers with them; one after another, most are done much sooner.
    """

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._free = asyncio.Semaphore(at_once)

    async def wait(self) -> bool:
        """Wait for a turn; return whether there is one to give back."""
        try:
            async with asyncio.timeout(LONGEST_WAIT):
                return await self._free.acquire()
        except TimeoutError:
            return False

    def give_back(self) -> None:
        """Let the next one run."""
        self._free.release()


class Turn:
    """The turn of one session: taken before its script runs, given back when that has ended."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._end: asyncio.TimerHandle | None = None

    async def take(self) -> None:
        """Wait until the session's script may run; one that runs already goes on."""
        if self._end is None and await self._turns.wait():
            loop = asyncio.get_running_loop()
            self._end = loop.call_later(LONGEST_TURN, self.give_back)

    def give_back(self) -> None:
        """Let another script run, if this one has a turn."""
        if self._end is not None:
            self._end.cancel()
            self._end = None
            self._turns.give_back()
