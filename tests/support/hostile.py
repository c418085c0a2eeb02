"""What programs log: values of every kind, and objects that do what no object should."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from decimal import Decimal
from http import HTTPStatus
from typing import Any

from hypothesis import strategies as st


class Unprintable:
    def __str__(self) -> str:
        raise RuntimeError("no text")

    __repr__ = __str__


class Untrue(Unprintable):
    def __bool__(self) -> bool:
        raise RuntimeError("neither true nor false")

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("not to be compared")

    __hash__ = None  # type: ignore[assignment]


class Masked:
    """`isinstance` asks for its class, and gets an exception."""

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        raise RuntimeError("no class")


class Unreadable(dict):  # type: ignore[type-arg]
    def items(self) -> Any:
        raise RuntimeError("no members")

    def __iter__(self) -> Iterator[Any]:
        raise RuntimeError("no members")


class Wilful(str):
    """A text whose methods are not those of a text."""

    __slots__ = ()

    def __str__(self) -> str:
        return self

    def encode(self, *_: Any) -> bytes:
        raise RuntimeError("no bytes")

    def replace(self, *_: Any) -> str:
        raise RuntimeError("nothing to replace")


class Odd(int):
    def __le__(self, other: object) -> bool:
        raise RuntimeError("not to be compared")

    __lt__ = __gt__ = __ge__ = __le__

    def __str__(self) -> str:
        return "odd"


def _cyclic_list() -> list[object]:
    cycle: list[object] = [1]
    cycle.append(cycle)
    return cycle


def _cyclic_dict() -> dict[str, object]:
    cycle: dict[str, object] = {"a": 1}
    cycle.update({str(n): cycle for n in range(20)})
    return cycle


def _deep() -> object:
    deep: object = "bottom"
    for _ in range(3000):
        deep = [deep]
    return deep


ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=40)
"""Half surrogate pairs and NUL among them."""

TEXTS = ANY_TEXT | st.sampled_from(["-", "N/A", "0" * 32, "x" * 300, "y" * 9000, "\ud800" * 2000])

NAMES = ANY_TEXT | st.sampled_from(
    [
        *("trace.id", "trace_id", "traceId", "span.id", "span_id", "spanId", "transaction.id"),
        *("message", "log.level", "@timestamp", "event.duration", "http.response.status_code"),
        *("labels", "error", "error.stack_trace", "url.path", "service", "service.name"),
        *(
            "labels.trace_id",
            "otelTraceID",
            "clew_logging.left_out",
            "k" * 300,
            "a\0b",
            "request_id",
        ),
        *("created", "levelname", "name", "threadName", "stack_info", "exc_text"),
    ]
)

PLAIN = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=10**4999, max_value=10**5000)
    | st.floats()
    | TEXTS
    | st.binary(max_size=20)
)

_MAKERS: list[Callable[[], object]] = [
    *(Unprintable, Untrue, Masked, _cyclic_list, _cyclic_dict, _deep, object),
    lambda: Wilful("x\ud800"),
    lambda: Odd(3),
    lambda: Unreadable(a=1),
    lambda: [{}] * 5000,
    lambda: {str(n): n for n in range(500)},
    lambda: datetime(2026, 1, 2, tzinfo=timezone.utc),
    lambda: Decimal("NaN"),
    lambda: HTTPStatus.OK,
    lambda: ValueError("v"),
    lambda: ({"a": (1, 2)}, {1, 2}, range(3), 1e999, 2**70),
    lambda: {None: None, 1: {2: 3}, Unprintable(): Unprintable},
]
# Hypothesis prints what it samples from, which not all of these survive.
STRANGE = st.integers(0, len(_MAKERS) - 1).map(lambda number: _MAKERS[number]())

VALUES = st.recursive(
    PLAIN | STRANGE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
