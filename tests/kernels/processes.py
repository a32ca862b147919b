"""Processes of their own for tests of the cache: what they compile and say is nobody else's."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

# A fit of the smallest network, and what came of it. `told` are arguments of the forecaster.
FIT = """
import hashlib, json, sys, warnings
import numpy as np
import forecast as fc
from forecast.errors import ForecastError

told, fits = json.loads(sys.argv[1]), []
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    for _ in range(2):
        model = fc.Forecaster("simple_rnn", timesteps=6, hidden_units=5, epochs=2, **told)
        error = None
        try:
            model.fit(np.sin(np.arange(80.0)))
        except ForecastError as refused:
            error = f"{type(refused).__name__}: {refused}"
        fits.append(error or model.engine_)
weights = None if error else model.learned().parameters.flat
print(json.dumps({
    "fits": fits,
    "weights": None if error else hashlib.sha256(weights.tobytes()).hexdigest(),
    "numba": "numba" in sys.modules,
    "said": [[type(one.message).__name__, str(one.message)] for one in said],
}))
"""

# How far a compiled layer and NumPy's are apart, and the name of the kernels' folder.
LAYER = """
import json
import numpy as np
from forecast.kernels import library
from forecast.nn.recurrent import Recurrent

generator, results = np.random.default_rng(0), []
weights = Recurrent("gru", 65).init(generator, 3)
weights = {name: array.astype(np.float32) for name, array in weights.items()}
x = generator.uniform(-1, 1, (13, 5, 3)).astype(np.float32)
for engine in ("numba", "numpy"):
    layer = Recurrent("gru", 65, True, engine=engine)
    ahead = layer.forward(weights, x)
    back = layer.backward(weights, ahead.cache, np.ones_like(ahead.outputs))
    results.append([ahead.outputs, back.d_x, *back.gradients.values()])
apart = [float(np.abs(a - b).max() / np.abs(b).max()) for a, b in zip(*results)]
print(json.dumps([apart, library.key()]))
"""


class Process:
    """A process of Python under way, with a cache of its own.

    Args:
        code: to run.
        argument: for its `sys.argv[1]`, as JSON.
        cache: its folder for kernels.
        path: folders to import from, first to last; the package itself where there are none.
        environment: variables besides.
    """

    def __init__(self, code, argument, *, cache, path=(ROOT,), **environment):
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("FORECAST_", "NUMBA_"))}
        paths = os.pathsep.join(map(str, path))
        more = {"FORECAST_CACHE_DIR": str(cache), "PYTHONPATH": paths, **environment}
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", code, json.dumps(argument)],
            env=kept | more,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def told(self, timeout=100):
        """Wait for its end; return what it printed, from JSON."""
        try:
            out, err = self._process.communicate(timeout=timeout)
        except BaseException:
            self._process.kill()
            self._process.communicate()
            raise
        assert self._process.returncode == 0, err
        return json.loads(out)


def fit(cache, *, path=(ROOT,), environment=(), **told):
    """Fit twice in a process of its own; return what it says."""
    return Process(FIT, told, cache=cache, path=path, **dict(environment)).told()


def stub_of(folder, *packages):
    """Make packages that cannot be imported; return the folder to import from first."""
    for package in packages:
        (folder / package).mkdir(parents=True)
        text = f'raise ImportError("{package} is not here")\n'
        (folder / package / "__init__.py").write_text(text, encoding="utf-8")
    return folder
