"""What the server does when it starts and when it ends."""

import asyncio
import gc
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from streamlit import config

from dashboard.identity import load_key
from dashboard.limits import limits
from dashboard.training import close_service, service

# How long a page's script may hold the interpreter while the server waits to answer another; with
# Python's 5 ms, ten busy scripts keep a short answer waiting for 50 ms and more.
SWITCH_SECONDS = 0.001


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Warm the workers up while the first visitor is still on the way; end them with the server."""
    # The widget for files tells its limit to the browser, which then sends no larger one.
    config.set_option("server.maxUploadSize", limits().upload_megabytes)
    load_key()
    service().start()
    send_at_once()
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.collect()
    gc.freeze()  # what is loaded now stays; the collector need not walk it on every pass
    yield
    await asyncio.to_thread(close_service)


def send_at_once() -> int:
    """Let the server send small answers at once; return how many listening sockets there are.

    Streamlit 1.67 binds the server's socket without naming its protocol, so that asyncio does not
    take it for TCP and leaves Nagle's algorithm on: the second part of an answer waits 40 ms for
    the first one's receipt. Connections inherit the option from the socket that listens.
    """
    listening = [one for one in gc.get_objects() if type(one) is socket.socket and _listens(one)]
    for one in listening:
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return len(listening)


def _listens(one: socket.socket) -> bool:
    try:
        if one.family not in (socket.AF_INET, socket.AF_INET6):
            return False
        return bool(one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
    except OSError:  # closed already
        return False
