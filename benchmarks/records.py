"""What was measured at one point, and what follows from it."""

import statistics
from typing import Any, NamedTuple, Self

from benchmarks.points import PRODUCT_FLOPS, Point
from benchmarks.sides import OURS, PEERS, SGEMM_ALL

RATIO_AIM, SGEMM_AIM, NEVER_BELOW = 2.0, 0.85, 1.0


class Record(NamedTuple):
    """One point.

    Attributes:
        kind: `step`, `epoch` or `latency`.
        point: where.
        seconds: of one run, one number a repeat, by side.
        choices: the settings of each side that were the fastest.
        failed: sides that did not work, and why.
    """

    kind: str
    point: Point
    seconds: dict[str, list[float]]
    choices: dict[str, str]
    failed: dict[str, str]

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """Read what `_asdict` gave."""
        return cls(**(stored | {"point": Point(*stored["point"])}))

    def median(self, side: str) -> float:
        """Return the seconds of a side."""
        return statistics.median(self.seconds[side])

    def ratio(self, peer: str) -> float:
        """Return how many times as long a peer takes: the median over the repeats."""
        pairs = zip(self.seconds[peer], self.seconds[OURS], strict=False)
        return statistics.median(theirs / ours for theirs, ours in pairs)

    @property
    def peers(self) -> list[str]:
        """The peers that were timed."""
        return [peer for peer in PEERS if peer in self.seconds]

    @property
    def fastest(self) -> str | None:
        """The peer with the smallest ratio, if there is any and we were timed."""
        return min(self.peers, key=self.ratio) if OURS in self.seconds and self.peers else None

    @property
    def flops(self) -> float:
        """Additions and multiplications in a run's matrix products."""
        return self.point.flops * (self.point.batches if self.kind == "epoch" else 1)

    @property
    def rate(self) -> float:
        """Our floating-point operations a second."""
        return self.flops / self.median(OURS)

    @property
    def share(self) -> float | None:
        """Our rate as a share of the machine's own, or None where that was not measured."""
        if SGEMM_ALL not in self.seconds:
            return None
        pairs = zip(self.seconds[SGEMM_ALL], self.seconds[OURS], strict=False)
        return self.flops / PRODUCT_FLOPS * statistics.median(p / ours for p, ours in pairs)

    @property
    def passes(self) -> bool | None:
        """Whether the point meets the aim; None where there is none or it cannot be said.

        With a peer that did not work the aim may be missed, but not met.
        """
        if self.fastest is None or self.kind == "latency":
            return None
        ratio, share = self.ratio(self.fastest), self.share or 0.0
        meets = ratio >= NEVER_BELOW and (ratio >= RATIO_AIM or share >= SGEMM_AIM)
        return None if meets and not self.failed.keys().isdisjoint(PEERS) else meets


def geometric_mean(records: list[Record], peer: str | None = None) -> float | None:
    """Return the mean ratio to one peer, or to the fastest of each point."""
    ratios = []
    for record in records:
        other = record.fastest if peer is None else peer
        if other in record.peers and record.fastest is not None:
            ratios.append(record.ratio(other))
    return statistics.geometric_mean(ratios) if ratios else None
