"""Loss curves, of one network a cell and of several."""

import pandas as pd

from forecast.charts.losses import plot_losses
from forecast.charts.palette import COLOURS


def history(seeds: int | None = None, cells: tuple[str, ...] = ("GRU", "LSTM")) -> pd.DataFrame:
    rows = [
        {"cell": cell, "epoch": epoch, "loss": 1 / epoch, "val_loss": 1.2 / epoch, "seed": seed}
        for cell in cells
        for seed in range(seeds or 1)
        for epoch in range(1, 4 + seed)
    ]
    frame = pd.DataFrame(rows)
    return frame if seeds else frame.drop(columns="seed")


def test_one_network_a_cell_has_a_curve_and_a_dashed_one() -> None:
    made = plot_losses(history())
    assert [trace.name for trace in made.data] == [
        "GRU", "GRU validation", "LSTM", "LSTM validation"
    ]  # fmt: skip
    assert [trace.line.dash for trace in made.data] == [None, "dash"] * 2
    assert "network" not in made.layout.title.subtitle.text


def test_each_of_several_networks_has_its_curves_and_the_cell_one_entry() -> None:
    made = plot_losses(history(3))
    assert len(made.data) == 12
    assert [trace.name for trace in made.data if trace.showlegend] == ["GRU", "LSTM"]
    of_gru = [trace for trace in made.data if trace.legendgroup == "GRU"]
    assert len(of_gru) == 6
    assert {trace.line.color for trace in of_gru} == {COLOURS["GRU"]}
    assert [list(trace.x)[-1] for trace in of_gru] == [3, 3, 4, 4, 5, 5]
    assert of_gru[2].hovertemplate.startswith("GRU 2, epoch")
    assert "one line a network" in made.layout.title.subtitle.text


def test_names_are_letters_whatever_they_hold() -> None:
    made = plot_losses(history(2, ("<b>x</b>",)))
    assert all("<b>" not in str(trace.name) for trace in made.data)
    assert all("<b>" not in str(trace.hovertemplate) for trace in made.data)
