"""Scripts run a few at a time, in the order in which they were asked for."""

import asyncio

import pytest

from dashboard.gate import turns
from dashboard.gate.turns import Turn, Turns


def test_the_third_waits_until_one_has_ended() -> None:
    async def told() -> list[str]:
        shared, order = Turns(2), []
        one, two, three, four = (Turn(shared) for _ in range(4))
        await one.take()
        await one.take()  # a script that is asked for again has its turn already
        await two.take()

        async def waits(turn: Turn, name: str) -> None:
            await turn.take()
            order.append(name)

        tasks = [
            asyncio.create_task(waits(three, "three")),
            asyncio.create_task(waits(four, "four")),
        ]
        await asyncio.sleep(0)
        order.append("two ends")
        two.give_back()
        two.give_back()  # once is enough
        await tasks[0]
        order.append("three ends")
        three.give_back()
        await tasks[1]
        return order

    assert asyncio.run(told()) == ["two ends", "three", "three ends", "four"]


def test_a_long_script_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "LONGEST_TURN", 0.01)

    async def told() -> None:
        shared = Turns(1)
        await Turn(shared).take()
        await asyncio.wait_for(Turn(shared).take(), 2)

    asyncio.run(told())


def test_after_a_long_wait_a_script_runs_anyhow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "LONGEST_WAIT", 0.01)

    async def told() -> None:
        shared = Turns(1)
        await Turn(shared).take()
        late = Turn(shared)
        await late.take()
        late.give_back()  # it had none

    asyncio.run(told())
