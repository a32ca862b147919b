"""Lines of a step as LaTeX with the numbers in the place of the letters."""

import re
from collections.abc import Iterable, Mapping
from itertools import groupby

import numpy as np

from forecast.layers.anatomy import LAYERS, Anatomy, Plan
from forecast.nn.arrays import Array

DIGITS = 4
MOST = 8  # rows or columns that are shown in full
ROOMY = 6  # columns that fit a line in letters of full size
FIRST = 4  # that are shown of more
EQUATIONS = {
    "simple_rnn": [r"h_t &= \tanh(W x_t + R h_{t-1} + b)"],
    "gru": [
        r"z_t &= \sigma(W_z x_t + b_z + R_z h_{t-1}%s) && \text{update gate}",
        r"r_t &= \sigma(W_r x_t + b_r + R_r h_{t-1}%s) && \text{reset gate}",
        r"n_t &= \tanh(W_n x_t + b_n + q_t) && \text{candidate}",
        r"h_t &= z_t \circ h_{t-1} + (1 - z_t) \circ n_t && \text{new state}",
    ],
    "lstm": [
        r"i_t &= \sigma(W_i x_t + R_i h_{t-1} + b_i) && \text{input gate}",
        r"f_t &= \sigma(W_f x_t + R_f h_{t-1} + b_f) && \text{forget gate}",
        r"g_t &= \tanh(W_g x_t + R_g h_{t-1} + b_g) && \text{candidate}",
        r"o_t &= \sigma(W_o x_t + R_o h_{t-1} + b_o) && \text{output gate}",
        r"c_t &= f_t \circ c_{t-1} + i_t \circ g_t && \text{new memory}",
        r"h_t &= o_t \circ \tanh(c_t) && \text{new state}",
    ],
}
ASKED = {
    True: r"q_t &= r_t \circ (R_n h_{t-1} + c_n) && \text{what is asked of the old state}",
    False: r"q_t &= R_n (r_t \circ h_{t-1}) && \text{what is asked of the old state}",
}


def equations(plan: Plan) -> str:
    """Return the equations of a cell."""
    lines = list(EQUATIONS[plan.cell])
    if plan.cell == "gru":
        seconds = (" + c_z", " + c_r") if plan.reset_after else ("", "")
        lines[:2] = [line % second for line, second in zip(lines, seconds, strict=False)]
        lines.insert(2, ASKED[plan.reset_after])
    return _aligned(lines)


def count_formula(plan: Plan) -> str:
    """Return the number of parameters: in letters, in numbers, and what comes of it."""
    name = LAYERS[plan.cell].__name__
    units, features = r"\text{units}", r"\text{input\_dim}"
    twice = "" if plan.biases == 1 else rf"{plan.biases} \cdot "
    inside = rf"{units}^2 + {units} \cdot {features} + {twice}{units}"
    u, d = plan.hidden_units, plan.input_dim
    numbers = rf"{u}^2 + {u} \cdot {d} + {twice}{u}"
    if plan.blocks > 1:
        inside, numbers = (rf"{plan.blocks} \cdot ({each})" for each in (inside, numbers))
    return _aligned(
        [rf"\text{{{name}}} &= {inside}", rf"&= {numbers}", f"&= {plan.parameters}"], gap="2pt"
    )


def parts_of(made: Anatomy, t: int) -> dict[str, str]:
    """Return the lines of step t with their numbers, by the part of the cell they belong to."""
    known, widest = made.symbols(t), max(made.plan.input_dim, made.plan.hidden_units)
    size = r"\footnotesize " if ROOMY < widest <= MOST else ""
    found: dict[str, list[str]] = {}
    for part, steps in groupby(made.steps(t), key=lambda step: step.part):
        for step in steps:
            formula = substituted(step.formula, known)
            found.setdefault(part, []).append(f"{step.name} &= {formula} = {bracket(step.value)}")
            known[step.name] = step.value
    return {part: size + _aligned(lines, gap="14pt") for part, lines in found.items()}


def entering(made: Anatomy, t: int) -> str:
    """Return what enters step t: the input and the states before it."""
    names = ["x_t", "h_{t-1}", *(["c_{t-1}"] if made.memories is not None else [])]
    known = made.symbols(t)
    numbered = {"x_t": f"x_{{{t}}}", "h_{t-1}": f"h_{{{t - 1}}}", "c_{t-1}": f"c_{{{t - 1}}}"}
    return r" \qquad ".join(f"{numbered[name]} = {bracket(known[name])}" for name in names)


def substituted(formula: str, known: Mapping[str, Array]) -> str:
    """Put numbers in the place of every name that is known, with the name below them."""
    longest_first = "|".join(re.escape(name) for name in sorted(known, key=len, reverse=True))
    # The pieces between the names stand at even places, the names at odd ones.
    pieces = re.split(rf"(?<![\\A-Za-z^_{{])({longest_first})(?![A-Za-z_^])", formula)
    for place, piece in enumerate(pieces):
        if place % 2:
            pieces[place] = rf"\underbrace{{{bracket(known[piece])}}}_{{{piece}}}"
        else:
            pieces[place] = piece.replace("(", r"\left(").replace(")", r"\right)")
    return "".join(pieces)


def bracket(array: Array) -> str:
    """Return a matrix or column in brackets, cut where it is large."""
    rows = [_row(row) for row in _cut(array)]
    if len(array) > MOST:
        rows.append(" & ".join([r"\vdots"] * (rows[0].count("&") + 1)))
    columns = "r" * (rows[0].count("&") + 1)
    lines = r" \\ ".join(rows)
    return rf"\left[\begin{{array}}{{{columns}}}{lines}\end{{array}}\right]"


def number(value: float) -> str:
    """Return a number as the page prints it, without a minus before a zero."""
    return f"{value:z.{DIGITS}f}"


def _row(row: Array) -> str:
    cells = [number(float(value)) for value in _cut(row)]
    return " & ".join([*cells, r"\cdots"] if len(row) > MOST else cells)


def _cut(array: Array) -> Array:
    return np.asarray(array[:FIRST] if len(array) > MOST else array)


def _aligned(lines: Iterable[str], gap: str = "4pt") -> str:
    joined = rf" \\[{gap}] ".join(lines)
    return rf"\begin{{aligned}}{joined}\end{{aligned}}"
