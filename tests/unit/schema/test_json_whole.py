"""Whatever stands in a JSON object is found again, as a field, as a label or in the whole line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.schema.dialects.catalog import NONE
from clew.schema.dialects.names import ALIASES
from clew.schema.interpreting import interpret
from clew.schema.line import LINE_BYTES
from clew.schema.record import LABELS
from clew.schema.timestamps import parse_epoch, parse_rfc3339
from tests.support.records import record_of
from tests.support.strict_json import load_strictly

LONG = {*ALIASES["error_message"], *ALIASES["stack_trace"]}


class Written(str):
    """A number, true or false, as the characters that stand in the line."""

    __slots__ = ()


TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
NAMES = st.sampled_from([alias for aliases in ALIASES.values() for alias in aliases]) | TEXTS
ODD = ["1e999", "-0", "0.10", "9" * 40, "1674981729736", "1674981729.7", "200", "true", "false"]
SCALARS = (
    TEXTS
    | st.sampled_from([*ODD, "null"]).map(Written)
    | st.integers().map(str).map(Written)
    | st.sampled_from(["-", "N/A", "2023-01-29T08:42:09Z", "2023-01-29 08:42:09,7+0100", "O-77"])
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner), max_leaves=20
)


def as_json(value: Any, *, ascii_only: bool) -> str:
    if isinstance(value, Written):
        return str(value)
    if isinstance(value, dict):
        members = (
            f"{json.dumps(name, ensure_ascii=ascii_only)}: {as_json(each, ascii_only=ascii_only)}"
            for name, each in value.items()
        )
        return "{" + ", ".join(members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(as_json(each, ascii_only=ascii_only) for each in value) + "]"
    return json.dumps(value, ensure_ascii=ascii_only)


def leaves(prefix: str, value: Any, *, ascii_only: bool) -> Iterator[tuple[str, str]]:
    """The dotted name and the text of everything but null that is no object."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from leaves(f"{prefix}{name}.", each, ascii_only=ascii_only)
    elif isinstance(value, list):
        yield prefix[:-1], as_json(value, ascii_only=ascii_only)
    elif value != Written("null") or not isinstance(value, Written):
        yield prefix[:-1], str(value)


def whole_line(labels: dict[str, str]) -> str:
    pieces = {
        int(name.removeprefix("_line.")): text
        for name, text in labels.items()
        if name.startswith("_line.")
    }
    return "".join(pieces[start] for start in sorted(pieces))


def lines_of(text: str) -> list[str] | None:
    """The lines of a stack trace that is an array of them."""
    found = json.loads(text) if text.startswith("[") else None
    if not isinstance(found, list) or not all(isinstance(line, str) for line in found):
        return None
    return [line.rstrip("\n") for line in found]


def moment(text: str) -> int | None:
    for parse in (parse_rfc3339, parse_epoch):
        with suppress(ValueError):
            return parse(text)
    return None


@given(st.dictionaries(NAMES, VALUES), TEXTS, st.booleans())
def test_every_value_survives_as_it_was_written(
    members: dict[str, Any], message: str, ascii_only: bool
):
    """A field or a label has it; of a time, the moment; or the whole line stands there."""
    written = {**members, "message": message}
    line = as_json(written, ascii_only=ascii_only)
    found = load_strictly(interpret(line.encode()).json)
    labels = found.pop("labels", {})
    if line in {whole_line(labels), found.get("event.original")}:
        return
    texts = {str(value) for value in found.values()} | set(labels.values())
    for name, text in leaves("", written, ascii_only=ascii_only):
        if name in LONG and (lines := lines_of(text)) is not None:
            assert text in texts or "\n".join(lines) in texts
        elif name in ALIASES["timestamp"] and moment(text) is not None:
            assert text in texts or moment(text) == parse_rfc3339(found["@timestamp"])
        else:
            assert text in texts, name


def kept_whole(members: str) -> dict[str, str]:
    """The labels of a line that has these members, and does not go into labels alone."""
    line = f'{{"message":"m",{members}}}'
    labels: dict[str, str] = record_of(line)["labels"]
    assert whole_line(labels) == line
    assert len(labels) <= LABELS
    return labels


def test_300_labels():
    """As many as there is room for are labels of their own."""
    labels = kept_whole(",".join(f'"k{n}":"v{n}"' for n in range(300)))
    assert len(labels) == LABELS
    assert labels["k0"] == "v0"


MISFITS = {
    "a value that is too long": '"a":"' + "x" * 8192 + '"',
    "a key that is too long": '"' + "k" * 257 + '":1',
    "a key with NUL": '"a\\u0000b":1',
    "no key": '"":1',
    "one name, nested and dotted": '"a":{"b":1},"a.b":2',
    "one name, in labels and beside them": '"labels":{"a":1},"a":2',
    "a name of ours for the pieces": '"_line.0":"x","a":"' + "x" * 9000 + '"',
}


@pytest.mark.parametrize("members", MISFITS.values(), ids=MISFITS)
def test_what_no_label_can_hold(members: str):
    assert kept_whole(members + ',"other":"o"')["other"] == "o"


def test_keys_that_begin_alike():
    """However many names are cut at the same place, each line comes to an end."""
    kept_whole(",".join(f'"{"k" * 256}{n}":{n}' for n in range(500)))


def test_30_levels():
    """Deeper than anybody nests, what is left is a label as it was written."""
    line = '{"message":"m","x":' + '{"a":' * 30 + "1" + "}" * 31
    labels = record_of(line)["labels"]
    [(name, text)] = labels.items()
    assert name == "x" + ".a" * 15
    assert text == '{"a":' * 15 + "1" + "}" * 15


@pytest.mark.parametrize(
    "line",
    [
        '{"message":"m","'
        + "k" * 500_000
        + '":{'
        + ",".join(f'"{n}":1' for n in range(50_000))
        + "}}",
        '{"message":"m","' + "k" * 250 + '":{' + ",".join(f'"{n}":1' for n in range(90_000)) + "}}",
        '{"message":"m",' + ",".join(f'"{n}":{{"a":1}}' for n in range(50_000)) + "}",
        '{"message":"' + "\\u0001" * 170_000 + '"}',
    ],
    ids=["a long name over many", "a name that fits over many", "many objects", "escapes"],
)
def test_a_hostile_line_stays_about_its_size(line: str):
    """One line may not become gigabytes, whatever it nests."""
    assert len(line) <= LINE_BYTES
    assert len(interpret(line.encode()).json) < 4 * LINE_BYTES
    assert record_of(line)["message"]


def test_a_line_that_is_too_deep_is_rejected():
    assert record_of('{"a":' * 3000 + "1" + "}" * 3000, NONE)["clew.reason"] == "too_deep"
