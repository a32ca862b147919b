"""Words that several findings share."""

from typing import Any

from forecast.evaluation.verdict import PairedTest


def compared(skill: float) -> str:
    """Return a skill, in percent, in words."""
    return f"{abs(skill):.1f} % {'better' if skill >= 0 else 'worse'}"


def too_few(model: str, rival: str, skill: float, test: PairedTest) -> str:
    """Say that a comparison with a rival has too few test windows."""
    return (
        f"Whether {model} is better than {rival} cannot be told yet: it came out "
        f"{compared(skill)}, but over only {test.windows} test windows that do not overlap."
    )


def late(lag: float) -> str:
    """Return a lag, in rows, in words."""
    return {0: "without delay", 1: "one step late"}.get(int(lag), f"{lag:.0f} steps late")


def row(label: Any) -> str:
    """Return a timestamp without an idle midnight, or a row's number."""
    return str(label).removesuffix(" 00:00:00")
