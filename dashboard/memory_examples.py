"""What the Memory screen offers where nothing is trained: weather, and a planted memory."""

from dashboard.finished_run import SEATTLE, Example
from dashboard.series_choice import SAMPLE
from forecast.data.planted import COLUMNS, EXAMPLE
from forecast.evaluation.compare import CELLS

EXAMPLES = (
    Example(
        "Try it: Seattle temperatures",
        SEATTLE.source,
        SEATTLE.target,
        tuple(CELLS),
        {**SEATTLE.settings, "timesteps": 60, "horizon": 7},
    ),
    Example(
        f"Try it: copy the value of {EXAMPLE.lag} rows before",
        f"{SAMPLE}{EXAMPLE.name}",
        COLUMNS[0],
        tuple(CELLS),
        {**EXAMPLE.settings, "record_gradients": True},
    ),
)
