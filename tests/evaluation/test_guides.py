"""The examples of docs/forecasting.md and docs/backtests.md run, and hold what they assert."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize(("page", "blocks"), [("forecasting.md", 9), ("backtests.md", 4)])
def test_every_example_of_the_page_runs(page: str, blocks: int) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    found = re.findall(r"```python\n(.*?)```", text, flags=re.S)
    assert len(found) == blocks
    names: dict[str, object] = {}
    for block in found:
        exec(compile(block, page, "exec"), names)
