"""The program with this package, on arrays as the peers' programs.

FORECAST_CACHE_DIR says where compiled kernels are kept; the argument how many threads to take.
"""

import sys

import numpy as np

from benchmarks.cold.windows import BATCH, EPOCHS, UNITS, windows
from forecast.kernels.engine import chosen_engine, kernels_of
from forecast.nn.dense import Dense
from forecast.nn.fused import runner
from forecast.nn.recurrent import Recurrent
from forecast.nn.stack import recurrent_network
from forecast.training.examples import ArrayExamples
from forecast.training.settings import TrainingSettings
from forecast.training.trainer import streams, train

x, y, last = windows()
engine = chosen_engine("numba", "float32", kernels_of("gru"))
layer = Recurrent("gru", UNITS, engine=engine)
network = recurrent_network((layer,), Dense(1), dropout=None, input_dim=1)
settings = TrainingSettings(epochs=EPOCHS, batch_size=BATCH, patience=None)
trained = train(
    network,
    network.init(np.random.default_rng(0)),
    ArrayExamples(x, y),
    settings,
    random=streams(0),
    threads=int(sys.argv[1]),
)
print(runner(network, trained.parameters)(last))
