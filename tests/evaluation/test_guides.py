"""The examples of the guides run, and hold what they assert."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize(
    ("page", "blocks"),
    [
        ("forecasting.md", 9),
        ("backtests.md", 4),
        ("data.md", 9),
        ("panels.md", 7),
        ("batch.md", 3),
        ("memory.md", 10),
    ],
)
def test_every_example_of_the_page_runs(page: str, blocks: int) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    found = re.findall(r"```python\n(.*?)```", text, flags=re.S)
    assert len(found) == blocks
    for block in re.findall(r"```python network\n(.*?)```", text, flags=re.S):
        compile(block, page, "exec")  # asks a source on the network; see tests/net
    names: dict[str, object] = {}
    for block in found:
        exec(compile(block, page, "exec"), names)
