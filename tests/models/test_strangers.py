"""Series that were not among the fitted ones are forecast from the rows they bring."""

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.data.columns import Columns
from forecast.data.panel import prepare_panel
from forecast.errors import DataError
from forecast.models.future import with_future

SMALL = {"timesteps": 6, "hidden_units": 4, "epochs": 2, "horizon": 2}


def panel(*ids: str, rows: int = 40, first: str = "2024-01-01") -> pd.DataFrame:
    frames = [
        pd.DataFrame(
            {
                "unique_id": one,
                "ds": pd.date_range(first, periods=rows),
                "y": np.random.default_rng(k).normal(size=rows).cumsum() + 20,
            }
        )
        for k, one in enumerate(ids)
    ]
    return pd.concat(frames, ignore_index=True)


def test_a_stranger_is_forecast_as_a_fitted_series_with_the_same_rows() -> None:
    y = panel("a", "b", "c")
    twin = y[y["unique_id"] == "b"].assign(unique_id="z")
    both = pd.concat([y, twin])
    for model in (fc.Forecaster(**SMALL), fc.Naive(), fc.Drift(), fc.SeasonalNaive(3), fc.Mean()):
        frame = model.fit(y).predict(2, data=both, level=50)
        known, stranger = (frame[frame["unique_id"] == one] for one in "bz")
        np.testing.assert_allclose(
            known.iloc[:, 1:].values[:, 1:].astype(float),
            stranger.iloc[:, 1:].values[:, 1:].astype(float),
            rtol=1e-6,
        )
        assert known["ds"].tolist() == stranger["ds"].tolist()
        alone = model.predict(2, data=twin)
        np.testing.assert_allclose(alone[model.label], stranger[model.label], rtol=1e-6)


def test_the_age_of_a_fit_is_told_of_fitted_series_alone() -> None:
    y = panel("a", "b")
    model = fc.Forecaster(**SMALL).fit(y)
    newer = panel("z", first="2025-01-01")
    attrs = model.predict(data=pd.concat([y, newer])).attrs
    assert (attrs["unique_id"], attrs["rows_since_fit"]) == ("a", 0)
    told = model.predict(data=newer).attrs
    assert told == {
        "unique_id": "z",
        "fitted_to": None,
        "last_row": "2025-02-09 00:00:00",
        "rows_since_fit": 0,
    }


def test_a_stranger_may_be_short_and_must_be_of_the_frequency() -> None:
    y = panel("a", "b")
    model = fc.Forecaster(**SMALL).fit(y)
    assert np.isfinite(model.predict(data=panel("z", rows=1))["GRU"]).all()
    weekly = panel("z").assign(ds=pd.date_range("2024-01-01", periods=40, freq="h"))
    with pytest.raises(DataError, match=r"Series 'z': .*do not lie on the grid of frequency 'D'"):
        model.predict(data=weekly)
    with pytest.raises(DataError, match="Series 'z': Newer rows must be dated"):
        model.predict(data=weekly.assign(ds=np.arange(40)))


def test_an_update_takes_fitted_series_alone() -> None:
    y = panel("a", "b")
    model = fc.Forecaster(**SMALL).fit(y)
    with pytest.raises(DataError, match="'z' in `newer` was not among the 2 fitted ones"):
        model.update(panel("z", first="2024-02-10"), epochs=1)


@pytest.mark.parametrize("kind", ["D", "step"])
def test_what_is_known_ahead_is_looked_up_as_of_each_series(kind: str) -> None:
    y = panel("a", "b", "c")
    if kind == "step":
        y["ds"] = y.groupby("unique_id").cumcount()
    y["x"] = np.sin(np.arange(len(y)))
    prepared = prepare_panel(y, columns=Columns("y", ("x",)))
    after = np.concatenate([np.asarray(one.after(4)) for one in prepared.each()])
    future = pd.DataFrame({"unique_id": np.repeat([*"abc"], 4), "ds": after, "x": np.arange(12.0)})
    mixed = future.sample(frac=1, random_state=0)
    grown = with_future(prepared, 3, mixed, ["x"])
    wanted = future.groupby("unique_id").head(3)["x"]
    np.testing.assert_array_equal(grown.last(3).flat.covariates[:, 0], wanted)
    for wrong, match in (
        (mixed[mixed["x"] != 5.0], "1 are missing"),
        (mixed.replace({"x": {5.0: np.inf}}), "1 are missing"),
        (mixed[mixed["unique_id"] != "b"], "rows of series 'b'"),
        (pd.concat([mixed, mixed.tail(1)]), "two rows of series"),
        (mixed.assign(x="?"), "must hold numbers"),
    ):
        with pytest.raises(DataError, match=match):
            with_future(prepared, 3, wrong, ["x"])
