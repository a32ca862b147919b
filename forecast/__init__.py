"""Recurrent networks on time series: train, compare, and say honestly what they are worth.

    import forecast as fc

    y = fc.load_sample("sp500")
    r = fc.compare(y, timesteps=24, hidden_units=32)
    print(r.verdict)

The public names are handed out at first use, so that importing the package costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forecast.data.readers import read_csv, read_parquet
    from forecast.data.samples import load_sample, samples
    from forecast.evaluation.compare import compare
    from forecast.evaluation.comparison import Comparison
    from forecast.models.baselines import Drift, Mean, Naive, SeasonalNaive
    from forecast.models.forecaster import Forecaster

__version__ = "0.1.0"

_HOMES = {
    "Comparison": "forecast.evaluation.comparison",
    "Drift": "forecast.models.baselines",
    "Forecaster": "forecast.models.forecaster",
    "Mean": "forecast.models.baselines",
    "Naive": "forecast.models.baselines",
    "SeasonalNaive": "forecast.models.baselines",
    "compare": "forecast.evaluation.compare",
    "load_sample": "forecast.data.samples",
    "read_csv": "forecast.data.readers",
    "read_parquet": "forecast.data.readers",
    "samples": "forecast.data.samples",
}

__all__ = [
    "Comparison",
    "Drift",
    "Forecaster",
    "Mean",
    "Naive",
    "SeasonalNaive",
    "compare",
    "load_sample",
    "read_csv",
    "read_parquet",
    "samples",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'forecast' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
