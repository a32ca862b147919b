"""Named views into one flat buffer."""

from collections.abc import Mapping

import numpy as np
import pytest

from forecast.errors import ShapeError
from forecast.nn.parameters import Parameters

ARRAYS = {
    "gru/kernel": np.arange(6.0).reshape(2, 3),
    "gru/bias": np.arange(6.0, 9.0),
    "gru_2/kernel": np.arange(9.0, 13.0).reshape(2, 2),
}


@pytest.fixture
def parameters():
    return Parameters.from_arrays(ARRAYS, "float64")


def test_values_stand_in_the_order_of_the_names(parameters):
    np.testing.assert_array_equal(parameters.flat, np.arange(13.0))
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(parameters[name], array)
    assert parameters.shapes == {"gru/kernel": (2, 3), "gru/bias": (3,), "gru_2/kernel": (2, 2)}


def test_it_is_a_mapping(parameters):
    assert isinstance(parameters, Mapping)
    assert list(parameters) == list(ARRAYS)
    assert len(parameters) == 3
    assert "gru/kernel" in parameters
    with pytest.raises(KeyError):
        parameters["gru/recurrent_kernel"]


def test_views_share_memory_with_the_buffer(parameters):
    assert all(np.shares_memory(view, parameters.flat) for view in parameters.values())
    parameters["gru/kernel"][1, 2] = -1.0
    assert parameters.flat[5] == -1.0
    parameters.flat[9] = 7.0
    assert parameters["gru_2/kernel"][0, 0] == 7.0
    parameters.part("gru")["bias"][...] = 0.0
    np.testing.assert_array_equal(parameters.flat[6:9], np.zeros(3))


def test_views_do_not_overlap(parameters):
    views = list(parameters.values())
    for k, view in enumerate(views):
        assert not any(np.shares_memory(view, other) for other in views[k + 1 :])


def test_the_buffer_is_a_copy_of_the_arrays(parameters):
    parameters.flat[:] = -1.0
    assert ARRAYS["gru/kernel"][0, 0] == 0.0
    single = {"only": np.arange(3.0)}
    Parameters.from_arrays(single, "float64").flat[:] = -1.0
    np.testing.assert_array_equal(single["only"], np.arange(3.0))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_precision_is_the_one_asked_for(dtype):
    parameters = Parameters.from_arrays(ARRAYS, dtype)
    assert parameters.flat.dtype == dtype
    assert {view.dtype for view in parameters.values()} == {np.dtype(dtype)}


def test_a_part_is_a_layer_and_not_one_whose_name_begins_alike(parameters):
    assert list(parameters.part("gru")) == ["kernel", "bias"]
    assert list(parameters.part("gru_2")) == ["kernel"]
    assert parameters.part("dense") == {}
    assert np.shares_memory(parameters.part("gru")["kernel"], parameters.flat)


def test_the_same_names_over_another_buffer(parameters):
    other = parameters.with_flat(np.zeros(13))
    assert other.shapes == parameters.shapes
    assert not np.shares_memory(other.flat, parameters.flat)
    assert parameters.flat[1] == 1.0
    other["gru/bias"][0] = 2.0
    assert other.flat[6] == 2.0


@pytest.mark.parametrize("shape", [(12,), (14,), (13, 1), ()])
def test_a_buffer_of_another_size_is_refused(parameters, shape):
    with pytest.raises(ShapeError) as caught:
        parameters.with_flat(np.zeros(shape))
    message = str(caught.value)
    assert message == (
        f"The flat buffer must have shape (13,); got {shape}. Build it for the same layers."
    )


def test_no_weights_are_an_empty_buffer():
    nothing = Parameters.from_arrays({}, "float32")
    assert nothing.flat.shape == (0,)
    assert nothing.flat.dtype == np.float32
    assert len(nothing) == 0
    assert nothing.part("dropout") == {}


def test_the_text_tells_size_precision_and_names(parameters):
    assert repr(parameters) == "Parameters(13 values, float64: gru/kernel, gru/bias, gru_2/kernel)"
