"""`python -m forecast export`, and the examples of docs/exchange.md."""

import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest

import forecast as fc
from forecast.cli import main
from tests.storage.onnx_models import fitted, run, series

pytest.importorskip("onnx", reason="onnx is an extra; run make test")
pytest.importorskip("onnxruntime", reason="a tool of developers; run make test")

ROOT = Path(__file__).parents[2]


class Command:
    """The command line in this process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
        self.monkeypatch, self.capfd = monkeypatch, capfd

    def __call__(self, *arguments: str) -> tuple[object, str, str]:
        self.monkeypatch.setattr(sys, "argv", ["forecast", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = self.capfd.readouterr()
        return ended.value.code, out, err


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    return Command(monkeypatch, capfd)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    fitted(horizon=3).save(tmp_path / "m.safetensors")
    return tmp_path / "m.safetensors"


def test_the_command_writes_what_the_function_does(command: Command, saved: Path) -> None:
    target = saved.with_suffix(".onnx")
    status, out, err = command("export", str(saved), "--onnx", str(target))
    assert (status, err) == (0, "")
    assert out == (
        f"GRU, 6 rows in, 3 ahead, {target.stat().st_size:,} bytes.\n"
        f"ONNX model written to {target}\n"
    )
    fc.to_onnx(fc.Forecaster.load(saved), saved.parent / "again.onnx")
    assert target.read_bytes() == (saved.parent / "again.onnx").read_bytes()
    _, predicted, _ = command("predict", str(saved), "--json")
    expected = [row["GRU"] for row in json.loads(predicted)["forecast"]]
    got = run(target, series().to_numpy()[None, -6:])
    np.testing.assert_allclose(got[0], expected, rtol=1e-6)


def test_the_command_prints_json(command: Command, saved: Path) -> None:
    target = saved.with_suffix(".onnx")
    status, out, err = command("export", str(saved), "--onnx", str(target), "--json")
    assert (status, err) == (0, "")
    assert json.loads(out) == {
        "model": str(saved),
        "onnx": str(target),
        "cell": "GRU",
        "timesteps": 6,
        "horizon": 3,
        "scaling": "window",
        "bytes": target.stat().st_size,
    }


def test_the_command_needs_an_output(command: Command, saved: Path) -> None:
    status, out, err = command("export", str(saved))
    assert (status, out) == (2, "")
    assert err == "error: `--onnx` must name the file to write; got none. Add --onnx model.onnx.\n"


@pytest.mark.parametrize("link", [False, True])
def test_the_command_does_not_overwrite_its_input(
    command: Command, saved: Path, link: bool
) -> None:
    before, target = saved.read_bytes(), saved
    if link:
        target = saved.with_name("link")
        target.symlink_to(saved)
    status, out, err = command("export", str(saved), "--onnx", str(target))
    assert (status, out) == (2, "")
    assert "must name another file than the model" in err
    assert saved.read_bytes() == before


@pytest.mark.parametrize(
    ("model", "target", "said"),
    [
        ("nothing", "m.onnx", "There is no file"),
        ("m.safetensors", "no/m.onnx", "Choose a folder that exists"),
    ],
)
def test_a_failed_export_is_one_line_and_status_1(
    command: Command, saved: Path, model: str, target: str, said: str
) -> None:
    status, out, err = command(
        "export", str(saved.parent / model), "--onnx", str(saved.parent / target)
    )
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert err.startswith("error: ")
    assert said in err


def test_a_missing_package_is_one_line_too(
    command: Command, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    status, out, err = command("export", str(saved), "--onnx", str(saved.with_suffix(".onnx")))
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert 'pip install "recurrent-forecast[onnx]"' in err


def test_export_s_help_has_an_example(command: Command) -> None:
    status, out, _ = command("export", "--help")
    assert status == 0
    assert "Example: python -m forecast export" in " ".join(out.split())


def documented() -> str:
    """Return the section on ONNX."""
    text = (ROOT / "docs" / "exchange.md").read_text(encoding="utf-8")
    return text.split("\n## ONNX\n")[1].split("\n## ")[0]


def test_the_examples_of_the_documentation_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", documented(), flags=re.DOTALL):
        exec(block, names)
    np.testing.assert_allclose(names["ahead"][0], names["model"].predict()["GRU"], rtol=1e-5)


def test_the_commands_of_the_documentation_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: Command
) -> None:
    monkeypatch.chdir(tmp_path)
    lines = re.findall(r"^python -m forecast (.*)$", documented(), flags=re.MULTILINE)
    assert len(lines) == 2
    assert [command(*line.split())[0] for line in lines] == [0] * len(lines)
    assert (tmp_path / "passengers.onnx").is_file()
