"""A fit of a model: examples held out, epochs, callbacks, lines on a terminal."""

import sys
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from forecast.checks import real_number, whole_number
from forecast.errors import NonFiniteLossError, SettingError, TooFewRowsError
from forecast.layers.callbacks import History, Logs, checked_callbacks, tell
from forecast.layers.compiled import Compiled
from forecast.layers.metrics import Tally
from forecast.nn.parameters import Parameters
from forecast.nn.stack import Stack, StackForward
from forecast.training.batches import Begun
from forecast.training.examples import ArrayExamples, Batch
from forecast.training.history import Epoch, Progress
from forecast.training.passes import EVALUATION_ROWS, LossMean, passes
from forecast.training.trainer import train

if TYPE_CHECKING:
    from forecast.layers.sequential import Sequential


def held_out(
    examples: ArrayExamples, share: float, given: ArrayExamples | None
) -> tuple[ArrayExamples, ArrayExamples | None]:
    """Return the examples to train on and those to score; the last ones are held out.

    Raises:
        SettingError: the share lies outside its range.
        TooFewRowsError: it leaves none to train on or none to score.
    """
    share = real_number("validation_split", share, least=0, below=1)
    if given is not None or share == 0:
        return examples, given
    cut = int(len(examples) * (1 - share))  # as Keras rounds
    if cut == 0 or cut == len(examples):
        raise TooFewRowsError(
            f"`validation_split` of {share:g} leaves {cut} of {len(examples)} examples to train "
            "on. Use more examples or another share."
        )

    def some(rows: slice) -> ArrayExamples:
        mask = None if examples.mask is None else examples.mask[rows]
        return ArrayExamples(examples.inputs[rows], examples.targets[rows], mask)

    return some(slice(cut)), some(slice(cut, None))


def scored(compiled: Compiled, ahead: Iterable[tuple[Batch, StackForward]]) -> Logs:
    """Return loss and metrics over passes, by name."""
    loss, tally = LossMean(compiled.loss), Tally(compiled.metrics)
    for batch, one in ahead:
        tally.add(batch.targets, one.outputs, loss.add(batch, one))
    return {"loss": loss.value} | tally.means()


class _Teller:
    """Turns finished epochs into logs, and tells callbacks and the terminal."""

    def __init__(
        self,
        model: "Sequential",
        compiled: Compiled,
        network: Stack,
        parts: tuple[ArrayExamples, ArrayExamples | None],
        callbacks: list[Any],
        lines: bool,
        batch_size: int,
    ) -> None:
        self._model, self._compiled, self._network, self._parts = model, compiled, network, parts
        self._callbacks, self._lines, self._batch_size = callbacks, lines, batch_size

    def __call__(self, progress: Progress) -> None:
        logs = self.logs(progress.record, progress.parameters)
        self._model.put(progress.parameters)
        tell(self._callbacks, "on_epoch_end", progress.record.epoch - 1, logs)
        if self._lines:
            said = " - ".join(f"{name}: {value:.4g}" for name, value in logs.items())
            seconds = f"{progress.record.seconds:.2f}s"
            line = f"Epoch {progress.record.epoch}/{progress.epochs} - {seconds} - {said}\n"
            sys.stdout.write(line)
            sys.stdout.flush()

    def logs(self, record: Epoch, parameters: Parameters) -> Logs:
        """Return losses and metrics of an epoch, in Keras' order."""
        found, (training, validation) = {"loss": record.loss}, self._parts
        found |= self._metrics(training, parameters)
        if validation is not None:
            found["val_loss"] = record.val_loss
            seen = self._metrics(validation, parameters)
            found |= {f"val_{name}": value for name, value in seen.items()}
        return found

    def _metrics(self, examples: ArrayExamples, parameters: Parameters) -> Logs:
        if not self._compiled.metrics:
            return {}
        size = self._batch_size if self._network.stateful else EVALUATION_ROWS
        ahead = passes(self._network, parameters, examples, size)
        return {k: v for k, v in scored(self._compiled, ahead).items() if k != "loss"}


class _Stop:
    """Asks the model whether a callback wants the fit to end."""

    def __init__(self, model: "Sequential") -> None:
        self._model = model

    def is_set(self) -> bool:
        """Return True once the fit is to end."""
        return self._model.stop_training


def fit_model(
    model: "Sequential",
    compiled: Compiled,
    examples: ArrayExamples,
    validation: ArrayExamples | None,
    *,
    batch_size: int,
    epochs: int,
    verbose: int | str,
    callbacks: Any,
    shuffle: bool,
) -> History:
    """Train a model and return its history; see `Sequential.fit`."""
    size = _checked_size(model, len(examples), batch_size)
    settings = compiled.settings(epochs=epochs, batch_size=size, shuffle=bool(shuffle))
    told, history = checked_callbacks(callbacks), History()
    network, first = model.stack(), model.parameters()
    teller = _Teller(
        model, compiled, network, (examples, validation), [history, *told], _writes(verbose), size
    )
    model.stop_training, started = False, time.perf_counter()
    tell(told, "set_model", model)
    tell(told, "set_examples", examples)  # of ours: Keras' callbacks do not see them
    tell(told, "on_train_begin", {})
    try:
        trained = train(
            network, first, examples, settings,
            validation=validation, random=model.random, on_epoch=teller, cancel=_Stop(model),
            begun=Begun(model.optimizer_state, model.carried()),
        )  # fmt: skip
    except NonFiniteLossError:
        model.put(first)
        raise
    model.put(trained.parameters)
    model.optimizer_state = trained.end.optimizer
    model.carry(trained.end.carried)
    tell(told, "on_train_end", {})
    history.seconds = time.perf_counter() - started
    return history


def _checked_size(model: "Sequential", examples: int, given: int) -> int:
    """Return the size of a batch; those of a stateful model must be all alike."""
    size = whole_number("batch_size", given)
    if model.stateful and examples % size:
        raise SettingError(
            f"`batch_size` must divide the number of examples of a stateful model, {examples}; "
            f"got {size}. Drop the last {examples % size} examples."
        )
    return size


def _writes(verbose: int | str) -> bool:
    """Say whether to write a line an epoch."""
    if verbose not in (0, 1, 2, "auto"):
        raise SettingError(f"`verbose` must be 0, 1, 2 or 'auto'; got {verbose!r}.")
    return sys.stdout.isatty() if verbose == "auto" else bool(verbose)
