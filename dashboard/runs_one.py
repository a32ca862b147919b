"""One kept run: what is known of it, and what can be done with it."""

from datetime import UTC, datetime
from functools import partial
from zoneinfo import ZoneInfo

import streamlit as st

from dashboard.frame import TRAIN
from dashboard.guards import guarded, show_error
from dashboard.runs_choice import is_active, is_own
from dashboard.runs_table import forget_selection
from dashboard.training import RUN, service, store
from forecast.errors import ForecastError
from forecast.storage.bundle import bundle
from forecast.storage.code import as_command, as_python
from forecast.storage.names import LONGEST
from forecast.storage.records import KeptRun
from forecast.storage.side_by_side import SHORT, settings_changed

FAULT = "runs-fault"  # of the session: why something could not be done


def show_one(run: KeptRun) -> None:
    """Draw a run with its buttons; names in it come from people and are shown letter by letter.

    Args:
        run: with its histories.
    """
    fault = st.session_state.pop(FAULT, None)
    if fault is not None:
        show_error("That could not be done", fault)
    if not is_own(run):
        st.caption("Somebody else made this run: you can look at it, but not change it.")
    _buttons(run)
    if run.verdict or run.error:
        st.text(run.verdict or run.error)
    st.text("\n".join(_facts(run)))
    _code(run)


def _buttons(run: KeptRun) -> None:
    own = is_own(run)
    with st.container(horizontal=True, vertical_alignment="center", key="run-buttons"):
        st.page_link(
            TRAIN.page(), label="Open", icon=":material/open_in_new:", query_params={RUN: run.id}
        )
        st.download_button(
            "Download",
            partial(bundle, store(), run.id),
            file_name=f"run-{run.id[:SHORT]}.zip",
            mime="application/zip",
            on_click="ignore",
            icon=":material/download:",
            key=f"zip-{run.id}",
            help="One zip: rows, settings, scores, predictions, history, charts, models, code.",
        )
        if not own:
            return
        _rename(run)
        st.button(
            "Unpin" if run.pinned else "Pin",
            icon=":material/keep_off:" if run.pinned else ":material/keep:",
            key=f"pin-{run.id}",
            on_click=_do,
            args=(partial(store().pin, run.id, not run.pinned),),
            disabled=run.finished is None,
            help="A pinned run stays when old ones leave; one that trains stays anyway.",
        )
        _delete(run)


def _rename(run: KeptRun) -> None:
    with st.popover("Rename", icon=":material/edit:"):
        key = f"name-{run.id}"
        st.text_input("Name", run.name, key=key, max_chars=LONGEST)
        st.button(
            "Save the name", key=f"rename-{run.id}", type="primary", on_click=_save, args=(run, key)
        )


def _save(run: KeptRun, key: str) -> None:
    _do(partial(store().rename, run.id, str(st.session_state.get(key, "")).strip()))


def _delete(run: KeptRun) -> None:
    busy = is_active(run)
    reason = "Stop it first, on the Train screen." if busy else "Unpin it first."
    with st.popover(
        "Delete",
        icon=":material/delete:",
        disabled=busy or run.pinned,
        help=reason if busy or run.pinned else None,
    ):
        st.text("Its epochs, scores and models go. That cannot be undone.")
        st.button(
            "Delete it for good",
            key=f"delete-{run.id}",
            type="primary",
            on_click=_forget,
            args=(run,),
        )


def _forget(run: KeptRun) -> None:
    """Delete a run where one may, here and in the service."""
    found = store().find(run.id)
    if found is None or not is_own(found) or found.pinned:
        return
    _do(partial(store().delete, run.id))
    if store().find(run.id) is None:
        service().forget(run.id)
        if st.session_state.get(RUN) == run.id:
            del st.session_state[RUN]
        forget_selection()


def _do(change: "partial[None]") -> None:
    """Change something, or remember why not."""
    try:
        change()
    except ForecastError as error:
        st.session_state[FAULT] = str(error)


def _facts(run: KeptRun) -> list[str]:
    settings = ", ".join(f"{name} {said}" for name, said in settings_changed(run).items())
    cells = ", ".join(
        f"{cell.label if cell.value is None else f'{cell.label} {cell.value}'}: {cell.state}, "
        f"{len(cell.history)} epochs{'' if cell.engine is None else f' with {cell.engine}'}"
        for cell in run.cells
    )
    versions = ", ".join(f"{name} {said}" for name, said in run.versions.items())
    return [
        f"{run.source}, {run.target}: {run.rows:,} rows. Asked for at {_moment(run.submitted)}, "
        f"ended {'–' if run.finished is None else _moment(run.finished)}. Id {run.id}, "
        f"{run.bytes / 1e3:,.0f} kB.",
        f"Settings: {settings}.",
        f"Cells: {cells}.",
        f"Made with {versions}.",
    ]


def _moment(seconds: float) -> str:
    zone = ZoneInfo(st.context.timezone) if st.context.timezone else UTC
    return f"{datetime.fromtimestamp(seconds, zone):%Y-%m-%d %H:%M:%S}"


def _code(run: KeptRun) -> None:
    """Draw the code that makes a run again, once it is wanted: it reads the rows to try it."""
    opened = st.expander(
        "Copy as Python or as a command",
        icon=":material/code:",
        key=f"code-{run.id}",
        on_change="rerun",
    )
    if not opened.open:
        return
    with opened, guarded("This run cannot be made again by this version"):
        series = store().series(run.id)
        python, command = as_python(run, series), as_command(run, series)
        if "data.csv" in command:
            st.caption("The file data.csv is in the download of this run.")
        st.markdown("**Python**")
        st.code(python, language="python")
        st.markdown("**Command**")
        st.code(command, language="bash", wrap_lines=True)
