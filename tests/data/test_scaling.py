import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from forecast.data.scaling import LEAST_SPREAD, SCALINGS, fit_scaler, scale, undo
from forecast.errors import SettingError

WINDOWS = arrays(float, (6, 8), elements=st.floats(-1e4, 1e4, width=32))


@given(st.sampled_from(SCALINGS), WINDOWS, WINDOWS)
def test_scale_and_undo_is_the_identity(name: str, train: np.ndarray, other: np.ndarray) -> None:
    scaler = fit_scaler(name, train.ravel(), train)
    shift, spread = scaler.shift_and_spread(other)
    assert (spread > 0).all()
    back = undo(scale(other, shift, spread), shift, spread)
    # Float arithmetic: one rounding of the largest number on the way, not of the result.
    size = np.abs(other).max() + np.abs(shift).max() + spread.max()
    np.testing.assert_allclose(back, other, atol=8 * np.finfo(float).eps * size, rtol=0)


@given(arrays(float, (6, 8), elements=st.floats(-1, 1)), st.floats(-1e3, 1e3), st.floats(0.01, 100))
def test_window_scaling_sees_neither_level_nor_size(
    noise: np.ndarray, level: float, size: float
) -> None:
    windows = 5 * np.array([1.0, -1.0] * 4) + noise  # no window is flat
    scaler = fit_scaler("window", windows.ravel(), windows)
    moved = fit_scaler("window", (level + size * windows).ravel(), level + size * windows)
    one = scale(windows, *scaler.shift_and_spread(windows))
    two = scale(level + size * windows, *moved.shift_and_spread(level + size * windows))
    np.testing.assert_allclose(one, two, atol=1e-6)


def test_window_scaling_ends_at_zero_with_unit_spread() -> None:
    windows = np.array([[1.0, 2.0, 6.0], [10.0, 20.0, 60.0]])
    shift, spread = fit_scaler("window", windows.ravel(), windows).shift_and_spread(windows)
    scaled = scale(windows, shift, spread)
    assert scaled[:, -1].tolist() == [0.0, 0.0]
    np.testing.assert_allclose(scaled.std(axis=1), 1.0)


def test_window_scaling_shifts_by_the_last_value() -> None:
    windows = np.array([[1.0, 2.0, 6.0]])
    shift, _ = fit_scaler("window", windows.ravel(), windows).shift_and_spread(windows)
    assert shift.tolist() == [[6.0]]


def test_a_flat_window_has_the_least_spread_of_the_training_windows() -> None:
    train = np.array([[0.0, 2.0], [0.0, 4.0], [0.0, 6.0]])  # standard deviations 1, 2, 3
    scaler = fit_scaler("window", train.ravel(), train)
    _, spread = scaler.shift_and_spread(np.array([[5.0, 5.0]]))
    assert spread.tolist() == [[LEAST_SPREAD * 2.0]]


@pytest.mark.parametrize("name", [name for name in SCALINGS if name not in ("level", "root")])
def test_constant_rows_scale_by_one(name: str) -> None:
    flat = np.full((3, 4), 7.0)
    _, spread = fit_scaler(name, flat.ravel(), flat).shift_and_spread(flat)
    assert (spread == 1).all()


def test_windows_are_divided_by_their_level_or_by_the_root_of_their_spread() -> None:
    rows = np.array([[-2.0, 4.0, 6.0]])
    level = fit_scaler("level", rows.ravel(), rows)
    assert [one.item() for one in level.shift_and_spread(rows)] == [6.0, 4.0]
    root = fit_scaler("root", rows.ravel(), rows)
    assert root.shift_and_spread(rows)[1].item() == pytest.approx(np.sqrt(rows.std() * 4.0))
    assert fit_scaler("last", rows.ravel(), rows).shift_and_spread(rows)[1].item() == 1.0


def test_standard_and_minmax_by_hand() -> None:
    rows = np.array([1.0, 2.0, 3.0, 6.0])
    standard, minmax = (fit_scaler(name, rows, rows[None]) for name in ("standard", "minmax"))
    assert (standard.shift, standard.spread) == (3.0, pytest.approx(np.sqrt(3.5)))
    assert (minmax.shift, minmax.spread) == (1.0, 5.0)


def test_an_unknown_scaling_is_refused() -> None:
    with pytest.raises(SettingError, match="'minmax', 'none'; got 'robust'"):
        fit_scaler("robust", np.ones(3), np.ones((1, 3)))
