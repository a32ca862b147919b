"""Sequences of different lengths in one array."""

import numpy as np
import pytest

import forecast as fc
from forecast.errors import DataError, SettingError, ShapeError

ROWS = [[1, 2, 3], [4], [5, 6]]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [[1, 2, 3], [0, 0, 4], [0, 5, 6]]),
        ({"padding": "post"}, [[1, 2, 3], [4, 0, 0], [5, 6, 0]]),
        ({"maxlen": 2}, [[2, 3], [0, 4], [5, 6]]),
        ({"maxlen": 2, "truncating": "post"}, [[1, 2], [0, 4], [5, 6]]),
        ({"maxlen": 4, "value": -1}, [[-1, 1, 2, 3], [-1, -1, -1, 4], [-1, -1, 5, 6]]),
    ],
)
def test_as_keras_pads(options, expected):
    found = fc.pad_sequences(ROWS, **options)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found[..., 0], expected)


def test_features_stay_together():
    found = fc.pad_sequences([np.ones((2, 3)), np.full((1, 3), 2.0)])
    np.testing.assert_array_equal(found, [[[1] * 3, [1] * 3], [[0] * 3, [2] * 3]])


def test_an_empty_sequence_is_all_padding():
    np.testing.assert_array_equal(fc.pad_sequences([[], [1, 2]], value=9)[..., 0], [[9, 9], [1, 2]])


def test_what_cannot_be_padded_is_refused():
    with pytest.raises(DataError, match="at least one sequence"):
        fc.pad_sequences([])
    with pytest.raises(ShapeError, match="one number of features"):
        fc.pad_sequences([np.ones((2, 3)), np.ones((2, 2))])
    with pytest.raises(SettingError, match="`padding` must be one of"):
        fc.pad_sequences(ROWS, padding="left")
    with pytest.raises(SettingError, match="`maxlen` must be"):
        fc.pad_sequences(ROWS, maxlen=0)
