"""Train cells on the rows before a test part, and score them beside the baselines on it."""

from collections.abc import Sequence
from typing import Any

from forecast.evaluation.comparison import Comparison
from forecast.evaluation.conclusion import conclude
from forecast.evaluation.fitting import OnEpoch, fit_all
from forecast.evaluation.plan import plan_comparison
from forecast.models.contract import Rows
from forecast.training.trainer import Cancel

CELLS = ("simple_rnn", "gru", "lstm")


def compare(
    y: Rows,
    *,
    cells: Sequence[str] = CELLS,
    timesteps: int = 24,
    hidden_units: int = 64,
    horizon: int = 1,
    test: float = 0.2,
    season: int | None = None,
    fair: str = "units",
    seconds: float | None = None,
    on_epoch: OnEpoch | None = None,
    cancel: Cancel | None = None,
    **settings: Any,
) -> Comparison:
    """Compare recurrent cells with each other and with the naive forecasts.

    The last rows are the test part. Each cell is a `Forecaster` fitted on the rows before it; then
    every model forecasts from every row of the test part, without refitting. MASE is scaled on all
    rows before the test part. Compiled cells are fitted side by side, as many as there are cores.

    Of a long frame of several series each cell is one network for all of them. Every series then
    gives equally many rows to the test part, and those too short to be scored are only trained on.
    `table` holds the scores over all series, `series` of the result those of each.

    Args:
        y: see `forecast.data.series.prepare`; or a long frame `unique_id, ds, y` of many series.
        cells: which cells, each once.
        timesteps: length of the input window, in rows.
        hidden_units: size of the hidden state.
        horizon: rows ahead.
        test: share of the rows in the test part, above 0 and below 1; of a panel, share of the
            median length. Where a panel has more than 200,000 rows to forecast, every k-th window
            is.
        season: rows in a season, for SeasonalNaive and MASE; None takes that of the frequency, or
            1 where the rows before the test part do not hold two seasons (of a panel, those of
            half of the series).
        fair: what is equal between the cells: `units`; `parameters` (the first cell keeps its
            hidden_units, the others get the number that brings them nearest to its parameters); or
            `time` (each cell trains alone, one after another, for `seconds`, and keeps its best
            epoch; how many epochs that is, the machine decides).
        seconds: of each cell's training, with fair='time'.
        on_epoch: called after every epoch, with the cell's label first; never twice at a time.
        cancel: asked before every batch; once set, the cell in training keeps its best weights,
            and cells without a finished epoch are left out.
        **settings: any other setting of `Forecaster`.

    Raises:
        SettingError: a setting lies outside its range or choices.
        DataError: the series cannot be used as it is.
        TooFewRowsError: the series is too short for the settings.
        NonFiniteLossError: a cell's training diverged.
        CancelledError: cancelled before any cell finished an epoch.

    Example:
        >>> import forecast as fc
        >>> y = fc.load_sample("air_passengers")
        >>> result = fc.compare(y, cells=["gru"], timesteps=12, hidden_units=8, epochs=3)
        >>> result.table["model"].tolist()
        ['GRU', 'Naive', 'SeasonalNaive', 'Drift', 'Mean']
    """
    given = {"timesteps": timesteps, "hidden_units": hidden_units, "horizon": horizon} | settings
    plan = plan_comparison(
        y, cells=cells, test=test, season=season, fair=fair, seconds=seconds, **given
    )
    rows, limit = plan.part.before, plan.seconds
    return conclude(plan, fit_all(plan.networks, rows, on_epoch, cancel, seconds=limit))
