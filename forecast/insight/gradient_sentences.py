"""What a gradient's way through time says about a network, as sentences with their numbers.

Norms are those of `forecast.training.flow`, in the order of reading: the last is that of the step
that was read last, where the gradient sets out.
"""

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forecast.training.recording import LARGEST

if TYPE_CHECKING:
    import pandas as pd

Norms = NDArray[np.float64]
Reach = NDArray[np.bool_]

COLUMNS = ("check", "layer", "finding", "number", "unit", "concern", "remedy")
GONE = 1e-3  # of the gradient at the step that was read last
GROWN = 1e3  # times that
SUDDEN = 100.0  # times the median epoch
OFTEN = 50.0  # percent of the updates


class GradientFinding(NamedTuple):
    """One thing that was checked about a gradient.

    Attributes:
        check: `vanishing`, `exploding` or `clipped`.
        layer: name of a recurrent layer; blank where all are meant.
        finding: one plain sentence or two.
        number: the one that an expert checks; NaN where it cannot be told.
        unit: of the number.
        concern: whether something should be done.
        remedy: what, in words; blank where there is no concern.
    """

    check: str
    layer: str
    finding: str
    number: float
    unit: str
    concern: bool
    remedy: str


class Subject(NamedTuple):
    """A network, as far as sentences and remedies depend on it.

    Attributes:
        name: of the model.
        segment: rows that make one step.
        dilation: the most steps between two that follow each other in a layer.
        shorter: how its user shortens the window, with `{rows}` for its length.
        clipping: how its user would have gradients clipped; blank where they are already.
        simple: whether it has a SimpleRNN.
        orthogonal: whether its recurrent weights all start as an orthogonal matrix.
    """

    name: str
    segment: int = 1
    dilation: int = 1
    shorter: str = "`timesteps={rows}`"
    clipping: str = ""
    simple: bool = False
    orthogonal: bool = True


class Layer(NamedTuple):
    """A recurrent layer.

    Attributes:
        name: in the network.
        called: by sentences.
        turned: whether it reads from the newest row to the oldest.
    """

    name: str
    called: str
    turned: bool = False


def findings_frame(findings: Iterable[GradientFinding]) -> "pd.DataFrame":
    """Return one row a finding."""
    import pandas as pd

    frame = pd.DataFrame(list(findings), columns=list(COLUMNS))
    return frame.astype({"number": "float64", "concern": "bool"})


def reached(of: Subject, norms: Norms) -> Reach:
    """Return where the gradient arrives, (steps,), with more than a thousandth left of it.

    Args:
        of: the network.
        norms: (steps,) of a layer, in the order of reading.
    """
    # The most that is left at a step or before it: a dilated layer skips steps on the way.
    arrives: Reach = np.maximum.accumulate(norms) >= GONE * norms[-of.dilation :].max()
    return arrives


def vanishing(
    of: Subject, layer: Layer, norms: Norms, elsewhere: Reach | None = None
) -> GradientFinding:
    """Say how much of the gradient reaches the step that was read first.

    Args:
        of: the network.
        layer: of it.
        norms: (steps,) with the weights that were kept.
        elsewhere: (steps,) where another layer brings it, such as the one that reads the inputs.
    """
    steps, apart, called = len(norms), of.dilation, layer.called
    last = float(norms[-apart:].max())
    if why := _untold(apart, norms):
        said = f"Whether the gradient of {called} vanishes cannot be told: {why}."
        return GradientFinding("vanishing", layer.name, said, math.nan, "times", False, "")
    way, left = f"through {steps * of.segment} timesteps", float(norms[:apart].max()) / last
    if left >= GONE:
        said = f"Of the gradient of {called}, {100 * left:.2g} % is left after its way {way}."
        if left >= 1:
            said = f"The gradient of {called} does not fade on its way {way}."
        return GradientFinding("vanishing", layer.name, said, left, "times", False, "")
    lost = np.flatnonzero(~reached(of, norms))
    missed = lost if elsewhere is None else lost[~elsewhere[lost]]
    gone = 1 + int((missed if len(missed) else lost)[-1])
    rows, others = (steps - gone) * of.segment, "newer" if layer.turned else "older"
    where = f"up to lag {gone}" if layer.turned else f"from lag {rows + 1} on"
    if not len(missed):
        said = f"Of the gradient of {called}, less than 0.1 % is left {where}; another layer brings"
        return GradientFinding(
            "vanishing", layer.name, f"{said} it to {others} rows.", left, "times", False, ""
        )
    said = (
        f"The gradient of {called} vanishes on its way {way}: less than 0.1 % is left {where}, so "
        f"it learns next to nothing from {others} rows."
    )
    shorter = f"shorten the window to where it is gone: {of.shorter.format(rows=rows)}"
    remedy = _listed([*_other_cell(of), *_other_start(of), shorter])
    return GradientFinding("vanishing", layer.name, said, left, "times", True, remedy)


def exploding(of: Subject, layer: Layer, norms: Norms) -> GradientFinding:
    """Say how many times the gradient grows on its way back, at most.

    Args:
        of: the network.
        layer: of it.
        norms: (epochs, steps), the first row before the first epoch; or (1, steps) of the end.
    """
    last, called, rows = norms[:, -1], layer.called, norms.shape[1] * of.segment
    grown = np.divide(norms.max(axis=1), last, out=np.full(len(norms), np.nan), where=last > 0)
    grown[~(norms < LARGEST).all(axis=1)] = np.inf
    if np.isnan(grown).all():
        said = f"Whether the gradient of {called} explodes cannot be told: it is none."
        return GradientFinding("exploding", layer.name, said, math.nan, "times", False, "")
    epoch, most = int(np.nanargmax(grown)), float(np.nanmax(grown))
    if most <= GROWN:
        how = "does not grow" if most <= 1 else f"grows {most:.2g} times at most"
        said = f"The gradient of {called} {how} on its way back."
        return GradientFinding("exploding", layer.name, said, most, "times", False, "")
    when = f"after epoch {epoch}" if epoch else "before the first epoch"
    grows = "leaves all numbers" if math.isinf(most) else f"grows {_counted(most)} times"
    said = (
        f"The gradient of {called} explodes: {'' if len(norms) == 1 else f'{when} '}it {grows} "
        f"on its way through {rows} timesteps."
    )
    half = max(1, norms.shape[1] // 2) * of.segment
    shorter = f"shorten the window: {of.shorter.format(rows=half)}"
    remedy = _listed([*_clip(of), *_other_start(of), *_other_cell(of), shorter])
    return GradientFinding("exploding", layer.name, said, most, "times", True, remedy)


def sudden(of: Subject, norms: Sequence[Norms]) -> GradientFinding:
    """Say whether the weights' gradient was far longer in one epoch than in most.

    Args:
        of: the network.
        norms: (epochs,) mean norm in each; one array a training.
    """
    worst, epoch = math.nan, 0
    for each in norms:
        known = each[np.isfinite(each)]
        if not len(known) or not np.median(known) > 0:
            continue
        most = float(known.max() / np.median(known))
        if not most <= worst:
            worst, epoch = most, 1 + int(np.nanargmax(each))
    if not worst > SUDDEN:
        said = f"The gradient of {of.name} was never above {worst:.2g} times its median epoch."
        if math.isnan(worst):
            said = f"How long the gradient of {of.name} was, epoch by epoch, is not known."
        return GradientFinding("exploding", "", said, worst, "times", False, "")
    said = (
        f"The gradient of {of.name} explodes in epoch {epoch}: it is {_counted(worst)} times as "
        "long as in the median epoch."
    )
    remedy = _listed([*_clip(of), *_other_start(of), *_other_cell(of), "lower `learning_rate`"])
    return GradientFinding("exploding", "", said, worst, "times", True, remedy)


def clipped(
    of: Subject, count: float, updates: float, norm: float, limit: float | None
) -> GradientFinding:
    """Say how many updates were clipped.

    Args:
        of: the network.
        count: updates whose gradient was longer than the limit; NaN where nobody counted.
        updates: of all epochs.
        norm: of the gradient in the median epoch.
        limit: `clip_norm`.
    """
    if limit is None:
        said = f"No update of {of.name} was clipped: `clip_norm` is None."
        return GradientFinding("clipped", "", said, 0.0, "%", False, "")
    if math.isnan(count) or not updates > 0:
        said = f"How many updates of {of.name} were clipped was not counted."
        return GradientFinding("clipped", "", said, math.nan, "%", False, "")
    share = 100 * count / updates
    said = f"{share:.0f} % of the updates of {of.name} were clipped to `clip_norm` {limit:g}."
    if share <= OFTEN:
        return GradientFinding("clipped", "", said, share, "%", False, "")
    said += " So most of its gradients count alike, however large the error."
    remedy = "Raise `clip_norm`."
    if norm > limit:
        twice = float(f"{2 * norm:.1g}")
        remedy = f"Raise `clip_norm` to {twice:g}, about twice the usual length of the gradient."
    return GradientFinding("clipped", "", said, share, "%", True, remedy)


def _untold(apart: int, norms: Norms) -> str:
    """Return why it cannot be told how much of a gradient is left; empty where it can."""
    if len(norms) <= apart:
        return "there is no way back in a window so short"
    if not (norms < LARGEST).all():
        return "it leaves all numbers"
    return "" if norms[-apart:].any() else "it is none"


def _counted(times: float) -> str:
    return f"{times:,.0f}" if times < 1e6 else f"{times:.0e}"


def _clip(of: Subject) -> list[str]:
    return [f"clip the gradient: {of.clipping}"] if of.clipping else []


def _other_start(of: Subject) -> list[str]:
    if of.orthogonal:
        return []
    return ["start from an orthogonal matrix: `recurrent_initializer='orthogonal'`"]


def _other_cell(of: Subject) -> list[str]:
    return ["take a GRU or an LSTM in place of the SimpleRNN"] if of.simple else []


def _listed(remedies: Sequence[str]) -> str:
    """Return remedies as one sentence."""
    *first, last = remedies
    said = f"{'; '.join(first)}; or {last}" if first else last
    return f"{said[0].upper()}{said[1:]}."
