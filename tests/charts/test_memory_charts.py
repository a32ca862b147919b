"""Charts of what a cell remembers: one axis of lags, linked and light."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from forecast.charts.memory import plot_influence, plot_influence_grid
from forecast.charts.memory_flow import plot_gradient_flow, plot_jacobians
from forecast.charts.memory_frames import MOST_FRAMES
from forecast.charts.memory_panels import arranged
from forecast.charts.memory_states import plot_gates, plot_states_over
from forecast.charts.palette import COLOURS, SIGNED
from forecast.errors import DataError

HTML = "<img src=x>"
CELLS = ("SimpleRNN", "GRU", "LSTM")


def influence(**settings: Any) -> Any:
    shares = {"SimpleRNN": np.array([0.0, 0, 10, 90]), "GRU": np.array([10.0, 20, 30, 40])}
    values = np.array([1.0, np.nan, 3, 4])
    return plot_influence(values, shares, {"SimpleRNN": 1, "GRU": 3.0}, name="y", **settings)


def test_window_and_cells_lie_over_one_axis_of_lags() -> None:
    made = influence(ds=pd.date_range("2024-02-28", periods=4))
    layout = made.layout
    window, simple, _, gru, bracket = made.data
    assert all(one.xaxis is None for one in made.data)
    assert [one.yaxis for one in (window, simple, gru)] == ["y", "y2", "y3"]
    assert list(window.x) == list(simple.x) == list(gru.x) == [4, 3, 2, 1]
    assert list(gru.y) == [10, 20, 30, 40], "lag 1 holds most"
    assert layout.xaxis.range[0] > 4 > 1 > layout.xaxis.range[1], "the newest row at the right"
    assert layout.xaxis.anchor == "y3"
    assert (layout.hovermode, layout.hoversubplots) == ("x unified", "axis")
    assert (layout.xaxis.showspikes, layout.xaxis.spikemode) == (True, "across")
    assert list(window.customdata) == ["2024-02-28", "2024-02-29", "2024-03-01", "2024-03-02"]
    assert layout.yaxis2.range == layout.yaxis3.range, "heights of the cells compare"
    assert bracket.hoverinfo == "skip"


def test_other_inputs_stand_between_the_window_and_the_cells() -> None:
    made = influence(others={HTML: np.arange(4.0), "wind": np.zeros(4)})
    _, one, other, simple, *_ = made.data
    assert (one.yaxis, other.yaxis, simple.yaxis) == ("y2", "y2", "y3")
    assert list(one.y) == [0, 1, 2, 3]
    assert "<" not in one.name
    assert one.line.dash != other.line.dash
    shown = [trace.name for trace in made.data if trace.showlegend is not False]
    assert shown == [one.name, "wind"]
    assert made.layout.showlegend


def test_a_bracket_holds_the_newest_lags_and_bars_fade() -> None:
    made = influence()
    gru, bracket = made.data[3:]
    assert (round(max(bracket.x)), round(min(bracket.x))) == (3, 1)
    assert max(bracket.x) > 3 > 1 > min(bracket.x), "it spans whole bars"
    assert min(bracket.y) > 90, "over the highest bar of all cells"
    opacity = [float(one.split(",")[-1].rstrip(")")) for one in gru.marker.color]
    assert opacity == sorted(opacity)
    assert opacity[-1] == 1
    assert opacity[0] < 0.7
    said = [note.text for note in made.layout.annotations]
    assert "90 % in the last row" in said
    assert "90 % in the last 3 rows" in said


def test_without_a_memory_there_is_no_bracket() -> None:
    shares = {"GRU": np.zeros(3), "LSTM": np.ones(3)}
    made = plot_influence(np.arange(3.0), shares, {"LSTM": math.nan}, name="y")
    assert [one.type for one in made.data] == ["scatter", "bar", "bar"]
    assert made.layout.yaxis2.range[1] > 0


def test_shares_must_fit_the_window() -> None:
    with pytest.raises(DataError, match="4 values; got 2 for 'GRU'"):
        plot_influence(np.zeros(4), {"GRU": np.zeros(2)}, {}, name="y")
    with pytest.raises(DataError, match="at least one cell"):
        plot_influence(np.zeros(4), {}, {}, name="y")


def test_a_grid_tells_share_of_its_step_and_has_no_division_by_zero() -> None:
    by_lag = np.array([[3.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
    made = plot_influence_grid(by_lag, label="GRU")
    heat = made.data[0]
    assert heat.z.tolist() == by_lag.tolist()
    assert list(heat.x) == [1, 2, 3]
    assert heat.customdata.tolist() == [[75, 25, 0], [0, 0, 0]]
    assert (heat.zmin, heat.zmax) == (0, 3)
    assert made.layout.xaxis.range[0] > made.layout.xaxis.range[1]
    assert plot_influence_grid(0 * by_lag, label="GRU").data[0].zmax > 0


def test_states_lie_under_their_input() -> None:
    states = np.array([[0.1, -0.8], [0.4, 0.2], [0.0, 0.5]])
    inputs = np.column_stack([np.arange(3.0), np.arange(3.0)])
    made = plot_states_over(inputs, ["y", "x"], states, label="GRU", letter="c", marked=3)
    first, second, heat, summary = made.data
    assert (first.yaxis, heat.yaxis, summary.yaxis) == ("y", "y2", "y2")
    assert list(heat.x) == list(first.x) == list(summary.x) == [3, 2, 1]
    assert np.allclose(heat.z, states.T)
    assert heat.zmax == -heat.zmin == 0.8
    assert [list(one) for one in heat.colorscale] == SIGNED
    assert first.line.dash != second.line.dash, "told apart in grey too"
    assert made.layout.showlegend
    assert np.allclose(summary.customdata[0], [-0.8, 0.1, 0.45])
    assert summary.hovertemplate.startswith("c: ")
    assert {(one.x0, one.x1, one.yref) for one in made.layout.shapes} == {(2.5, 3.5, "y2")}
    alone = plot_states_over(inputs[:, :1], ["y"], 0 * states, label="GRU")
    assert not alone.layout.showlegend
    assert alone.data[1].zmax > 0


def test_a_gate_is_a_mean_in_a_band_on_its_own_panel() -> None:
    values = np.tile(np.linspace(0, 1, 11), (4, 1))
    made = plot_gates({"update": values, "candidate": 2 * values - 1}, label="GRU")
    band, mean, _, candidate = made.data
    assert (mean.yaxis, candidate.yaxis) == ("y", "y2")
    assert np.allclose(mean.y, 0.5)
    assert np.allclose(mean.customdata, [0.1, 0.9])
    assert np.allclose(band.y[:4], 0.9)
    assert np.allclose(band.y[4:], 0.1)
    assert list(band.x) == [4, 3, 2, 1, 1, 2, 3, 4]
    assert np.allclose(made.layout.yaxis.range, (0, 1), atol=0.05)
    assert np.allclose(made.layout.yaxis2.range, (-1, 1), atol=0.05)
    with pytest.raises(DataError, match="SimpleRNN has no gates"):
        plot_gates({}, label="SimpleRNN")


def test_a_candidate_beyond_one_widens_its_axis() -> None:
    made = plot_gates({"candidate": np.array([[0.0, 5.0], [0.0, 2.0]])}, label="GRU")
    assert made.layout.yaxis.range[1] > 5


def flow(
    epochs: int, layers: tuple[str, ...] = ("one",), *, timesteps: int = 6, scale: float = 1.0
) -> pd.DataFrame:
    rows = [
        (epoch, layer, lag, scale * (1 + epoch) * 10.0**-lag)
        for epoch in range(epochs + 1)
        for layer in layers
        for lag in range(timesteps, 0, -1)
    ]
    return pd.DataFrame(rows, columns=["epoch", "layer", "lag", "norm"])


def test_the_last_epoch_comes_first_and_the_axes_hold_all() -> None:
    made = plot_gradient_flow({"GRU": flow(3), HTML: flow(1)})
    gru, other = made.data
    assert list(gru.x) == [6, 5, 4, 3, 2, 1]
    assert np.allclose(gru.y, 4 * 10.0 ** -np.arange(6, 0, -1))
    assert [frame.name for frame in made.frames] == ["0", "1", "2", "3"]
    assert np.allclose(made.frames[0].data[0].y, gru.y / 4)
    assert np.allclose(made.frames[3].data[1].y, other.y), "an early end keeps its last epoch"
    assert np.allclose(made.frames[2].data[1].y, other.y)
    low, high = made.layout.yaxis.range
    assert low < -6
    assert high > math.log10(0.4)
    assert made.layout.yaxis.type == "log"
    (slider,) = made.layout.sliders
    assert (slider.active, slider.currentvalue.prefix) == (3, "epoch ")
    assert [step.args[0] for step in slider.steps] == [(str(epoch),) for epoch in range(4)]
    assert [button.label for button in made.layout.updatemenus[0].buttons] == ["Play", "Pause"]
    assert gru.marker.symbol != other.marker.symbol, "told apart in grey too"
    assert HTML not in made.to_json()


def test_many_epochs_are_thinned_and_keep_their_ends() -> None:
    frames = plot_gradient_flow({"GRU": flow(300, timesteps=2)}).frames
    assert len(frames) == MOST_FRAMES
    assert (frames[0].name, frames[-1].name) == ("0", "300")


def test_one_epoch_has_nothing_to_play() -> None:
    made = plot_gradient_flow({"GRU": flow(0)})
    assert not made.frames
    assert not made.layout.sliders
    assert not made.layout.updatemenus


def test_layers_have_panels_and_seeds_are_averaged() -> None:
    one, two = flow(1, ("a", "b")).assign(seed=0), flow(1, ("a", "b"), scale=3).assign(seed=1)
    made = plot_gradient_flow({"GRU": pd.concat([one, two])})
    assert [trace.yaxis for trace in made.data] == ["y", "y2"]
    assert np.allclose(made.data[0].y[-1], 2 * 2 * 0.1)
    assert [trace.showlegend for trace in made.data] == [True, False]
    assert made.data[1].hovertemplate.endswith(", b")
    assert [note.text for note in made.layout.annotations] == ["<b>a</b>", "<b>b</b>"]


def test_vanished_and_exploded_gradients_leave_an_axis() -> None:
    table = flow(1).assign(norm=[0.0, np.inf, np.nan, 1e-30, 1.0, 10.0] * 2)
    low, high = plot_gradient_flow({"GRU": table}).layout.yaxis.range
    assert -20 < low < 0 < high < 3
    gone = plot_gradient_flow({"GRU": flow(1, scale=0.0)}).layout.yaxis.range
    assert gone[0] < gone[1]


def test_a_jacobian_has_two_lines_a_cell_and_a_line_at_one() -> None:
    table = pd.DataFrame(
        {"layer": "a", "lag": [1, 4], "spectral_radius": [0.5, 0.6], "singular_value": [1.1, 1.2]}
    )
    made = plot_jacobians({"GRU": table, "LSTM": pd.concat([table, table.assign(layer="b")])})
    radius, value = made.data[:2]
    assert list(radius.x) == [4, 1]
    assert np.allclose(radius.y, [0.6, 0.5])
    assert np.allclose(value.y, [1.2, 1.1])
    assert (radius.line.dash, value.line.dash) == (None, "dash")
    assert radius.line.color == value.line.color == COLOURS["GRU"]
    assert [trace.showlegend for trace in made.data] == [True, False] * 2 + [False, False]
    assert [trace.yaxis for trace in made.data] == ["y"] * 4 + ["y2"] * 2
    assert [(one.y0, one.y1, one.yref) for one in made.layout.shapes] == [(1, 1, "y"), (1, 1, "y2")]


@pytest.mark.parametrize("plot", [plot_gradient_flow, plot_jacobians])
def test_a_chart_of_no_rows_is_refused(plot: Any) -> None:
    with pytest.raises(DataError, match="at least one cell"):
        plot({})
    with pytest.raises(DataError, match="none for 'GRU'"):
        plot({"GRU": flow(0).iloc[:0]})


def test_panels_stand_one_under_another() -> None:
    space = arranged([100, 50, 50])
    tops = [top for _, top in space.domains]
    assert tops[0] == 1
    assert space.domains[-1][0] == 0
    for (bottom, _), top in zip(space.domains, tops[1:], strict=False):
        assert bottom > top
    heights = [(top - bottom) * space.height for bottom, top in space.domains]
    assert np.allclose(heights, [100, 50, 50])


def test_texts_from_data_are_letters() -> None:
    shares, gates = {HTML: np.ones(2)}, {HTML: np.ones((2, 3)) / 2}
    for made in (
        plot_influence(np.ones(2), shares, {HTML: 1}, name=HTML),
        plot_influence_grid(np.ones((2, 2)), label=HTML),
        plot_states_over(np.ones((2, 1)), [HTML], np.ones((2, 3)), label=HTML),
        plot_gates(gates, label=HTML),
        plot_gradient_flow({HTML: flow(1, (HTML, "b"))}),
    ):
        assert HTML not in made.to_json()


def test_figures_of_a_large_network_are_light() -> None:
    states = np.random.default_rng(0).uniform(-1, 1, (60, 128))
    made = plot_states_over(np.ones((60, 4)), list("abcd"), states, label="LSTM")
    assert len(made.to_json()) < 100_000
    histories = {cell: flow(40, timesteps=60) for cell in CELLS}
    assert len(plot_gradient_flow(histories).to_json()) < 150_000
