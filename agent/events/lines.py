"""What becomes of lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from prometheus_client import Counter, Gauge

from agent.events.telling import log, repeated
from agent.ledger import Gap, GapReason
from agent.shedding.kinds import Kind
from agent.shedding.spans import ShedSpan
from clew.schema.dialects.catalog import CANONICAL
from clew.schema.line import QUARANTINED, Lines
from clew.schema.rejection import Reason
from clew.wire.batch import PartAnswer

_lines = Counter("clew_agent_lines_total", "Physical lines that are stored for good.")
_bytes = Counter("clew_agent_bytes_total", "Bytes of log files that are stored for good.")
_records = Counter("clew_agent_records_total", "Records by what became of them.", ["outcome"])
_gaps = Counter("clew_agent_gap_bytes_total", "Bytes that were lost, by reason.", ["reason"])
_redacted = Counter(
    "clew_agent_redacted_total",
    "Secrets that were replaced before they left the node.",
    ["pattern"],
)
_gap_count = Counter(
    "clew_agent_gaps_total",
    "Times that bytes were lost, by reason; how many is not known where they were unseen.",
    ["reason"],
)
_shed_lines = Counter(
    "clew_agent_shed_lines_total", "Lines that were left out on purpose, by kind.", ["kind"]
)
_shed_bytes = Counter(
    "clew_agent_shed_bytes_total",
    "Bytes of lines that were left out on purpose, by kind.",
    ["kind"],
)
_rungs = Gauge("clew_agent_shed_rungs", "Rungs of the ladder in force; 0: nothing is left out.")
_delayed = Counter(
    "clew_agent_delayed_seconds_total",
    "Seconds that containers were kept waiting by their rate limits, added up.",
)
_judged = Counter(
    "clew_agent_judged_lines_total",
    "Lines that were read, by what the schema and the policy make of them: canonical, translated "
    "(from a dialect), reported (with violations), quarantined (with the reason).",
    ["outcome", "reason"],
)
_violations = Counter(
    "clew_agent_violations_total",
    "Violations of the schema and the policy, by reason; a line may have several.",
    ["reason"],
)
_LOSSES = {
    GapReason.DELETED: "was deleted before they were read",
    GapReason.TRUNCATED: "was truncated before they were read",
    GapReason.VACUUMED: "has deleted entries before they were read",
    GapReason.RESCUE_FULL: "was deleted, and its copy made room for later ones (rescue_bytes)",
    GapReason.RESCUE_DAMAGED: "was deleted, and its copy is damaged",
    GapReason.HELD: "was deleted, could not be copied, and held too much of the disk",
}
# A series that begins with its first increase shows none: so losses are there from the start.
for _gap_reason in GapReason:
    _gaps.labels(_gap_reason.value)
    _gap_count.labels(_gap_reason.value)
_violated = {reason.value: _violations.labels(reason.value) for reason in Reason}
_canonical, _translated = _judged.labels("canonical", ""), _judged.labels("translated", "")
_outcomes = {
    (outcome, reason.value): _judged.labels(outcome, reason.value)
    for outcome in ("reported", "quarantined")
    for reason in Reason
}
for _kind in Kind:
    _shed_lines.labels(_kind.value)
    _shed_bytes.labels(_kind.value)


def part_stored(physical_lines: int, size_bytes: int, answer: PartAnswer) -> None:
    _lines.inc(physical_lines)
    _bytes.inc(size_bytes)
    _records.labels("indexed").inc(answer.indexed)
    _records.labels("quarantined").inc(answer.quarantined)


def lines_judged(lines: Lines) -> None:
    """What became of lines that were read; they may be read again, and are counted again then."""
    canonical = lines.dialects.count(CANONICAL)
    for place, found in lines.violations.items():
        reasons = [violation.partition(":")[0] for violation in found]
        outcome = "quarantined" if lines.flags[place] & QUARANTINED else "reported"
        _outcomes[outcome, reasons[0]].inc()
        canonical -= lines.dialects[place] == CANONICAL
        for reason in reasons:
            _violated[reason].inc()
    _canonical.inc(canonical)
    _translated.inc(len(lines.dialects) - canonical - len(lines.violations))


def part_held(path: str, error: str) -> None:
    repeated.warn("part", f"the collector holds lines back, they are sent again: {error} ({path})")


def nothing_held() -> None:
    repeated.clear("part", "the collector takes everything again")


def redacted(counts: Mapping[str, int]) -> None:
    for pattern, count in counts.items():
        _redacted.labels(pattern).inc(count)


def lines_shed(spans: Sequence[ShedSpan]) -> None:
    """Left out of a range that is stored now."""
    for span in spans:
        _shed_lines.labels(span.kind.value).inc(span.lines)
        _shed_bytes.labels(span.kind.value).inc(span.bytes)


def rungs_changed(names: Sequence[str]) -> None:
    """Which rungs of the ladder are in force now."""
    _rungs.set(len(names))
    if names:
        log.warning("lines are left out on purpose, the backlog is large: %s", ", ".join(names))
    else:
        log.warning("nothing is left out on purpose any more")


def reading_delayed(seconds: float) -> None:
    _delayed.inc(seconds)


def gap_found(gap: Gap) -> None:
    _gaps.labels(gap.reason.value).inc(gap.end - gap.start)
    _gap_count.labels(gap.reason.value).inc()
    size = gap.end - gap.start
    if gap.reason is GapReason.UNSEEN:
        log.error("%d bytes or more may be lost: %s went while no agent ran", size, gap.path)
    else:
        log.error("%d bytes were lost: %s %s", size, gap.path, _LOSSES[gap.reason])
