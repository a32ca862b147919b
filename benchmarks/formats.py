"""How numbers are written."""


def three(value: float) -> str:
    """Write three significant digits, without an exponent."""
    if value == 0:
        return "0"
    for limit, digits in ((0.01, 5), (0.1, 4), (1.0, 3), (10.0, 2), (100.0, 1)):
        if abs(value) < limit:
            return f"{value:.{digits}f}"
    return f"{value:,.0f}"


def milliseconds(seconds: float) -> str:
    """Write seconds as milliseconds."""
    return three(1e3 * seconds)


def times(ratio: float) -> str:
    """Write a ratio."""
    return f"{three(ratio)}×"


def percent(share: float | None) -> str:
    """Write a share."""
    return "–" if share is None else f"{100 * share:.0f} %"


def table(header: list[str], rows: list[list[str]], left: int = 1) -> str:
    """Write a Markdown table; the first columns stand to the left."""
    marks = ["---"] * left + ["---:"] * (len(header) - left)
    return "\n".join(f"| {' | '.join(row)} |" for row in (header, marks, *rows))
