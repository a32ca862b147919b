"""`export`: a saved model in another program's format."""

from pathlib import Path
from typing import Annotated, Any

import typer

from forecast.cli import options
from forecast.cli.output import print_json, print_lines
from forecast.errors import SettingError
from forecast.models.forecaster import Forecaster
from forecast.storage.onnx_export import to_onnx


def export(
    model: Annotated[Path, typer.Argument(help="A model that `fit` wrote.", show_default=False)],
    onnx: Annotated[Path | None, typer.Option(help="File to write an ONNX model to.")] = None,
    json: options.Json = False,
) -> None:
    """Write a saved model for other programs; it takes and gives values in the series' unit."""
    if onnx is None:
        raise SettingError("`--onnx` must name the file to write; got none. Add --onnx model.onnx.")
    if _same_file(model, onnx):
        raise SettingError(
            f"`--onnx` must name another file than the model; got {str(onnx)!r} for both. "
            f"Use {str(model.with_suffix('.onnx'))!r}."
        )
    forecaster = Forecaster.load(model)
    to_onnx(forecaster, onnx)
    said = _summary(forecaster, model, onnx)
    if json:
        print_json(said)
        return
    print_lines(
        f"{said['cell']}, {said['timesteps']} rows in, {said['horizon']} ahead, "
        f"{said['bytes']:,} bytes.",
        f"ONNX model written to {onnx}",
    )


def _same_file(one: Path, other: Path) -> bool:
    """Return whether two paths lead to one file, also through links."""
    return one.exists() and other.exists() and one.samefile(other)


def _summary(forecaster: Forecaster, model: Path, onnx: Path) -> dict[str, Any]:
    settings = forecaster.settings
    return {
        "model": str(model),
        "onnx": str(onnx),
        "cell": forecaster.label,
        "timesteps": settings.timesteps,
        "horizon": settings.horizon,
        "scaling": settings.scaling,
        "bytes": onnx.stat().st_size,
    }
