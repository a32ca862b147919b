"""How many sessions may be open at once: on the server, of one person, from one address."""

from collections import Counter

from dashboard.gate.asking import PERSON, WEBSOCKET, App, Receive, Scope, Send, address, refuse
from dashboard.limits import ServerLimits, limits


class BoundedSessions:
    """Refuses a WebSocket where too many are open."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.limits: ServerLimits = limits()
        self.open: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a session that has a place, and keep the place for it."""
        if scope["type"] != WEBSOCKET:
            await self.app(scope, receive, send)
            return
        places = self._places(scope)
        for place, (most, text) in places.items():
            if self.open[place] >= most:
                await refuse(scope, send, 503, text)
                return
        self.open.update(places.keys())
        try:
            await self.app(scope, receive, send)
        finally:
            self.open.subtract(places.keys())
            self.open = +self.open  # without those at zero

    def _places(self, scope: Scope) -> dict[str, tuple[int, str]]:
        """Return what a session takes a place of, how many there are, and what to say of none."""
        busy = "This server is full. Try again in a minute."
        yours = "Too many tabs are open here already. Close one, then load this page again."
        places = {"": (self.limits.sessions, busy)}
        if scope.get(PERSON) is not None and not self.limits.single_user:
            places[f"person {scope[PERSON]}"] = (self.limits.sessions_per_person, yours)
        places[f"address {address(scope)}"] = (self.limits.sessions_per_address, yours)
        return places
