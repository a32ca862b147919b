"""The plan of a run: everything its output depends on, written down before any work."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from forecast.batch.dialect import Dialect
from forecast.batch.folder import Folder
from forecast.batch.source import File, Input
from forecast.errors import BatchError
from forecast.files import write_whole
from forecast.models.restoring import settings_from
from forecast.models.settings import ForecasterSettings

FORMAT = 1
MOST_LAYERS = 10_000
# Compared by themselves, or made of what is compared.
FOLLOWING = {"source", "settings", "dialect", "pieces", "partitions", "model"}
SHOWN = 60  # letters of a value that an error repeats


class Plan(NamedTuple):
    """Everything the output of a run depends on.

    Attributes:
        version: of the package.
        source: the input.
        dialect: how it is written.
        pieces: that the input is cut into.
        partitions: that series fall into.
        partition_rows: that were asked for.
        settings: of each network, one a cell; of a model that was given, its own.
        horizon: rows ahead.
        levels: of intervals, in percent.
        least: rows that a series must have.
        sample: series that global networks learn from.
        model: path of a fitted model, or None.
        model_bytes: what its file holds, as a hash.
    """

    version: str
    source: Input
    dialect: Dialect
    pieces: int
    partitions: int
    partition_rows: int
    settings: tuple[ForecasterSettings, ...]
    horizon: int
    levels: tuple[float, ...]
    least: int
    sample: int
    model: str | None = None
    model_bytes: str | None = None

    @property
    def local(self) -> bool:
        """Whether each series has networks of its own."""
        return self.model is None and self.settings[0].local

    @property
    def learns(self) -> bool:
        """Whether global networks are fitted."""
        return self.model is None and not self.local

    def as_json(self) -> dict[str, Any]:
        """Return the plan as JSON holds it."""
        told = self._asdict() | {
            "format": FORMAT,
            "source": {
                "root": str(self.source.root),
                "kind": self.source.kind,
                "files": [list(file) for file in self.source.files],
            },
            "dialect": self.dialect._asdict(),
            "settings": [asdict(one) for one in self.settings],
        }
        return dict(json.loads(json.dumps(told)))


def text_of(plan: Plan) -> bytes:
    """Return the text of a plan's file."""
    return (json.dumps(plan.as_json(), indent=1) + "\n").encode()


def token_of(text: bytes) -> str:
    """Return a short name of a plan, by which a task knows that it is still meant."""
    return sha256(text).hexdigest()[:16]


def write_plan(folder: Folder, plan: Plan) -> str:
    """Write a plan and return its token."""
    text = text_of(plan)
    write_whole(folder.plan, text)
    return token_of(text)


def read_plan(folder: Folder) -> tuple[dict[str, Any], str]:
    """Return what the file of a plan says, and its token.

    Raises:
        BatchError: it is no plan.
    """
    text = folder.plan.read_bytes()
    try:
        told = json.loads(text)
        if not isinstance(told, dict) or told.get("format") != FORMAT:
            raise ValueError("it is of another format")
    except ValueError as error:
        raise BatchError(
            f"{folder.plan} is no plan of this version of the package ({error}). Choose another "
            "folder, or remove this one."
        ) from error
    return told, token_of(text)


def check_token(folder: Folder, token: str) -> None:
    """See that a folder still belongs to the run of a plan.

    Raises:
        BatchError: it was given to another run.
    """
    if not folder.plan.exists() or token_of(folder.plan.read_bytes()) != token:
        raise BatchError(f"{folder.root} was given to another run. Leave that one alone.")


@lru_cache(maxsize=4)
def plan_of(root: str, token: str) -> Plan:
    """Return the plan that a task belongs to.

    Raises:
        BatchError: the folder has another one by now.
    """
    folder = Folder(Path(root))
    check_token(folder, token)
    told, _ = read_plan(folder)
    told.pop("format")
    source, dialect = told["source"], told["dialect"]
    files = tuple(File(*one) for one in source["files"])
    lists = {name: tuple(dialect[name]) for name in ("numbers", "texts")}
    return Plan(
        **told
        | {
            "source": Input(Path(source["root"]), source["kind"], files),
            "dialect": Dialect(**dialect | lists),
            "settings": tuple(settings_from(one, MOST_LAYERS) for one in told["settings"]),
            "levels": tuple(told["levels"]),
        }
    )


def check_same(folder: Folder, begun: Mapping[str, Any], asked: Mapping[str, Any]) -> None:
    """See that a run is taken up again with what it was begun with.

    Args:
        folder: of the run.
        begun: what its plan says.
        asked: what the plan would say now.

    Raises:
        BatchError: they differ; the message says in what.
    """
    differing = [*_differing_input(begun["source"], asked["source"])]
    differing += [
        _changed(name, begun.get(name), asked[name])
        for name in asked.keys() - FOLLOWING
        if begun.get(name) != asked[name]
    ]
    cells = [[one.get("cell") for one in told["settings"]] for told in (begun, asked)]
    if cells[0] != cells[1]:
        differing.append(_changed("cell", *(", ".join(map(str, one)) for one in cells)))
    elif begun["settings"] != asked["settings"]:
        before, now = begun["settings"][0], asked["settings"][0]
        names = [name for name in {**before, **now} if before.get(name) != now.get(name)]
        differing += [_changed(name, before.get(name), now.get(name)) for name in sorted(names)]
    if not differing and begun["dialect"] != asked["dialect"]:
        differing.append("the columns that are read")
    if differing:
        listed = "; ".join(sorted(set(differing)))
        raise BatchError(
            f"The run in {folder.root} was begun otherwise: {listed}. Ask for the same to resume "
            "it, or write to another folder."
        )


def _differing_input(begun: Mapping[str, Any], asked: Mapping[str, Any]) -> list[str]:
    if begun["root"] != asked["root"]:
        return [_changed("input", begun["root"], asked["root"])]
    before = {one[0]: one[1:] for one in begun["files"]}
    now = {one[0]: one[1:] for one in asked["files"]}
    if before == now:
        return []
    names = sorted(before.keys() | now.keys())
    changed = [name for name in names if before.get(name) != now.get(name)]
    first = changed[0]
    what = "is new" if first not in before else "is gone" if first not in now else "has changed"
    more = f", and {len(changed) - 1} more files" if len(changed) > 1 else ""
    return [f"the input {first!r} {what}{more}"]


def _changed(name: str, before: object, now: object) -> str:
    return f"`{name}` was {_shown(before)} and is {_shown(now)} now"


def _shown(value: object) -> str:
    text = str(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
