"""
What has arrived and what may not have, in facts that the pages and the terminal tell.

They claim no more than agents have said. A doubt is what a reader should know before a line that is
not there is taken for one that was never written.
"""

from __future__ import annotations

from typing import NamedTuple

from clew.transaction.model import AgentBehind, Completeness
from clew.transaction.texts import counted, moment, printable

AGENTS_NAMED = 3
"""As many as a person looks after one by one; the API names them all."""


class Fact(NamedTuple):
    """
    Something known about an answer's completeness; `doubt` where it may miss something.

    `hides_failure` is false where what it misses can't have told of a failure.
    """

    text: str
    doubt: bool = False
    hides_failure: bool = True


def arrival_facts(completeness: Completeness, near: str) -> list[Fact]:
    """
    Up to when everything has arrived, which agents are behind, what is unreadable, lost or shed.

    Of times on the day of `near`, the day is not told.
    """
    stopped = [agent for agent in completeness.agents if agent.stopped]
    known = completeness.complete_up_to
    facts = [
        _agents("behind", "since", completeness.behind, near, doubt=True),
        _agents("stopped", "at", stopped, near, doubt=False),
        _counted_fact(completeness.unreadable_files, "file", " not readable"),
        _counted_fact(completeness.gaps, "gap", f", {_lost(completeness)}"),
        _shed(completeness),
    ]
    if known is not None:
        first = [Fact(f"complete up to {_second(known, near)} UTC")]
    else:
        first = [*_unknown(completeness), _index_as_of(completeness)]
    return [*first, *(fact for fact in facts if fact is not None)]


def _unknown(completeness: Completeness) -> list[Fact]:
    """Why there is no time up to which everything has arrived."""
    if completeness.agents_reporting is None:
        return [Fact("how far the agents are is not known", doubt=True)]
    return [] if completeness.agents_reporting else [Fact("no agent reports here")]


def _index_as_of(completeness: Completeness) -> Fact:
    return Fact(f"index as of {moment(completeness.visible_up_to)} UTC")


def _agents(
    state: str, word: str, agents: list[AgentBehind], near: str, *, doubt: bool
) -> Fact | None:
    """`2 agents behind: node-3 (since 08:41:02), node-7 (not known since when)`."""
    if not agents:
        return None
    names = [
        f"{printable(agent.node)} ({word} {_second(agent.delivered_up_to, near)})"
        if agent.delivered_up_to
        else f"{printable(agent.node)} (not known {word} when)"
        for agent in agents[:AGENTS_NAMED]
    ]
    if len(agents) > AGENTS_NAMED:
        names.append(f"{len(agents) - AGENTS_NAMED:,} more")
    return Fact(f"{counted(len(agents), 'agent')} {state}: {', '.join(names)}", doubt)


def _counted_fact(number: int, noun: str, rest: str) -> Fact | None:
    return Fact(f"{counted(number, noun)}{rest}", doubt=True) if number else None


def _lost(completeness: Completeness) -> str:
    """`4,096 bytes lost`; of what nobody saw, how much is not known."""
    lost = counted(completeness.gap_bytes, "byte")
    if not completeness.gap_bytes_at_least:
        return f"{lost} lost"
    return f"at least {lost} lost" if completeness.gap_bytes else "nobody knows how much was lost"


def _shed(completeness: Completeness) -> Fact | None:
    """
    `up to 1,204 lines left out on purpose (debug)`: those of the minutes that touch the answer's.

    How many of them would be in the answer nobody knows; a failure would not: those are never shed.
    """
    lines, kinds = completeness.shed_lines, map(printable, completeness.shed_kinds)
    text = f"up to {counted(lines, 'line')} left out on purpose ({', '.join(kinds)})"
    return Fact(text, doubt=True, hides_failure=False) if lines else None


def _second(timestamp: str, near: str) -> str:
    """`08:42:09` of a moment on the same day as `near`, else `2023-01-29 08:42:09`."""
    text = moment(timestamp)[:19]
    return text[11:] if text.startswith(moment(near)[:10]) else text


def search_facts(completeness: Completeness) -> list[Fact]:
    """The same of a search, whose lines say themselves which of them are quarantined."""
    quarantined = completeness.quarantined
    facts = [Fact(f"{counted(quarantined, 'line')} quarantined")] if quarantined else []
    return [*facts, *arrival_facts(completeness, completeness.visible_up_to)]


def doubts(facts: list[Fact]) -> str:
    """`1 agent behind: node-3 (since 08:41:02) · 2 gaps, 4,096 bytes lost`; may be empty."""
    return " · ".join(fact.text for fact in facts if fact.doubt)
