"""Where the gradient went while a forecaster was trained."""

from typing import TYPE_CHECKING, Any

from forecast.errors import SettingError
from forecast.models.networks import Networks
from forecast.training.recording import record_frame

if TYPE_CHECKING:
    import pandas as pd


def gradient_history(model: Any) -> "pd.DataFrame":
    """Return the size of the loss's gradient at every step of the window, epoch by epoch.

    It was measured as `fc.gradient_flow` does, on windows of the training rows that stayed the
    same, 64 at most. An `update` adds no epochs to it.

    Args:
        model: a `Forecaster` that was fitted with record_gradients=True.

    Returns:
        One row an epoch, layer and step: epoch (0 before training), layer, lag, norm, and of
        several networks their number, from 0, in seed. Lag 1 is the newest row of the window; of
        a segment, its newest row counts.

    Raises:
        SettingError: nothing was recorded, or this is no forecaster.
        NotFittedError: `fit` was not called.

    Example:
        >>> import forecast as fc
        >>> y = fc.load_sample("air_passengers")
        >>> model = fc.Forecaster(timesteps=6, hidden_units=4, epochs=2, record_gradients=True)
        >>> fc.gradient_history(model.fit(y)).columns.tolist()
        ['epoch', 'layer', 'lag', 'norm']
    """
    import pandas as pd

    if not isinstance(model, Networks):
        raise SettingError(
            f"`model` must be a Forecaster; got a {type(model).__name__}. Of a Sequential, pass "
            "fit(callbacks=[fc.RecordGradients()]) and read the callback's history."
        )
    members, timesteps = model.learned().members, model.settings.timesteps
    if not is_recorded(model):
        raise SettingError(
            f"`model` must have recorded its gradient; this {model.label} was fitted with "
            "record_gradients=False. Fit it with record_gradients=True, or measure the finished "
            "network with fc.gradient_flow(model, data)."
        )
    frames = [record_frame(member.flow, timesteps) for member in members]
    if len(frames) == 1:
        return frames[0]
    numbered = [frame.assign(seed=number) for number, frame in enumerate(frames)]
    return pd.concat(numbered, ignore_index=True)


def is_recorded(model: Networks) -> bool:
    """Say whether a fitted forecaster has recorded its gradient."""
    return all(member.flow for member in model.learned().members)
