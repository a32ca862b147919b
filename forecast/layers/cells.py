"""One step of each cell, with columns as vectors: for teaching, and for checking by hand.

    x_t  input            (input_dim, 1)         W  weight_x   (gates · units, input_dim)
    h_t  hidden state     (units, 1)             R  weight_h   (gates · units, units)
    c_t  LSTM's memory    (units, 1)             b  bias       (gates · units, 1)

Matrices stand to the left of the columns; the layers' `kernel` and `recurrent_kernel` are W and R
transposed. Gates lie one below the other, GRU's as z, r, n and LSTM's as i, f, g, o.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from forecast.errors import ShapeError
from forecast.nn.activations import activation as activation_named
from forecast.nn.arrays import Array


class Step(NamedTuple):
    """One line of the arithmetic of a cell.

    Attributes:
        name: in the LaTeX of the equations.
        formula: what it is made of, in LaTeX, of weights, inputs, states and names of lines above.
        value: (units, 1).
        part: the gate or candidate that it belongs to, as the equations call it; `h` for the rest.
    """

    name: str
    formula: str
    value: Array
    part: str = "h"


def rnn_cell(
    input: ArrayLike,  # noqa: A002  (the name that the house plan gives it)
    hidden_state: ArrayLike,
    weight_x: ArrayLike,
    weight_h: ArrayLike,
    bias: ArrayLike,
    *,
    activation: str = "tanh",
) -> Array:
    """Return the next hidden state of a SimpleRNN, h_t = tanh(W x_t + R h_{t-1} + b).

    Args:
        input: x_t, (input_dim, 1).
        hidden_state: h_{t-1}, (units, 1).
        weight_x: W, (units, input_dim).
        weight_h: R, (units, units).
        bias: b, (units, 1).
        activation: `tanh`, `relu`, `linear` or `sigmoid`.

    Raises:
        ShapeError: the arrays do not fit each other.

    Example:
        >>> import forecast as fc
        >>> fc.rnn_cell([[1.0]], [[0.0]], [[0.0]], [[0.5]], [[0.0]]).tolist()
        [[0.0]]
    """
    return rnn_steps(input, hidden_state, weight_x, weight_h, bias, activation=activation)[-1].value


def rnn_steps(
    x: ArrayLike,
    h: ArrayLike,
    weight_x: ArrayLike,
    weight_h: ArrayLike,
    bias: ArrayLike,
    *,
    activation: str = "tanh",
) -> list[Step]:
    """Return every line of `rnn_cell`, the new state last."""
    x, h, W, R, b = _checked(1, x, h, weight_x, weight_h, bias)  # noqa: N806
    inputs, recurrent = W @ x, R @ h
    total = inputs + recurrent + b
    new = activation_named(activation).value(total)
    return [
        Step("W x_t", "W x_t", inputs),
        Step("R h_{t-1}", "R h_{t-1}", recurrent),
        Step("a_t", "W x_t + R h_{t-1} + b", total),
        Step("h_t", rf"\{_latex(activation)}(a_t)", new),
    ]


def gru_cell(
    input: ArrayLike,  # noqa: A002  (as in rnn_cell)
    hidden_state: ArrayLike,
    weight_x: ArrayLike,
    weight_h: ArrayLike,
    bias: ArrayLike,
    recurrent_bias: ArrayLike | None = None,
    *,
    reset_after: bool = True,
) -> Array:
    """Return the next hidden state of a GRU; the equations are in `forecast.nn.gru`.

    Args:
        input: x_t, (input_dim, 1).
        hidden_state: h_{t-1}, (units, 1).
        weight_x: W, (3 units, input_dim), gates z, r, n.
        weight_h: R, (3 units, units).
        bias: b, (3 units, 1).
        recurrent_bias: with `reset_after` the bias of R h_{t-1}, (3 units, 1); None is zero.
        reset_after: whether the reset gate acts after the recurrent product or before it.

    Raises:
        ShapeError: the arrays do not fit each other.

    Example:
        >>> import numpy as np, forecast as fc
        >>> zeros = np.zeros((3, 1))
        >>> fc.gru_cell([[1.0]], [[0.5]], zeros, zeros, zeros).tolist()
        [[0.25]]
    """
    steps = gru_steps(
        input, hidden_state, weight_x, weight_h, bias, recurrent_bias, reset_after=reset_after
    )
    return steps[-1].value


def gru_steps(
    x: ArrayLike,
    h: ArrayLike,
    weight_x: ArrayLike,
    weight_h: ArrayLike,
    bias: ArrayLike,
    recurrent_bias: ArrayLike | None = None,
    *,
    reset_after: bool = True,
) -> list[Step]:
    """Return every line of `gru_cell`, the new state last."""
    x, h, W, R, b = _checked(3, x, h, weight_x, weight_h, bias)  # noqa: N806
    c = (
        np.zeros_like(b)
        if recurrent_bias is None
        else _column("recurrent_bias", recurrent_bias, len(b))
    )
    if not reset_after and recurrent_bias is not None:
        raise ShapeError("`recurrent_bias` is there with reset_after=True only. Leave it out.")
    products = list(_gates(W @ x, 3)), list(_gates(R @ h, 3))
    inputs, recurrent = list(_gates(W @ x + b, 3)), list(_gates(R @ h + c, 3))
    lines: list[Step] = []
    for k, gate in enumerate("zr"):
        total = inputs[k] + recurrent[k]
        formula = f"W_{gate} x_t + b_{gate} + R_{gate} h_{{t-1}}"
        formula += f" + c_{gate}" if reset_after else ""
        lines += _gate_lines(gate, "sigmoid", products[0][k], products[1][k], total, formula)
    z, r = lines[3].value, lines[7].value
    asked = _asked_memory(r, h, R, products[1][2], recurrent[2], reset_after)
    total = inputs[2] + asked[-1].value
    n = activation_named("tanh").value(total)
    return [
        *lines,
        Step("W_n x_t", "W_n x_t", products[0][2], "n"),
        *asked,
        Step("a^n_t", "W_n x_t + b_n + q_t", total, "n"),
        Step("n_t", r"\tanh(a^n_t)", n, "n"),
        Step("h_t", r"z_t \circ h_{t-1} + (1 - z_t) \circ n_t", n + z * (h - n)),
    ]


def _asked_memory(
    r: Array, h: Array, recurrent: Array, product: Array, biased: Array, reset_after: bool
) -> list[Step]:
    """Return what the reset gate of a GRU lets the candidate see of h_{t-1}, in two lines."""
    if reset_after:
        return [
            Step("R_n h_{t-1}", "R_n h_{t-1}", product, "n"),
            Step("q_t", r"r_t \circ (R_n h_{t-1} + c_n)", r * biased, "n"),
        ]
    inner = np.split(recurrent, 3)[2] @ (r * h)
    return [
        Step(r"(r_t \circ h_{t-1})", r"r_t \circ h_{t-1}", r * h, "n"),
        Step("q_t", r"R_n (r_t \circ h_{t-1})", inner, "n"),
    ]


def lstm_cell(
    input: ArrayLike,  # noqa: A002  (as in rnn_cell)
    hidden_state: ArrayLike,
    cell_state: ArrayLike,
    weight_x: ArrayLike,
    weight_h: ArrayLike,
    bias: ArrayLike,
) -> tuple[Array, Array]:
    """Return the next hidden state and memory of an LSTM; the equations are in `forecast.nn.lstm`.

    Args:
        input: x_t, (input_dim, 1).
        hidden_state: h_{t-1}, (units, 1).
        cell_state: c_{t-1}, (units, 1).
        weight_x: W, (4 units, input_dim), gates i, f, g, o.
        weight_h: R, (4 units, units).
        bias: b, (4 units, 1).

    Raises:
        ShapeError: the arrays do not fit each other.

    Example:
        >>> import numpy as np, forecast as fc
        >>> zeros = np.zeros((4, 1))
        >>> h, c = fc.lstm_cell([[1.0]], [[0.0]], [[2.0]], zeros, zeros, zeros)
        >>> c.tolist()
        [[1.0]]
    """
    steps = lstm_steps(input, hidden_state, cell_state, weight_x, weight_h, bias)
    return steps[-1].value, steps[-2].value


def lstm_steps(
    x: ArrayLike,
    h: ArrayLike,
    c: ArrayLike,
    weight_x: ArrayLike,
    weight_h: ArrayLike,
    bias: ArrayLike,
) -> list[Step]:
    """Return every line of `lstm_cell`, the new memory and the new state last."""
    x, h, W, R, b = _checked(4, x, h, weight_x, weight_h, bias)  # noqa: N806
    memory = _column("cell_state", c, len(h))
    inputs, recurrent, totals = (
        list(_gates(stacked, 4)) for stacked in (W @ x, R @ h, W @ x + R @ h + b)
    )
    lines: list[Step] = []
    for k, gate in enumerate("ifgo"):
        formula = f"W_{gate} x_t + R_{gate} h_{{t-1}} + b_{gate}"
        act = "tanh" if gate == "g" else "sigmoid"
        lines += _gate_lines(gate, act, inputs[k], recurrent[k], totals[k], formula)
    i, f, g, o = (line.value for line in lines[3::4])
    new = f * memory + i * g
    squashed = activation_named("tanh").value(new)
    return [
        *lines,
        Step("c_t", r"f_t \circ c_{t-1} + i_t \circ g_t", new),
        Step("h_t", r"o_t \circ \tanh(c_t)", o * squashed),
    ]


def _gate_lines(
    gate: str, activation: str, inputs: Array, recurrent: Array, total: Array, formula: str
) -> list[Step]:
    """Return the two products of a gate, their sum with the bias, and its activation."""
    product, memory = f"W_{gate} x_t", f"R_{gate} h_{{t-1}}"
    opened = activation_named(activation).value(total)
    return [
        Step(product, product, inputs, gate),
        Step(memory, memory, recurrent, gate),
        Step(f"a^{gate}_t", formula, total, gate),
        Step(f"{gate}_t", rf"\{_latex(activation)}(a^{gate}_t)", opened, gate),
    ]


def _latex(activation: str) -> str:
    return {"sigmoid": "sigma", "tanh": "tanh"}.get(activation, f"operatorname{{{activation}}}")


def _gates(stacked: Array, count: int) -> Iterator[Array]:
    yield from np.split(stacked, count)


def _column(name: str, given: ArrayLike, rows: int) -> Array:
    array = np.asarray(given, np.float64)
    if array.shape != (rows, 1):
        raise ShapeError(
            f"`{name}` must be a column of shape ({rows}, 1); got {array.shape}. Use "
            f"{name}.reshape(-1, 1)."
        )
    return array


def _checked(
    gates: int,
    x: ArrayLike,
    h: ArrayLike,
    weight_x: ArrayLike,
    weight_h: ArrayLike,
    bias: ArrayLike,
) -> tuple[Array, Array, Array, Array, Array]:
    """Return all as float64 of the right shapes, which `weight_h` tells."""
    recurrent = np.asarray(weight_h, np.float64)
    rows, units = recurrent.shape if recurrent.ndim == 2 else (0, 0)
    if units < 1 or rows != gates * units:
        raise ShapeError(
            f"`weight_h` must have shape ({'' if gates == 1 else f'{gates} '}units, units); got "
            f"{recurrent.shape}. The layers' recurrent_kernel is its transpose."
        )
    kernel = np.asarray(weight_x, np.float64)
    if kernel.ndim != 2 or len(kernel) != rows:
        raise ShapeError(
            f"`weight_x` must have shape ({rows}, input_dim), as many rows as `weight_h`; got "
            f"{kernel.shape}. The layers' kernel is its transpose."
        )
    columns = _column("input", x, kernel.shape[1]), _column("hidden_state", h, units)
    return (*columns, kernel, recurrent, _column("bias", bias, rows))
