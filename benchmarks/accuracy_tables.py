"""accuracy.md from accuracy.json, and the published figures where they are at hand."""

from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.accuracy_sets import SETS
from benchmarks.formats import table
from benchmarks.store import write_whole

HELD_OUT, TEST = "last rows of the training part", "test part"
NETWORKS = {"simple_rnn": "SimpleRNN", "gru": "GRU", "lstm": "LSTM"}
ROWS = (*NETWORKS.values(), "Naive", "Naive2")
COLUMNS = ("sMAPE", "MASE", "OWA", "MAPE", "seconds")
OFFICIAL = {  # of the M4 competition: what the file calls a method, and what it is
    "118": "ES-RNN, the winner",
    "245": "FFORMA, the second",
    "Theta": "Theta",
    "Com": "Comb",
    "RNN": "the organisers' SimpleRNN",
    "Naive2": "Naive2",
}
ARCHIVE = ("Theta", "ETS", "DeepAR", "N-BEATS", "WaveNet")
AIMS = {"tourism_yearly": 21.4, "tourism_quarterly": 15.0, "tourism_monthly": 19.5}
M3, M3_AIM = ("m3_yearly", "m3_quarterly", "m3_monthly", "m3_other"), 12.8
M3_PUBLISHED = (("Theta", "13.01"), ("N-BEATS ensemble", "12.46"))
HEAD = """# Accuracy beside the competitions

Written by `python -m benchmarks.accuracy --data FOLDER`; every number of ours is from a run of it.
Each network is one global one of a set, with the preset of its frequency (`fc.preset`); the cells
differ in nothing else. Settings were chosen on the last rows of the training parts, as many as the
horizon, and on nothing later. Errors are counted as in the competitions: see
`benchmarks/accuracy_scores.py`. Seconds are those of fitting and forecasting. The data does not
come with the package.
"""
NO_TEST = (
    "The test part is not at hand: ours are scored on the last rows of the training part, the "
    "published figures are of the test part, so that only the distance to Naive2 compares."
)


def section_name(name: str, part: str) -> str:
    """Return what a set's results on a part are called."""
    return f"{name}, {part}"


def shown(record: dict[str, Any]) -> list[str]:
    """Return a record as the cells of a table."""
    digits = {"smape": 2, "mase": 3, "owa": 3, "mape": 2, "seconds": 0}
    return [
        record["model"],
        *(f"{record[key]:.{n}f}" if key in record else "–" for key, n in digits.items()),
    ]


def in_order(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return records in the order of the tables."""
    return sorted(records, key=lambda one: ROWS.index(one["model"]))


def published_rows(folder: Path, name: str) -> list[list[str]]:
    """Return the rows of published methods on a set; none where the files are missing."""
    one, official = SETS[name], folder / "m4_official_scores.csv"
    archive = folder / "monash_published.csv"
    if name.startswith("m4_") and official.exists():
        told = pd.read_csv(official).set_index("method_id")
        keys = [f"{error}_{one.published}" for error in ("sMAPE", "MASE", "OWA")]
        return [
            [f"{label} (published)", *map(_text, told.loc[method, keys], (2, 3, 3)), "–", "–"]
            for method, label in OFFICIAL.items()
            if method in told.index
        ]
    if not archive.exists():
        return []
    told = pd.read_csv(archive).query("dataset == @one.published").drop_duplicates("model")
    found = told.set_index("model")[["mean_smape", "mean_mase"]]
    return [
        [f"{model} (published)", *map(_text, found.loc[model], (2, 3)), "–", "–", "–"]
        for model in ARCHIVE
        if model in found.index
    ]


def _text(value: float, digits: int) -> str:
    return f"{value:.{digits}f}"


def set_text(name: str, part: str, section: dict[str, Any], published: Path) -> str:
    """Write one set."""
    on, one = section["machine"], SETS[name]
    rows = [shown(record) for record in in_order(section["records"])]
    beside = published_rows(published, name) if part == TEST or not one.test else []
    parts = [
        f"## {name.replace('_', ' ')}: {part}",
        f"{section['series']:,} series, {one.horizon} rows ahead, season {one.season}; measured on "
        f"{on['date']}: {on['processor']}, {on['cores']} cores.",
        *([NO_TEST] if not one.test else []),
        table([" ", *COLUMNS], rows + beside),
    ]
    return "\n\n".join(parts) + "\n"


def m3_means(sections: dict[str, Any], model: str, part: str) -> tuple[float, float] | None:
    """Return a model's sMAPE over all series of M3, and over all rows ahead; None where unknown."""
    total, count, rows, row_total = 0.0, 0, 0, 0.0
    for name in M3:
        section = sections.get(section_name(name, part), {"records": []})
        found = [one for one in section["records"] if one["model"] == model]
        if not found:
            return None
        many = section["series"]
        ahead = many * SETS[name].horizon
        total, count = total + many * found[0]["smape"], count + many
        row_total, rows = row_total + ahead * found[0]["by_row"], rows + ahead
    return total / count, row_total / rows


def m3_text(sections: dict[str, Any], part: str) -> str:
    """Write the means over M3; empty where a part of it is missing."""
    found = {model: m3_means(sections, model, part) for model in ROWS}
    rows = [
        [model, _text(means[0], 2), _text(means[1], 2)]
        for model, means in found.items()
        if means is not None
    ]
    if not rows:
        return ""
    if part == TEST:
        rows += [
            ["Theta (published)", "–", "13.01"],
            ["N-BEATS ensemble (published)", "–", "12.46"],
        ]
    count = sum(sections[section_name(name, part)]["series"] for name in M3)
    return (
        f"## M3, all {count:,} series: {part}\n\n"
        "Mean sMAPE, every series alike, and every row ahead alike, which is how the published "
        f"averages were made. Aim: at most {M3_AIM}.\n\n"
        + table([" ", "series alike", "rows ahead alike"], rows)
        + "\n"
    )


def render(folder: Path, sections: dict[str, Any], published: Path) -> str:
    """Write accuracy.md; return its text.

    Args:
        folder: to write to.
        sections: by `section_name`.
        published: folder of the published figures; may be missing.
    """
    texts = [HEAD]
    for part in (TEST, HELD_OUT):
        there = [name for name in SETS if section_name(name, part) in sections]
        for name in there:
            texts.append(set_text(name, part, sections[section_name(name, part)], published))
            if name == M3[-1] and (whole := m3_text(sections, part)):
                texts.append(whole)
    text = "\n".join(texts)
    write_whole(folder / "accuracy.md", text)
    return text
