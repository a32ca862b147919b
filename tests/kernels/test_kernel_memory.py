"""Kernels write where they may and read nothing that nobody wrote."""

from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.kernels import plan_fields as fields
from forecast.kernels import predictor
from forecast.kernels.plan import Plan
from forecast.nn.fused import runner, stream
from tests.kernels import test_layer_kernels as layers
from tests.kernels import test_network_kernels as networks
from tests.kernels.engines import CELLS, assert_same_bits

FENCE = 4096  # bytes on either side of an array
PLACES = [name for name in dir(fields) if name.endswith("_AT")]


class Fenced:
    """A copy of an array between two fences: NaN to floats, and wild places to whole numbers."""

    def __init__(self, array):
        self.outside, self._bytes = array, np.full(array.nbytes + 2 * FENCE, 0xFF, np.uint8)
        self.inside = self._bytes[FENCE:-FENCE].view(array.dtype).reshape(array.shape)
        self.inside[...] = array

    @property
    def address(self):
        return self.inside.__array_interface__["data"][0]

    def stands(self):
        return (self._bytes[:FENCE] == 0xFF).all() and (self._bytes[-FENCE:] == 0xFF).all()


@contextmanager
def fences():
    """Put every array of every plan between fences while its kernel runs.

    Fresh scratch is full of NaN, as what nobody wrote has to stay unread. Yields the places whose
    fences were broken.
    """
    plain, broken = Plan.run, set()

    def run(plan, threads=1):
        if fields.ARENA_AT not in plan.kept:
            plan.keep(fields.ARENA_AT, np.full(threads * plan._arena_size, np.nan, np.float32))
        plan.make_room(threads)
        fenced = {  # but for the counters: helpers of an earlier call may still look at them
            place: Fenced(array)
            for place, array in plan.kept.items()
            if place != fields.COUNTERS_AT
        }
        for place, one in fenced.items():
            plan.numbers[place] = one.address
        plain(plan, threads)
        for place, one in fenced.items():
            if not one.stands():
                broken.add(next(name for name in PLACES if getattr(fields, name) == place))
            if one.outside.tobytes() != one.inside.tobytes():  # some may only be read
                one.outside[...] = one.inside
            plan.keep(place, one.outside)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Plan, "run", run)
        yield broken


def of_layer(case, numbers):
    ahead = layers.forward(case, "numba", numbers)
    back = layers.backward(case, "numba", numbers, ahead)
    return layers.ahead_arrays(ahead) | layers.back_arrays(back)


@pytest.mark.parametrize("kind", CELLS)
@settings(max_examples=40)
@given(data=st.data())
def test_a_layer_stays_within_its_fences(kind, data):
    case = data.draw(layers.cases(kind))
    numbers = layers.numbers_of(case)
    wanted = of_layer(case, numbers)
    with fences() as broken:
        found = of_layer(case, numbers)
    assert not broken
    layers.assert_all_same(found, wanted)


@pytest.mark.parametrize("kind", CELLS)
@settings(max_examples=40)
@given(data=st.data(), threads=st.integers(1, 3))
def test_a_network_stays_within_its_fences(kind, data, threads):
    case = data.draw(networks.cases(kind))
    wanted = networks.taken(case, "numba")
    with fences() as broken:
        found = networks.taken(case, "numba", threads=threads)
    assert not broken
    assert found.losses == wanted.losses
    assert_same_bits(found.moved, wanted.moved)


@pytest.mark.parametrize("kind", CELLS)
@settings(max_examples=25)
@given(data=st.data())
def test_a_look_ahead_stays_within_its_fences(kind, data):
    """One step of scratch at a time where nothing looks back; with states and without."""
    case = data.draw(networks.cases(kind))
    network = networks.network(case, "numba")
    parameters = networks.first_weights(network, case.seed)
    shape = (case.count, case.timesteps, case.features)
    x = np.random.default_rng(case.seed).uniform(-1, 1, shape).astype(np.float32)
    for make in (runner, stream):
        plain, fenced = (make(network, parameters) for _ in range(2))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(predictor, "SMALL", -1)  # what is small has a way of its own
            wanted = [plain(x) for _ in range(2)]
            with fences() as broken:
                found = [fenced(x) for _ in range(2)]
        assert not broken
        for left, right in zip(found, wanted, strict=True):
            assert_same_bits(left, right)


def test_a_broken_fence_is_noticed():
    array = np.zeros(4, np.float32)
    whole, broken = Fenced(array), Fenced(array)
    broken._bytes[FENCE - 1] = 0
    assert whole.stands()
    assert not broken.stands()
