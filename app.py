"""The server: `streamlit run app.py`."""

import streamlit as st

from dashboard.lifecycle import lifespan

app = st.App("dashboard/main.py", lifespan=lifespan)
