"""A layer taken apart by the keyboard alone: cell, step, part, and the timing of the cells."""

import re

import pytest

from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

MOST_TABS = 60
FOCUSED = """() => {
    const one = document.activeElement;
    return one === document.body ? '' : one.getAttribute('aria-label') || one.innerText || '';
}"""


def tab_to(visitor: Visitor, name: str) -> None:
    """Press Tab until an element of that name has the focus."""
    for _ in range(MOST_TABS):
        if visitor.page.evaluate(FOCUSED).strip().startswith(name):
            return
        visitor.page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reaches {name!r}")


def numbers(visitor: Visitor, step: int) -> list[str]:
    """Wait for a step; return the numbers of the line that enters it and of its lines."""
    visitor.page.get_by_text(f"What enters step {step}", exact=True).wait_for()
    visitor.settle()
    shown = visitor.page.locator(".katex-display annotation").all_text_contents()
    return re.findall(r"-?\d\.\d{4}", " ".join(shown))


def arrive(visitor: Visitor) -> None:
    """Open the page, and wait until its widgets are there: the browser loads them by and by."""
    visitor.go("/anatomy?steps=5&units=2&input_dim=2", "Anatomy")
    visitor.page.get_by_role("slider", name="Step t").wait_for()
    visitor.page.get_by_role("spinbutton", name="Seed").wait_for()
    visitor.keyed("measure").wait_for()


def test_a_layer_is_read_by_the_keyboard_alone(visitor: Visitor) -> None:
    arrive(visitor)
    second = numbers(visitor, 2)
    assert len(second) == 4 + (4 + 2 + 2) * 2 + 5 * 2 + 2 * 2  # entering, products, sum, gate

    tab_to(visitor, "Step t")
    visitor.page.keyboard.press("ArrowRight")
    third = numbers(visitor, 3)
    visitor.page.wait_for_function("() => location.search.includes('t=3')")
    visitor.page.keyboard.press("ArrowLeft")
    again = numbers(visitor, 2)
    assert second == again != third

    tab_to(visitor, "Update gate z")
    visitor.page.keyboard.press("ArrowRight")
    visitor.page.keyboard.press("Enter")
    visitor.page.locator(".katex-display", has_text="a^r_t").first.wait_for()
    assert numbers(visitor, 2)[:4] == second[:4]

    tab_to(visitor, "timer")  # the icon stands before the words
    visitor.page.keyboard.press("Enter")
    visitor.page.get_by_text("Medians on this server").wait_for()


@pytest.mark.soak
def test_another_cell_is_chosen_by_the_keyboard(visitor: Visitor) -> None:
    arrive(visitor)
    tab_to(visitor, "SimpleRNN")
    for _ in range(2):
        visitor.page.keyboard.press("ArrowRight")
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_function("() => location.search.includes('cell=LSTM')")
    visitor.page.get_by_text("keras.layers.LSTM(2)").wait_for()
    visitor.settle()
    visitor.page.reload()  # the address brings it back
    visitor.settle("Anatomy")
    visitor.page.get_by_text("keras.layers.LSTM(2)").wait_for()
