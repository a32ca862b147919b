import inspect
import subprocess
import sys
from dataclasses import fields

import pytest

import forecast as fc
from forecast.models.settings import ForecasterSettings


@pytest.mark.parametrize("name", fc.__all__)
def test_every_public_name_resolves(name: str) -> None:
    assert getattr(fc, name).__doc__


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'forecast' has no attribute 'nothing'"):
        _ = fc.nothing


def test_importing_the_package_imports_nothing_heavy() -> None:
    code = "import sys, forecast; print(sorted({'numpy', 'pandas', 'plotly'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_forecaster_s_signature_is_the_settings_dataclass() -> None:
    parameters = list(inspect.signature(fc.Forecaster).parameters.values())
    assert parameters.pop(1).name == "preset"
    assert [(p.name, p.default) for p in parameters] == [
        (field.name, field.default) for field in fields(ForecasterSettings)
    ]
    assert all(p.kind is p.KEYWORD_ONLY for p in parameters[1:])
