"""
What redaction costs a line: with nothing to hide, with a secret in one line of a hundred, and where
every line names a token without showing it, which the sieve can't tell from a secret.

CPU time; the lines are in memory, in chunks as large as the agent reads them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from agent.redaction.config import RedactionConfig
from agent.redaction.redactor import Redactor
from bench.inputs import canonical_lines, spring_lines
from bench.results import Figure, median

LINES = 150_000
CHUNK_BYTES = 1024 * 1024
ROUNDS = 7

Lines = list[bytes]

_SECRETS = (
    b"charged 4111 1111 1111 1111",
    b"connecting to amqp://shop:hunter2@queue:5672",
    b"Authorization: Bearer 2YotnFZFEjr1zCsicMWpAA",
    b"login with password=hunter2",
)


def run() -> list[Figure]:
    figures: list[Figure] = []
    inputs: dict[str, Callable[[int], Iterator[tuple[int, bytes]]]] = {
        "canonical": canonical_lines,
        "text": spring_lines,
    }
    for name, make in inputs.items():
        lines = [line for _, line in make(LINES)]
        for what, change in (
            ("nothing to hide", lambda _, line: line),
            ("a secret in 1 %", _with_secret),
            ("each names a token", lambda _, line: _said(line, b"token refreshed")),
        ):
            changed = [change(number, line) for number, line in enumerate(lines)]
            size = sum(map(len, changed)) // LINES
            figures.append(_cost(f"{name}, {size} bytes, {what}", changed))
    return figures


def _with_secret(number: int, line: bytes) -> bytes:
    return line if number % 100 else _said(line, _SECRETS[number // 100 % len(_SECRETS)])


def _said(line: bytes, words: bytes) -> bytes:
    """The line with more in its message."""
    return line.replace(b" [", b" " + words + b" [", 1)


def _cost(name: str, lines: Lines) -> Figure:
    redactor = Redactor.build(RedactionConfig(), b"bench" * 8)
    took = []
    for _ in range(ROUNDS):
        chunks = _chunks(lines)
        began = time.process_time()
        for chunk in chunks:
            redactor.redact(chunk)
        took.append((time.process_time() - began) * 1e9 / len(lines))
    return median(name, "CPU-ns/line", took)


def _chunks(lines: Lines) -> list[Lines]:
    size = CHUNK_BYTES * len(lines) // sum(map(len, lines))
    return [lines[start : start + size] for start in range(0, len(lines), size)]
