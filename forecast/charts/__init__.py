"""Tables in, Plotly figures out; Plotly is imported at the first figure."""
