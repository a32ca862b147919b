"""results.svg: milliseconds a step on a logarithmic axis, a row a size, a dot a side.

Colours are those of Okabe and Ito (2008), which people with any common colour blindness can tell
apart; our dot is black and larger besides.
"""

import math
from html import escape

from benchmarks.formats import times
from benchmarks.points import CELLS
from benchmarks.records import Record
from benchmarks.sides import OURS, PEERS, SIDES

COLOURS = {
    OURS: "#000000", "jax": "#0072B2", "keras-jax": "#56B4E9", "keras-tensorflow": "#E69F00",
    "torch": "#D55E00", "keras-torch": "#CC79A7",
}  # fmt: skip
ROW, PANEL, LEFT, RIGHT, TOP, TITLE = 22, 250, 104, 52, 62, 30
GREY = "#8A8F98"


def _text(x: float, y: float, text: str, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" {more}>{escape(text)}</text>\n'


def _dot(x: float, y: float, side: str, title: str) -> str:
    radius = 5 if side == OURS else 4
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" fill="{COLOURS[side]}">'
        f"<title>{escape(title)}</title></circle>\n"
    )


class _Axis:
    """Milliseconds to pixels, over whole decades."""

    def __init__(self, records: list[Record]) -> None:
        times_taken = [1e3 * r.median(side) for r in records for side in _sides(r)]
        self.low = math.floor(math.log10(min(times_taken)))
        self.high = max(math.ceil(math.log10(max(times_taken))), self.low + 1)

    def x(self, milliseconds: float) -> float:
        """Return how far to the right."""
        return PANEL * (math.log10(milliseconds) - self.low) / (self.high - self.low)

    def decades(self) -> list[float]:
        """Return where the grid lines are."""
        return [10.0**k for k in range(self.low, self.high + 1)]


def _sides(record: Record) -> list[str]:
    return [side for side in (*PEERS, OURS) if side in record.seconds and side in COLOURS]


def _row(record: Record, axis: _Axis, left: float, y: float) -> list[str]:
    """Draw a size: a line from the fastest dot to the slowest, the dots, and the ratio."""
    at = {side: 1e3 * record.median(side) for side in _sides(record)}
    ends = [left + axis.x(value) for value in (min(at.values()), max(at.values()))]
    parts = [
        f'<line x1="{ends[0]:.1f}" x2="{ends[1]:.1f}" y1="{y}" y2="{y}" stroke="#D5D8DD"/>',
        *(_dot(left + axis.x(value), y, side, f"{SIDES[side].label}: {value:.3g} ms")
          for side, value in at.items()),
    ]  # fmt: skip
    if record.fastest is not None:
        ratio = times(record.ratio(record.fastest))
        parts.append(_text(left + PANEL + 8, y + 4, ratio, 'font-weight="bold"'))
    return parts


def _panel(records: list[Record], axis: _Axis, left: float, title: str) -> list[str]:
    bottom = TOP + TITLE + ROW * len(records)
    parts = [_text(left, TOP + 12, title, 'font-weight="bold" font-size="14"')]
    for decade in axis.decades():
        x = left + axis.x(decade)
        parts.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP + TITLE - 8}" y2="{bottom - 4}" '
            'stroke="#ECEEF1"/>'
        )
        parts.append(_text(x, bottom + 12, f"{decade:g}", f'text-anchor="middle" fill="{GREY}"'))
    parts.append(_text(left, bottom + 28, "milliseconds a step", f'fill="{GREY}"'))
    parts.append(_text(left + PANEL + 8, TOP + 12, "ratio", f'fill="{GREY}"'))
    for k, record in enumerate(records):
        parts += _row(record, axis, left, TOP + TITLE + ROW * k + 8)
    return parts


def _title(features: int) -> str:
    given = "1 input feature" if features == 1 else f"{features} input features"
    return f"A training step of so many units, timesteps, batch, {given}; ratio to the fastest peer"


def _legend(sides: list[str]) -> list[str]:
    parts, x = [], LEFT
    for side in sides:
        parts += [_dot(x, 40, side, SIDES[side].label), _text(x + 9, 44, SIDES[side].label)]
        x += 24 + 7 * len(SIDES[side].label)
    return parts


def chart(records: list[Record], labels: dict[str, str]) -> str:
    """Draw the points with the fewest features, a panel a cell.

    Args:
        records: of training steps.
        labels: of the cells.
    """
    least = min((record.point.features for record in records), default=1)
    shown = [r for r in records if r.point.features == least and _sides(r)]
    panels = {cell: [r for r in shown if r.point.cell == cell] for cell in CELLS}
    panels = {cell: rows for cell, rows in panels.items() if rows}
    rows = max((len(of_cell) for of_cell in panels.values()), default=0)
    width, height = (LEFT + PANEL + RIGHT) * max(len(panels), 1), TOP + TITLE + ROW * rows + 40
    parts = [_text(16, 22, _title(least), 'font-size="15"')]
    parts += _legend([side for side in COLOURS if any(side in r.seconds for r in shown)])
    for k, (cell, of_cell) in enumerate(panels.items()):
        left = LEFT + k * (LEFT + PANEL + RIGHT)
        parts += _panel(of_cell, _Axis(shown), left, labels[cell])
        for row, record in enumerate(of_cell):
            y = TOP + TITLE + ROW * row + 12
            parts.append(_text(left - 8, y, record.point.size, 'text-anchor="end"'))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="system-ui, sans-serif" font-size="12" role="img" '
        'aria-label="Milliseconds a training step, by size and side">\n'
        f'<rect width="{width}" height="{height}" fill="#FFFFFF"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )
