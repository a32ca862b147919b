"""What of Yahoo's answers is taken for data, without any network."""

import copy
import json
from datetime import date
from typing import Any

import pandas as pd
import pytest

from forecast.data.yahoo_chart import Chart, judged
from forecast.data.yahoo_exchanges import CALENDARS, calendar_of
from forecast.data.yahoo_source import check_agreement, closing_prices
from forecast.data.yahoo_steps import in_steps
from forecast.errors import BadAnswerError, FetchError, NoRowsError, UnknownTickerError
from tests.net.quotes import business_days, chart, opening, refusal

DAYS = business_days(date(2020, 1, 2), 4)
GOOD = chart(DAYS, [10.0, 11.0, None, 13.0])


def changed(**parts: Any) -> dict[str, Any]:
    """Return the good answer with other parts: meta__key=…, quote__key=…, or keys of the result."""
    answer = copy.deepcopy(GOOD)
    result = answer["chart"]["result"][0]
    for name, value in parts.items():
        where, _, key = name.partition("__")
        holder = {"meta": result["meta"], "quote": result["indicators"]["quote"][0]}.get(where)
        if holder is None or not key:
            result[name] = value
        else:
            holder[key] = value
    return answer


def verdict(answer: object, status: int = 200, *, auto_adjust: bool = True) -> Any:
    content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return judged(status, content, "MSFT", auto_adjust=auto_adjust)


def test_a_good_answer_is_read() -> None:
    found = verdict(GOOD)
    assert found.stamps == [opening(day) for day in DAYS]
    assert found.close == found.adjusted == [10.0, 11.0, None, 13.0]


BAD: dict[str, tuple[object, str]] = {
    "no JSON": (b"<html>", "not the JSON"),
    "other JSON": ([1], "not the JSON"),
    "deep JSON": (b"[" * 100_000, "not the JSON"),
    "no result": ({"chart": {"result": None, "error": None}}, "no result"),
    "no meta": (changed(meta=None), "does not say"),
    "no zone": (changed(meta__exchangeTimezoneName="../../etc/passwd"), "time zone"),
    "zone of another kind": (changed(meta__exchangeTimezoneName=7), "time zone"),
    "a timestamp is text": (changed(timestamp=["a", 1, 2, 3]), "timestamps"),
    "a timestamp is far away": (changed(timestamp=[10**12, 1, 2, 3]), "timestamps"),
    "a timestamp is a fraction": (changed(timestamp=[1.5, 1, 2, 3]), "timestamps"),
    "too few timestamps": (changed(timestamp=[1, 2, 3]), "'open' holds 4 values for 3"),
    "a price is text": (changed(quote__high=["9", 9, None, 9]), "'high' holds '9'"),
    "a price is true": (changed(quote__high=[True, 9, None, 9]), "'high' holds 'True'"),
    "a price is below 0": (changed(quote__low=[-1, 9, None, 9]), "'low' holds '-1'"),
    "a price has no end of digits": (changed(quote__low=[10**400, 9, None, 9]), "'low' holds '10"),
    "a price is endless": (changed(quote__close=[float("inf"), 9, None, 9]), "'close' holds"),
    "a closing price is 0": (changed(quote__close=[0, 9, None, 9]), "a closing price is 0"),
    "no volume": (changed(quote__volume=None), "'volume' holds no list"),
    "no quote": (changed(indicators={"quote": []}), "'open' holds no list"),
    "an unknown error": (refusal("Bad Request", "Invalid input"), "Invalid input"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_table_is_refused(case: str) -> None:
    answer, words = BAD[case]
    with pytest.raises(BadAnswerError, match=words):
        verdict(answer)


@pytest.mark.parametrize(
    ("answer", "status", "kind"),
    [
        (b"", 404, UnknownTickerError),
        (refusal("Not Found", "No data found"), 200, UnknownTickerError),
        (refusal("Bad Request", "Data doesn't exist for startDate = 1"), 400, NoRowsError),
        (changed(timestamp=[], indicators={"quote": [{}], "adjclose": [{}]}), 200, NoRowsError),
        (chart(DAYS, [None] * 4), 200, NoRowsError),
        (b"<html>Bad Gateway", 502, BadAnswerError),
        (GOOD, 502, BadAnswerError),
    ],
)
def test_other_failures_have_their_names(
    answer: object, status: int, kind: type[FetchError]
) -> None:
    with pytest.raises(FetchError) as caught:
        verdict(answer, status)
    assert type(caught.value) is kind


@pytest.mark.parametrize("kind", ["FUTURE", "INDEX"])
def test_prices_of_futures_and_yields_may_lie_below_zero(kind: str) -> None:
    answer = chart(DAYS, [10.0, -37.63, 0.0, 1.0], meta={"instrumentType": kind})
    answer["chart"]["result"][0]["indicators"]["quote"][0]["volume"] = [1, 2, 3, 4]
    assert verdict(answer).close[1] == -37.63


class TestAdjusted:
    def test_missing_ones_are_refused_only_if_wanted(self) -> None:
        answer = changed(indicators={"quote": GOOD["chart"]["result"][0]["indicators"]["quote"]})
        with pytest.raises(BadAnswerError, match="raw ones would have come"):
            verdict(answer)
        assert verdict(answer, auto_adjust=False).adjusted == []

    def test_one_missing_is_refused(self) -> None:
        with pytest.raises(BadAnswerError, match="missing for some rows"):
            verdict(chart(DAYS, [10.0, 11.0, 12.0, 13.0], adjusted=[10.0, None, 12.0, 13.0]))

    def test_prices_that_a_dividend_did_not_change_are_refused(self) -> None:
        paid = {DAYS[2]: 0.5}
        with pytest.raises(BadAnswerError, match=r"in spite of a dividend of 0\.5"):
            verdict(chart(DAYS, [10.0, 11.0, 12.0, 13.0], dividends=paid))

    def test_a_dividend_before_the_first_row_changes_nothing(self) -> None:
        verdict(chart(DAYS, [10.0, 11.0, 12.0, 13.0], dividends={DAYS[0]: 0.5}))

    def test_a_dividend_without_an_amount_is_refused(self) -> None:
        answer = chart(DAYS, [10.0, 11.0, 12.0, 13.0], dividends={DAYS[2]: 0.5})
        events = answer["chart"]["result"][0]["events"]["dividends"]
        next(iter(events.values()))["amount"] = "much"
        with pytest.raises(BadAnswerError, match="no amount"):
            verdict(answer)


class TestAgreement:
    found = verdict(chart(DAYS, [10.0, 11.0, 12.0, 13.0], adjusted=[9.0, 9.9, 10.8, 13.0]))

    def test_adjusted_prices_are_told_from_raw_ones(self) -> None:
        raw = closing_prices(self.found, adjusted=False)
        adjusted = closing_prices(self.found, adjusted=True)
        assert adjusted.tolist() == [9.0, 9.9, 10.8, 13.0]
        check_agreement("MSFT", adjusted, adjusted, adjusted=True)
        check_agreement("MSFT", raw, raw, adjusted=False)
        with pytest.raises(BadAnswerError, match="not the adjusted ones"):
            check_agreement("MSFT", raw, adjusted, adjusted=True)
        with pytest.raises(BadAnswerError, match="not the raw ones"):
            check_agreement("MSFT", adjusted, raw, adjusted=False)

    def test_a_day_that_yahoo_did_not_send_is_refused(self) -> None:
        adjusted = closing_prices(self.found, adjusted=True)
        with pytest.raises(BadAnswerError):
            check_agreement("MSFT", adjusted, adjusted.iloc[1:], adjusted=True)

    def test_of_a_day_sent_twice_either_price_will_do(self) -> None:
        adjusted = closing_prices(self.found, adjusted=True)
        twice = pd.concat([adjusted, adjusted.iloc[-1:] + 1])
        check_agreement("MSFT", adjusted, twice, adjusted=True)

    def test_a_day_that_begins_at_23_is_the_next_one(self) -> None:
        meta = {"exchangeTimezoneName": "America/Sao_Paulo"}
        late = int(pd.Timestamp("2022-01-03 23:00", tz="America/Sao_Paulo").timestamp())
        early = int(pd.Timestamp("2022-01-05 00:00", tz="America/Sao_Paulo").timestamp())
        days = closing_prices(Chart(meta, [late, early], [1.0, 2.0], []), adjusted=False).index
        assert [str(day.date()) for day in days] == ["2022-01-04", "2022-01-05"]


def test_every_calendar_is_one_of_the_library() -> None:
    calendars = pytest.importorskip("exchange_calendars")
    known = set(calendars.get_calendar_names())
    assert set(CALENDARS.values()) <= known


def test_calendars() -> None:
    assert calendar_of("NMS", "EQUITY") == "XNYS"
    assert calendar_of("LSE", "EQUITY") == "XLON"
    assert calendar_of("CCC", "CRYPTOCURRENCY") == "24/7"
    assert calendar_of("CCY", "CURRENCY") == "24/5"
    assert calendar_of("XYZ", "EQUITY") is None


def test_months_are_made_of_days() -> None:
    index = pd.DatetimeIndex(["2020-01-30", "2020-01-31", "2020-04-01"], name="date")
    columns = {"open": [1.0, 2, 3], "high": [5.0, 9, 4], "low": [1.0, 0.5, 2], "close": [2.0, 3, 4]}
    columns |= {"volume": [1, 2, 3], "dividends": [0, 0.5, 0.25], "splits": [2.0, 3, 0]}
    months = in_steps(pd.DataFrame(columns, index), "1mo")
    assert [str(day.date()) for day in months.index] == ["2020-01-01", "2020-04-01"]
    assert months.iloc[0].tolist() == [1, 9, 0.5, 3, 3, 0.5, 6]
    assert months.iloc[1].tolist() == [3, 4, 2, 4, 3, 0.25, 0]
