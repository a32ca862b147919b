"""What the server allows a visitor: read once from the environment, checked at the start."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

from forecast.checks import whole_number
from forecast.errors import SettingError

MEGABYTE = 1024 * 1024
YES = ("1", "true", "yes", "on")
NO = ("", "0", "false", "no", "off")
# By the variable of the environment that sets it.
VARIABLES = {
    "FORECAST_HOSTS": "hosts",
    "FORECAST_ORIGINS": "origins",
    "FORECAST_UPLOAD_MB": "upload_megabytes",
    "FORECAST_SESSION_UPLOAD_MB": "session_upload_megabytes",
    "FORECAST_PERSON_UPLOAD_MB": "person_upload_megabytes",
    "FORECAST_SERVER_UPLOAD_MB": "server_upload_megabytes",
    "FORECAST_UPLOAD_SECONDS": "upload_seconds",
    "FORECAST_SESSIONS": "sessions",
    "FORECAST_SESSIONS_PER_PERSON": "sessions_per_person",
    "FORECAST_SESSIONS_PER_ADDRESS": "sessions_per_address",
    "FORECAST_MESSAGE_KB": "message_kilobytes",
    "FORECAST_MESSAGES_PER_SECOND": "messages_per_second",
    "FORECAST_ADDRESS_MESSAGES_PER_SECOND": "address_messages_per_second",
    "FORECAST_METRICS": "metrics",
    "FORECAST_SINGLE_USER": "single_user",
    "FORECAST_SIGN_IN": "sign_in",
}


@dataclass(frozen=True)
class ServerLimits:
    """The limits of the server; each number is whole and at least 1.

    Attributes:
        hosts: names besides its own that the server answers to, in small letters; "*" for any.
        origins: addresses besides its own whose pages may talk to it, such as "https://a.org".
        upload_megabytes: of one file.
        session_upload_megabytes: of files at once in memory, of one tab of a browser.
        person_upload_megabytes: of one person, in all tabs.
        server_upload_megabytes: of everybody.
        upload_seconds: that one upload may take.
        sessions: open at once.
        sessions_per_person: of them of one person, told by the cookie.
        sessions_per_address: of them from one network address.
        message_kilobytes: of one message of a browser.
        messages_per_second: of one person, in the long run; more are held back, none is lost.
        address_messages_per_second: of all sessions from one network address.
        metrics: whether `/_stcore/metrics` answers this machine.
        single_user: whether everybody is the same person.
        sign_in: whether every screen asks to sign in first.

    Raises:
        SettingError: a number lies outside its range, or limits contradict one another.
    """

    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    upload_megabytes: int = 50
    session_upload_megabytes: int = 100
    person_upload_megabytes: int = 200
    server_upload_megabytes: int = 1000
    upload_seconds: int = 300
    sessions: int = 500
    sessions_per_person: int = 20
    sessions_per_address: int = 100
    message_kilobytes: int = 1024
    messages_per_second: int = 20
    address_messages_per_second: int = 200
    metrics: bool = False
    single_user: bool = False
    sign_in: bool = False

    def __post_init__(self) -> None:
        for one in fields(self):
            if one.type is int:
                whole_number(one.name, getattr(self, one.name))
        for origin in self.origins:
            if not origin.startswith(("http://", "https://")) or origin.count("/") != 2:
                raise SettingError(
                    "`FORECAST_ORIGINS` must hold addresses with their scheme and without a path, "
                    f"such as https://forecast.example.org; got {origin[:80]!r}."
                )
        if self.session_upload_megabytes < self.upload_megabytes:
            raise SettingError(
                "`FORECAST_SESSION_UPLOAD_MB` must have room for one file of "
                f"`FORECAST_UPLOAD_MB`; got {self.session_upload_megabytes} for "
                f"{self.upload_megabytes}. Raise it, or lower the other."
            )

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "ServerLimits":
        """Return the limits that an environment sets, the usual ones for the rest.

        Raises:
            SettingError: a variable holds what it cannot.
        """
        kinds = {one.name: one.type for one in fields(cls)}
        given: dict[str, Any] = {}
        for variable, name in VARIABLES.items():
            text = environment.get(variable, "").strip()
            if text:
                given[name] = _value(variable, text, kinds[name])
        try:
            return cls(**given)
        except SettingError as error:
            names = ", ".join(one for one, name in VARIABLES.items() if name in given)
            raise SettingError(f"{error} Set by: {names}.") from error


def _value(variable: str, text: str, kind: object) -> object:
    if kind is int:
        try:
            return int(text)
        except ValueError as error:
            raise _wrong(variable, text, "a whole number") from error
    if kind is bool:
        if text.lower() not in YES + NO:
            raise _wrong(variable, text, "1 or 0")
        return text.lower() in YES
    words = (one.strip().lower().rstrip("/") for one in text.split(","))
    return tuple(one for one in words if one)


def _wrong(variable: str, text: str, wanted: str) -> SettingError:
    return SettingError(
        f"The variable `{variable}` must hold {wanted}; got {text[:40]!r}. Mend it, or unset it "
        "for the usual limit."
    )


@cache
def limits() -> ServerLimits:
    """Return the limits of this server; the first call reads them.

    Raises:
        SettingError: a variable of the environment holds what it cannot.
    """
    return ServerLimits.of(os.environ)
