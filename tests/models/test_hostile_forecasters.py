"""Saved forecasters whose settings, numbers or arrays are absurd are refused in words."""

import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import forecast as fc
from forecast.errors import ArchiveError, SettingError
from forecast.models.restored_rows import ZONE
from tests.raw_models import apart, changed, forecaster

HUGE = 10**9
DIGITS = 10**90
ABSURD = (None, True, -1, HUGE, DIGITS, 1e308, "../../x", "x" * 20_000, [[]], {"": 1})


def load(path: Path, content: bytes) -> fc.Forecaster:
    path.write_bytes(content)
    return fc.Forecaster.load(path)


def refused(path: Path, content: bytes, match: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(ArchiveError, match=match) as caught:
            load(path, content)
        assert tracemalloc.get_traced_memory()[1] < 20 * 2**20
    finally:
        tracemalloc.stop()
    assert len(str(caught.value)) < 900


def put(header: Any, where: tuple[str | int, ...], value: object) -> None:
    *outer, last = where
    for name in outer:
        header = header[name]
    header[last] = value


SETTINGS = {
    "hidden_units": (HUGE, 1e9, 0, -4, True, "4", DIGITS),
    "layers": (HUGE, DIGITS, 2, True),
    "timesteps": (HUGE, 10**7, True, 0),
    "horizon": (HUGE, DIGITS, 1, 2.0),
    "epochs": (True, 0, -1, 1e3, "many"),
    "batch_size": (True, 0),
    "learning_rate": (0, -1e-3, "1e-3", True, DIGITS * DIGITS),
    "seed": (-1, True, 1.5),
    "seeds": (0, True),
    "threads": (0, True, "all"),
    "cell": ("transformer", None, 3, ["gru"]),
    "activation": (["tanh"], "__class__"),
    "optimizer": ("__import__", {"name": "adam"}, {"name": "sgd", "lambda": 1}, 3),
    "quantiles": ("0.5", [0.5, 0.5], [True], 0.5),
    "future_covariates": ("rain", [1], [["rain"]], {"rain": 1}),
    "calendar": (["year"], "hour"),
    "frequency": ("../D", "0D", 5, "D" * 10**5),
    "validation": (1, -0.1, True),
    "refit": (1, "no"),
    "dtype": ("float16", "float64", "O"),
    "engine": ("cuda",),
    "scaling": ("standard", "eval"),
    "loss": ("quantile", "student_t", "x"),
    "reset_after": (False, 1, None),
    "dilations": ([25], [HUGE], [DIGITS], "2"),
    "seasonal_lags": ([HUGE], [DIGITS], [2, 1]),
    "season": (DIGITS, 1, "12"),
    "transform": ("log",),
    "unknown": (1,),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_is_checked_like_a_persons(name: str, tmp_path: Path) -> None:
    for value in SETTINGS[name]:
        content = changed(forecaster(), header=lambda h, v=value: put(h, ("settings", name), v))
        refused(tmp_path / "m", content, "not a complete forecaster|nor fits|digits")


def test_steps_that_no_row_speaks_for_are_refused(tmp_path: Path) -> None:
    def recursive(header: Any) -> None:
        header["settings"] |= {"strategy": "recursive", "horizon": HUGE}

    def one_step(arrays: dict[str, Any]) -> None:
        for name in ("kernel", "bias"):
            arrays[f"weights/head/{name}"] = arrays[f"weights/head/{name}"][..., :1]
        arrays["scores"] = np.empty((0, HUGE))

    content = changed(forecaster(), header=recursive, arrays=one_step)
    refused(tmp_path / "m", content, "`horizon` must be a whole number from 1 to 1000000")


HEADER = [
    (("seconds",), (-1, "1")),
    (("engine",), ("auto", "/bin/sh")),
    (("refitted",), (0,)),
    (("updated",), (-1, True)),
    (("members",), ([], {}, 5)),
    (("members", 0, "best_epoch"), (-1, 3, True)),
    (("members", 0, "stopped_by"), ("os.system",)),
    (("members", 0, "history", 0, 0), (0, -1, True, None)),
    (("members", 0, "history", 0, 1), ("0", True)),
    (("members", 0, "history", 0), ([1, 0.5], [1] + [0.5] * 6, [1] + [0.5] * 8, 5)),
    (("recipe", "ids"), ([], ["a", "b"], [["a"]], [1.5], ["x" * 10**5])),
    (("recipe", "columns"), (["rain"], [1])),
    (("recipe", "scaling"), ("none", None)),
    (("recipe", "usual"), ({}, {"logarithms": -1, "relative": 0}, [0, 0])),
    (("recipe", "seasons"), ([{}], {})),
    (("recipe", "categories"), (None, [["kind", ["a"]]])),
    (("recipe", "covariates", "mean"), ([0.0],)),
    (("series", "name"), (None, 5)),
    (("series", "frequency"), ("step", "nonsense", 4)),
    (("series", "long"), (0,)),
    (("index",), (None, {"unit": "s"}, {"unit": "W", "zone": None})),
    (
        ("index", "zone"),
        ("Nowhere/Land", "Europe", "../../etc/passwd", "/etc/localtime", "dateutil//etc/localtime",
         "dateutil/UTC", "Europe/../UTC", "Europe\\..\\UTC", "UTC\0", "%252e%252e/UTC", "", 5),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("where", "values"), HEADER, ids=lambda value: str(value)[:40])
def test_what_the_header_says_is_checked(
    where: tuple[str | int, ...], values: tuple[object, ...], tmp_path: Path
) -> None:
    for value in values:
        content = changed(forecaster(), header=lambda h, v=value: put(h, where, v))
        refused(tmp_path / "m", content, "not a complete forecaster")


ARRAYS = {
    "NaN weight": ("weights/head/bias", lambda a: a * np.float32("nan"), "NaN or infinity"),
    "infinite weight": ("weights/head/kernel", lambda a: a + np.float32("inf"), "NaN or infinity"),
    "parts that fall": ("splits", lambda a: a[:, ::-1].copy(), "must rise from part to part"),
    "parts before 0": ("splits", lambda a: a - HUGE, "must rise from part to part"),
    "parts beyond": ("splits", lambda a: a + 2**60, "must rise from part to part"),
    "parts of another": ("splits", lambda a: np.concatenate((a, a)), "of shape"),
    "no spread": ("recipe/spread", lambda a: a * 0, "`spread` must be above 0"),
    "NaN spread": ("recipe/spread", lambda a: a * np.nan, "NaN or infinity"),
    "logs as numbers": ("recipe/logs", lambda a: a.astype("f8"), "must be bool"),
    "NaN row": ("tail/values", lambda a: a * np.nan, "NaN or infinity"),
    "double weight": ("weights/head/bias", lambda a: a.astype("f8"), "must be float32 of shape"),
    "whole weight": ("weights/head/bias", lambda a: a.astype("i4"), "got int32"),
    "turned weight": ("weights/head/kernel", lambda a: a.T[:1], "of shape"),
    "one more axis": ("weights/head/bias", lambda a: a[None], "of shape"),
    "fewer rows": ("tail/values", lambda a: a[1:], "of shape"),
    "unobserved": ("tail/observed", lambda a: a[1:], "of shape"),
    "numbers for truths": ("tail/observed", lambda a: a.astype("f8"), "must be bool"),
    "time stands still": ("tail/index", lambda a: a * 0, "must rise"),
    "time out of range": ("tail/index", lambda a: a * 0 + np.arange(4) + 2**62, "beyond the years"),
    "not a time": ("tail/index", lambda a: np.arange(4) - 2**62 - 2**62, "beyond the years"),
    "negative rows": ("tail/offsets", lambda a: -a, "`offsets` must rise"),
    "rows elsewhere": ("tail/offsets", lambda a: a + 2**62, "`offsets` must rise"),
    "short offsets": ("tail/offsets", lambda a: a.astype("i4"), "must be int64"),
    "scores": ("scores", lambda a: a[:, :1], "scores"),
    "a surplus": ("weights/../../x", lambda _: np.zeros(1), "weights/../../x.*nothing here knows"),
    "a hidden one": ("__class__", lambda _: np.zeros(1), "__class__.*nothing here knows"),
}  # fmt: skip


@pytest.mark.parametrize("name", ARRAYS)
def test_an_array_that_does_not_fit_the_settings_is_refused(name: str, tmp_path: Path) -> None:
    array, change, said = ARRAYS[name]
    content = changed(forecaster(), arrays=lambda a: a.update({array: change(a.get(array))}))
    refused(tmp_path / "m", content, said)


@pytest.mark.parametrize("number", [-(2**63), 1 - 2**63, 2**63 - 10])
def test_nanoseconds_that_no_zone_could_show_are_refused(number: int, tmp_path: Path) -> None:
    content = changed(
        forecaster(),
        header=lambda h: put(h, ("index", "unit"), "ns"),
        arrays=lambda a: a.update({"tail/index": number + np.arange(4)}),
    )
    refused(tmp_path / "m", content, "beyond the years 1678 to 2261|must rise")


def test_a_missing_array_is_named(tmp_path: Path) -> None:
    for array in (name for name in apart(forecaster("panel")).table if "/" in name):
        content = changed(forecaster("panel"), arrays=lambda a, one=array: a.pop(one))
        refused(tmp_path / "m", content, f"lacks {array!r}")


def places(said: Any, above: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield where anything stands in a header."""
    pairs = said.items() if isinstance(said, dict) else enumerate(said)
    for name, inner in pairs:
        yield (*above, name)
        if isinstance(inner, dict | list) and inner:
            yield from places(inner, (*above, name))


@pytest.mark.filterwarnings("ignore::FutureWarning")  # of pandas, of old names of frequencies
@pytest.mark.parametrize("kind", ["plain", "panel"])
def test_anything_absurd_anywhere_is_refused_or_harmless(kind: str, tmp_path: Path) -> None:
    raw = apart(forecaster(kind))
    header = raw.said["header"]
    if kind == "panel":
        del header["settings"]  # as plain ones
    # One of the entries of a list stands for all.
    alike = {tuple(0 if isinstance(one, int) else one for one in at): at for at in places(header)}
    for place in alike.values():
        for value in ABSURD:
            try:
                model = load(
                    tmp_path / "m",
                    changed(forecaster(kind), header=lambda h, p=place, v=value: put(h, p, v)),
                )
            except ArchiveError:
                continue
            assert all(np.isfinite(one.parameters.flat).all() for one in model.learned().members)


def test_names_of_zones_that_are_written_are_read() -> None:
    names = "UTC Europe/Berlin America/Argentina/Buenos_Aires Etc/GMT+5 EST5EDT +05:30 -03:00"
    for name in f"{names} America/Port-au-Prince UTC+02:00 tzlocal()".split():
        assert ZONE.fullmatch(name), name


def test_a_model_with_NaN_weights_is_not_saved(tmp_path: Path) -> None:  # noqa: N802
    model = load(tmp_path / "m", forecaster())
    model.learned().parameters["head/bias"][0] = np.nan
    with pytest.raises(ArchiveError, match=r"'head/bias' of network 1 hold NaN.*learning_rate"):
        model.save(tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_an_optimizer_is_checked_like_a_persons(tmp_path: Path) -> None:
    sgd = {"name": "sgd", "momentum": 0.9, "nesterov": "yes", "rho": 0.9, "beta_1": 0.9,
           "beta_2": 0.999, "epsilon": 1e-7}  # fmt: skip
    for wrong in (sgd, sgd | {"nesterov": True, "momentum": 1}):
        content = changed(
            forecaster(), header=lambda h, v=wrong: put(h, ("settings", "optimizer"), v)
        )
        refused(tmp_path / "m", content, "nesterov|momentum")


def test_a_person_hears_the_same_of_a_setting() -> None:
    with pytest.raises(SettingError, match="`epochs` must be a whole number"):
        fc.Forecaster(epochs=True)
