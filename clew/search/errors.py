"""The one error of the search language."""

from __future__ import annotations


class SearchError(ValueError):
    """
    A search that can't be read, told to the person who typed it.

    `position` is the character at fault, from 0 (the text's length: something is missing at its
    end). `suggestion`, where there is one, is what could stand there instead.
    """

    def __init__(self, message: str, position: int, suggestion: str | None = None) -> None:
        self.message, self.position, self.suggestion = message, position, suggestion
        hint = "" if suggestion is None else f" Did you mean `{suggestion}`?"
        super().__init__(f"At character {position + 1}: {message}.{hint}")
