"""The code of a run finds the static columns of its series in the run's file."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forecast.data.columns import Columns
from forecast.data.panel import prepare_panel
from forecast.storage.panel_rows import panel_csv, panel_python


def test_code_puts_static_columns_beside_the_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = pd.date_range("2024-01-01", periods=12)
    frames = [
        pd.DataFrame({"unique_id": one, "ds": days, "y": np.arange(12.0), "zone": zone})
        for one, zone in (("a", "NA"), ("b", "01"))
    ]
    columns = Columns(static=("zone", "unique_id"))
    panel = prepare_panel(pd.concat(frames), columns=columns)
    (tmp_path / "data.csv").write_bytes(panel_csv(panel))
    monkeypatch.chdir(tmp_path)
    known: dict[str, pd.DataFrame] = {}
    lines = ["import pandas as pd", "import forecast as fc", *panel_python("s.csv", panel, ())]
    exec("\n".join(lines), known)
    made = prepare_panel(known["y"], columns=columns)
    assert [(name, kinds.tolist()) for name, kinds in made.static] == [
        ("zone", ["NA", "1"]),
        ("unique_id", ["a", "b"]),
    ]
