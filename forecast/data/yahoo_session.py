"""The session that yfinance is given: it asks Yahoo for what is needed, once each, and no more.

Left to itself, yfinance follows redirects, changes its way of getting a cookie on any refusal, and
asks again. Here every kind of request is made at most once: the cookie, the crumb, the chart. The
chart goes without the first two if need be. Whatever else yfinance tries is refused before it
leaves this machine.

Imported by the process that fetches, and by nothing else: curl is loaded here.
"""

import re
import time
from typing import Any
from urllib.parse import unquote, urlsplit

from curl_cffi import CurlECode, CurlOpt, requests

from forecast.data.yahoo_chart import Chart, bad, judged
from forecast.data.yahoo_rows import tidied
from forecast.errors import DeadlineError, FetchError, OfflineError

COOKIE = ("fc.yahoo.com", "/")
CRUMBS = tuple((f"query{number}.finance.yahoo.com", "/v1/test/getcrumb") for number in (1, 2))
HOSTS = ("query1.finance.yahoo.com", "query2.finance.yahoo.com")
CRUMB = re.compile(r"[^\s<>{}]{1,64}")
CHART = "/v8/finance/chart/"
MOST_BYTES = 32_000_000
COOKIE_NAME, COOKIE_LIFE = "A3", 3600  # the only one that yfinance looks for; seconds
COOKIE_SHARE = 0.2  # of the time that is left; the chart is what matters
AWAY = {
    CurlECode.COULDNT_RESOLVE_PROXY,
    CurlECode.COULDNT_RESOLVE_HOST,
    CurlECode.COULDNT_CONNECT,
    CurlECode.PROXY,
}


class RefusedRequestError(OSError):
    """A request that is not needed; as an OSError it makes yfinance go on without it."""


class OnceSession(requests.Session):  # type: ignore[type-arg]
    """A session of curl for one ticker.

    Attributes:
        chart: Yahoo's answer, once there is one.
    """

    def __init__(self, ticker: str, *, auto_adjust: bool, seconds: float) -> None:
        """Prepare a session.

        Args:
            ticker: already checked.
            auto_adjust: whether adjusted prices are wanted.
            seconds: for all requests together.
        """
        super().__init__(impersonate="chrome", curl_options={CurlOpt.MAXFILESIZE_LARGE: MOST_BYTES})
        self.chart: Chart | None = None
        self._ticker, self._auto_adjust = ticker, auto_adjust
        self._ends = time.monotonic() + seconds
        self._done: set[str] = set()

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        """Send one request, if it is needed and was not sent before.

        Raises:
            FetchError: there is no chart, or it cannot be used.
            RefusedRequestError: the request is not needed.
        """
        kind = self._kind(method, url)
        if kind is None or kind in self._done or "chart" in self._done:
            raise RefusedRequestError(f"not sent: {method} {url[:80]}")
        self._done.add(kind)
        left = max(0.1, self._ends - time.monotonic())
        if kind == "chart":
            return self._charted(method, url, *args, **{**kwargs, "timeout": left})
        timeout = COOKIE_SHARE * left
        answer = self._sent(method, url, *args, **{**kwargs, "timeout": timeout})
        if kind == "crumb" and not (answer.status_code == 200 and CRUMB.fullmatch(answer.text)):
            # yfinance takes any text for a crumb, and Yahoo refuses a chart with a wrong one.
            raise RefusedRequestError("this is no crumb")
        if kind == "cookie":
            self._keep_cookie()
        return answer

    def _keep_cookie(self) -> None:
        """Leave in the jar only what yfinance can read: it takes for granted name, path and expiry.

        Raises:
            RefusedRequestError: there is nothing of the kind; without a cookie it goes on.
        """
        jar = self.cookies.jar
        for cookie in list(jar):
            if cookie.name == COOKIE_NAME and cookie.path == "/":
                # One without an expiry lives as long as its session, which is shorter than this.
                cookie.expires = int(time.time()) + COOKIE_LIFE
            else:
                jar.clear(cookie.domain, cookie.path, cookie.name)
        if not len(jar):
            raise RefusedRequestError("this is no cookie that yfinance can read")

    def _charted(self, *args: Any, **kwargs: Any) -> Any:
        """Ask for the chart and judge the answer.

        Raises:
            FetchError: there is none, or it cannot be used.
        """
        try:
            answer = self._sent(*args, **kwargs)
        except requests.exceptions.RequestException as error:
            raise self._failure(error) from None
        chart = judged(
            answer.status_code, answer.content, self._ticker, auto_adjust=self._auto_adjust
        )
        self.chart, answer.content = tidied(answer.content, chart, self._ticker)
        return answer

    def _sent(self, *args: Any, **kwargs: Any) -> Any:
        kwargs["allow_redirects"] = False  # nobody leads us elsewhere, least of all to this machine
        return super().request(*args, **kwargs)

    def _kind(self, method: str, url: str) -> str | None:
        """Return what is asked for, or None if it is none of our business."""
        parts = urlsplit(url)
        host, path = parts.hostname or "", unquote(parts.path) or "/"
        if method != "GET" or parts.scheme != "https" or parts.port not in (None, 443):
            return None
        if (host, path) == COOKIE:
            return "cookie"
        if (host, path) in CRUMBS:
            return "crumb"
        return "chart" if host in HOSTS and path == CHART + self._ticker else None

    def _failure(self, error: Any) -> FetchError:
        """Return what an error of curl means."""
        code, words = error.code, str(error).split(". See ")[0][:120]
        if code == CurlECode.OPERATION_TIMEDOUT:
            return DeadlineError(
                f"Yahoo did not answer about {self._ticker} in time. Try again later, or allow "
                "more with `deadline`."
            )
        if code in AWAY:
            return OfflineError(f"Yahoo cannot be reached: {words}. Check the network.")
        return bad(self._ticker, f"the connection broke off, or was not Yahoo's ({words})")
