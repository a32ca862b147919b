import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.data.series import prepare
from forecast.data.splits import Parts, check_shares, chronological
from forecast.data.windows import check_enough, windows_in
from forecast.errors import SettingError, TooFewRowsError

SHARES = st.sampled_from([0.0, 0.1, 0.15, 0.25])


@given(st.integers(20, 400), SHARES, SHARES, SHARES, st.integers(1, 5))
def test_parts_are_disjoint_chronological_and_complete(
    rows: int, validation: float, calibration: float, test: float, least: int
) -> None:
    parts = chronological(
        rows, validation=validation, calibration=calibration, test=test, least=least
    )
    assert [row for part in parts for row in part] == list(range(rows))
    for share, part in zip((validation, calibration, test), parts[1:], strict=True):
        assert len(part) == (max(round(share * rows), least) if share else 0)


@given(
    st.integers(2, 120),
    st.integers(1, 12),
    st.integers(1, 6),
    st.integers(0, 119),
    st.integers(0, 119),
    st.floats(0, 0.6),
    st.randoms(use_true_random=False),
)
def test_no_target_crosses_its_part_and_every_window_is_right(
    rows: int, timesteps: int, horizon: int, a: int, b: int, blank: float, random: object
) -> None:
    values = np.arange(rows, dtype=float)
    values[[row for row in range(1, rows) if random.random() < blank]] = np.nan
    series = prepare(values)
    part = range(min(a, b, rows), min(max(a, b), rows))
    for gaps in ("fill", "drop"):
        windows = windows_in(series, part, timesteps=timesteps, horizon=horizon, gaps=gaps)
        inputs, targets, observed = windows.inputs(), windows.targets(), windows.observed()
        assert inputs.shape == (len(windows), timesteps)
        for k, origin in enumerate(windows.origins):
            rows_in = slice(origin - timesteps + 1, origin + 1)
            rows_out = slice(origin + 1, origin + 1 + horizon)
            assert part.start <= rows_out.start
            assert rows_out.stop <= part.stop
            np.testing.assert_array_equal(inputs[k], series.values[rows_in])
            np.testing.assert_array_equal(targets[k], series.values[rows_out])
            assert observed[k].any()
            assert gaps == "fill" or series.observed[rows_in].all()


def test_every_window_that_fits_is_there() -> None:
    series = prepare(np.arange(10.0))
    windows = windows_in(series, range(5, 10), timesteps=3, horizon=2)
    assert windows.origins.tolist() == [4, 5, 6, 7]
    assert windows_in(series, range(5), timesteps=3, horizon=2).origins.tolist() == [2]


def test_windows_do_not_copy_the_series() -> None:
    series = prepare(np.arange(1_000.0))
    windows = windows_in(series, range(1_000), timesteps=500, horizon=1)
    assert windows.series.values is series.values
    held = sum(v.nbytes for v in vars(windows).values() if isinstance(v, np.ndarray))
    assert held <= len(windows) * 8  # the origins, and no window


def test_gathering_hands_out_a_copy() -> None:
    series = prepare(np.arange(10.0))
    windows_in(series, range(10), timesteps=3, horizon=1).inputs()[...] = -1
    assert series.values.tolist() == list(range(10))


def test_too_few_rows_name_what_would_fit() -> None:
    series = prepare(np.arange(48.0))
    part = range(40)
    with pytest.raises(TooFewRowsError, match=r"60 [+] 1 for 40 rows of 48. Use `timesteps` of 39"):
        check_enough(series, part, windows_in(series, part, timesteps=60, horizon=1))
    with pytest.raises(TooFewRowsError, match=r"Use a shorter `horizon`"):
        check_enough(series, part, windows_in(series, part, timesteps=5, horizon=50))
    # And the number it names does fit.
    check_enough(series, part, windows_in(series, part, timesteps=39, horizon=1))


def test_windows_that_all_touch_gaps_are_named() -> None:
    values = np.arange(40.0)
    values[1::2] = np.nan
    series = prepare(values)
    windows = windows_in(series, range(40), timesteps=5, horizon=1, gaps="drop")
    with pytest.raises(TooFewRowsError, match=r"touches a gap. Use `gaps='fill'`"):
        check_enough(series, range(40), windows)


@pytest.mark.parametrize("share", [-0.1, 1.0, 2, "a", None, float("nan")])
def test_shares_outside_are_refused(share: object) -> None:
    with pytest.raises(SettingError, match=r"`validation`"):
        chronological(100, validation=share, calibration=0.1)


def test_shares_that_leave_nothing_are_refused() -> None:
    with pytest.raises(SettingError, match=r"validation=0.6, calibration=0.5 make 1.1"):
        check_shares(validation=0.6, calibration=0.5)
    with pytest.raises(TooFewRowsError, match=r"leave no row for training"):
        chronological(10, validation=0.1, calibration=0.1, least=5)


def test_without_shares_everything_trains() -> None:
    assert chronological(9, validation=0, calibration=0) == Parts(
        range(9), range(9, 9), range(9, 9), range(9, 9)
    )
