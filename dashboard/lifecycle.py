"""What the server does when it starts and when it ends."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from streamlit import config

from dashboard.identity import load_key
from dashboard.limits import limits
from dashboard.training import close_service, service


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Warm the workers up while the first visitor is still on the way; end them with the server."""
    # The widget for files tells its limit to the browser, which then sends no larger one.
    config.set_option("server.maxUploadSize", limits().upload_megabytes)
    load_key()
    service().start()
    gc.collect()
    gc.freeze()  # what is loaded now stays; the collector need not walk it on every pass
    yield
    await asyncio.to_thread(close_service)
