"""The program with Keras: python -m benchmarks.cold.keras_program JIT STEPS_AT_ONCE.

Keras imports the other frameworks where it finds them; they are hidden, as if not installed.
"""

import os
import sys

for other in {"tensorflow", "jax", "torch"} - {os.environ["KERAS_BACKEND"]}:
    sys.modules[other] = None  # type: ignore[assignment]  # None makes its import fail

import keras  # noqa: E402  (the others are hidden first)

from benchmarks.cold.windows import (  # noqa: E402  (after Keras, as above)
    BATCH,
    EPOCHS,
    TIMESTEPS,
    UNITS,
    windows,
)

jit, steps = sys.argv[1] == "jit", int(sys.argv[2])
x, y, last = windows()
model = keras.Sequential(
    [keras.layers.Input((TIMESTEPS, 1)), keras.layers.GRU(UNITS), keras.layers.Dense(1)]
)
model.compile(
    optimizer=keras.optimizers.Adam(1e-3), loss="mse", jit_compile=jit, steps_per_execution=steps
)
model.fit(x, y, batch_size=BATCH, epochs=EPOCHS, verbose=0)
print(model.predict_on_batch(last))
