"""How batches move the weights: one by one in NumPy, or many at a time in a kernel."""

import time
from typing import Protocol

import numpy as np

from forecast.kernels.predictor import Predictor
from forecast.kernels.runner import NetworkTrainer
from forecast.kernels.training import Patience, Rules
from forecast.nn.arrays import Array
from forecast.nn.fused import Fused, fused, input_check
from forecast.nn.head_losses import HEAD_LOSSES, horizon_of
from forecast.nn.losses import LOSSES, PINBALL, loss_and_gradient
from forecast.nn.optimizers import OptimizerState, clip_by_global_norm
from forecast.nn.parameters import Parameters
from forecast.nn.stack import Stack
from forecast.training.batches import AFRESH, Begun, Rates, States, Taken, TakenEpochs
from forecast.training.examples import Batch, Examples, Indices
from forecast.training.memory import Fitting, Memory
from forecast.training.passes import EVALUATION_ROWS, evaluate, observed_of
from forecast.training.settings import TrainingSettings

SLICE_SECONDS = 0.3  # between two looks at whether to stop


class Steps(Protocol):
    """Weights in training."""

    @property
    def stride(self) -> int:
        """How many batches to take at a time."""

    @property
    def carried(self) -> States:
        """States after the last batch, one a layer, that a stateful network goes on from."""

    def take(self, order: Indices, rates: Rates) -> Taken:
        """Train on examples in that order, one learning rate a batch."""

    def parameters(self) -> Parameters:
        """Return a copy of the weights."""

    def optimizer_state(self) -> OptimizerState:
        """Return a copy of the optimizer's state."""

    def evaluate(self, examples: Examples | None) -> float:
        """Return the mean loss over examples without dropout; NaN where there is none."""


def steps_of(
    network: Stack,
    parameters: Parameters,
    examples: Examples,
    settings: TrainingSettings,
    dropout: np.random.Generator,
    threads: int | None,
    begun: Begun = AFRESH,
) -> Steps:
    """Return the fastest way to train a network that gives its engine's results."""
    whole = kernel_of(network, parameters, settings)
    if whole is None:
        return PlainSteps(network, parameters, examples, settings, dropout, begun)
    fitting = fitting_of(network, whole, parameters, settings)
    return FusedSteps(whole, parameters, examples, settings, dropout, threads, fitting, begun)


def kernel_of(network: Stack, parameters: Parameters, settings: TrainingSettings) -> Fused | None:
    """Describe a network to the kernel that trains it by that loss; None where there is none."""
    known = settings.loss in (*LOSSES, PINBALL, *HEAD_LOSSES)
    return fused(network) if known and parameters.flat.dtype == np.float32 else None


def fitting_of(
    network: Stack, whole: Fused, parameters: Parameters, settings: TrainingSettings
) -> Fitting:
    """Return what examples must be like for a network that a kernel trains."""
    horizon = horizon_of(settings.loss, whole.shape.outputs, settings.loss_quantiles)
    return Fitting(input_check(network, parameters), horizon)


def rules_of(whole: Fused, settings: TrainingSettings, seed: int) -> Rules:
    """Return how a kernel trains by those settings; the seed is that of the dropout."""
    optimizer = settings.made_optimizer()
    return Rules(
        loss=settings.loss,
        optimizer=optimizer.name,
        constants=vars(optimizer),
        nesterov=optimizer.nesterov,
        batch_size=settings.batch_size,
        clip_norm=settings.clip_norm,
        dropout=whole.dropout,
        seed=seed,
        quantiles=settings.loss_quantiles,
    )


def dropout_seed(dropout: np.random.Generator) -> int:
    """Draw the seed of a kernel's dropout."""
    return int(dropout.integers(2**62))


class PlainSteps:
    """Every batch forward and backward through the layers."""

    stride = 1

    def __init__(
        self,
        network: Stack,
        parameters: Parameters,
        examples: Examples,
        settings: TrainingSettings,
        dropout: np.random.Generator,
        begun: Begun = AFRESH,
    ) -> None:
        self._network, self._now, self._examples = network, parameters, examples
        self._settings, self._dropout = settings, dropout
        self._optimizer = settings.made_optimizer()
        self._state = begun.optimizer or self._optimizer.init(parameters.flat)
        self.carried = begun.carried

    def take(self, order: Indices, rates: Rates) -> Taken:
        """Train on examples in that order, one learning rate a batch."""
        taken, size = Taken([], [], 0), self._settings.batch_size
        for number, rate in enumerate(rates):
            batch = self._examples.batch(order[number * size : (number + 1) * size])
            loss, gradient = self._loss_and_gradient(batch)
            gradient, norm = clip_by_global_norm(gradient, self._settings.clip_norm)
            taken.losses.append(loss)
            taken.norms.append(norm)
            if not (np.isfinite(loss) and np.isfinite(norm)):
                return taken._replace(finished=number)
            step, self._state = self._optimizer.update(gradient, self._state, float(rate))
            self._now = self._now.with_flat(self._now.flat + step)
        return taken._replace(finished=len(rates))

    def parameters(self) -> Parameters:
        """Return a copy of the weights."""
        return self._now.with_flat(self._now.flat.copy())

    def optimizer_state(self) -> OptimizerState:
        """Return a copy of the optimizer's state."""
        step, first, second = self._state
        return OptimizerState(step, first.copy(), second.copy())

    def evaluate(self, examples: Examples | None) -> float:
        """Return the mean loss over examples without dropout; NaN where there is none.

        States are carried through these examples from zeros; those of the training stay.
        """
        size = self._settings.batch_size if self._network.stateful else EVALUATION_ROWS
        loss, quantiles = self._settings.loss, self._settings.loss_quantiles
        return evaluate(self._network, self._now, examples, loss, size, quantiles)

    def _loss_and_gradient(self, batch: Batch) -> tuple[float, Array]:
        ahead = self._network.forward(
            self._now,
            batch.inputs,
            mask=batch.mask,
            states=self._network.carried(self.carried),
            generator=self._dropout,
            beside=batch.beside,
        )
        self.carried = ahead.states
        name, quantiles = self._settings.loss, self._settings.loss_quantiles
        observed = observed_of(name, batch, ahead, quantiles)
        loss, d_outputs = loss_and_gradient(name, ahead.outputs, batch.targets, observed, quantiles)
        return loss, self._network.backward(self._now, ahead.caches, d_outputs).gradients.flat


class FusedSteps:
    """Many batches in one call of a kernel, which lets other threads have the interpreter."""

    carried: States = None  # no kernel trains a stateful network

    def __init__(
        self,
        whole: Fused,
        parameters: Parameters,
        examples: Examples,
        settings: TrainingSettings,
        dropout: np.random.Generator,
        threads: int | None,
        fitting: Fitting,
        begun: Begun = AFRESH,
    ) -> None:
        self._like, self._settings, self._fitting = parameters, settings, fitting
        self._examples = Memory(examples, settings.batch_size, fitting)
        rules = rules_of(whole, settings, dropout_seed(dropout))
        data = self._examples.some(np.arange(1))[0]
        self._trainer = NetworkTrainer(whole.shape, parameters.flat, rules, data, threads=threads)
        if begun.optimizer is not None:
            self._trainer.set_moments(*begun.optimizer)
        self._predictor = Predictor(self._trainer.weights, settings.loss_quantiles)
        self._validation: dict[int, Memory] = {}
        self.stride = 1
        self._batch_seconds = float("inf")

    def take(self, order: Indices, rates: Rates) -> Taken:
        """Train on examples in that order, one learning rate a batch."""
        losses, norms, finished, size = [], [], 0, self._settings.batch_size
        started = time.perf_counter()
        for first in range(0, len(rates), self._examples.batches):
            until = first + self._examples.batches
            data, places = self._examples.some(order[first * size : until * size])
            self._trainer.set_data(data)
            brought = self._trainer.run(places, rates[first:until])
            losses += brought.losses.tolist()
            norms += brought.norms.tolist()
            finished += brought.finished
            if finished < min(until, len(rates)):
                break
        self._note_speed((time.perf_counter() - started) / len(rates))
        return Taken(losses[: finished + 1], norms[: finished + 1], finished)

    def parameters(self) -> Parameters:
        """Return a copy of the weights."""
        return self._like.with_flat(self._trainer.weights.flat())

    def optimizer_state(self) -> OptimizerState:
        """Return a copy of the optimizer's state."""
        return OptimizerState(*self._trainer.moments())

    def epochs_at_once(self, batches: int, validation: Examples | None) -> int:
        """Return how many epochs of so many batches are worth taking in one go.

        It is 1 where more cannot be done.
        """
        some = validation is not None and len(validation) > 0
        seen = self._memory_of(validation) if validation is not None and some else self._examples
        if self._examples.whole is None or seen.whole is None:
            return 1
        return max(1, int(SLICE_SECONDS / (self._batch_seconds * batches)))

    def take_epochs(
        self, orders: Indices, rates: Rates, validation: Examples | None, now: Patience
    ) -> TakenEpochs:
        """Train several epochs, up to the patience or the first that is not finite.

        Args:
            orders: (epochs, examples).
            rates: (epochs, batches).
            validation: as for `evaluate`.
            now: how the training stands.
        """
        started, whole = time.perf_counter(), self._examples.whole
        some = validation is not None and len(validation) > 0
        seen = self._memory_of(validation).whole if validation is not None and some else None
        if whole is not None:  # as `epochs_at_once` has found
            self._trainer.set_data(whole)
        brought = self._trainer.run_epochs(orders, rates, seen, now)
        self._note_speed((time.perf_counter() - started) / max(1, brought.batches))
        begun = min(brought.epochs + 1, len(orders)) if brought.cut else brought.epochs
        batches = len(rates[0])
        finished = [min(batches, brought.batches - epoch * batches) for epoch in range(begun)]
        epochs = [
            Taken(
                brought.losses[epoch, : count + 1].tolist(),
                brought.norms[epoch, : count + 1].tolist(),
                count,
            )
            for epoch, count in enumerate(finished)
        ]
        return TakenEpochs(epochs, brought.val_losses.tolist())

    def best(self) -> Parameters:
        """Return the best weights of the last `take_epochs`."""
        return self._like.with_flat(self._trainer.best())

    def _note_speed(self, batch_seconds: float) -> None:
        self._batch_seconds = max(batch_seconds, 1e-6)
        self.stride = max(1, int(SLICE_SECONDS / self._batch_seconds))

    def _memory_of(self, examples: Examples) -> Memory:
        key = id(examples)
        if key not in self._validation:
            self._validation[key] = Memory(examples, EVALUATION_ROWS, self._fitting)
        return self._validation[key]

    def evaluate(self, examples: Examples | None) -> float:
        """Return the mean loss over examples without dropout; NaN where there is none."""
        if examples is None or len(examples) == 0:
            return float("nan")
        memory = self._memory_of(examples)
        total, count = 0.0, 0
        rows = memory.batches * EVALUATION_ROWS if memory.whole is None else len(examples)
        for start in range(0, len(examples), rows):
            data, _ = memory.some(np.arange(start, min(start + rows, len(examples))))
            total += self._predictor.losses(data, self._settings.loss, self._trainer.threads)
            count += data.targets.size if data.observed is None else int(data.observed.sum())
        return total / count if count else float("nan")
