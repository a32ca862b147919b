import numpy as np
import pytest

from forecast.data import limits
from forecast.data.limits import Limits, check_shape, check_size, check_text
from forecast.errors import ReadError, SettingError


@pytest.mark.parametrize("name", ["bytes", "rows", "columns", "line_length"])
@pytest.mark.parametrize("value", [0, -1, 1.5, "9", None])
def test_a_limit_is_a_whole_number_from_1(name, value):
    with pytest.raises(SettingError, match=name):
        Limits(**{name: value})


def test_what_is_at_a_limit_is_within_it():
    exact = Limits(bytes=12, rows=2, columns=3, line_length=5)
    check_text(b"a,b,c\n1,2,3\n", "given", exact)
    check_size(12, "given", exact)
    check_shape(2, 3, "given", exact)


@pytest.mark.parametrize(
    ("size", "words"),
    [
        ({"bytes": 11}, "at most 11 bytes; got 12 bytes"),
        ({"rows": 1}, "at most 1 rows; got 2"),
        ({"columns": 2}, "at most 2 columns; got 3"),
        ({"line_length": 4}, "line 1: a line must have at most 4 bytes; got 5"),
    ],
)
def test_what_is_beyond_a_limit_is_refused_with_the_way_out(size, words):
    with pytest.raises(ReadError, match=words) as caught:
        check_text(b"a,b,c\n1,2,3\n", "given", Limits(**size))
    assert f"Limits({next(iter(size))}=…)" in str(caught.value)
    assert caught.value.path == "given"


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_cells_are_counted_whatever_parts_them(sign):
    with pytest.raises(ReadError, match="at most 10 columns; got 12"):
        check_text(f"title\n{sign * 11}\n".encode(), "given", Limits(columns=10))


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("place", [0, 3, 29])
def test_the_longest_line_is_named_also_over_chunks(monkeypatch, ending, place):
    monkeypatch.setattr(limits, "CHUNK", 7)
    lines = [b"ab"] * 30
    lines[place] = b"x" * 50
    with pytest.raises(ReadError, match=f"line {place + 1}: ") as caught:
        check_text(ending.join(lines), "given", Limits(line_length=40))
    assert caught.value.row == place + 1


def test_sizes_are_said_in_mebibytes():
    with pytest.raises(ReadError, match=r"at most 1,024\.0 MiB; got 2,048\.0 MiB"):
        check_size(2**31, "given", Limits())
    assert np.all([getattr(Limits(), name) > 0 for name in ("bytes", "rows")])
