"""The gradient flow is what PyTorch's autograd finds with the same weights."""

import numpy as np
import pytest

from forecast.nn.dense import Dense
from forecast.nn.recurrent import Recurrent
from forecast.nn.stack import Stack
from forecast.training.examples import Batch
from forecast.training.flow import flow_of
from tests.nn.test_torch_parity import as_torch

pytestmark = pytest.mark.parity
torch = pytest.importorskip("torch", reason="PyTorch is an extra; run make parity")

BATCH, TIMESTEPS, FEATURES, UNITS, HORIZON = 5, 9, 2, 4, 3
KINDS = {"simple_rnn": "RNNCell", "gru": "GRUCell", "lstm": "LSTMCell"}


def flow_in_torch(cell, parameters, layers, x, y):
    """Return the mean norm of the gradient at each hidden state, (steps,), a layer."""
    weights = as_torch(cell, parameters, layers)
    cells, states, seen = [], [], [[] for _ in range(layers)]
    for k in range(layers):
        size = FEATURES if k == 0 else UNITS
        one = getattr(torch.nn, KINDS[cell])(size, UNITS, dtype=torch.float64)
        with torch.no_grad():
            for name, weight in one.named_parameters():
                ours = weights.get(f"{name}_l{k}")
                weight.copy_(torch.zeros_like(weight) if ours is None else torch.tensor(ours))
        cells.append(one)
        states.append(None)
    for t in range(TIMESTEPS):
        hidden = torch.tensor(x[:, t])
        for k, one in enumerate(cells):
            after = one(hidden, states[k])
            hidden = after[0] if cell == "lstm" else after
            hidden.retain_grad()
            seen[k].append(hidden)
            states[k] = (hidden, after[1]) if cell == "lstm" else hidden
    outputs = hidden @ torch.tensor(parameters["head/kernel"]) + torch.tensor(
        parameters["head/bias"]
    )
    loss = torch.nn.functional.mse_loss(outputs, torch.tensor(y))
    loss.backward()
    # The loss is a mean over the examples: times their number, each has the gradient of its own.
    found = [[BATCH * h.grad.norm(dim=1).mean().item() for h in layer] for layer in seen]
    return loss.item(), found


@pytest.mark.parametrize("cell", KINDS)
@pytest.mark.parametrize("layers", [1, 2])
def test_it_is_what_autograd_finds(cell, layers):
    generator = np.random.default_rng(5)
    named = [
        (f"recurrent_{k}", Recurrent(cell, UNITS, return_sequences=k < layers - 1))
        for k in range(layers)
    ]
    network = Stack((*named, ("head", Dense(HORIZON))), FEATURES)
    parameters = network.init(generator, "float64")
    moved = 0.3 * generator.standard_normal(parameters.flat.shape)
    parameters = parameters.with_flat(parameters.flat + moved)
    x = generator.standard_normal((BATCH, TIMESTEPS, FEATURES))
    y = generator.standard_normal((BATCH, HORIZON))
    loss, theirs = flow_in_torch(cell, parameters, layers, x, y)
    ours = flow_of(network, parameters, Batch(x, y), "mse")
    assert ours.loss == pytest.approx(loss, abs=1e-12)
    for norms, expected in zip(ours.norms.values(), theirs, strict=True):
        np.testing.assert_allclose(norms, expected, atol=1e-10)  # asked for: 1e-5
