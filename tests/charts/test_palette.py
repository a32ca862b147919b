"""Scales of heat maps can be read without colour, on either paper."""

import re

import numpy as np
import pytest

from forecast.charts.palette import FRAME, SIGNED, fading
from forecast.charts.states import plot_states

PAPERS = {"light": (0xFB, 0xFA, 0xF7), "dark": (0x12, 0x16, 0x1C)}  # .streamlit/config.toml
CELLS = ("SimpleRNN", "GRU", "LSTM")


def over(colour: str, paper: tuple[int, ...]) -> np.ndarray:
    """Return red, green and blue, from 0 to 1, of a colour on paper."""
    if colour.startswith("#"):
        return np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    *ink, alpha = (float(number) for number in re.findall(r"[\d.]+", colour))
    return (np.array(ink) * alpha + np.array(paper) * (1 - alpha)) / 255


def luminances(scale: list[list[float | str]], paper: tuple[int, ...]) -> np.ndarray:
    """Return the relative luminance (WCAG 2.2) along a scale, mixed as a browser mixes it."""
    stops = np.array([over(str(colour), paper) for _, colour in scale])
    places = np.linspace(0, 1, 201)
    mixed = np.stack([np.interp(places, [float(p) for p, _ in scale], c) for c in stops.T], 1)
    linear = np.where(mixed <= 0.04045, mixed / 12.92, ((mixed + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("cell", CELLS)
def test_a_rising_scale_reads_in_grey_on_either_paper(cell: str, paper: str) -> None:
    light = luminances(fading(cell), PAPERS[paper])
    steps = np.diff(light if paper == "dark" else -light)
    assert (steps > 0).all()
    low, high = sorted([light[0], light[-1]])
    assert (high + 0.05) / (low + 0.05) > 3


def test_a_signed_scale_reads_in_grey_from_end_to_end() -> None:
    light = luminances(SIGNED, PAPERS["light"])
    assert (np.diff(light) > 0).all()
    assert light[-1] > 2 * light[100] > 8 * light[0], "the signs are far from zero and each other"


def test_a_frame_stands_out_from_every_colour_of_a_signed_map() -> None:
    light = luminances(SIGNED, PAPERS["light"])
    lines = [luminances([[0, one], [1, one]], PAPERS["light"])[0] for one in FRAME]
    pairs = [np.maximum(light, line) + 0.05 for line in lines]
    small = [np.minimum(light, line) + 0.05 for line in lines]
    assert (np.maximum(pairs[0] / small[0], pairs[1] / small[1]) > 3).all()
    shapes = plot_states(np.eye(3), marked=2).layout.shapes
    assert [shape.line.color for shape in shapes] == list(FRAME)
    assert {(shape.x0, shape.x1) for shape in shapes} == {(1.5, 2.5)}
