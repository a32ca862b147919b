"""What values a widget may hold, learned from the widget as the server itself describes it."""

import io
import json
import math
from collections import OrderedDict
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_plus

import pyarrow as pa
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.NumberInput_pb2 import NumberInput
from streamlit.proto.Slider_pb2 import Slider
from streamlit.proto.WidgetStates_pb2 import WidgetState

Check = Callable[[Any], bool]
MOST = 50_000  # widgets known at once; the oldest go first
LONGEST = 200_000  # characters of one text
# The field of a value, by the kind of the widget.
TEXT = (
    "selectbox", "radio", "text_input", "text_area", "color_picker", "feedback", "time_input",
    "tab_container",
)  # fmt: skip
TEXTS = ("multiselect", "button_group", "date_input", "date_time_input")
SELECTIONS = ("plotly_chart", "vega_lite_chart", "deck_gl_json_chart", "echarts_chart")
TRIGGERS = ("button", "download_button", "link_button", "dialog")
SWITCHES = ("checkbox", "expandable", "popover")
FILES = ("file_uploader", "camera_input", "audio_input")
FIELDS = {
    **dict.fromkeys(TEXT + SELECTIONS, "string_value"),
    **dict.fromkeys(TEXTS, "string_array_value"),
    **dict.fromkeys(TRIGGERS, "trigger_value"),
    **dict.fromkeys(SWITCHES, "bool_value"),
    **dict.fromkeys(FILES, "file_uploader_state_value"),
    "number_input": "double_value",
    "slider": "double_array_value",
    "dataframe": "string_value",
    "chat_input": "chat_input_value",
    "menu_button": "string_trigger_value",
    "pagination": "int_value",
}


class Catalogue:
    """What is known of widgets, over all sessions: equal ids are equal widgets."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[str, Check]] = OrderedDict()
        self._words: set[str] = set()  # names in the address that stand for texts

    def learn(self, delta: Delta) -> None:
        """Take note of the widget that a piece of a page draws, if it is one."""
        part = delta.WhichOneof("type")
        if part not in ("new_element", "add_block"):
            return
        drawn = getattr(delta, part)
        kind = drawn.WhichOneof("type")
        if kind not in FIELDS:
            return
        element: Any = getattr(drawn, kind)
        name = element.id
        if not name:
            return
        if kind in TEXT + TEXTS and len(self._words) < MOST:
            self._words.add(getattr(element, "query_param_key", ""))
        if kind == "slider" and element.type == Slider.SELECT_SLIDER:
            self._note(name, "string_array_value", _few_words)
        else:
            self._note(name, FIELDS[kind], check_of(kind, element))
        for column in getattr(element, "button_click_widgets", ()):
            self._note(str(getattr(column, "id", column)), "string_trigger_value", _short)

    def fits(self, state: WidgetState) -> bool:
        """Return whether a widget is known and may hold what a browser says it holds."""
        known = self._known.get(state.id)
        if known is None:
            return False
        field = state.WhichOneof("value")
        if field is None:
            return True  # emptied
        return field == known[0] and known[1](getattr(state, field))

    def sound_query(self, query: str) -> str:
        """Return an address's query without numbers that are not finite.

        Streamlit takes an infinite one for a whole number's widget, and cannot go on from there.
        """
        parts = query.split("&")
        kept = [one for one in parts if not self._is_endless(*one.partition("=")[::2])]
        return query if len(kept) == len(parts) else "&".join(kept)

    def _is_endless(self, name: str, value: str) -> bool:
        if unquote_plus(name) in self._words:
            return False
        return any(_endless(one) for one in unquote_plus(value).split(","))

    def _note(self, name: str, field: str, check: Check) -> None:
        self._known[name] = (field, check)
        self._known.move_to_end(name)
        if len(self._known) > MOST:
            self._known.popitem(last=False)


def check_of(kind: str, element: Any) -> Check:
    """Return what tells values that a widget may hold from others."""
    if kind == "number_input":
        return _number(element)
    if kind == "slider":
        return _span(element)
    if kind == "dataframe":
        return _table(element)
    if kind in SELECTIONS:
        return _selection
    if kind == "pagination":
        pages = element.num_pages
        return lambda value: 1 <= value <= pages
    if kind == "tab_container" or kind in TEXT:
        return _short
    return _few_words if kind in TEXTS else _anything


def _number(element: NumberInput) -> Check:
    least = element.min if element.has_min else -math.inf
    most = element.max if element.has_max else math.inf
    whole = element.data_type == NumberInput.INT

    def fits(value: float) -> bool:
        return math.isfinite(value) and least <= value <= most and (not whole or value % 1 == 0)

    return fits


def _span(element: Slider) -> Check:
    least, most, count = element.min, element.max, len(element.default)
    whole = element.data_type != Slider.FLOAT

    def fits(value: Any) -> bool:
        ends = list(value.data)
        return (
            len(ends) == count
            and all(math.isfinite(one) and least <= one <= most for one in ends)
            and ends == sorted(ends)
            and not (whole and any(one % 1 for one in ends))
        )

    return fits


def _table(element: Any) -> Check:
    """Return a check of a selection in a table, or of edits of its cells."""
    rows, columns = _size(element.arrow_data.data)
    editable = element.editing_mode != 0

    def fits(text: str) -> bool:
        said = _parsed(text)
        if not isinstance(said, dict):
            return False
        return _edits(said, rows, columns) if editable else _chosen(said, rows)

    return fits


def _size(arrow: bytes) -> tuple[int, set[str]]:
    try:
        table = pa.ipc.open_stream(io.BytesIO(arrow)).read_all()
    except (pa.ArrowInvalid, OSError):
        return 0, set()
    return table.num_rows, set(table.column_names)


def _chosen(said: dict[str, Any], rows: int) -> bool:
    selection = said.get("selection")
    if set(said) != {"selection"} or not isinstance(selection, dict):
        return False
    if not set(selection) <= {"rows", "columns", "cells"}:
        return False
    chosen = selection.get("rows", [])
    return (
        isinstance(chosen, list)
        and all(_is_row(one, rows) for one in chosen)
        and all(isinstance(selection.get(one, []), list) for one in ("columns", "cells"))
        and all(isinstance(one, str) for one in selection.get("columns", []))
    )


def _edits(said: dict[str, Any], rows: int, columns: set[str]) -> bool:
    edited, added = said.get("edited_rows", {}), said.get("added_rows", [])
    deleted = said.get("deleted_rows", [])
    if not (isinstance(edited, dict) and isinstance(added, list) and isinstance(deleted, list)):
        return False
    numbers = [int(key) if key.isdecimal() and len(key) < 10 else -1 for key in edited]
    return all(_is_row(one, rows) for one in [*numbers, *deleted]) and all(
        _is_cells(one, columns) for one in [*edited.values(), *added]
    )


def _is_row(number: object, rows: int) -> bool:
    return type(number) is int and 0 <= number < rows


def _is_cells(cells: object, columns: set[str]) -> bool:
    return isinstance(cells, dict) and set(cells) <= columns | {"_index"}


def _selection(text: str) -> bool:
    said = _parsed(text)
    return isinstance(said, dict) and isinstance(said.get("selection"), dict)


def _parsed(text: str) -> Any:
    """Return what a text of JSON says; None if it is none, too deep, or holds what is no number."""
    if len(text) > LONGEST:
        return None
    try:
        return json.loads(text, parse_constant=_no_number, parse_float=_finite)
    except (ValueError, RecursionError):
        return None


def _no_number(text: str) -> float:
    raise ValueError(text)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _endless(text: str) -> bool:
    try:
        return not math.isfinite(float(text))
    except ValueError:
        return False


def _short(value: Any) -> bool:
    return len(getattr(value, "data", value)) <= LONGEST


def _few_words(value: Any) -> bool:
    return sum(map(len, value.data)) <= LONGEST


def _anything(_value: Any) -> bool:
    return True
