"""The verdict of a comparison or a backtest: a few sentences on all of its networks."""

from collections.abc import Sequence

from forecast.evaluation.diagnosis import Evidence, best_baseline
from forecast.evaluation.findings import Finding
from forecast.evaluation.verdict import listed, summary
from forecast.models.baselines import is_simple


def verdict_of(evidence: Evidence, findings: Sequence[Finding]) -> str:
    """Say who beats repeating the last value, and what speaks against it.

    Args:
        evidence: on all models.
        findings: about the networks.
    """
    cells = [label for label, model in evidence.models.items() if not is_simple(model)]
    if not cells:
        return "No network was tested."
    rivals = evidence.rivals
    best, skills = best_baseline(evidence), {label: rivals[label].skill for label in cells}
    said = [summary(skills, {label: rivals[label].test for label in cells})]
    said += _leaks(_doubted(findings, "leakage", cells))
    said += _shadows(_doubted(findings, "naive shadow", cells))
    if best != "Naive" and rivals[best].skill > max(skills.values()):
        said.append(f"The simple forecast {best} errs least of all.")
    elif best != "Naive" and rivals[best].skill > 0 and _none_is_better(findings, cells):
        said.append(f"None is really better than the simple forecast {best}.")
    return " ".join(said)


def _none_is_better(findings: Sequence[Finding], cells: Sequence[str]) -> bool:
    return len(_doubted(findings, "best baseline", cells)) == len(cells)


def _doubted(findings: Sequence[Finding], check: str, cells: Sequence[str]) -> list[str]:
    found = {one.model for one in findings if one.check == check and one.concern}
    return [label for label in cells if label in found]


def _shadows(cells: list[str]) -> list[str]:
    if not cells:
        return []
    has, their = (
        ("has", "its forecast follows") if len(cells) == 1 else ("have", "their forecasts follow")
    )
    return [
        f"{listed(cells, 'and')} {has} learned to repeat the last value: {their} the series with "
        "a delay."
    ]


def _leaks(cells: list[str]) -> list[str]:
    if not cells:
        return []
    has, it = ("has", "it was") if len(cells) == 1 else ("have", "they were")
    return [f"Do not trust this: {listed(cells, 'and')} {has} seen rows {it} tested on."]
