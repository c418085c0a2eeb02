"""
The answer to "what happened to this ID" in two sentences, as the pages and the terminal say it.

They claim no more than the lines show: "no step failed" is said only where nothing is known to be
missing, and the second sentence says what is.
"""

from __future__ import annotations

from clew.schema.fields import SEVERITY
from clew.schema.timestamps import parse_rfc3339
from clew.transaction.arrival import Fact, arrival_facts
from clew.transaction.model import NodeFigures, Share, Transaction
from clew.transaction.texts import clock_time, counted, percent, printable

REASON_CHARACTERS = 300
"""As much of a reason as still reads as a sentence; the line itself has all of it."""


def verdict_sentence(transaction: Transaction) -> str:
    """`FAILED at step 4 of 6 · payment · pod payment-7d9f · 14:03:22.118 · card refused`."""
    verdict = transaction.verdict
    if transaction.hub:
        verb = "carry" if transaction.trace_ids else "mention"
        return f"{counted(len(transaction.choice), 'trace')} {verb} this ID: choose one"
    if verdict is None and not any(line.source.get(SEVERITY) for line in transaction.lines):
        return "No line says that it failed; none has a level"
    if verdict is None and is_doubtful(transaction):
        return "No failure found, and lines may be missing"
    if verdict is None:
        return "No step failed"
    parts = [
        f"FAILED at step {verdict.step} of {len(transaction.steps)}",
        printable(verdict.service),
        f"pod {printable(verdict.pod)}",
        failed_at(transaction),
        shortened(verdict.reason),
    ]
    return " · ".join(part for part in parts if part)


def is_doubtful(transaction: Transaction) -> bool:
    """Whether that no step failed may be because some lines are not here."""
    return any(fact.doubt and fact.hides_failure for fact in completeness_facts(transaction))


def failed_at(transaction: Transaction) -> str:
    """The time of the line that says so, as `14:03:22.118`; empty where that line is not there."""
    verdict = transaction.verdict
    for line in transaction.lines:
        if verdict is not None and line.id == verdict.line:
            return clock_time(line.source["@timestamp"])
    return ""


def told_again(transaction: Transaction) -> str:
    """Who only reported the failure again, and who was called and is silent; may be empty."""
    verdict = transaction.verdict
    if verdict is None:
        return ""
    parts = []
    if verdict.reported_by:
        parts.append(f"told again by {_names(verdict.reported_by)}")
    if verdict.called:
        parts.append(f"it was calling {printable(verdict.called)}, which left no line here")
    return "; ".join(parts)


def completeness_facts(transaction: Transaction) -> list[Fact]:
    """How many services took part, who is silent, what was quarantined, what may be missing."""
    completeness = transaction.completeness
    silent, quarantined = completeness.silent_services, completeness.quarantined
    late = " (may still be arriving)" if completeness.behind else ""
    return [
        Fact(counted(len(transaction.services), "service")),
        Fact(f"silent: {_names(silent)}{late}", doubt=True) if silent else Fact("none silent"),
        Fact(f"{counted(quarantined, 'line')} quarantined", doubt=True)
        if quarantined
        else Fact("none quarantined"),
        *arrival_facts(completeness, transaction.end or completeness.visible_up_to),
    ]


def completeness_sentence(transaction: Transaction) -> str:
    """`6 services · silent: stock · none quarantined · complete up to 08:42:10 UTC`."""
    return " · ".join(fact.text for fact in completeness_facts(transaction))


def share_text(share: Share) -> str:
    """`34 %, most 80 %`; of what stood still, `61 %`."""
    mean, most = percent(share.mean), percent(share.max)
    return mean if mean == most else f"{mean}, most {most}"


def node_sentence(figures: NodeFigures) -> str:
    """`node-3: CPU 34 %, most 80 % · memory 61 %`; empty where nothing is known."""
    shares = {"CPU": figures.cpu_busy_share, "memory": figures.memory_used_share}
    said = [f"{name} {share_text(share)}" for name, share in shares.items() if share]
    return f"{printable(figures.node)}: {' · '.join(said)}" if said else ""


def length(transaction: Transaction) -> int:
    """Nanoseconds from the first line to the last."""
    if transaction.start is None or transaction.end is None:
        return 0
    return parse_rfc3339(transaction.end) - parse_rfc3339(transaction.start)


def shortened(reason: str) -> str:
    """The first line of a reason, cut at `REASON_CHARACTERS`."""
    first = printable(reason).strip().partition("\n")[0]
    return first if len(first) <= REASON_CHARACTERS else first[: REASON_CHARACTERS - 1] + "…"


def _names(names: list[str]) -> str:
    return ", ".join(printable(name) for name in names)
