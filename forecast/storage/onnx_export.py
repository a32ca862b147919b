"""A fitted forecaster as an ONNX model: raw windows in, forecasts out.

The input `window` (batch, timesteps) and the output `forecast` (batch, horizon) are float64, in the
series' unit.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forecast import __version__
from forecast.archive import write_file
from forecast.errors import MissingExtraError
from forecast.models.fitted import Fitted
from forecast.models.forecaster import Forecaster
from forecast.models.settings import ForecasterSettings
from forecast.storage.onnx_graph import model_graph

if TYPE_CHECKING:
    from onnx import ModelProto

OPERATOR_SET = 17
FORMAT = 8  # ONNX' "IR version", the one that came with the operator set
PRODUCER = "recurrent-forecast"

_TOLD = ("cell", "layers", "hidden_units", "timesteps", "horizon", "scaling")


def to_onnx(forecaster: Forecaster, path: str | os.PathLike[str]) -> None:
    """Write a fitted forecaster as an ONNX model, whole or not at all.

    The model has one input, `window` (batch, timesteps), and one output, `forecast` (batch,
    horizon), both float64 in the series' unit: scaling is part of the model. The network computes
    in float32, also that of a forecaster with `dtype="float64"`, because ONNX Runtime has RNN, GRU
    and LSTM in no other precision.

    Args:
        forecaster: fitted.
        path: the file, usually `….onnx`; its folder must exist.

    Raises:
        NotFittedError: `fit` was not called.
        SettingError: the forecaster reads more than one series' own values, or has several
            networks.
        MissingExtraError: the package `onnx` is not installed.
        ArchiveError: the file cannot be written.

    Example, with the extra `onnx`:
        model = fc.Forecaster("gru", timesteps=12, horizon=12).fit(y)
        fc.to_onnx(model, "passengers.onnx")
    """
    fitted = forecaster.learned()
    fitted.check_plain(forecaster.settings, "An ONNX model")
    onnx = _onnx()
    model = _model(onnx, forecaster.settings, fitted)
    onnx.checker.check_model(model, full_check=True)
    write_file(Path(path), model.SerializeToString())


def _onnx() -> Any:
    try:
        import onnx
    except ImportError as error:
        raise MissingExtraError("onnx", "onnx", "Exporting to ONNX") from error
    return onnx


def _model(onnx: Any, settings: ForecasterSettings, fitted: Fitted) -> "ModelProto":
    made: ModelProto = onnx.helper.make_model(
        model_graph(onnx, settings, fitted),
        opset_imports=[onnx.helper.make_opsetid("", OPERATOR_SET)],
        ir_version=FORMAT,
        producer_name=PRODUCER,
        producer_version=__version__,
    )
    told = {name: str(getattr(settings, name)) for name in _TOLD}
    onnx.helper.set_model_props(made, told | {"package": PRODUCER, "version": __version__})
    return made
