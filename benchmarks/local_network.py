"""The network of the M4 organisers' own recurrent benchmark, and how it is trained.

A SimpleRNN of 6 units with a linear activation, one linear output, windows of 3 rows, RMSprop, 100
epochs of single windows, forecasts fed back. Nothing large may be imported here: the programs of
peers read it too.

Source: Makridakis, Spiliotis and Assimakopoulos (2020), "The M4 competition: 100,000 time series
and 61 forecasting methods", and the organisers' published code.
"""

TIMESTEPS, UNITS, ACTIVATION = 3, 6, "linear"
EPOCHS, BATCH, LEARNING_RATE = 100, 1, 1e-3
