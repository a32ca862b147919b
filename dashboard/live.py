"""A run while it trains: place in the queue, progress, live curves and forecasts, stop."""

import math

import pandas as pd
import streamlit as st

from dashboard.results import show_result
from dashboard.training import service
from forecast.charts.losses import plot_losses
from forecast.charts.predictions import overlay
from forecast.jobs.snapshot import FAILED, QUEUED, RUNNING, CellState, RunSnapshot
from forecast.training.history import Epoch

POLL = 0.5  # seconds between two looks at a running training
LOG = "log_losses"


def show_run(snapshot: RunSnapshot) -> None:
    """Draw a run; while it is queued or running, look again every half second.

    What an ended run shows stands on the page itself: fragments within a polling one would be
    drawn anew into places that the change from training to result has taken away.
    """
    if snapshot.state in (QUEUED, RUNNING):
        st.fragment(_look, run_every=POLL)(snapshot.id)
        return
    _show_engine(snapshot)
    _show_failures(snapshot)
    show_result(snapshot)


def _look(run_id: str) -> None:
    snapshot = service().snapshot(run_id)
    if snapshot is None:
        st.text("This run is gone: the server keeps only the newest ones. Train again.")
        return
    if snapshot.state not in (QUEUED, RUNNING):
        st.rerun()  # the whole page once more, without polling
    _show_active(snapshot)
    _show_engine(snapshot)


def _show_active(snapshot: RunSnapshot) -> None:
    heading, button = st.columns([4, 1], vertical_alignment="center")
    if button.button("Stop", icon=":material/stop_circle:", key="stop", width="stretch"):
        service().stop(snapshot.id)
    if snapshot.state == QUEUED:
        heading.subheader(f"Waiting: place {snapshot.place} in the queue", anchor=False)
        st.text("Other trainings hold the machine. Yours starts by itself; leave if you like.")
        return
    heading.subheader("Training", anchor=False)
    seeds = _seeds(snapshot)
    for cell in snapshot.cells:
        st.progress(_share(cell), text=_progress_text(cell, seeds))
    if any(cell.history for cell in snapshot.cells):
        log = st.toggle("Logarithmic losses", key=LOG, persist_state="session")
        st.plotly_chart(
            plot_losses(_history(snapshot), log=log),
            key="live-losses",
            alt="Training and validation loss of each cell by epoch, as far as trained.",
        )
    live = {_name(cell): cell.live for cell in snapshot.cells if cell.live}
    if live and snapshot.request.vary is None:
        title = "Live forecast of the test part"
        name = snapshot.request.series.name
        st.plotly_chart(
            overlay(snapshot.live_ds, snapshot.live_y, live, title, name),
            key="live-forecast",
            alt="Observed values of the test part, and what each cell forecasts so far.",
        )


def _show_engine(snapshot: RunSnapshot) -> None:
    """Say so where cells compute with NumPy because nothing faster is ready."""
    slow = [_name(cell) for cell in snapshot.cells if cell.engine == "numpy"]
    if slow and snapshot.request.settings.get("engine", "auto") == "auto":
        st.caption(
            f"{', '.join(slow)}: computed with NumPy. This machine is still compiling the fast "
            "engine, once; later runs will use it."
        )


def _share(cell: CellState) -> float:
    if cell.state not in ("waiting", "running"):
        return 1.0
    if not cell.history:
        return 0.0
    if cell.limit is not None:
        return min(1.0, 1 - (cell.seconds_left or 0.0) / cell.limit)
    return min(1.0, cell.history[-1].epoch / cell.epochs)


def _seeds(snapshot: RunSnapshot) -> int:
    """Return how many networks each cell trains, one after another."""
    return int(snapshot.request.settings.get("seeds", 1))


def _progress_text(cell: CellState, seeds: int) -> str:
    """Return one line on a cell; every word of it is our own."""
    said = [f"**{_name(cell)}**"]
    if cell.state == "waiting":
        return f"{said[0]} waits for a worker"
    if cell.state == FAILED:
        return f"{said[0]} failed"
    number, epoch = _place(cell.history[-1], cell.epochs // seeds) if cell.history else (0, 0)
    if seeds > 1:
        said.append(f"network {number + 1} of {seeds}")
    said.append(f"epoch {epoch}" + (f" of {cell.epochs // seeds}" if cell.limit is None else ""))
    if cell.history:
        record = cell.history[-1]
        said.append(f"loss {record.loss:.4g}")
        if not math.isnan(record.val_loss):
            said.append(f"validation {record.val_loss:.4g}")
    if cell.state == RUNNING and cell.seconds_left is not None:
        said.append(f"at most {cell.seconds_left:.0f} s left")
    elif cell.state != RUNNING:
        said.append(cell.state)
    return " · ".join(said)


def _place(record: Epoch, epochs: int) -> tuple[int, int]:
    """Return the number of the network, from 0, and its epoch, of a record that is counted on."""
    number, epoch = divmod(record.epoch - 1, epochs)
    return number, epoch + 1


def _name(cell: CellState) -> str:
    return cell.label if cell.value is None else f"{cell.label} {cell.value}"


def _history(snapshot: RunSnapshot) -> pd.DataFrame:
    """Return the epochs of all cells so far; of several networks, with their number in `seed`."""
    seeds, rows = _seeds(snapshot), []
    for cell in snapshot.cells:
        for record in cell.history:
            number, epoch = _place(record, cell.epochs // seeds)
            rows.append((_name(cell), *record._replace(epoch=epoch), number))
    frame = pd.DataFrame(rows, columns=["cell", *Epoch._fields, "seed"])
    return frame if seeds > 1 else frame.drop(columns="seed")


def _show_failures(snapshot: RunSnapshot) -> None:
    from dashboard.guards import show_error

    for cell in snapshot.cells:
        if cell.error is not None:
            show_error(f"{_name(cell)} was not trained", cell.error)
    if snapshot.result is None and snapshot.error is not None:
        show_error("The run failed", snapshot.error)
