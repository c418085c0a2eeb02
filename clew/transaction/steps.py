"""
Lines -> steps: which visits of which services they tell of.

A visit is one span of one service in one pod, with the spans below it in the same pod. A line
without a span joins a visit of its own pod and trace: the one that began last before it, else the
next. Where there is none to join, the lines of one pod and trace are one visit.

Every line belongs to exactly one step.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from clew.schema.fields import PARENT, POD, SERVICE, SPAN, TRACE
from clew.schema.identifiers import is_id
from clew.schema.timestamps import format_rfc3339
from clew.transaction.failure import is_failure, reason
from clew.transaction.model import Line, Source, Step
from clew.transaction.order import place, time_of

UNKNOWN = "unknown"

Pod = tuple[str, str]
"""A service and the pod it ran in."""

Span = tuple[Pod, str]
"""A span as one pod tells of it: some tracers give caller and callee the same ID."""


def arrange(lines: Iterable[Line]) -> tuple[list[Line], list[Step]]:
    """The lines in order, each with the number of its step; the steps in order of their start."""
    ordered = sorted(lines, key=lambda line: place(line.source))
    visits = _Visits(ordered).in_order()
    steps = _steps(visits)
    numbers = {
        line.id: step.number
        for step, visit in zip(steps, visits, strict=True)
        for line in visit.lines
    }
    return [replace(line, step=numbers[line.id]) for line in ordered], steps


def service_of(source: Source) -> str:
    """Who speaks; a quarantined line may know no more than its container."""
    return source.get(SERVICE) or source.get("kubernetes.container.name") or UNKNOWN


@dataclass(slots=True)
class _Visit:
    """`spans` are those it is made of, its outermost first; none where no line had one."""

    pod: Pod
    start: int
    spans: list[str] = field(default_factory=list)
    parent_span: str | None = None
    traces: set[str] = field(default_factory=set)
    lines: list[Line] = field(default_factory=list)

    def take(self, line: Line) -> None:
        self.lines.append(line)
        self.start = min(self.start, time_of(line.source))
        trace = _id(line.source, TRACE)
        if trace is not None:
            self.traces.add(trace)


class _Visits:
    """The visits of the lines of one transaction, which come in order."""

    def __init__(self, ordered: Sequence[Line]) -> None:
        self._parents = _parents(ordered)
        self._of_span: dict[Span, _Visit] = {}
        self._of_pod: dict[Pod, list[_Visit]] = defaultdict(list)
        # Who knows more goes first: lines with a span make the visits that the others join.
        for line in sorted(ordered, key=_ignorance):
            self._visit(line.source).take(line)

    def in_order(self) -> list[_Visit]:
        visits = [visit for visits in self._of_pod.values() for visit in visits]
        for visit in visits:
            visit.lines.sort(key=lambda line: place(line.source))
        return sorted(visits, key=lambda visit: place(visit.lines[0].source))

    def _visit(self, source: Source) -> _Visit:
        pod, span = _pod(source), _id(source, SPAN)
        if span is not None:
            return self._visit_of_span(pod, span, source)
        trace = _id(source, TRACE)
        open_to_it = [v for v in self._of_pod[pod] if trace is None or trace in v.traces]
        if not open_to_it:
            return self._begin(pod, source)
        time = time_of(source)
        before = [visit for visit in open_to_it if visit.start <= time]
        if before:
            return max(before, key=lambda visit: visit.start)
        return min(open_to_it, key=lambda visit: visit.start)

    def _visit_of_span(self, pod: Pod, span: str, source: Source) -> _Visit:
        root = self._root(pod, span)
        visit = self._of_span.get((pod, root))
        if visit is None:
            visit = self._of_span[pod, root] = self._begin(pod, source)
            visit.spans.append(root)
            visit.parent_span = self._parents[pod, root]
        if span not in visit.spans:
            visit.spans.append(span)
        return visit

    def _root(self, pod: Pod, span: str) -> str:
        """The outermost span around this one in the same pod."""
        seen = {span}  # a line may name any parent, itself and its own children included
        while True:
            parent = self._parents[pod, span]
            if parent is None or parent in seen or (pod, parent) not in self._parents:
                return span
            seen.add(parent)
            span = parent

    def _begin(self, pod: Pod, source: Source) -> _Visit:
        visit = _Visit(pod, time_of(source))
        self._of_pod[pod].append(visit)
        return visit


def _parents(lines: Iterable[Line]) -> dict[Span, str | None]:
    """Every span that a line names, and its parent where any line of it names one."""
    parents: dict[Span, str | None] = {}
    for line in lines:
        span = _id(line.source, SPAN)
        if span is not None:
            key = _pod(line.source), span
            parents[key] = parents.get(key) or _id(line.source, PARENT)
    return parents


def _steps(visits: Sequence[_Visit]) -> list[Step]:
    numbers: dict[str, list[int]] = defaultdict(list)
    for number, visit in enumerate(visits, 1):
        for span in visit.spans:
            numbers[span].append(number)
    steps = []
    for number, visit in enumerate(visits, 1):
        above = [n for n in numbers.get(visit.parent_span or "", ()) if n != number]
        steps.append(_step(number, above[0] if above else None, visit))
    return steps


def _step(number: int, parent: int | None, visit: _Visit) -> Step:
    sources = [line.source for line in visit.lines]
    start, end = time_of(sources[0]), time_of(sources[-1])
    failures = [source for source in sources if is_failure(source)]
    return Step(
        number=number,
        service=visit.pod[0],
        pod=visit.pod[1],
        node=next((s["kubernetes.node.name"] for s in sources if "kubernetes.node.name" in s), ""),
        span=visit.spans[0] if visit.spans else None,
        parent=parent,
        start=format_rfc3339(start),
        end=format_rfc3339(end),
        duration_nanoseconds=end - start,
        lines=len(sources),
        errors=len(failures),
        first_error=reason(failures[0]) if failures else None,
    )


def _ignorance(line: Line) -> tuple[bool, bool]:
    return _id(line.source, SPAN) is None, _id(line.source, TRACE) is None


def _pod(source: Source) -> Pod:
    return service_of(source), source.get(POD) or ""


def _id(source: Source, name: str) -> str | None:
    value = source.get(name)
    return value if is_id(value) else None
