"""The exchanges whose trading days can be the frequency of a series, by their ISO code (MIC).

The trading days themselves come from the optional library `exchange_calendars`; this table is read
without it, so that a code can be told from a pandas alias, and said in words, at no cost.
"""

from typing import Final

EXCHANGES: Final = {
    "BVMF": "B3, São Paulo",
    "XAMS": "Euronext Amsterdam",
    "XASX": "Australian Securities Exchange",
    "XBKK": "Stock Exchange of Thailand",
    "XBOM": "Bombay Stock Exchange",
    "XBRU": "Euronext Brussels",
    "XBUD": "Budapest Stock Exchange",
    "XBUE": "Buenos Aires Stock Exchange",
    "XCSE": "Nasdaq Copenhagen",
    "XDUB": "Euronext Dublin",
    "XETR": "Xetra, Frankfurt",
    "XFRA": "Frankfurt Stock Exchange",
    "XHEL": "Nasdaq Helsinki",
    "XHKG": "Hong Kong Stock Exchange",
    "XICE": "Nasdaq Iceland",
    "XIDX": "Indonesia Stock Exchange",
    "XIST": "Istanbul Stock Exchange",
    "XJSE": "Johannesburg Stock Exchange",
    "XKLS": "Bursa Malaysia",
    "XKRX": "Korea Exchange",
    "XLIS": "Euronext Lisbon",
    "XLON": "London Stock Exchange",
    "XMAD": "Madrid Stock Exchange",
    "XMEX": "Mexican Stock Exchange",
    "XMIL": "Milan Stock Exchange",
    "XNYS": "New York Stock Exchange",
    "XNZE": "New Zealand Exchange",
    "XOSL": "Oslo Stock Exchange",
    "XPAR": "Euronext Paris",
    "XPHS": "Philippine Stock Exchange",
    "XPRA": "Prague Stock Exchange",
    "XSES": "Singapore Exchange",
    "XSGO": "Santiago Stock Exchange",
    "XSHG": "Shanghai Stock Exchange",
    "XSTO": "Nasdaq Stockholm",
    "XSWX": "SIX Swiss Exchange",
    "XTAI": "Taiwan Stock Exchange",
    "XTKS": "Tokyo Stock Exchange",
    "XTSE": "Toronto Stock Exchange",
    "XWAR": "Warsaw Stock Exchange",
    "XWBO": "Vienna Stock Exchange",
}

# Those that daily prices are compared with first; where several fit alike, the first is taken.
CANDIDATES: Final = (
    *("XNYS", "XLON", "XETR", "XPAR", "XTKS", "XHKG", "XSHG", "XTSE"),
    *("XASX", "XBOM", "XSWX", "XMIL", "XMAD", "XSTO", "BVMF", "XAMS"),
)

# That of Seoul takes seconds to build, and has to be asked for by name.
BY_NAME_ALONE: Final = ("XKRX",)

# Days (month and day, 704 is the 4th of July) on which there was no trade from 1985 to 2026. They
# rule out most exchanges at once, as a calendar costs 0.1 s to build.
CLOSED: Final[dict[str, tuple[int, ...]]] = {
    "BVMF": (101, 421, 501, 907, 1012, 1102, 1115, 1224, 1225, 1231),
    "XAMS": (101, 501, 1225, 1226),
    "XASX": (101, 425, 1225, 1226),
    "XBKK": (101, 406, 413, 414, 415, 501, 812, 1023, 1205, 1210),
    "XBOM": (414, 815, 1225),
    "XBRU": (101, 501, 1225, 1226),
    "XBUD": (101, 315, 501, 820, 1023, 1101, 1224, 1225, 1226),
    "XBUE": (101, 501, 525, 709, 1208, 1225),
    "XCSE": (101, 605, 1224, 1225, 1226, 1231),
    "XDUB": (101, 1225, 1226),
    "XETR": (101, 501, 1224, 1225, 1226, 1231),
    "XFRA": (101, 501, 1224, 1225, 1226, 1231),
    "XHEL": (101, 106, 501, 1206, 1224, 1225, 1226, 1231),
    "XHKG": (101, 1225, 1226),
    "XICE": (101, 501, 617, 1224, 1225, 1226, 1231),
    "XIDX": (101, 817, 1225, 1231),
    "XIST": (101, 423, 519, 830, 1029),
    "XJSE": (101, 321, 427, 501, 616, 809, 924, 1216, 1225, 1226),
    "XKLS": (101, 201, 501, 831, 1225),
    "XLIS": (101, 501, 1225, 1226),
    "XLON": (101, 1225, 1226),
    "XMAD": (101, 501, 1225, 1226),
    "XMEX": (101, 501, 916, 1212, 1225),
    "XMIL": (101, 501, 815, 1224, 1225, 1226, 1231),
    "XNYS": (101, 704, 1225),
    "XNZE": (101, 102, 206, 425, 1225, 1226),
    "XOSL": (101, 501, 517, 1224, 1225, 1226, 1231),
    "XPAR": (101, 501, 1225, 1226),
    "XPRA": (101, 501, 508, 705, 706, 928, 1028, 1117, 1224, 1225, 1226, 1231),
    "XSES": (101, 501, 809, 1225),
    "XSGO": (101, 501, 521, 815, 918, 919, 1101, 1208, 1225, 1231),
    "XSHG": (101, 501, 1001, 1002),
    "XSTO": (101, 106, 501, 1224, 1225, 1226, 1231),
    "XSWX": (101, 102, 501, 801, 1224, 1225, 1226, 1231),
    "XTAI": (101, 228, 501, 1010),
    "XTKS": (101, 102, 103, 211, 429, 503, 504, 505, 1103, 1123, 1231),
    "XTSE": (101, 701, 1225, 1226),
    "XWAR": (101, 501, 503, 815, 1101, 1111, 1225, 1226),
    "XWBO": (101, 501, 1026, 1224, 1225, 1226, 1231),
}


def is_exchange(frequency: object) -> bool:
    """Say whether a frequency is the code of an exchange, such as `XNYS`."""
    return isinstance(frequency, str) and frequency in EXCHANGES


def exchange_name(code: str) -> str:
    """Return how an exchange is called: the New York Stock Exchange (XNYS)."""
    name = EXCHANGES[code]
    return f"the {name} ({code})" if name.endswith("Exchange") else f"{name} ({code})"
