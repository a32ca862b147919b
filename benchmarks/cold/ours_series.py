"""The program as a person would write it: a pandas Series in, a table out.

FORECAST_CACHE_DIR says where compiled kernels are kept.
"""

import pandas as pd

import forecast as fc
from benchmarks.cold.windows import EPOCHS, TIMESTEPS, UNITS, series

values = series()
y = pd.Series(values, index=pd.date_range("2020-01-01", periods=len(values), freq="D"))
model = fc.Forecaster(
    "gru",
    timesteps=TIMESTEPS,
    hidden_units=UNITS,
    epochs=EPOCHS,
    patience=None,
    validation=0,
    calibration=0,
)
print(model.fit(y).predict())
