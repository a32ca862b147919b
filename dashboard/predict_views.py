"""The views of the Forecast screen: what to forecast with, the rows to go on from, the forecast."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import pandas as pd
import streamlit as st

from dashboard.downloads import download_table
from dashboard.frame import KEPT
from dashboard.future_rows import choose_future
from dashboard.guards import guarded, show_error
from dashboard.newer_rows import Known, known_rows, known_with
from dashboard.one_of_panel import OneOf, long_frame, pick_one
from dashboard.times import counted, moment, time_column
from dashboard.uploading import upload_table
from forecast.charts.fan import number_format, plot_fan
from forecast.data.export import csv_bytes
from forecast.data.series import TimeSeries
from forecast.errors import SettingError
from forecast.evaluation.comparison import Comparison
from forecast.jobs.snapshot import RunSnapshot
from forecast.models.contract import Model
from forecast.models.forecaster import Forecaster

LEVELS = (50, 80, 90, 95, 99)
USUAL_LEVELS = (80, 95)
FURTHEST = 1000


class Asked(NamedTuple):
    """What a person wants to know.

    Attributes:
        source: how the data is named, and which run of a grid it is.
        label: of the model.
        model: fitted.
        horizon: rows ahead.
        fitted_horizon: that the networks of the run were trained for.
        levels: in percent, rising.
        known: the rows to go on from.
        future: the covariates of the rows ahead; None where the model reads none.
        complete: whether nothing is missing any more.
        one: the series, where the run has many.
    """

    source: str
    label: str
    model: Model
    horizon: int
    fitted_horizon: int
    levels: tuple[int, ...]
    known: Known
    future: pd.DataFrame | None
    complete: bool
    one: OneOf

    @property
    def fed_back(self) -> bool:
        """Whether a network has to read its own forecasts."""
        return isinstance(self.model, Forecaster) and self.horizon > self.fitted_horizon


def forecast_form(run: RunSnapshot, result: Comparison) -> Asked:
    """Draw the form and return what stands in it."""
    one = pick_one(run, result)
    key = run.id if one.alone is None else f"{run.id}-{one.id}"
    labels = list(result.models)
    label = str(st.selectbox("Model", labels, key="model", **KEPT) or labels[0])
    fitted_horizon = int(result.settings["horizon"])
    horizon = st.number_input(
        "horizon", 1, FURTHEST, fitted_horizon, key=f"ahead_{fitted_horizon}",
        help=f"Rows ahead. The networks were trained for {fitted_horizon}.", **KEPT,
    )  # fmt: skip
    levels = st.pills(
        "Intervals, in percent", LEVELS, selection_mode="multi", default=USUAL_LEVELS, key="levels",
        help="The share of the values that should fall within.", **KEPT,
    )  # fmt: skip
    model, series = result.models[label], one.series
    steps = int(horizon or fitted_horizon)
    with st.expander("Forecast after newer rows", icon=":material/upload_file:"):
        known = _choose_rows(key, series, model)
    network = model.settings if isinstance(model, Forecaster) else None
    names, future = () if network is None else network.future_covariates, None
    if network is not None and names:
        future = choose_future(key, known.series, network.rows_read(steps), names)
    vary = run.request.vary
    which = "" if vary is None else f", {vary} {result.settings[vary]}"
    of = "" if one.alone is None else f", {series.name}"
    return Asked(
        f"{run.request.said}{of}{which}",
        label,
        model,
        steps,
        fitted_horizon,
        tuple(sorted(levels or ())),
        known,
        future,
        complete=not names or future is not None,
        one=one,
    )


def _choose_rows(run_id: str, series: TimeSeries, model: Model) -> Known:
    """Draw the upload of newer rows; return what is known with them, or without."""
    last = moment(series.index[-1])
    columns = ", ".join((series.name, *series.columns))
    found = upload_table(
        "Newer rows of the same series",
        f"newer-{run_id}",
        wanted=f"Rows after {last}, with a column of time and: {columns}. The models are not "
        "trained again.",
        asked=("time", "decimal"),
    )
    if found is None:
        return known_rows(series)
    data = found.reading.data
    table = data if isinstance(data, pd.DataFrame) else data.to_frame()
    with guarded("These rows cannot be used"):
        needed = model.settings.memory if isinstance(model, Forecaster) else None
        known = known_with(series, table, needed)
        st.text(_said_of(known))
        return known
    return known_rows(series)


def _said_of(known: Known) -> str:
    said = f"{counted(known.newer, 'newer row')}, up to {moment(known.series.index[-1])}."
    if known.missing:
        said += f" {counted(known.missing, 'row')} missing before; the last value is read there."
    if known.alone:
        said += " There is a gap before them; they fill a window, so that they alone are read."
    return said


def show_forecast(asked: Asked) -> None:
    """Draw the forecast: how old the fit is, chart, table, download."""
    if not asked.complete:
        st.subheader("The rows ahead are not known yet", anchor=False)
        st.text(f"{asked.label} reads columns that are known ahead. Fill them in on the form.")
        return
    frame, refused = _forecast(asked, partial(_predicted, asked))
    st.text(f"{asked.source}: {_age(asked, frame)}")
    if asked.fed_back:
        st.text(_fed_back(asked))
    if refused is not None:
        show_error("An interval was left out", refused)
    name = asked.known.history.name
    st.plotly_chart(
        plot_fan(asked.known.history, frame, name=str(name), label=asked.label),
        key="fan",
        alt=f"The series up to {moment(asked.known.history.index[-1])}, and what {asked.label} "
        f"forecasts for the {asked.horizon} rows after it.",
    )
    _show_table(asked, frame)


def _forecast(
    asked: Asked, predict: Callable[[tuple[int, ...]], pd.DataFrame]
) -> tuple[pd.DataFrame, SettingError | None]:
    """Forecast with all levels that the calibration supports; return also why one was left out."""
    levels = () if asked.fed_back else asked.levels
    refused: SettingError | None = None
    while True:
        try:
            return predict(levels), refused
        except SettingError as error:
            if not levels:
                raise
            refused, levels = refused or error, levels[:-1]


def _predicted(asked: Asked, levels: tuple[int, ...]) -> pd.DataFrame:
    series = asked.known.series
    values = series.observed_values()
    if not isinstance(asked.model, Forecaster):
        frame = asked.model.predict(asked.horizon, level=levels, data=asked.one.long(values))
        return _alone(frame)
    named = values if asked.one.alone is None else values.rename(asked.model.settings.target or "y")
    data = pd.concat([named, series.covariate_frame()], axis=1) if series.columns else named
    future = asked.future
    if future is not None and asked.one.alone is not None:
        future = future.assign(unique_id=asked.one.id)
    rows = asked.one.long(data)
    return _alone(asked.model.predict(asked.horizon, level=levels, data=rows, future=future))


def _alone(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the forecast of one series without its name."""
    return frame.drop(columns="unique_id", errors="ignore")


def _age(asked: Asked, frame: pd.DataFrame) -> str:
    """Return one sentence on how old the fit is."""
    last = moment(asked.known.series.index[-1])
    if "fitted_to" not in frame.attrs:
        return f"{asked.label} has no weights to train; it goes on from {last}, the last row known."
    age = frame.attrs
    rows = int(age["rows_since_fit"])
    return (
        f"{asked.label} was trained on rows up to {moment(age['fitted_to'])}; it forecasts after "
        f"{moment(age['last_row'])}, {counted(rows, 'row')} later, without new training."
    )


def _fed_back(asked: Asked) -> str:
    return (
        f"It was trained for {counted(asked.fitted_horizon, 'row')} ahead. Further rows are "
        "forecast from its own forecasts, without intervals; train with `horizon` "
        f"{asked.horizon} to have them."
    )


def _show_table(asked: Asked, frame: pd.DataFrame) -> None:
    numbers = frame.drop(columns="ds")
    shown = st.column_config.NumberColumn(format=f"%{number_format(numbers).lstrip(',')}")
    st.dataframe(
        frame,
        column_config={"ds": time_column(frame["ds"]), **dict.fromkeys(map(str, numbers), shown)},
        hide_index=True,
        alt="The forecast, one row a point in time, with the ends of its intervals.",
    )
    with st.container(horizontal=True):
        download_table("Forecast", frame, f"forecast-{asked.label.lower()}")
        if asked.one.scored is not None and asked.future is None:
            st.download_button(
                f"All {len(asked.one.scored):,} series (CSV)",
                lambda: csv_bytes(_of_all(asked), index=False),
                file_name=f"forecasts-{asked.label.lower()}.csv",
                mime="text/csv",
                on_click="ignore",
                icon=":material/download:",
                help="Forecasts after the last row of each series of the run.",
            )


def _of_all(asked: Asked) -> pd.DataFrame:
    """Return the forecasts of all series of a run, as a long frame."""
    panel, model = asked.one.scored, asked.model
    if panel is None:
        raise LookupError("this run has one series")
    target = (model.settings.target if isinstance(model, Forecaster) else None) or "y"
    rows = long_frame(panel, target)
    frame, _ = _forecast(
        asked, lambda levels: model.predict(asked.horizon, level=levels, data=rows)
    )
    return frame
