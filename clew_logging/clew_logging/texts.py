"""
Any object -> text that JSON, UTF-8 and a log store can hold.

Nothing here raises, whatever an object does when it is printed. A text that is cut says so in its
middle, since the beginning of a text and the end of a stack trace are what tells most.
"""

from __future__ import annotations

_MARK = "... [{} characters left out] ..."
_LONGEST_MARK = len(_MARK) + 20


def text_of(value: object) -> str:
    """What `str` makes of it; bytes are decoded. A plain str, without half surrogate pairs."""
    if type(value) is str:  # nearly always
        return _whole(value)
    try:
        if isinstance(value, (bytes, bytearray)):
            text = bytes(value).decode("utf-8", "backslashreplace")
        else:
            text = "".join((str(value),))  # of a subclass, which may do what it wants, a plain one
        return _whole(text)
    except Exception:  # noqa: BLE001 - an object may raise anything when it is printed
        return f"<{name_of(value)} that can't be printed>"


def name_of(value: object) -> str:
    """The name of its class; of that itself, a class can be made to raise."""
    try:
        return _whole("".join((type(value).__name__,)))
    except Exception:  # noqa: BLE001
        return "object"


def cut(text: str, characters: int) -> str:
    """At most so many characters of it, with a mark in the middle that says how many are not."""
    if len(text) <= characters:
        return text
    if characters < 2 * _LONGEST_MARK:
        return text[:characters]
    kept = characters - _LONGEST_MARK
    mark = _MARK.format(len(text) - kept)
    return text[: kept - kept // 2] + mark + text[len(text) - kept // 2 :]


def _whole(text: str) -> str:
    """Half a surrogate pair can't be written as UTF-8; it becomes the six letters of its escape."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace").decode()
    return text
