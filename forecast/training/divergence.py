"""What is said where a training runs away."""

import numpy as np

from forecast.errors import NonFiniteLossError
from forecast.training.batches import Taken
from forecast.training.settings import TrainingSettings


def check_finite(
    taken: Taken, count: int, epoch: int, first: int, settings: TrainingSettings
) -> None:
    """Raise an error if a batch was not finite.

    Args:
        taken: what the batches brought.
        count: how many batches there were to be.
        epoch: from 1.
        first: the number of batches of the epoch before these.
        settings: that the error says how to change.

    Raises:
        NonFiniteLossError: a loss or a gradient was not finite.
    """
    if taken.finished < count:
        what = "gradient" if np.isfinite(taken.losses[-1]) else "loss"
        raise diverged(what, epoch, first + taken.finished + 1, settings)


def diverged(what: str, epoch: int, batch: int, settings: TrainingSettings) -> NonFiniteLossError:
    """Return the error that says what was not finite, where, and how to mend it."""
    mends = [f"a lower `learning_rate` (it is {settings.learning_rate:g})"]
    if settings.clip_norm is None:
        mends.append("`clip_norm=1.0`")
    mends.append("`scaling='window'` or `'standard'` if the inputs are large")
    return NonFiniteLossError(
        f"The {what} is no longer a finite number in epoch {epoch}, batch {batch}: training "
        f"diverged. Try {' or '.join(mends)}.",
        epoch=epoch,
        batch=batch,
    )
