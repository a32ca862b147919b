"""A run while it trains: place in the queue, progress, live curves and forecasts, stop."""

import math

import pandas as pd
import streamlit as st

from dashboard.controls import show_controls
from dashboard.frame import KEPT
from dashboard.guards import show_error
from dashboard.results import show_result
from dashboard.training import is_own, service
from forecast.charts.losses import plot_losses
from forecast.charts.predictions import overlay
from forecast.data.panel import Panel
from forecast.jobs.snapshot import (
    ACTIVE,
    FAILED,
    PAUSED,
    QUEUED,
    RUNNING,
    STOPPED,
    CellState,
    RunSnapshot,
)
from forecast.training.history import Epoch

POLL = 0.5  # seconds between two looks at a running training
LOG = "log_losses"


def show_run(snapshot: RunSnapshot) -> None:
    """Draw a run; while it is queued or running, look again every half second.

    What an ended run shows stands on the page itself: fragments within a polling one would be
    drawn anew into places that the change from training to result has taken away.
    """
    if snapshot.state in ACTIVE:
        st.fragment(_look, run_every=POLL)(snapshot.id)
        return
    _show_engine(snapshot)
    _show_notes(snapshot)
    _show_failures(snapshot)
    if snapshot.result is not None:
        show_result(snapshot)
    elif any(cell.history for cell in snapshot.cells):
        _show_curves(snapshot)
    elif snapshot.state == STOPPED:
        st.text("Stopped before any cell finished an epoch; there is nothing to compare.")


def _look(run_id: str) -> None:
    snapshot = service().snapshot(run_id)
    if snapshot is None:
        st.text("This run is gone. Train again.")
        return
    if snapshot.state not in ACTIVE:
        st.rerun()  # the whole page once more, without polling
    _show_active(snapshot)
    _show_engine(snapshot)
    _show_notes(snapshot)
    _show_failures(snapshot)


def _show_active(snapshot: RunSnapshot) -> None:
    st.subheader(_heading(snapshot), anchor=False)
    if is_own(snapshot) and service().trains(snapshot.id) and not snapshot.stopping:
        show_controls(snapshot)
    if snapshot.state == QUEUED and snapshot.started is None:
        st.text("Other trainings hold the machine. This one starts by itself.")
        return
    seeds = _seeds(snapshot)
    for cell in snapshot.cells:
        st.progress(_share(cell), text=_progress_text(cell, seeds))
    if any(cell.history for cell in snapshot.cells):
        _show_curves(snapshot)
    live = {_name(cell): cell.live for cell in snapshot.cells if cell.live}
    if live and snapshot.request.vary is None:
        name = snapshot.live_name
        title = "Live forecast of the test part"
        title += f" of {name}" if isinstance(snapshot.request.series, Panel) else ""
        st.plotly_chart(
            overlay(snapshot.live_ds, snapshot.live_y, live, title, name),
            key="live-forecast",
            alt="Observed values of the test part, and what each cell forecasts so far.",
        )


def _show_curves(snapshot: RunSnapshot) -> None:
    """Draw the losses of the finished epochs."""
    log = st.toggle("Logarithmic losses", key=LOG, **KEPT)
    st.plotly_chart(
        plot_losses(_history(snapshot), log=log),
        key="live-losses",
        alt="Training and validation loss of each cell by epoch, as far as trained.",
    )


def _heading(snapshot: RunSnapshot) -> str:
    if snapshot.state == QUEUED:
        return f"Waiting: place {snapshot.place} in the queue"
    if snapshot.stopping:
        return "Stopping: the best weights so far are being scored"
    return "Paused" if snapshot.state == PAUSED else "Training"


def _show_notes(snapshot: RunSnapshot) -> None:
    """Say why a run was stopped without its owner, and where it is not kept."""
    if snapshot.note is not None:
        kept = " The best weights so far were kept." if snapshot.result is not None else ""
        st.text(f"{snapshot.note}{kept}")
    if snapshot.unkept is not None:
        st.text(f"This run is not kept beyond the life of this server. {snapshot.unkept}")


def _show_engine(snapshot: RunSnapshot) -> None:
    """Say so where cells compute with NumPy because nothing faster is ready."""
    slow = [_name(cell) for cell in snapshot.cells if cell.engine == "numpy"]
    if slow and snapshot.request.settings.get("engine", "auto") == "auto":
        st.caption(
            f"{', '.join(slow)}: computed with NumPy. This machine is still compiling the fast "
            "engine, once; later runs will use it."
        )


def _share(cell: CellState) -> float:
    if cell.state not in ("waiting", RUNNING, PAUSED):
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
    for cell in snapshot.cells:
        if cell.error is not None:
            show_error(f"{_name(cell)} was not trained", cell.error)
    if snapshot.result is None and snapshot.error is not None:
        show_error("The run failed", snapshot.error)
