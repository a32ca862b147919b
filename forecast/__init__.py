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
    from forecast.batch.api import batch
    from forecast.data.export import write_csv, write_parquet
    from forecast.data.limits import Limits
    from forecast.data.readers import doctor, read_csv, read_parquet
    from forecast.data.repairs import Repairs
    from forecast.data.resampling import resample
    from forecast.data.samples import load_sample, samples
    from forecast.data.weather import fetch_weather
    from forecast.data.yahoo import fetch_yahoo
    from forecast.evaluation.backtest import backtest
    from forecast.evaluation.backtest_result import Backtest
    from forecast.evaluation.compare import compare
    from forecast.evaluation.comparison import Comparison
    from forecast.insight.effective_memory import effective_memory
    from forecast.insight.findings import gradient_findings
    from forecast.insight.flow import gradient_flow
    from forecast.insight.influence import influence
    from forecast.insight.jacobian import jacobian
    from forecast.insight.recorded import gradient_history
    from forecast.insight.states import hidden_states
    from forecast.layers.callbacks import Callback, EarlyStopping, History
    from forecast.layers.cells import gru_cell, lstm_cell, rnn_cell
    from forecast.layers.core import Dense, Dropout, Masking, RepeatVector
    from forecast.layers.optimizers import SGD, Adam, RMSprop
    from forecast.layers.recording import RecordGradients
    from forecast.layers.recurrent import GRU, LSTM, SimpleRNN
    from forecast.layers.sequences import pad_sequences
    from forecast.layers.sequential import Sequential
    from forecast.layers.wrappers import Bidirectional, TimeDistributed
    from forecast.models.baselines import Drift, Mean, Naive, SeasonalNaive
    from forecast.models.classical import AutoETS, AutoTheta
    from forecast.models.forecaster import Forecaster
    from forecast.models.presets import preset
    from forecast.storage.keras_exchange import from_keras, to_keras
    from forecast.storage.onnx_export import to_onnx
    from forecast.storage.run_store import RunStore

__version__ = "0.1.0"

_HOMES = {
    "Adam": "forecast.layers.optimizers",
    "AutoETS": "forecast.models.classical",
    "AutoTheta": "forecast.models.classical",
    "Backtest": "forecast.evaluation.backtest_result",
    "Bidirectional": "forecast.layers.wrappers",
    "Callback": "forecast.layers.callbacks",
    "Comparison": "forecast.evaluation.comparison",
    "Dense": "forecast.layers.core",
    "Drift": "forecast.models.baselines",
    "Dropout": "forecast.layers.core",
    "EarlyStopping": "forecast.layers.callbacks",
    "Forecaster": "forecast.models.forecaster",
    "GRU": "forecast.layers.recurrent",
    "History": "forecast.layers.callbacks",
    "LSTM": "forecast.layers.recurrent",
    "Limits": "forecast.data.limits",
    "Masking": "forecast.layers.core",
    "Mean": "forecast.models.baselines",
    "Naive": "forecast.models.baselines",
    "RMSprop": "forecast.layers.optimizers",
    "RecordGradients": "forecast.layers.recording",
    "RepeatVector": "forecast.layers.core",
    "Repairs": "forecast.data.repairs",
    "RunStore": "forecast.storage.run_store",
    "SGD": "forecast.layers.optimizers",
    "SeasonalNaive": "forecast.models.baselines",
    "Sequential": "forecast.layers.sequential",
    "SimpleRNN": "forecast.layers.recurrent",
    "TimeDistributed": "forecast.layers.wrappers",
    "backtest": "forecast.evaluation.backtest",
    "batch": "forecast.batch.api",
    "compare": "forecast.evaluation.compare",
    "doctor": "forecast.data.readers",
    "effective_memory": "forecast.insight.effective_memory",
    "fetch_weather": "forecast.data.weather",
    "fetch_yahoo": "forecast.data.yahoo",
    "from_keras": "forecast.storage.keras_exchange",
    "gradient_findings": "forecast.insight.findings",
    "gradient_flow": "forecast.insight.flow",
    "gradient_history": "forecast.insight.recorded",
    "gru_cell": "forecast.layers.cells",
    "hidden_states": "forecast.insight.states",
    "influence": "forecast.insight.influence",
    "jacobian": "forecast.insight.jacobian",
    "load_sample": "forecast.data.samples",
    "lstm_cell": "forecast.layers.cells",
    "pad_sequences": "forecast.layers.sequences",
    "preset": "forecast.models.presets",
    "read_csv": "forecast.data.readers",
    "read_parquet": "forecast.data.readers",
    "resample": "forecast.data.resampling",
    "rnn_cell": "forecast.layers.cells",
    "samples": "forecast.data.samples",
    "to_keras": "forecast.storage.keras_exchange",
    "to_onnx": "forecast.storage.onnx_export",
    "write_csv": "forecast.data.export",
    "write_parquet": "forecast.data.export",
}

__all__ = [
    "GRU",
    "LSTM",
    "SGD",
    "Adam",
    "AutoETS",
    "AutoTheta",
    "Backtest",
    "Bidirectional",
    "Callback",
    "Comparison",
    "Dense",
    "Drift",
    "Dropout",
    "EarlyStopping",
    "Forecaster",
    "History",
    "Limits",
    "Masking",
    "Mean",
    "Naive",
    "RMSprop",
    "RecordGradients",
    "Repairs",
    "RepeatVector",
    "RunStore",
    "SeasonalNaive",
    "Sequential",
    "SimpleRNN",
    "TimeDistributed",
    "backtest",
    "batch",
    "compare",
    "doctor",
    "effective_memory",
    "fetch_weather",
    "fetch_yahoo",
    "from_keras",
    "gradient_findings",
    "gradient_flow",
    "gradient_history",
    "gru_cell",
    "hidden_states",
    "influence",
    "jacobian",
    "load_sample",
    "lstm_cell",
    "pad_sequences",
    "preset",
    "read_csv",
    "read_parquet",
    "resample",
    "rnn_cell",
    "samples",
    "to_keras",
    "to_onnx",
    "write_csv",
    "write_parquet",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'forecast' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
