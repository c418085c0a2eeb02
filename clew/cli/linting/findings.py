"""What was found, as plain values: `clew lint --json` prints it as it is, the summary in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from clew.cli.linting.tally import Counts, Finding, Tally
from clew.schema.advice import ADVICE
from clew.schema.explanations import EXPLANATIONS
from clew.schema.rejection import Reason


def findings(
    files: Mapping[str, tuple[str, Counts]],
    tally: Tally,
    unreadable: Mapping[str, str],
    policy: str,
) -> dict[str, Any]:
    """`files` has the layout and the counts of each; `unreadable`, what is wrong with which."""
    return {
        "policy": policy,
        **asdict(tally.counts),
        "files": [
            {"file": name, "format": layout, **asdict(counts)}
            for name, (layout, counts) in files.items()
        ],
        "unreadable": dict(unreadable),
        "violations": [
            {"reason": reason, "field": field, **_told(found), **_explained(reason)}
            for (reason, field), found in _most_first(tally.violations)
        ],
        "dialects": [
            {"dialect": name, **_told(found), **_advised(name)}
            for name, found in _most_first(tally.dialects)
        ],
    }


def _most_first(found: Mapping[Any, Finding]) -> list[tuple[Any, Finding]]:
    return sorted(found.items(), key=lambda pair: -pair[1].lines)


def _told(found: Finding) -> dict[str, Any]:
    file, line = found.first
    samples = [each._asdict() for each in found.samples]
    return {"lines": found.lines, "first": {"file": file, "line": line}, "samples": samples}


def _explained(reason: str) -> dict[str, str]:
    explanation = EXPLANATIONS[Reason(reason)]
    return {"meaning": explanation.meaning, "remedy": explanation.remedy}


def _advised(dialect: str) -> dict[str, Any]:
    advice = ADVICE[dialect]
    return {"logger": advice.logger, "advice": advice.text, "pages": list(advice.pages)}
