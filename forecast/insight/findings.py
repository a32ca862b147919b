"""What is to be known of a network's gradient before relying on it, and what to do about it."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from forecast.errors import SettingError
from forecast.insight.flow import gradient_flow
from forecast.insight.gradient_sentences import (
    GradientFinding,
    Layer,
    Norms,
    Reach,
    Subject,
    clipped,
    exploding,
    findings_frame,
    reached,
    sudden,
    vanishing,
)
from forecast.insight.recorded import is_recorded
from forecast.models.networks import Networks
from forecast.nn.recurrent import Recurrent
from forecast.training.history import history_frame
from forecast.training.recording import FlowRecord

if TYPE_CHECKING:
    import pandas as pd

    from forecast.layers.sequential import Sequential

ORTHOGONAL = "orthogonal"
Ways = Mapping[str, Norms]


def gradient_findings(
    model: Any,
    data: Any = None,
    *,
    targets: ArrayLike | None = None,
    mask: ArrayLike | None = None,
    label: str | None = None,
) -> "pd.DataFrame":
    """Say whether the gradient of a network vanishes, explodes or is clipped, and what helps.

    Judged by what was recorded with record_gradients=True where that is there: by the weights that
    were kept whether it vanishes, by all epochs whether it explodes; what `refit` or `update` made
    of these later is not looked at. Otherwise by the finished network on `data`.

    Args:
        model: a fitted `Forecaster`, or a compiled `Sequential` with weights.
        data: as for `fc.gradient_flow`; not looked at where the gradient was recorded.
        targets: of a `Sequential`, as for its `fit`.
        mask: of a `Sequential`, (examples, timesteps), False on padded steps.
        label: to call the model by; None is its own.

    Returns:
        One row a check: check (`vanishing`, `exploding`, `clipped`), layer (blank where all are
        meant), finding (a sentence), number, unit, concern, remedy (blank without concern). A
        gradient vanishes where less than a thousandth of it is left at the step read first; it
        explodes where it grows more than a thousand times, or is more than 100 times as long in
        one epoch as in the median one; updates are clipped too often above 50 %.

    Raises:
        SettingError: nothing was recorded and there is no `data`, or this is no such model.
        ForecastError: as `fc.gradient_flow`.

    Example:
        >>> import forecast as fc
        >>> y = fc.load_sample("air_passengers")
        >>> model = fc.Forecaster(timesteps=6, hidden_units=4, epochs=2, record_gradients=True)
        >>> fc.gradient_findings(model.fit(y))["check"].tolist()
        ['vanishing', 'exploding', 'exploding', 'clipped']
    """
    if isinstance(model, Networks):
        name = model.label if label is None else label
        return findings_frame(_of_forecaster(model, name, data))
    flow = gradient_flow(model, data, targets=targets, mask=mask)
    of = _as_layers(model, flow.label if label is None else label)
    return findings_frame(_of_ways(of, flow.norms, [_alone(flow.norms)], flow.turned))


def _of_forecaster(model: Networks, name: str, data: Any) -> Iterator[GradientFinding]:
    settings, members = model.settings, model.learned().members
    of = Subject(
        name,
        segment=settings.segment,
        dilation=max(settings.dilations or (1,)),
        clipping="`clip_norm=1.0`" if settings.clip_norm is None else "",
        simple=settings.cell == "simple_rnn",
    )
    if is_recorded(model):
        every = [_doubles(member.flow) for member in members]
        best = [one.best_epoch for one in members]
        kept = {
            layer: np.mean([one[layer][at] for one, at in zip(every, best, strict=True)], axis=0)
            for layer in every[0]
        }
    elif data is None:
        raise SettingError(
            f"`data` must be given where no gradient was recorded; {name} was fitted with "
            "record_gradients=False. Pass rows such as those of the fit, or fit it again with "
            "record_gradients=True."
        )
    else:
        kept = gradient_flow(model, data).norms
        every = [_alone(kept)]
    yield from _of_ways(of, kept, every)
    histories = [history_frame(member.history) for member in members]
    yield sudden(of, [one["grad_norm"].to_numpy() for one in histories])
    whole = model.history_
    count, updates = (float(whole[name].sum(skipna=False)) for name in ("clipped", "updates"))
    yield clipped(of, count, updates, float(whole["grad_norm"].median()), settings.clip_norm)


def _of_ways(
    of: Subject, kept: Ways, every: Sequence[Ways], turned: Sequence[str] = ()
) -> Iterator[GradientFinding]:
    """Judge a gradient's way through each layer.

    Args:
        of: the network.
        kept: by layer (steps,), with the weights that were kept.
        every: by layer (epochs, steps), one a training.
        turned: names of layers that read from the newest row to the oldest.
    """
    lowest = _lowest(of, kept, turned)
    for name in kept:
        back = -1 if name in turned else 1
        called = of.name if len(kept) == 1 else f"{of.name} ({name})"
        layer, norms = Layer(name, called, turned=back < 0), kept[name][::back]
        elsewhere = np.zeros(len(norms), np.bool_)
        for other, arrives in lowest.items():
            if other != name and len(arrives) == len(norms):  # else it reads other steps
                elsewhere |= arrives[::back]
        yield vanishing(of, layer, norms, elsewhere)
        grown = [exploding(of, layer, ways[name][:, ::back]) for ways in every]
        yield max(grown, key=lambda one: -1.0 if math.isnan(one.number) else one.number)


def _lowest(of: Subject, kept: Ways, turned: Sequence[str]) -> dict[str, Reach]:
    """Return where the gradient arrives in the layer that reads the inputs, oldest step first.

    What arrives there has come through all layers above, whichever of them it has left before.
    """
    layer = next(iter(kept)).removesuffix("/forward")
    backs = {name: -1 if name in turned else 1 for name in kept}
    return {
        name: reached(of, norms[:: backs[name]])[:: backs[name]]
        for name, norms in kept.items()
        if name in (layer, f"{layer}/forward", f"{layer}/backward")
    }


def _as_layers(model: "Sequential", name: str) -> Subject:
    """Return what remedies for a model of layers depend on."""
    found = []
    for _, layer in model.stack_on("numpy").layers:
        sides = (getattr(layer, "ahead", layer), getattr(layer, "back", None))
        found += [one for one in sides if isinstance(one, Recurrent)]
    starts = {dict(one.initializers).get("recurrent_kernel", ORTHOGONAL) for one in found}
    limit = None if model.compiled is None else model.compiled.optimizer.global_clipnorm
    return Subject(
        name,
        shorter="pass the last {rows} steps alone",
        clipping="`global_clipnorm=1.0` of the optimizer" if limit is None else "",
        simple=any(one.cell == "simple_rnn" for one in found),
        orthogonal=starts == {ORTHOGONAL},
    )


def _alone(norms: Ways) -> Ways:
    """Return norms (steps,) as those of one epoch, (1, steps)."""
    return {name: one[None] for name, one in norms.items()}


def _doubles(flow: FlowRecord) -> Ways:
    return {name: one.astype(np.float64) for name, one in flow.items()}
