"""`docs/spec/dialects.md`, from the dialects themselves and their golden cases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from clew.schema.dialects.catalog import NAMES
from clew.schema.dialects.sniffing import JSON_DIALECTS
from clew.schema.dialects.text_sniffing import TEXT_DIALECTS
from tests.support.libraries.case import load_cases

_HEAD = """# Dialects

How loggers write, and what a line is recognised by. This page is generated from
`clew/schema/dialects/` and the golden cases in `tests/golden/dialects/` by `make docs`.

A line is looked at without regard to the lines before it, so it becomes the same record wherever
and whenever it is read ([why](../adr/0009-a-line-says-its-own-dialect.md)). What a pod names in
the annotation `clew/dialect`, and what a [policy](../policy.md#patterns-for-text-of-your-own) has
patterns for, comes first.

In all of them: a value without a field of its own is a label, as it was written. A number since
1970 is a time in the unit that its size tells; a time without a zone is a label, and the
runtime's counts. Placeholders (`-`, `0`, `N/A`, all zeros and the like) are no IDs. `0x`, `TID:`
and `projects/.../traces/` are taken off an ID, 17 to 31 hexadecimal digits are filled up to 32,
in small letters; what was written stays beside it as a label. A W3C `traceparent` gives trace and
parent. IDs are found in objects of context too (`mdc`, `labels`, `attributes`, `Properties`,
...).

"""
_TAIL = """
`canonical` is a line that is a record already, `none` one that is kept aside, `pattern` one that a
pattern of the policy's own takes apart. [Pages on logging](../logging/README.md) make the popular
loggers canonical.
"""


def dialects_page() -> str:
    return _HEAD + "\n".join(_rows()) + "\n" + _TAIL


def _rows() -> Iterator[str]:
    cases = defaultdict(list)
    for case in load_cases():
        cases[case.dialect].append(case.name)
    marks = _marks()
    yield "| dialect | recognised by | printed by real libraries |"
    yield "|---|---|---|"
    for name in NAMES:
        if name in marks:
            yield f"| `{name}` | {marks[name]} | {', '.join(cases[name])} |"


def _marks() -> dict[str, str]:
    """How each dialect is recognised, in words."""
    found: dict[str, list[str]] = defaultdict(list)
    for dialect in JSON_DIALECTS:
        order = " in this order" if dialect.ordered else ""
        sets = [" ".join(f"`{mark}`" for mark in each) + order for each in dialect.marks]
        found[dialect.name] += sets or ["any other JSON object"]
    for text in TEXT_DIALECTS:
        found[text.name].append("how the text begins")
    found["text"].append("any other text; level and IDs are found in it")
    return {name: "; or ".join(dict.fromkeys(each)) for name, each in found.items()}
