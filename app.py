"""The server: `streamlit run app.py`."""

import streamlit as st

from dashboard.gate import MIDDLEWARE, ROUTES
from dashboard.lifecycle import lifespan

app = st.App("dashboard/main.py", lifespan=lifespan, middleware=MIDDLEWARE, routes=ROUTES)
