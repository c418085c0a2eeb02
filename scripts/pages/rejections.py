"""docs/spec/rejections.md: why lines are refused, and what their owners can do about it."""

from __future__ import annotations

from collections.abc import Iterator

from clew.schema.explanations import EXPLANATIONS, Explanation
from clew.schema.rejection import Reason

_SHOWN_BYTES = 100

_HEAD = """\
# Reasons

Why a line is in quarantine (`clew.reason`, with the field at fault in `clew.field` and more in
`clew.detail`), and what `clew.violations` says of it, and of a line that a policy only reports: the
reason, and behind a colon the field. `unfinished_line` stands there too, for what was cut off in
the middle; it is never a reason to refuse. This page is generated from
`clew/schema/explanations.py` by `make docs`.

Some reasons are a policy's alone (docs/policy.md). What is no record as it stands, and is
text all the same (`invalid_json`, `too_deep`, `duplicate_key`, `missing_field`), goes to quarantine
unless the policy says `report` or `off` for it; then it is indexed as text.
"""


def rejections_page() -> str:
    return "\n".join([_HEAD, *(line for reason in Reason for line in _section(reason))])


def _section(reason: Reason) -> Iterator[str]:
    found = EXPLANATIONS[reason]
    yield from (f"## {reason.value}", "", found.meaning, "")
    if found.policy:
        yield from (f"Under a policy with `{found.policy}`:", "")
    elif found.by:
        yield from (f"Found out by {found.by}:", "")
    yield from (f"    {shown(found)}", "", f"**What to do.** {found.remedy}", "")


def shown(found: Explanation) -> str:
    """The example, or its beginning."""
    text = found.example.decode(errors="backslashreplace")
    if len(text) <= _SHOWN_BYTES:
        return text
    return f"{text[:40]}… ({len(found.example):,} bytes)"
