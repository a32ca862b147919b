"""One fixed colour a model, everywhere.

Blue, orange and green of Okabe and Ito (2008), "Color universal design", which people with any
common colour blindness can tell apart; baselines are grey, since they are the ground to beat.
"""

COLOURS = {"SimpleRNN": "#D55E00", "GRU": "#0072B2", "LSTM": "#009E73"}
OBSERVED = "#6F7F97"
BASELINE = "#8A8F98"
FILLED = "#CC79A7"  # reddish purple, of the same palette
MARKED = "#CC79A7"  # the same; it stands out from both ends of SIGNED
SIGNED = [[0, "#56B4E9"], [0.5, "rgba(148, 163, 184, 0.18)"], [1, "#E69F00"]]  # of a heat map
DASHES = {"Naive": "dot", "SeasonalNaive": "dash", "Drift": "dashdot", "Mean": "longdash"}


def colour(label: str) -> str:
    """Return the colour of a model: its own, or grey for a baseline.

    Args:
        label: of the model; words after a blank (`GRU 24`, of a grid) do not count.
    """
    return COLOURS.get(label.split(" ")[0], BASELINE)
