"""The same weights in PyTorch give the same outputs, gradients and training steps.

Where the two differ in layout, not in mathematics:

    weights   torch keeps (gates · units, features), ours transposed
    bias      torch has two everywhere; SimpleRNN and LSTM need one, so torch's second stays 0
    GRU       torch orders r, z, n; here z, r, h. Both have h_t = (1 − z) n + z h_{t-1}
    LSTM      i, f, g, o in both
"""

import numpy as np
import pytest

from forecast.nn.cell import CellOptions
from forecast.nn.cells import cell_named
from forecast.nn.losses import loss_and_gradient
from forecast.nn.optimizers import Optimizer
from forecast.nn.recurrent import Recurrent
from forecast.nn.stack import Stack
from tests.nn.gradient_check import random_states

pytestmark = pytest.mark.parity
torch = pytest.importorskip("torch", reason="PyTorch is an extra; run make parity")

BATCH, TIMESTEPS, FEATURES, UNITS = 4, 7, 3, 5
ARCHITECTURES = {
    "simple_rnn-tanh": ("simple_rnn", "tanh"),
    "simple_rnn-relu": ("simple_rnn", "relu"),
    "gru": ("gru", "tanh"),
    "lstm": ("lstm", "tanh"),
}
TOLERANCE = {"float32": 1e-5, "float64": 1e-12}

every_architecture = pytest.mark.parametrize("architecture", ARCHITECTURES)
one_and_two_layers = pytest.mark.parametrize("layers", [1, 2])
both_precisions = pytest.mark.parametrize("dtype", ["float32", "float64"])


def network_of(architecture, layers):
    cell, activation = ARCHITECTURES[architecture]
    layer = Recurrent(cell, UNITS, return_sequences=True, options=CellOptions(activation))
    return Stack(tuple((f"recurrent_{k}", layer) for k in range(layers)), FEATURES)


def torch_network(architecture, layers, dtype):
    cell, activation = ARCHITECTURES[architecture]
    kind = {"simple_rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[cell]
    more = {"nonlinearity": activation} if cell == "simple_rnn" else {}
    kind_of_number = getattr(torch, dtype)
    return kind(FEATURES, UNITS, layers, batch_first=True, dtype=kind_of_number, **more)


def in_torch_order(cell, array):
    """Reorder the gates of the last axis."""
    if cell != "gru":
        return array
    z, r, h = np.split(array, 3, axis=-1)
    return np.concatenate((r, z, h), axis=-1)


def as_torch(cell, parameters, layers):
    """Return our weights, or gradients, by torch's names and layout."""
    named = {}
    for k in range(layers):
        part = {
            name: in_torch_order(cell, array)
            for name, array in parameters.part(f"recurrent_{k}").items()
        }
        named[f"weight_ih_l{k}"] = part["kernel"].T
        named[f"weight_hh_l{k}"] = part["recurrent_kernel"].T
        if cell == "gru":
            named[f"bias_ih_l{k}"], named[f"bias_hh_l{k}"] = part["bias"]
        else:
            named[f"bias_ih_l{k}"] = part["bias"]
    return named


def twins(architecture, layers, dtype):
    """Return our network with parameters, and torch's with the same weights."""
    cell, _ = ARCHITECTURES[architecture]
    generator, network = np.random.default_rng(6), network_of(architecture, layers)
    parameters = network.init(generator, dtype)
    # Moved, so that a bias in the wrong place or order shows.
    moved = 0.2 * generator.standard_normal(parameters.flat.shape)
    parameters = parameters.with_flat(parameters.flat + moved.astype(dtype))
    other = torch_network(architecture, layers, dtype)
    ours = as_torch(cell, parameters, layers)
    with torch.no_grad():
        for name, weight in other.named_parameters():
            weight.copy_(torch.tensor(ours[name]) if name in ours else torch.zeros_like(weight))
    for name, weight in other.named_parameters():
        weight.requires_grad_(name in ours)
    return network, parameters, other


def data(network, dtype, seed=9):
    """Draw x, initial states, weights of the outputs and of the final states in the loss."""
    generator = np.random.default_rng(seed)
    x = generator.standard_normal((BATCH, TIMESTEPS, FEATURES)).astype(dtype)
    pull = generator.standard_normal((BATCH, TIMESTEPS, UNITS)).astype(dtype)
    states, pull_states = (
        tuple(
            tuple(part.astype(dtype) for part in parts)
            for parts in random_states(network, BATCH, generator)
        )
        for _ in range(2)
    )
    return x, states, pull, pull_states


def per_kind(states):
    """Turn states by layer into one tensor (layers, batch, units) for h, and for c."""
    return [torch.tensor(np.stack(parts)) for parts in zip(*states, strict=True)]


def run_torch(other, x, states=None):
    """Return outputs and the tuple of final states."""
    given = None
    if states is not None:
        given = tuple(states) if isinstance(other, torch.nn.LSTM) else states[0]
    outputs, last = other(x, given)
    return outputs, last if isinstance(last, tuple) else (last,)


def close(actual, expected, dtype):
    expected = expected.detach().numpy()
    assert actual.dtype == expected.dtype == dtype
    limit = TOLERANCE[dtype]
    np.testing.assert_allclose(actual, expected, rtol=limit, atol=limit)


@every_architecture
@one_and_two_layers
@both_precisions
def test_outputs_and_final_states(architecture, layers, dtype):
    network, parameters, other = twins(architecture, layers, dtype)
    x, states, _, _ = data(network, dtype)
    for given in (None, states):
        ours = network.forward(parameters, x, states=given)
        with torch.no_grad():
            outputs, last = run_torch(other, torch.tensor(x), given and per_kind(given))
        close(ours.outputs, outputs, dtype)
        for actual, expected in zip(zip(*ours.states, strict=True), last, strict=True):
            close(np.stack(actual), expected, dtype)


@every_architecture
@one_and_two_layers
@both_precisions
def test_gradients_of_weights_inputs_and_initial_states(architecture, layers, dtype):
    network, parameters, other = twins(architecture, layers, dtype)
    x, states, pull, pull_states = data(network, dtype)
    forward = network.forward(parameters, x, states=states)
    back = network.backward(parameters, forward.caches, pull, d_states=pull_states)

    tensor, initial = torch.tensor(x, requires_grad=True), per_kind(states)
    for part in initial:
        part.requires_grad_()
    outputs, last = run_torch(other, tensor, initial)
    loss = (outputs * torch.tensor(pull)).sum()
    for part, weight in zip(last, per_kind(pull_states), strict=True):
        loss = loss + (part * weight).sum()
    loss.backward()

    gradients = as_torch(ARCHITECTURES[architecture][0], back.gradients, layers)
    for name, weight in other.named_parameters():
        if name in gradients:
            close(gradients[name], weight.grad, dtype)
    close(back.d_x, tensor.grad, dtype)
    for actual, expected in zip(zip(*back.d_states, strict=True), initial, strict=True):
        close(np.stack(actual), expected.grad, dtype)


@pytest.mark.parametrize("cell", ["simple_rnn", "gru", "lstm"])
def test_number_of_states_agrees(cell):
    architecture = next(key for key, value in ARCHITECTURES.items() if value[0] == cell)
    _, last = run_torch(torch_network(architecture, 1, "float32"), torch.zeros(1, 1, FEATURES))
    assert len(last) == cell_named(cell).states


def train(network, parameters, other, *, optimizer, method, adjust=None):
    """Take ten steps on both sides, compare losses and outputs, and return our weights.

    The loss is the sum of squares, so that most gradients are about 1.
    """
    dtype = str(parameters.flat.dtype)
    x, _, target, _ = data(network, dtype)
    state, learning_rate = optimizer.init(parameters.flat), method.param_groups[0]["lr"]
    for step_number in range(1, 11):
        forward = network.forward(parameters, x)
        loss, d_outputs = loss_and_gradient("mse", forward.outputs, target)
        back = network.backward(parameters, forward.caches, d_outputs * target.size)
        step, state = optimizer.update(back.gradients.flat, state, learning_rate)
        parameters = parameters.with_flat(parameters.flat + step)

        if adjust is not None:
            adjust(method, step_number)
        method.zero_grad()
        prediction, _ = run_torch(other, torch.tensor(x))
        other_loss = torch.nn.functional.mse_loss(prediction, torch.tensor(target), reduction="sum")
        other_loss.backward()
        method.step()
        assert loss * target.size == pytest.approx(other_loss.item(), rel=TOLERANCE[dtype])
    outputs = network.forward(parameters, x).outputs
    close(outputs, run_torch(other, torch.tensor(x))[0], dtype)
    return parameters


def trained(other):
    """Return the weights that torch may change; its second biases stay 0."""
    return [weight for weight in other.parameters() if weight.requires_grad]


def close_weights(architecture, layers, parameters, other):
    ours = as_torch(ARCHITECTURES[architecture][0], parameters, layers)
    for name, weight in other.named_parameters():
        if name in ours:
            close(ours[name], weight, parameters.flat.dtype.name)


@every_architecture
@one_and_two_layers
def test_ten_steps_of_adam(architecture, layers):
    # By design torch divides by √(v / (1 − β₂ᵗ)) + ε, and Keras by √v + ε before the same
    # correction. With ε alike, weights whose gradient comes near ε move differently (up to
    # 3·10⁻⁴ here, in float64 too); they hardly move the loss, and outputs are comparable.
    twin = twins(architecture, layers, "float32")
    method = torch.optim.Adam(trained(twin[2]), lr=1e-3, betas=(0.9, 0.999), eps=1e-7)
    train(*twin, optimizer=Optimizer("adam", epsilon=1e-7), method=method)


@every_architecture
@one_and_two_layers
@pytest.mark.parametrize(
    ("dtype", "epsilon"), [("float32", 1e-3), ("float64", 1e-3), ("float64", 1e-7)]
)
def test_ten_steps_of_adam_with_epsilon_in_the_same_place(architecture, layers, dtype, epsilon):
    # Keras' ε̂ is torch's ε · √(1 − β₂ᵗ), so torch's ε is set anew for every step, and the
    # weights are comparable too. In float32 a larger ε keeps the rounding of a gradient near
    # zero from deciding the direction of a whole step.
    def same_place(method, step_number):
        method.param_groups[0]["eps"] = epsilon / np.sqrt(1 - 0.999**step_number)

    network, parameters, other = twins(architecture, layers, dtype)
    method = torch.optim.Adam(trained(other), lr=1e-3, betas=(0.9, 0.999))
    optimizer = Optimizer("adam", epsilon=epsilon)
    parameters = train(
        network, parameters, other, optimizer=optimizer, method=method, adjust=same_place
    )
    close_weights(architecture, layers, parameters, other)


@every_architecture
@one_and_two_layers
@both_precisions
@pytest.mark.parametrize(("momentum", "nesterov"), [(0.0, False), (0.9, False), (0.9, True)])
def test_ten_steps_of_sgd(architecture, layers, dtype, momentum, nesterov):
    # torch keeps the learning rate out of the velocity: the same while the rate is constant.
    network, parameters, other = twins(architecture, layers, dtype)
    method = torch.optim.SGD(trained(other), lr=1e-3, momentum=momentum, nesterov=nesterov)
    optimizer = Optimizer("sgd", momentum=momentum, nesterov=nesterov)
    parameters = train(network, parameters, other, optimizer=optimizer, method=method)
    close_weights(architecture, layers, parameters, other)


@every_architecture
@one_and_two_layers
@both_precisions
def test_ten_steps_of_rmsprop(architecture, layers, dtype):
    # By design torch divides by √v + ε and Keras by √(v + ε), so no pair of ε agrees at every
    # v. Compared is the rest of the formula, with an ε too small to matter on either side.
    network, parameters, other = twins(architecture, layers, dtype)
    method = torch.optim.RMSprop(trained(other), lr=1e-3, alpha=0.9, eps=1e-30)
    optimizer = Optimizer("rmsprop", rho=0.9, epsilon=1e-38)
    parameters = train(network, parameters, other, optimizer=optimizer, method=method)
    close_weights(architecture, layers, parameters, other)
