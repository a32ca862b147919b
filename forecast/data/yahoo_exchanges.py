"""Which trading calendar goes with Yahoo's short name of an exchange.

The calendars are named as in the library `exchange_calendars`: by ISO 10383 market codes, where
one exchange's holidays hold for all that follow them.
"""

from typing import Final

NEW_YORK: Final = (
    "NMS",
    "NGM",
    "NCM",
    "NAS",
    "NYQ",
    "NYS",
    "ASE",
    "PCX",
    "BTS",
    "NIM",
    "SNP",
    "DJI",
)
FUTURES: Final = ("CME", "CBT", "CMX", "NYM")  # all of them CME Globex
ALWAYS: Final = {"CRYPTOCURRENCY": "24/7", "CURRENCY": "24/5"}
CALENDARS: Final = (
    dict.fromkeys(NEW_YORK, "XNYS")
    | dict.fromkeys(FUTURES, "CMES")
    | {"CCC": "24/7", "CCY": "24/5", "NYB": "IEPA"}
    | {"TOR": "XTSE", "VAN": "XTSE", "NEO": "XTSE", "CNQ": "XTSE"}
    | {"SAO": "BVMF", "MEX": "XMEX", "BUE": "XBUE", "SGO": "XSGO"}
    | {"LSE": "XLON", "IOB": "XLON", "FGI": "XLON", "ISE": "XDUB"}
    | {"GER": "XETR", "FRA": "XFRA", "DUS": "XDUS", "HAM": "XHAM", "STU": "XSTU"}
    | {"PAR": "XPAR", "AMS": "XAMS", "BRU": "XBRU", "LIS": "XLIS", "EBS": "XSWX", "VIE": "XWBO"}
    | {"MIL": "XMIL", "MCE": "XMAD", "ATH": "ASEX", "PRA": "XPRA", "WSE": "XWAR", "BUD": "XBUD"}
    | {"STO": "XSTO", "CPH": "XCSE", "HEL": "XHEL", "OSL": "XOSL", "ICE": "XICE"}
    | {"TAL": "XTAL", "RIS": "XRIS", "LIT": "XLIT", "IST": "XIST", "TLV": "XTAE", "SAU": "XSAU"}
    | {"JNB": "XJSE", "ASX": "XASX", "NZE": "XNZE", "JPX": "XTKS", "TYO": "XTKS", "OSA": "XTKS"}
    | {"HKG": "XHKG", "SHH": "XSHG", "SHZ": "XSHG", "TAI": "XTAI", "TWO": "XTAI"}
    | {"KSC": "XKRX", "KOE": "XKRX", "NSI": "XBOM", "BSE": "XBOM", "SES": "XSES"}
    | {"SET": "XBKK", "KLS": "XKLS", "JKT": "XIDX", "PHS": "XPHS"}
)


def calendar_of(exchange: str, kind: str) -> str | None:
    """Return the name of a trading calendar, or None where none is known.

    Args:
        exchange: Yahoo's `exchangeName`, such as `NMS`.
        kind: Yahoo's `instrumentType`, such as `EQUITY`.
    """
    return ALWAYS.get(kind.upper()) or CALENDARS.get(exchange.upper())
