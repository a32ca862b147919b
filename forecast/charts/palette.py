"""One fixed colour a model, everywhere.

Blue, orange and green of Okabe and Ito (2008), "Color universal design", which people with any
common colour blindness can tell apart; baselines are grey, since they are the ground to beat.
"""

from collections.abc import Collection

COLOURS = {"SimpleRNN": "#D55E00", "GRU": "#0072B2", "LSTM": "#009E73"}
OBSERVED = "#6F7F97"
BASELINE = "#8A8F98"
FILLED = "#CC79A7"  # reddish purple, of the same palette
SIGNED: list[
    list[float | str]
] = [  # of a heat map; the lightness rises from end to end, so that signs differ in grey too
    [0, "#00365E"],
    [0.25, "#0072B2"],
    [0.5, "#8A94A0"],
    [0.75, "#E69F00"],
    [1, "#FFE9B0"],
]
FRAME = ("#FFFFFF", "#1E2430")  # outer and inner line; one of them stands out from any colour
TRAINED = "#6F7F97"  # rows a model was fitted on
KEPT = "rgba(111, 127, 151, 0.38)"  # the same rows, where the model is one fitted earlier
AHEAD = "#E69F00"  # rows it then forecast; orange of the same palette, and no model's
OTHERS = ("#56B4E9", "#E69F00", "#009E73", "#CC79A7", "#0072B2")  # series beside another
GUIDE = "#8A93A3"  # lines to read others by
SHADE = "rgba(148, 163, 184, 0.22)"  # areas to read others by
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "star", "pentagon", "hexagon")
DASHES = {"Naive": "dot", "SeasonalNaive": "dash", "Drift": "dashdot", "Mean": "longdash"}


def colour(label: str) -> str:
    """Return the colour of a model: its own, or grey for a baseline.

    Args:
        label: of the model; words after a blank (`GRU 24`, of a grid) do not count.
    """
    return COLOURS.get(label.split(" ")[0], BASELINE)


def translucent(label: str, opacity: float) -> str:
    """Return the colour of a model, as one that lets others through.

    Args:
        label: of the model.
        opacity: from 0 to 1.
    """
    digits = colour(label).removeprefix("#")
    red, green, blue = (int(digits[place : place + 2], 16) for place in (0, 2, 4))
    return f"rgba({red}, {green}, {blue}, {opacity:g})"


def fading(label: str) -> list[list[float | str]]:
    """Return the colours of a heat map from 0 up: the colour of a model over whatever paper.

    Its lightness runs one way from either paper's to the colour's own, so that it reads in grey.

    Args:
        label: of the model.
    """
    parts = (0, 0.05, 0.15, 0.3, 0.6, 1)  # more of the colours for the smaller values
    return [[part, translucent(label, 0.04 + 0.96 * part**0.6)] for part in parts]


def waiting(labels: Collection[str]) -> set[str]:
    """Return the models that wait in the legend: baselines other than Naive, unless alone.

    Args:
        labels: of all the models in a figure.
    """
    others = {label for label in labels if label in DASHES and label != "Naive"}
    return others if len(others) < len(set(labels)) else set()
