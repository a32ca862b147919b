"""The worked examples of docs/forms.md run, and hold what they assert."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "forms.md"


def test_every_example_of_the_page_runs() -> None:
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.S)
    headings = re.findall(r"^## ", PAGE.read_text(encoding="utf-8"), flags=re.M)
    assert len(blocks) == len(headings) + 1 == 8
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, str(PAGE), "exec"), names)
