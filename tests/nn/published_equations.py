"""The published equations on plain Python numbers: one row, one step, one unit at a time.

Nothing here is shared with `forecast.nn`. Weights are indexed as Keras lays them out, gate
after gate along the last axis: z, r, h for GRU and i, f, c, o for LSTM.
"""

import math


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


FUNCTIONS = {
    "tanh": math.tanh,
    "sigmoid": sigmoid,
    "relu": lambda x: max(x, 0.0),
    "linear": lambda x: x,
}


def column(vector, matrix, index):
    """Return element `index` of vector · matrix."""
    return sum(value * float(matrix[k][index]) for k, value in enumerate(vector))


def simple_rnn_step(weights, x, state, options):
    """h_t = activation(x W + h R + b)."""
    (h,) = state
    act = FUNCTIONS[options.activation]
    kernel, recurrent, bias = weights["kernel"], weights["recurrent_kernel"], weights.get("bias")
    new = []
    for j in range(len(h)):
        total = column(x, kernel, j) + column(h, recurrent, j)
        new.append(act(total + (float(bias[j]) if bias is not None else 0.0)))
    return (new,)


def gru_step(weights, x, state, options):
    """h_t = z h + (1 − z) n, the reset gate standing after or before the recurrent product."""
    (h,) = state
    units = len(h)
    act, gate = FUNCTIONS[options.activation], FUNCTIONS[options.recurrent_activation]
    kernel, recurrent, bias = weights["kernel"], weights["recurrent_kernel"], weights.get("bias")

    def from_x(index):
        row = bias if bias is None or not options.reset_after else bias[0]
        return column(x, kernel, index) + (0.0 if row is None else float(row[index]))

    def from_h(values, index):
        own = bias is not None and options.reset_after
        return column(values, recurrent, index) + (float(bias[1][index]) if own else 0.0)

    z = [gate(from_x(j) + from_h(h, j)) for j in range(units)]
    r = [gate(from_x(units + j) + from_h(h, units + j)) for j in range(units)]
    reset = [r[j] * h[j] for j in range(units)]
    new = []
    for j in range(units):
        k = 2 * units + j
        past = r[j] * from_h(h, k) if options.reset_after else from_h(reset, k)
        new.append(z[j] * h[j] + (1 - z[j]) * act(from_x(k) + past))
    return (new,)


def lstm_step(weights, x, state, options):
    """c_t = f c + i g;  h_t = o activation(c_t)."""
    h, c = state
    units = len(h)
    act, gate = FUNCTIONS[options.activation], FUNCTIONS[options.recurrent_activation]
    bias = weights.get("bias")

    def total(index):
        own = 0.0 if bias is None else float(bias[index])
        return (
            column(x, weights["kernel"], index)
            + column(h, weights["recurrent_kernel"], index)
            + own
        )

    new_h, new_c = [], []
    for j in range(units):
        i, f = gate(total(j)), gate(total(units + j))
        g, o = act(total(2 * units + j)), gate(total(3 * units + j))
        new_c.append(f * c[j] + i * g)
        new_h.append(o * act(new_c[j]))
    return new_h, new_c


STEPS = {"simple_rnn": simple_rnn_step, "gru": gru_step, "lstm": lstm_step}


def run(cell, weights, x, states, options):
    """Run every row by itself; return the hidden states after every step and the last states."""
    outputs, last = [], []
    for row in range(len(x)):
        state = tuple([float(value) for value in part[row]] for part in states)
        outputs.append([])
        for step in x[row]:
            state = STEPS[cell](weights, [float(value) for value in step], state, options)
            outputs[-1].append(state[0])
        last.append(state)
    return outputs, list(zip(*last, strict=True))
