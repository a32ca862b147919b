import numpy as np
import pandas as pd
import pytest

from benchmarks.local_keras import first_series
from benchmarks.local_ours import (
    DATA_SET,
    fitted,
    job_of,
    naive_scores,
    network,
    part_of,
    sample,
    scores_of,
    with_weights,
)
from benchmarks.local_tables import ratios, text_of
from benchmarks.local_ways import WAYS

LENGTHS = {"Y2": 16, "Y10": 13}


def frame() -> pd.DataFrame:
    rows = [
        {"unique_id": one, "ds": k, "y": 100.0 + k * (3 if one == "Y2" else 1), "more": "text"}
        for one, length in LENGTHS.items()
        for k in range(1, length + 1)
    ]
    return pd.DataFrame(rows)


def test_windows_for_others_are_those_of_the_fit_and_their_weights_forecast() -> None:
    part = part_of(frame())
    model = network("simple_rnn", epochs=2)
    assert fitted(model, part.known).seconds > 0
    job = job_of(model, part.known)
    assert job.offsets.tolist() == [0, 7, 11]
    assert job.x.shape == (11, 3, 1)
    level = np.mean([103, 106, 109])
    # From the last value, in the mean size of the window.
    assert job.x[0, :, 0] == pytest.approx(np.array([-6, -3, 0]) / level, abs=1e-6)
    assert job.y[0] == pytest.approx([3 / level], abs=1e-6)
    assert job.first.shape == (2, 6 + 36 + 6 + 6 + 1)
    own = model.learned().members[0].local
    assert own is not None
    assert scores_of(with_weights(model, own), part) == scores_of(model, part)
    still = with_weights(model, np.zeros_like(own))
    assert scores_of(still, part) == naive_scores(part)
    assert scores_of(still, part) != scores_of(model, part)
    assert np.array_equal(
        job_of(network("simple_rnn", epochs=1).fit(part.known), part.known).first, job.first
    )


def test_the_rows_held_out_are_the_last_of_each_series() -> None:
    part = part_of(frame())
    assert part.actual.came.shape == (2, DATA_SET.horizon)
    assert part.actual.came[:, -1].tolist() == [148.0, 113.0]
    assert list(part.known) == ["unique_id", "ds", "y"]


def test_a_sample_is_drawn_by_the_seed_and_keeps_its_order() -> None:
    many = pd.DataFrame({"unique_id": np.repeat([f"Y{k}" for k in range(40)], 2)})
    chosen = sample(many, 5)["unique_id"]
    assert chosen.nunique() == 5
    assert len(chosen) == 10
    assert chosen.index.is_monotonic_increasing
    assert chosen.equals(sample(many, 5)["unique_id"])


def test_the_first_series_of_a_job() -> None:
    part = part_of(frame())
    model = network("simple_rnn", epochs=1).fit(part.known)
    job = first_series(job_of(model, part.known), 1)
    assert [len(one) for one in job] == [7, 7, 2, 1]


def test_ratios_are_of_series_a_second() -> None:
    ours = {"series": 1000, "seconds": 4.0, "cpu": 8.0}
    around = [
        {"series": 50, "seconds": 0.4, "cpu": 0.4},
        {"series": 50, "seconds": 0.6, "cpu": 0.5},
    ]
    way = {"way": "jax", "series": 10, "seconds": 20.0, "cpu": 25.0, "ours": around}
    assert ratios(way, ours) == pytest.approx((200.0, 500.0, 312.5))


def test_the_table_names_every_way_and_the_aims() -> None:
    times = {"series": 50, "seconds": 0.5, "cpu": 0.5}
    ways = [
        {"way": name, "series": 3, "seconds": 3.0 * k, "cpu": 3.0, "ours": [times, times],
         "versions": {"keras": "3"}}
        for k, name in enumerate(WAYS, 1)
    ]  # fmt: skip
    scores = {"smape": 15.0, "mase": 3.5}
    ours = {"model": "SimpleRNN", "series": 23000, "seconds": 230.0, "cpu": 400.0,
            "parameters": 55 * 23000, "failed": 0}  # fmt: skip
    machine = dict.fromkeys(("date", "processor", "cores", "python"), "1")
    whole = {"machine": machine, "load": [0.1, 2], "versions": {"numpy": "2"},
             "records": [{"model": "Naive", "series": 23000} | scores, ours | scores]}  # fmt: skip
    sections = {
        "all": whole,
        "sample": {"records": [{"model": "SimpleRNN", "series": 50} | scores, *ways]},
    }
    text = text_of(sections)
    assert "| SimpleRNN | 23,000 | 1,265,000 | 230 | 400 | 100 | 15.000 | 3.500 |" in text
    assert "All 23,000 series took 230 seconds; aim: 600 at most." in text
    assert "| JAX | `fit` | 3 | 1.00 | 100× | 100× | 57.5× | – | – |" in text
    assert all(way.name in text for way in WAYS.values())
    sections["sample"]["records"] = []
    assert "Beside Keras" not in text_of(sections)
