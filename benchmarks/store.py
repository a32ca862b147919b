"""Results on disk, a section at a time; what is rendered comes only from there."""

import json
from pathlib import Path
from typing import Any

NAME = "results.json"


def write_whole(path: Path, text: str) -> None:
    """Write a file under another name, and rename it."""
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def load(folder: Path, name: str = NAME) -> dict[str, Any]:
    """Return the sections measured so far, of the file of that name."""
    path = folder / name
    if not path.exists():
        return {}
    sections: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return sections


def keep(folder: Path, name: str, section: dict[str, Any], file: str = NAME) -> dict[str, Any]:
    """Replace one section of a file; return all of them."""
    folder.mkdir(parents=True, exist_ok=True)
    sections = load(folder, file) | {name: section}
    write_whole(folder / file, _lines(sections))
    return sections


def _lines(sections: dict[str, Any]) -> str:
    """Write JSON with one record a line, so that two versions can be compared."""
    parts = []
    for name, section in sections.items():
        rest = {key: value for key, value in section.items() if key != "records"}
        text = json.dumps(rest, ensure_ascii=False)
        if "records" in section:
            records = (json.dumps(record, ensure_ascii=False) for record in section["records"])
            text = text[:-1] + ', "records": [\n' + ",\n".join(records) + "\n]}"
        parts.append(f"{json.dumps(name)}: {text}")
    return "{\n" + ",\n".join(parts) + "\n}\n"
