"""
Which step failed first, and who only told of it again.

One failure is told many times: payment refuses, order logs that payment refused, the gateway logs
that order answered 500. Clocks of nodes differ by some milliseconds, so the earliest error line is
only where the search for the cause begins:

1. the step of the earliest error line;
2. from there to the service that its error line says was called, if that has errors itself;
3. from there to its deepest failing descendant, where spans say who caused whom;
4. again from 2, until nothing leads further down.

A service that was called and has no line at all can't be judged: the caller stays the failing step
and the verdict says whom it called.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from clew.schema.timestamps import SECOND
from clew.transaction.failure import is_failure, reason
from clew.transaction.model import Line, Step, Verdict
from clew.transaction.order import time_of
from clew.transaction.steps import service_of

CALLEE = "destination.service"

SAME_FAILURE = SECOND
"""What a step says this soon after its first error tells of the same failure, often in more words:
an exception, then the access log's line. A later one may be the failure of a clean-up."""


def judge(lines: Sequence[Line], steps: Sequence[Step]) -> Verdict | None:
    """
    The verdict, or None where no line tells of a failure.

    `lines` and `steps` are as `arrange` gives them back: in order, numbered.
    """
    errors: dict[int, list[Line]] = {}
    for line in lines:
        if line.step is not None and is_failure(line.source):
            errors.setdefault(line.step, []).append(line)
    if not errors:
        return None
    failing = _cause(next(iter(errors)), errors, steps)
    step, first = steps[failing - 1], errors[failing][0]
    services = dict.fromkeys(steps[number - 1].service for number in errors)
    return Verdict(
        step=failing,
        service=step.service,
        pod=step.pod,
        reason=reason(first.source),
        line=first.id,
        reported_by=[service for service in services if service != step.service],
        called=_silent_callee(errors[failing], lines),
    )


def silent_services(lines: Sequence[Line]) -> list[str]:
    """Services that a line says were called, and that have no line here; sorted."""
    called = {line.source[CALLEE] for line in lines if line.source.get(CALLEE)}
    return sorted(called - {service_of(line.source) for line in lines})


def _cause(first: int, errors: dict[int, list[Line]], steps: Sequence[Step]) -> int:
    """From a failing step down to the one that nothing else explains."""
    number, seen = first, {first}
    while True:
        below = _told_of(number, errors, steps) or _deepest(number, errors, steps)
        if below is None or below in seen:
            return number
        seen.add(below)
        number = below


def _told_of(number: int, errors: dict[int, list[Line]], steps: Sequence[Step]) -> int | None:
    """The failing step of the service that this step says it called."""
    own = steps[number - 1].service
    for callee in _callees(errors[number]):
        failed = [each for each in errors if steps[each - 1].service == callee != own]
        # A service may be called several times; a child of this very step is the surest.
        failed.sort(key=lambda each: steps[each - 1].parent != number)
        if failed:
            return failed[0]
    return None


def _callees(errors: Sequence[Line]) -> list[str]:
    """Whom the first failure of a step names as called."""
    end = time_of(errors[0].source) + SAME_FAILURE
    same = takewhile(lambda line: time_of(line.source) <= end, errors)
    return [line.source[CALLEE] for line in same if line.source.get(CALLEE)]


def _deepest(number: int, errors: dict[int, list[Line]], steps: Sequence[Step]) -> int | None:
    """The failing descendant furthest down; of equally deep ones that which failed first."""
    depths = {each: _depth_below(number, each, steps) for each in errors}
    deepest = max(depths, key=lambda each: depths[each])  # `errors` is in order of time
    return deepest if depths[deepest] > 0 else None


def _depth_below(ancestor: int, number: int, steps: Sequence[Step]) -> int:
    """How many steps below an ancestor a step is; 0 for itself and where it is not below."""
    depth, above, seen = 0, number, {number}
    while above != ancestor:
        parent = steps[above - 1].parent
        if parent is None or parent in seen:
            return 0
        seen.add(parent)
        depth, above = depth + 1, parent
    return depth


def _silent_callee(errors: Sequence[Line], lines: Sequence[Line]) -> str | None:
    silent = silent_services(lines)
    return next((callee for callee in _callees(errors) if callee in silent), None)
