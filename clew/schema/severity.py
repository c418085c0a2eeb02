"""
Levels, as text or number, -> OpenTelemetry's severity numbers.

TRACE 1-4, DEBUG 5-8, INFO 9-12, WARN 13-16, ERROR 17-20, FATAL 21-24 (OpenTelemetry's log data
model, appendix B); 0 says that nobody said how bad it is. 17 and above is an error.
"""

from __future__ import annotations

import re
from functools import lru_cache

UNKNOWN, ERROR = 0, 17

_NUMBERS: dict[str, int] = {
    name: number
    for number, names in {
        1: "trace trc trce finest verbose silly all",
        5: "debug dbg dbug finer",
        6: "fine",
        7: "config",
        9: "info inf http information informational log",
        10: "notice success",
        13: "warn wrn warning",
        17: "error err eror fail severe",
        18: "critical crit dpanic",
        19: "alert panic pnc",
        21: "fatal ftl emerg emergency",
    }.items()
    for name in names.split()
}
_LETTERS = {"t": 1, "d": 5, "i": 9, "w": 13, "e": 17, "f": 21}

# pino and bunyan count in tens from 10 to 60. syslog's 0 to 7, log4j2's 100 to 600 (reversed) and
# logback's 5000 and up share no number with them.
_NUMERIC = {10: 1, 20: 5, 30: 9, 40: 13, 50: 17, 60: 21}
# Of syslog's, 0 and 1 are verbosity to others: GELF alone means alarms by them.
_NUMERIC |= {7: 5, 6: 9, 5: 10, 4: 13, 3: 17, 2: 18}
_NUMERIC |= {600: 1, 500: 5, 400: 9, 300: 13, 200: 17, 100: 21}
_NUMERIC |= {5000: 1, 10000: 5, 20000: 9, 30000: 13, 40000: 17}


_OFFSET = re.compile(r"(debug|info|warn|error)([+-]\d{1,3})", re.ASCII)


@lru_cache(maxsize=1024)
def severity(level: str) -> int:
    """The number of a level; 0 for one that nobody knows."""
    word = level.strip().lower()
    if word in _NUMBERS:
        return _NUMBERS[word]
    if word in _LETTERS:
        return _LETTERS[word]
    if word.isascii() and word.isdigit() and len(word) <= 5:
        return _NUMERIC.get(int(word), UNKNOWN)
    return _offset(word)


def _offset(word: str) -> int:
    """Slog's levels between two names, such as INFO+2."""
    found = _OFFSET.fullmatch(word)
    return min(max(_NUMBERS[found[1]] + int(found[2]), 1), 24) if found else UNKNOWN
