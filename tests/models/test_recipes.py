"""Options of global recipes: what each does to what the network reads and puts out."""

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.data.panel import prepare_panel
from forecast.errors import SettingError
from forecast.models.reading import Reading
from forecast.models.recipe import learn_recipe, part_windows, splits_of

SMALL = {"timesteps": 6, "hidden_units": 4, "epochs": 2, "horizon": 3, "validation": 0.0,
         "calibration": 0.0, "patience": None, "engine": "numpy"}  # fmt: skip


def panel(**columns: object) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    parts = []
    for k, (one, rows) in enumerate((("a", 40), ("b", 12), ("c", 30))):
        y = 10 * (k + 1) + rng.normal(size=rows).cumsum() * 0.3
        parts.append(pd.DataFrame({"unique_id": one, "ds": np.arange(1, rows + 1), "y": y}))
    return pd.concat(parts, ignore_index=True).assign(**columns)


def reading(frame: pd.DataFrame, **settings: object) -> Reading:
    forecaster = fc.Forecaster(**SMALL, **settings)
    one = forecaster.settings
    rows = prepare_panel(frame, columns=one.columns())
    splits = splits_of(one, rows)
    windows = part_windows(one, rows, [parts.train for parts in splits], one.block)
    return Reading(one, learn_recipe(one, rows, splits, windows), rows)


def test_logarithms_are_taken_where_all_training_rows_are_above_0() -> None:
    y = panel()
    y.loc[y["unique_id"] == "c", "y"] -= 30
    read = reading(y, transform="log_where_positive")
    values = y["y"].to_numpy()
    expected = np.where(y["unique_id"] == "c", values, np.log(np.where(values > 0, values, 1)))
    np.testing.assert_allclose(read.levels.values, expected, rtol=1e-15)
    model = fc.Forecaster(transform="log_where_positive", **SMALL).fit(y)
    assert np.isfinite(model.predict()["GRU"]).all()


def test_steps_hold_the_change_from_a_lag_before_and_the_head_what_was_then() -> None:
    read = reading(panel(), seasonal_lags=[4, 7], scaling="last")
    z = read.levels.values
    got = read.read(np.array([20]), "float64")
    np.testing.assert_allclose(got.x[0, :, 0], z[15:21] - z[20])
    np.testing.assert_allclose(got.x[0, :, 1], z[15:21] - z[11:17])
    np.testing.assert_allclose(got.x[0, :, 2], z[15:21] - z[8:14])
    np.testing.assert_allclose(
        got.beside[:, :6].reshape(3, 2), np.stack([z[17:20], z[14:17]], axis=1) - z[20]
    )
    np.testing.assert_allclose(got.beside[0, 6:], [z[16] - z[20], z[13] - z[20], 1, 1])
    early = read.read(np.array([5]), "float64")  # the lag of 7 reaches before the series
    np.testing.assert_allclose(early.x[0, :, 2], 0)
    np.testing.assert_allclose(early.beside[0, 1], 0)
    assert early.beside[0, 8:].tolist() == [1, 0]


@pytest.mark.parametrize(
    ("settings", "rows"),
    [
        ({"residual": "naive", "scaling": "standard"}, [20, 20, 20]),
        ({"residual": "seasonal_naive", "season": 2}, [19, 20, 19]),
        ({"residual": "seasonal_naive", "seasonal_lags": [4]}, [17, 18, 19]),
    ],
)
def test_outputs_are_counted_from_the_residual(settings: dict, rows: list[int]) -> None:
    read = reading(panel(), **settings)
    got = read.read(np.array([20]), "float64")
    np.testing.assert_allclose(np.broadcast_to(got.anchor, (1, 3))[0], read.levels.values[rows])


def test_nothing_learned_on_a_seasonal_residual_is_the_seasonal_naive_forecast() -> None:
    y = panel()
    model = fc.Forecaster(residual="seasonal_naive", season=4, **SMALL).fit(y)
    weights = model.learned().members[0].parameters
    weights.flat[...] = 0
    naive = fc.SeasonalNaive(season=4).fit(y).predict(3)
    np.testing.assert_allclose(model.predict()["GRU"], naive.iloc[:, 2], rtol=1e-6)


def test_kinds_of_series_are_read_at_every_step() -> None:
    y = panel()
    y["kind"] = y["unique_id"].map({"a": "micro", "b": "macro", "c": "micro"})
    read = reading(y, static=["kind"])
    got = read.read(np.array([20, 51]), "float64")
    assert got.x[0, :, 1:].tolist() == [[0, 1]] * 6
    assert got.x[1, :, 1:].tolist() == [[1, 0]] * 6
    model = fc.Forecaster(static=["kind"], **SMALL).fit(y)
    strange = y.assign(unique_id="new", kind="unheard").head(20)
    assert len(model.predict(data=strange)) == 3


def test_noise_is_in_training_alone_and_drawn_from_the_seed() -> None:
    y = panel()
    one, two, other, plain = (
        fc.Forecaster(input_noise=noise, seed=seed, **SMALL).fit(y)
        for noise, seed in ((0.3, 0), (0.3, 0), (0.3, 1), (0.0, 0))
    )
    flats = [model.learned().parameters.flat for model in (one, two, other, plain)]
    np.testing.assert_array_equal(flats[0], flats[1])
    assert not np.allclose(flats[0], flats[3])
    assert one.predict().equals(one.predict())


def test_recent_windows_and_shortest_ones() -> None:
    y = panel()
    last = y.groupby("unique_id").tail(12).reset_index(drop=True)
    few = {"recent": 3, "scaling": "last", **SMALL}
    whole, cut = (fc.Forecaster(**few).fit(rows).learned().parameters.flat for rows in (y, last))
    np.testing.assert_allclose(whole, cut, rtol=1e-6)  # nothing earlier was trained on
    settings = fc.Forecaster(shortest=2, **SMALL).settings
    rows = prepare_panel(y)
    found = part_windows(settings, rows, [range(n) for n in rows.lengths], 3)
    assert found.origins[found.origins < 40].tolist() == list(range(1, 37))


def test_series_are_drawn_alike_however_long() -> None:
    y = panel()
    drawn = {"sampling": "series", "steps_per_epoch": 40, "batch_size": 25, "engine": "numpy"}
    from forecast.models.examples import DrawnExamples

    read = reading(y)
    windows = part_windows(
        fc.Forecaster(**SMALL).settings, read.panel, [range(n) for n in read.panel.lengths], 3
    )
    examples = DrawnExamples(read, windows, np.dtype("float32"))
    found = read.panel.which(windows.origins[examples.draw(np.random.default_rng(0), 3000)])
    assert np.abs(np.bincount(found) / 3000 - 1 / 3).max() < 0.04
    model = fc.Forecaster(**{**SMALL, **drawn, "epochs": 1}).fit(y)
    assert len(model.history_) == 1


def test_series_that_were_not_fitted_are_forecast_from_their_own_rows() -> None:
    y = panel()
    more = {"seasonal_adjustment": "additive", "season": 4, "transform": "log"}
    model = fc.Forecaster(**SMALL, **more).fit(y)
    again = y.assign(unique_id=y["unique_id"] + "!")
    known, strange = model.predict(), model.predict(data=again)
    assert strange["unique_id"].unique().tolist() == ["a!", "b!", "c!"]
    np.testing.assert_allclose(strange["GRU"], known["GRU"], rtol=0.02)
    one = model.predict(data=again[again["unique_id"] == "b!"])
    np.testing.assert_allclose(one["GRU"], strange["GRU"].iloc[3:6], rtol=1e-6)


def test_a_preset_gives_way_to_what_is_named() -> None:
    chosen = fc.preset("hourly")
    model = fc.Forecaster("lstm", preset="hourly", hidden_units=9, seasonal_lags=[24])
    assert model.settings.hidden_units == 9
    assert model.settings.seasonal_lags == (24,)
    assert model.settings.residual == chosen["residual"] == "seasonal_naive"
    chosen["timesteps"] = 1
    assert fc.preset("hourly")["timesteps"] > 1
    with pytest.raises(SettingError, match=r"`preset` must be one of .yearly."):
        fc.Forecaster(preset="hourli")


def test_a_series_that_never_moves_is_forecast_as_it_is() -> None:
    y = panel()
    y.loc[y["unique_id"] == "b", "y"] = 1e-4
    model = fc.Forecaster(**SMALL).fit(y)
    found = model.predict().set_index("unique_id").loc["b", "GRU"]
    np.testing.assert_allclose(found, 1e-4, rtol=0.2)
