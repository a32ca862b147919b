"""Commands that fetch what they read, as somebody types them."""

import subprocess
import sys
from datetime import date

from tests.net.internet import Internet, Reply
from tests.net.quotes import business_days, chart, serve_yahoo
from tests.net.weather_answers import ARCHIVE, PLACES, SEATTLE, days_asked


def test_the_command_line_reads_a_ticker(internet: Internet) -> None:
    days = business_days(date(2020, 1, 2), 80)
    serve_yahoo(internet, "MSFT", Reply(200, chart(days, [100.0 + n % 7 for n in range(80)])))
    order = [sys.executable, "-m", "forecast", "compare", "yahoo:msft", "--cell", "gru"]
    order += ["--timesteps", "5", "--hidden-units", "4", "--epochs", "1", "--engine", "numpy"]
    done = subprocess.run(order, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "GRU" in done.stdout
    order[4] = "yahoo:GONE"
    failed = subprocess.run(order, capture_output=True, text=True)
    assert failed.returncode == 1
    assert failed.stderr.startswith("error: Yahoo knows no ticker GONE")
    assert len(failed.stderr.splitlines()) == 1


def test_the_command_line_reads_a_place(internet: Internet) -> None:
    internet.replies[PLACES] = Reply(200, {"results": [SEATTLE]})
    internet.replies[ARCHIVE] = lambda seen: Reply(200, days_asked(seen))
    order = [sys.executable, "-m", "forecast", "compare", "weather:Seattle", "--cell", "gru"]
    order += ["--timesteps", "5", "--hidden-units", "4", "--epochs", "1", "--engine", "numpy"]
    done = subprocess.run(order, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "GRU" in done.stdout
    assert len(internet.seen) == 2
