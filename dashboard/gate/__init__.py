"""What every request passes before Streamlit sees it; the order is that of the list."""

from starlette.middleware import Middleware

from dashboard.gate.headers import SafeHeaders
from dashboard.gate.health import ROUTES
from dashboard.gate.messages import SafeMessages
from dashboard.gate.origin import KnownHost, SameOrigin
from dashboard.gate.paths import OpenPaths
from dashboard.gate.sessions import BoundedSessions
from dashboard.gate.uploads import BoundedBodies
from dashboard.gate.visitor import KnownVisitor
from dashboard.limits import limits
from dashboard.sign_in import check_sign_in
from forecast.errors import SettingError

try:
    limits()
    check_sign_in()
except SettingError as error:  # later, uvicorn would start and answer everybody with an error
    raise SystemExit(f"The dashboard does not start. {error}") from error
MIDDLEWARE = tuple(
    Middleware(one)
    for one in (
        SafeHeaders,
        KnownHost,
        OpenPaths,
        SameOrigin,
        KnownVisitor,
        BoundedBodies,
        BoundedSessions,
        SafeMessages,
    )
)

__all__ = ["MIDDLEWARE", "ROUTES"]
