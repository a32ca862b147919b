import re
from collections.abc import Callable

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import forecast as fc
from dashboard.anatomy_latex import bracket, number
from dashboard.anatomy_views import EVERY
from tests.pages.conftest import words

CELLS = ("SimpleRNN", "GRU", "LSTM")
SMALL = {"input_dim": "2", "units": "3", "steps": "5", "random_bias": "true"}
COLUMN = r"\\left\[\\begin\{array\}\{r+\}(.*?)\\end\{array\}\\right\]"


def printed(latex: str) -> list[list[str]]:
    """Return the rows of every matrix and column in a LaTeX text, as they are printed."""
    return [re.split(r" \\\\ ", found) for found in re.findall(COLUMN, latex)]


def lines(page: AppTest) -> dict[str, list[str]]:
    """Return the printed value of every line of the shown step, by its name."""
    found = {}
    for latex in page.latex:
        for line in re.split(r" \\\\\[14pt\] ", latex.value):
            name, sign, value = line.partition(" &= ")
            if sign and printed(value):
                found[name.split("{aligned}")[-1]] = printed(value)[-1]
    return found


def everything(page: AppTest, cell: str) -> AppTest:
    """Show all parts of a cell."""
    key = f"part_{ {'GRU': 'gru', 'LSTM': 'lstm'}.get(cell) }"
    return page if cell == "SimpleRNN" else page.segmented_control(key=key).set_value(EVERY).run()


def built(page: AppTest) -> fc.Sequential:
    """Build the layer with the line that the page shows."""
    scope: dict[str, fc.Sequential] = {}
    exec(page.code[1].value, {"fc": fc}, scope)
    return scope["model"]


def stepped(cell: str, model: fc.Sequential, xs: list[np.ndarray]) -> list[tuple[np.ndarray, ...]]:
    """Apply the public cells step by step; return the states after every step."""
    kernel, recurrent, bias = (np.asarray(one, np.float64) for one in model.get_weights())
    h = c = np.zeros((len(recurrent), 1))
    found = []
    for x in xs:
        if cell == "SimpleRNN":
            h = fc.rnn_cell(x, h, kernel.T, recurrent.T, bias[:, None])
        elif cell == "LSTM":
            h, c = fc.lstm_cell(x, h, c, kernel.T, recurrent.T, bias[:, None])
        elif bias.ndim == 2:
            both = bias[0][:, None], bias[1][:, None]
            h = fc.gru_cell(x, h, kernel.T, recurrent.T, *both)
        else:
            h = fc.gru_cell(x, h, kernel.T, recurrent.T, bias[:, None], reset_after=False)
        found.append((h, c))
    return found


def as_printed(column: np.ndarray) -> list[str]:
    return [f"{value:z.4f}" for value in column[:, 0]]


@pytest.mark.parametrize("after", ["true", "false"])
@pytest.mark.parametrize("cell", CELLS)
def test_every_step_prints_what_the_public_cells_compute(
    cell: str, after: str, open_page: Callable[..., AppTest]
) -> None:
    page = everything(open_page("anatomy.py", {"cell": cell, "reset_after": after, **SMALL}), cell)
    shown, inputs = [], []
    for t in range(1, 6):
        page.slider(key="t").set_value(t).run()
        assert not page.exception
        assert f"What enters step {t}" in words(page)
        shown.append(lines(page))
        entering = printed(page.latex[1].value)
        inputs.append(np.array(entering[0], float)[:, None])
        assert entering[1] == (shown[-2]["h_t"] if t > 1 else ["0.0000"] * 3)
    expected = stepped(cell, built(page), inputs)
    assert [step["h_t"] for step in shown] == [as_printed(h) for h, _ in expected]
    if cell == "LSTM":
        assert [step["c_t"] for step in shown] == [as_printed(c) for _, c in expected]


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("SimpleRNN", ["W x_t", "R h_{t-1}", "a_t", "h_t"]),
        ("GRU", ["W_z x_t", "R_z h_{t-1}", "a^z_t", "z_t", "W_r x_t", "R_r h_{t-1}", "a^r_t", "r_t",
                 "W_n x_t", "R_n h_{t-1}", "q_t", "a^n_t", "n_t", "h_t"]),
        ("LSTM", [name.replace("?", gate) for gate in "ifgo" for name in
                  ("W_? x_t", "R_? h_{t-1}", "a^?_t", "?_t")] + ["c_t", "h_t"]),
    ],
)  # fmt: skip
def test_a_step_shows_products_sums_activations_and_states(
    cell: str, names: list[str], open_page: Callable[..., AppTest]
) -> None:
    page = everything(open_page("anatomy.py", {"cell": cell}), cell)
    assert list(lines(page)) == names


@pytest.mark.parametrize("sequences", ["true", "false"])
@pytest.mark.parametrize(
    ("cell", "formula", "count"),
    [
        ("SimpleRNN", r"4^2 + 4 \cdot 3 + 4", 32),
        ("GRU", r"3 \cdot (4^2 + 4 \cdot 3 + 2 \cdot 4)", 108),
        ("LSTM", r"4 \cdot (4^2 + 4 \cdot 3 + 4)", 128),
    ],
)
def test_shapes_and_counts_are_the_model_s(
    cell: str, formula: str, count: int, sequences: str, open_page: Callable[..., AppTest]
) -> None:
    page = open_page("anatomy.py", {"cell": cell, "return_sequences": sequences})
    assert not page.exception
    model = built(page)
    assert model.count_params() == count
    shown = {metric.label: metric.value for metric in page.metric}
    assert shown == {"Output shape": str(model.output_shape), "Parameters": f"{count:,}"}
    assert model.output_shape == ((None, 12, 4) if sequences == "true" else (None, 4))
    assert formula in page.latex[-1].value
    table, cells = page.table[0].value, page.table[1].value
    assert table["Shape"].tolist() == [str(array.shape) for array in model.get_weights()]
    assert cells.loc["Parameters"].tolist() == ["32", "108", "128"]


def test_a_large_layer_shows_its_first_rows_and_says_so(
    open_page: Callable[..., AppTest],
) -> None:
    page = open_page("anatomy.py", {"units": "100", "input_dim": "40", "steps": "2"})
    assert not page.exception
    assert "the first 4 are shown" in words(page)
    assert all(len(rows) <= 8 for latex in page.latex for rows in printed(latex.value))


def test_one_step_needs_no_slider(open_page: Callable[..., AppTest]) -> None:
    page = open_page("anatomy.py", {"steps": "1"})
    assert not page.exception
    assert [slider.label for slider in page.slider] == ["timesteps"]
    assert "What enters step 1" in words(page)


def test_a_shorter_sequence_moves_the_step_into_it(open_page: Callable[..., AppTest]) -> None:
    page = open_page("anatomy.py", {"t": "11"})
    assert "What enters step 11" in words(page)
    page.slider(key="steps").set_value(5).run()
    assert not page.exception
    assert "What enters step 2" in words(page)


def test_the_cells_are_timed_when_asked(open_page: Callable[..., AppTest]) -> None:
    page = open_page("anatomy.py", {"units": "6"})
    rows = ["Forward step, ms", "Training step, ms"]
    assert (page.table[1].value.loc[rows] == "–").all(axis=None)
    page.button(key="measure").click().run()
    assert not page.exception
    assert (page.table[1].value.loc[rows].astype(float) > 0).all(axis=None)
    assert "32 sequences of 12 steps" in words(page)
    page.number_input(key="units").set_value(7).run()
    assert (page.table[1].value.loc[rows] == "–").all(axis=None)  # other sizes, not timed


@pytest.mark.parametrize(
    "address",
    [
        {"cell": "Transformer"},
        {"t": "99"},
        {"t": "11", "steps": "5"},
        {"t": "-1", "units": "0", "input_dim": "a", "steps": "1000"},
        {"reset_after": "maybe", "return_sequences": "7", "drawing": "-3", "random_bias": ""},
    ],
)
def test_an_address_that_is_out_of_range_starts_from_the_usual(
    address: dict[str, str], open_page: Callable[..., AppTest]
) -> None:
    page = open_page("anatomy.py", address)
    assert not page.exception
    assert "What enters step 2" in words(page)


def test_numbers_never_show_a_minus_before_zero() -> None:
    assert number(-0.00001) == "0.0000"
    assert printed(bracket(np.full((2, 3), -0.5))) == [["-0.5000 & -0.5000 & -0.5000"] * 2]
