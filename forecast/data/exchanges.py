"""The exchanges whose trading days can be the frequency of a series, by their ISO code (MIC).

The trading days themselves come from the optional library `exchange_calendars`; this table is read
without it, so that a code can be told from a pandas alias, and said in words, at no cost.
"""

from typing import Final

EXCHANGES: Final = {
    "ASEX": "Athens Stock Exchange",
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

# Those that daily prices are compared with; where several fit alike, the first of them is taken.
# With each stand days (month and day, 704 is the 4th of July) on which it never trades: they rule
# out most of them at once, as a calendar costs 0.1 s to build. That of Seoul would take a whole
# second, and has to be asked for by name.
CANDIDATES: Final = {
    "XNYS": (101, 704, 1225),
    "XLON": (101, 1225, 1226),
    "XETR": (101, 501, 1224, 1225, 1226, 1231),
    "XPAR": (101, 501, 1225, 1226),
    "XTKS": (101, 102, 103, 503, 504, 505, 1103, 1231),
    "XHKG": (101, 1225, 1226),
    "XSHG": (101, 501, 1001, 1002),
    "XTSE": (101, 701, 1225, 1226),
    "XASX": (101, 425, 1225, 1226),
    "XBOM": (815, 1225),
    "XSWX": (101, 102, 501, 801, 1225, 1226),
    "XMIL": (101, 501, 815, 1224, 1225, 1226, 1231),
    "XMAD": (101, 501, 1225, 1226),
    "XSTO": (101, 106, 501, 1224, 1225, 1226, 1231),
    "BVMF": (101, 421, 501, 907, 1012, 1102, 1225),
    "XAMS": (101, 501, 1225, 1226),
}


def is_exchange(frequency: object) -> bool:
    """Say whether a frequency is the code of an exchange, such as `XNYS`."""
    return isinstance(frequency, str) and frequency in EXCHANGES


def exchange_name(code: str) -> str:
    """Return how an exchange is called: the New York Stock Exchange (XNYS)."""
    name = EXCHANGES[code]
    return f"the {name} ({code})" if name.endswith("Exchange") else f"{name} ({code})"
