import math

import pandas as pd
import pytest

from forecast.charts.palette import COLOURS
from forecast.charts.run_losses import plot_run_losses
from forecast.errors import SettingError


def history() -> pd.DataFrame:
    rows = []
    for run in ("first", "<b>second</b>"):
        for cell, networks in (("GRU", 2), ("LSTM 24", 1)):
            for network in range(networks):
                rows += [(run, cell, network, epoch, 2 / epoch, 3 / epoch) for epoch in (1, 2, 3)]
    names = ["run", "cell", "network", "epoch", "loss", "val_loss"]
    return pd.DataFrame(rows, columns=names)


def test_a_colour_a_cell_and_a_line_style_a_run() -> None:
    made = plot_run_losses(history(), log=True)
    lines = [(one.line.color, one.line.dash) for one in made.data if one.showlegend]
    assert lines == [
        *((COLOURS["GRU"], "solid"), (COLOURS["LSTM"], "solid")),
        *((COLOURS["GRU"], "dash"), (COLOURS["LSTM"], "dash")),
    ]
    assert len(made.data) == 6
    assert list(made.data[0].y) == [3, 1.5, 1]
    assert made.layout.yaxis.type == "log"
    assert made.data[-1].name == "LSTM 24, &lt;b&gt;second&lt;/b&gt;"


def test_without_validation_the_training_loss_is_drawn() -> None:
    none = history().assign(val_loss=math.nan)
    assert list(plot_run_losses(none).data[0].y) == [2, 1, 2 / 3]
    assert list(plot_run_losses(history(), loss="loss").data[0].y) == [2, 1, 2 / 3]


def test_another_loss_is_refused() -> None:
    with pytest.raises(SettingError, match="`loss`"):
        plot_run_losses(history(), loss="gain")


def test_no_run_gives_an_empty_chart() -> None:
    assert len(plot_run_losses(history().iloc[:0]).data) == 0
