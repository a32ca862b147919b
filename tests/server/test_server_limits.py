"""The limits come from the environment, and a bad one stops the start with a clear word."""

import subprocess
import sys
from pathlib import Path

import pytest

from dashboard.limits import VARIABLES, ServerLimits
from forecast.errors import SettingError
from tests.browser.server import ROOT


def test_without_a_word_the_usual_limits_hold() -> None:
    assert ServerLimits.of({}) == ServerLimits.of(dict.fromkeys(VARIABLES, " ")) == ServerLimits()


def test_words_become_limits() -> None:
    said = {
        "FORECAST_HOSTS": " A.example ,b.example,",
        "FORECAST_ORIGINS": "https://A.example/",
        "FORECAST_SESSIONS": "7",
        "FORECAST_METRICS": "yes",
    }
    found = ServerLimits.of(said)
    assert found.hosts == ("a.example", "b.example")
    assert found.origins == ("https://a.example",)
    assert (found.sessions, found.metrics, found.sign_in) == (7, True, False)


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("FORECAST_SESSIONS", "0"), ("FORECAST_SESSIONS", "many"), ("FORECAST_SESSIONS", "1e9"),
        ("FORECAST_UPLOAD_MB", "-1"), ("FORECAST_UPLOAD_MB", "200"), ("FORECAST_METRICS", "maybe"),
        ("FORECAST_ORIGINS", "a.example"), ("FORECAST_ORIGINS", "https://a.example/path"),
    ],
)  # fmt: skip
def test_a_bad_word_is_named(variable: str, text: str) -> None:
    with pytest.raises(SettingError, match=variable):
        ServerLimits.of({variable: text})


@pytest.mark.parametrize(
    ("variable", "text", "said"),
    [
        ("FORECAST_SESSIONS", "many", "must hold a whole number; got 'many'"),
        ("FORECAST_SIGN_IN", "1", "`FORECAST_SIGN_IN` needs"),
    ],
)
def test_a_server_does_not_start_with_a_bad_word(
    variable: str, text: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, text)
    monkeypatch.setenv("FORECAST_HOME", str(tmp_path))
    ended = subprocess.run(
        [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.port", "0",
         "--server.headless", "true", "--server.address", "127.0.0.1"],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ended.returncode != 0
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr
