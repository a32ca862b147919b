"""What the server does when it starts and when it ends."""

import asyncio
import gc
import os
import socket
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from streamlit import config

from dashboard.identity import load_key
from dashboard.limits import limits
from dashboard.training import close_service, service

# How long a page's script may hold the interpreter while the server waits to answer another; with
# Python's 5 ms, ten busy scripts keep a short answer waiting for 50 ms and more.
SWITCH_SECONDS = 0.001
FILES = Path("/dev/fd")  # the open files of this process


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
    the first one's receipt. Connections inherit the option from the socket that listens. It is
    found among the open files; to ask the garbage collector for it breaks tuples that other threads
    are making. Where the system has no list of open files, such as on Windows, nothing is done.
    """
    numbers = [int(one.name) for one in FILES.iterdir()] if FILES.is_dir() else []
    return sum(_sends_at_once(number) for number in numbers)


def _sends_at_once(number: int) -> bool:
    """Set the option on an open file that is a listening socket; return whether it is one."""
    try:
        if not stat.S_ISSOCK(os.fstat(number).st_mode):
            return False
        with socket.socket(fileno=os.dup(number)) as one:  # the same socket under another number
            if one.family not in (socket.AF_INET, socket.AF_INET6):
                return False
            if not one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                return False
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return True
    except OSError:  # closed already
        return False
