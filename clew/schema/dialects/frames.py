"""Stack traces that stand in a line as JSON -> the text that the language would print."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from clew.schema.dialects.column import Column, find

_decode = msgspec.json.decode
_CAUSES = 16
"""More causes of a cause than anybody reads."""


def java_trace(
    columns: Sequence[Column], prefix: str, *, type_: str, frames: str, common: str
) -> list[str] | None:
    """
    What Java prints of a thrown exception and its causes, whose parts stand under `prefix`.

    None where there are no frames that can be read.
    """
    own = _part(columns, prefix, type_, frames)
    if own is None:
        return None
    traces = own
    for _ in range(_CAUSES):
        prefix += "cause."
        cause = _part(columns, prefix, type_, frames)
        if cause is None:
            break
        shared = find(columns, prefix + common)
        counts = ["0"] * len(cause) if shared is None else shared.texts
        ends = ["" if count == "0" else f"\t... {count} more\n" for count in counts]
        traces = [
            f"{trace}Caused by: {text}{end}"
            for trace, text, end in zip(traces, cause, ends, strict=True)
        ]
    return traces


def _part(columns: Sequence[Column], prefix: str, type_: str, frames: str) -> list[str] | None:
    thrown, said = find(columns, prefix + type_), find(columns, f"{prefix}message")
    steps = find(columns, prefix + frames)
    if thrown is None or steps is None or steps.quoted:
        return None
    messages = [""] * len(thrown.texts) if said is None else [f": {text}" for text in said.texts]
    read = list(map(_frames, steps.texts))
    return [
        f"{name}{message}\n{lines}"
        for name, message, lines in zip(thrown.texts, messages, read, strict=True)
    ]


def _frames(text: str) -> str:
    steps = decode_objects(text)
    return "".join(f"\tat {_frame(step)}\n" for step in steps)


def _frame(step: dict[str, Any]) -> str:
    place = step.get("file") or step.get("fileName") or "Unknown Source"
    line = step.get("line", step.get("lineNumber"))
    where = f"{place}:{line}" if isinstance(line, int) and line >= 0 else str(place)
    owner = step.get("class") or step.get("className") or ""
    return f"{owner}.{step.get('method') or step.get('methodName') or ''}({where})"


def decode_objects(text: str) -> list[dict[str, Any]]:
    """The objects of an array; none where it is anything else."""
    try:
        found = _decode(text)
    except (msgspec.MsgspecError, RecursionError):
        return []
    if not isinstance(found, list):
        return []
    return [each for each in found if isinstance(each, dict)]


def decode_texts(text: str) -> list[str]:
    """The texts of an array; none where it is anything else."""
    try:
        found = _decode(text)
    except (msgspec.MsgspecError, RecursionError):
        return []
    return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []
