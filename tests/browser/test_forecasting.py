"""Beyond the end of the data: forecast, read, take away; newer rows, and files that are none."""

import math
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

TRAINED = "cells=GRU&horizon=7&epochs=3&timesteps=12&hidden_units=8"
FAN = ".st-key-fan .scatterlayer .trace"


def rows(first: date, count: int, names: Sequence[str] = ("temp_max",)) -> bytes:
    """Return a CSV of daily rows."""
    lines = [",".join(("date", *names))]
    for day in range(count):
        numbers = [f"{9 + 4 * math.sin(day / 3) + place:.2f}" for place in range(len(names))]
        lines.append(",".join((f"{first + timedelta(days=day):%Y-%m-%d}", *numbers)))
    return "\n".join(lines).encode()


def put(visitor: Visitor, label: str, name: str, content: bytes) -> None:
    """Upload a file where a label says so."""
    place = visitor.page.locator("[data-testid=stFileUploader]").filter(has_text=label)
    file = {"name": name, "mimeType": "text/csv", "buffer": content}
    place.locator("[data-testid=stFileUploaderDropzoneInput]").set_input_files(file)


def train(visitor: Visitor, more: str = "") -> None:
    visitor.go(f"/train?{TRAINED}{more}", "Train")
    visitor.train()
    visitor.page.locator("[data-testid=stMetric]").first.wait_for()
    visitor.settle()


def taken(visitor: Visitor, folder: Path) -> pd.DataFrame:
    """Download the forecast, and read it."""
    with visitor.page.expect_download() as downloading:
        visitor.page.get_by_role("button", name="Forecast (CSV)").click()
    assert downloading.value.suggested_filename == "forecast-gru.csv"
    downloading.value.save_as(folder / "forecast.csv")
    return pd.read_csv(folder / "forecast.csv")


def test_from_a_run_to_a_forecast_after_newer_rows(visitor: Visitor, tmp_path: Path) -> None:
    train(visitor)
    visitor.switch("Forecast")
    visitor.page.get_by_text("it forecasts after 2015-12-31, 292 rows later").wait_for()
    visitor.page.locator(FAN).nth(3).wait_for(state="attached")  # bands, history, forecast
    cells = visitor.page.locator("[data-testid=stDataFrame] canvas table tbody tr")
    cells.nth(6).wait_for(state="attached")
    frame = taken(visitor, tmp_path)
    assert list(frame) == ["ds", "GRU", "GRU-lo-80", "GRU-hi-80", "GRU-lo-95", "GRU-hi-95"]
    assert (frame["ds"].iloc[0], len(frame)) == ("2016-01-01", 7)

    visitor.page.get_by_text("Forecast after newer rows").click()
    put(visitor, "Newer rows", "newer.csv", rows(date(2016, 1, 1), 20))
    visitor.page.get_by_text("it forecasts after 2016-01-20, 312 rows later").wait_for()
    visitor.settle()
    assert taken(visitor, tmp_path)["ds"].iloc[0] == "2016-01-21"

    put(visitor, "Newer rows", "older.csv", rows(date(2014, 1, 1), 20))
    visitor.page.get_by_text("The newest row of this file is of 2014-01-20").wait_for()
    visitor.page.get_by_text("it forecasts after 2015-12-31, 292 rows later").wait_for()
    put(visitor, "Newer rows", "letter.txt", b"Dear reader,\n\nno table at all.\n\nYours\n")
    visitor.page.get_by_text("This file cannot be read as it is").wait_for()

    visitor.fill_number("horizon", 10, "ahead_7")
    visitor.page.get_by_text("trained for 7 rows ahead").wait_for()
    visitor.page.reload()
    visitor.page.get_by_text("trained for 7 rows ahead").wait_for()  # the address knows


@pytest.mark.soak
def test_what_must_be_known_ahead_comes_from_a_filled_in_template(
    visitor: Visitor, tmp_path: Path
) -> None:
    train(visitor, "&future_covariates=precipitation")
    visitor.switch("Forecast")
    visitor.page.get_by_text("7 values missing.").wait_for()
    with visitor.page.expect_download() as downloading:
        visitor.page.get_by_role("button", name="Template (CSV)").click()
    downloading.value.save_as(tmp_path / "template.csv")
    template = pd.read_csv(tmp_path / "template.csv")
    assert list(template) == ["ds", "precipitation"]
    filled = template.assign(precipitation=range(7)).to_csv(index=False).encode()
    put(visitor, "The filled-in template", "filled.csv", filled)
    visitor.page.locator(FAN).first.wait_for(state="attached")
    visitor.settle()
    assert len(taken(visitor, tmp_path)) == 7


def test_one_click_leads_from_nothing_to_a_forecast(visitor: Visitor) -> None:
    visitor.go("/forecast", "Forecast")
    visitor.page.get_by_role("button", name="Try it: Seattle, 14 days ahead").click()
    visitor.page.locator(FAN).first.wait_for(state="attached")
    visitor.page.get_by_text("it forecasts after 2015-12-31").wait_for()
