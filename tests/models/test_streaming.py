import numpy as np
import pytest

import forecast as fc
from forecast.errors import DataError

SMALL = {"timesteps": 6, "hidden_units": 5, "epochs": 2, "scaling": "standard", "horizon": 3}
NEXT = (0.5, -1.25, 2.0)


def walk(rows: int = 120) -> np.ndarray:
    return np.random.default_rng(1).normal(size=rows).cumsum()


@pytest.mark.parametrize("engine", ["numba", "numpy"])
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("cell", ["simple_rnn", "gru", "lstm"])
def test_a_stream_is_the_network_run_over_everything_since_its_start(
    cell: str, layers: int, engine: str
) -> None:
    y = walk()
    model = fc.Forecaster(cell, layers=layers, engine=engine, **SMALL).fit(y)
    stream = model.stream()
    np.testing.assert_array_equal(stream.forecast, model.predict().iloc[:, 1])
    learned = model.learned()
    for count, value in enumerate(NEXT, start=1):
        ahead = stream.update(value)
        seen = np.concatenate((y[-6:], NEXT[:count]))[None]
        shift, spread = learned.scaler.shift_and_spread(seen)
        x = ((seen - shift) / spread)[:, :, None].astype("float32")
        outputs = model.settings.network().forward(learned.parameters, x).outputs
        expected = (outputs * spread + shift)[0]
        np.testing.assert_allclose(ahead, expected, rtol=1e-5, atol=1e-5)  # float32, two engines
        np.testing.assert_array_equal(stream.forecast, ahead)


def test_window_scaling_keeps_the_scale_of_the_first_window() -> None:
    y = walk()
    model = fc.Forecaster("gru", **SMALL | {"scaling": "window"}).fit(y)
    stream, higher = model.stream(), model.stream()
    np.testing.assert_array_equal(stream.forecast, model.predict().iloc[:, 1])
    assert not np.array_equal(stream.update(y[-1]), higher.update(y[-1] + 1))


def test_streams_do_not_disturb_each_other() -> None:
    model = fc.Forecaster("lstm", **SMALL).fit(walk())
    one, other = model.stream(), model.stream()
    first = [one.update(value).tolist() for value in NEXT]
    assert [other.update(value).tolist() for value in NEXT] == first


def test_a_stream_starts_after_newer_rows() -> None:
    y = walk()
    model = fc.Forecaster("gru", **SMALL).fit(y[:100])
    newer = model.stream(data=y)
    np.testing.assert_array_equal(newer.forecast, model.predict(data=y).iloc[:, 1])


def test_a_gap_is_refused() -> None:
    stream = fc.Forecaster("gru", **SMALL).fit(walk()).stream()
    before = stream.forecast
    with pytest.raises(DataError, match="finite number; got nan"):
        stream.update(float("nan"))
    assert stream.forecast is before
