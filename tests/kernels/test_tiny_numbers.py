"""Numbers below 1e-38 are zero inside a kernel, and what they are outside of it."""

import platform

import numpy as np
import pytest

from forecast.nn.recurrent import Recurrent

X86 = platform.machine().lower() in ("x86_64", "amd64")
TINY = np.float32(1e-40)


def gradient_of(d_outputs, engine):
    layer = Recurrent("gru", 8, return_sequences=True, engine=engine)
    weights = layer.init(np.random.default_rng(0), 2)
    weights = {name: array.astype(np.float32) for name, array in weights.items()}
    x = np.random.default_rng(1).standard_normal((4, 5, 2)).astype(np.float32)
    ahead = layer.forward(weights, x)
    return layer.backward(weights, ahead.cache, np.full_like(ahead.outputs, d_outputs))


@pytest.mark.skipif(not X86, reason="only on x86 does a kernel change the setting")
def test_a_kernel_takes_them_for_zero():
    assert gradient_of(TINY, "numpy").d_state[0].any()
    assert not gradient_of(TINY, "numba").d_state[0].any()


def test_python_has_its_setting_back():
    gradient_of(np.float32(1.0), "numba")
    assert np.float32(1e-30) * np.float32(1e-10) > 0
    assert TINY * np.float32(0.5) > 0
