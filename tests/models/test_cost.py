import pytest

import forecast as fc
from forecast.data.series import prepare
from forecast.errors import TooFewRowsError
from forecast.models.cost import fit_cost
from forecast.models.settings import ForecasterSettings

SERIES = prepare(fc.load_sample("seattle_weather"))


@pytest.mark.parametrize("cell", ["simple_rnn", "gru", "lstm"])
def test_windows_and_parameters_are_those_of_the_fit(cell: str) -> None:
    settings = ForecasterSettings(cell=cell, hidden_units=6, horizon=3, epochs=1)
    cost = fit_cost(settings, SERIES)
    model = fc.Forecaster(cell, hidden_units=6, horizon=3, epochs=1).fit(SERIES)
    train = model.learned().parts.train
    assert cost.parameters == model.parameter_count == model.learned().parameters.flat.size
    assert cost.windows == len(train) - 24 - 3 + 1
    assert cost.seconds > 0


def test_more_work_is_estimated_to_take_longer() -> None:
    small, large = (
        fit_cost(ForecasterSettings(hidden_units=units, epochs=epochs), SERIES).seconds
        for units, epochs in ((8, 5), (128, 50))
    )
    assert large > 5 * small


def test_shares_that_leave_nothing_are_refused() -> None:
    with pytest.raises(TooFewRowsError, match="leave no row for training"):
        fit_cost(ForecasterSettings(horizon=731), SERIES)
