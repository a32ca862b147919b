"""The first screen: what this is, and the bundled series."""

import streamlit as st

import forecast as fc

st.title("Do recurrent networks beat repeating the last value?")
st.write(
    "Train SimpleRNN, GRU and LSTM on a time series, compare them side by side, and read an honest "
    "verdict."
)

table = fc.samples()
name = st.selectbox("Bundled series", table["name"])
if name is not None:
    sample = table.set_index("name").loc[name]
    y = fc.load_sample(name)
    if "unique_id" in y:
        y = y.pivot_table(index="ds", columns="unique_id", values="y")
    st.line_chart(y)
    facts = (f"{sample['rows']} rows", *sample[["frequency", "source", "licence"]])
    st.text(" · ".join(facts))
st.text("Compare the cells on it from a terminal:")
st.code(f"python -m forecast compare sample:{name}", language="bash")
