from __future__ import annotations

from typing import Any

from clew.transaction.arrival import arrival_facts, doubts, search_facts
from clew.transaction.model import AgentBehind, Completeness

DAY = "2023-01-29"
AT = f"{DAY}T08:42:10.123456789Z"


def known(**changes: Any) -> Completeness:
    told: dict[str, Any] = {
        "visible_up_to": f"{DAY}T08:42:30.000000000Z",
        "complete_up_to": AT,
        "agents_reporting": 3,
        "quarantined": 0,
        "silent_services": [],
    }
    return Completeness(**told | changes)


def behind(node: str, up_to: str | None = f"{DAY}T08:41:02.000000000Z", **more: Any) -> AgentBehind:
    return AgentBehind(node, node, up_to, **more)


def sentence(**changes: Any) -> str:
    return " · ".join(fact.text for fact in arrival_facts(known(**changes), AT))


def doubted(**changes: Any) -> str:
    return doubts(arrival_facts(known(**changes), AT))


def test_what_is_complete_is_one_fact():
    assert sentence() == "complete up to 08:42:10 UTC"
    assert doubted() == ""


def test_everything_that_may_be_missing_is_told_and_doubted():
    missing = {"agents": [behind("node-3")], "gaps": 2, "gap_bytes": 4096, "unreadable_files": 1}
    told = (
        "1 agent behind: node-3 (since 08:41:02) · 1 file not readable · 2 gaps, 4,096 bytes lost"
    )
    assert sentence(**missing) == f"complete up to 08:42:10 UTC · {told}"
    assert doubted(**missing) == told


def test_of_what_nobody_saw_it_is_told_that_it_may_be_more():
    """At least so much was lost; and where that is nothing, that nobody knows how much."""
    unbounded = {"gaps": 2, "gap_bytes_at_least": True}
    assert doubted(**unbounded, gap_bytes=4096) == "2 gaps, at least 4,096 bytes lost"
    assert doubted(**unbounded) == "2 gaps, nobody knows how much was lost"


def test_times_of_another_day_have_their_day():
    facts = arrival_facts(known(), "2022-12-31T00:00:00.000000000Z")
    assert facts[0].text == "complete up to 2023-01-29 08:42:10 UTC"


def test_of_many_agents_three_are_named():
    agents = [behind(f"node-{number}") for number in range(1, 6)]
    assert "5 agents behind: node-1 (since 08:41:02), " in sentence(agents=agents)
    assert sentence(agents=agents).endswith("node-3 (since 08:41:02), 2 more")


def test_an_agent_of_which_nothing_is_known_says_so():
    """Then nothing is called complete, and how fresh the index is stands in its place."""
    assert sentence(agents=[behind("node-3", None)], complete_up_to=None) == (
        "index as of 2023-01-29 08:42:30.000 UTC · 1 agent behind: node-3 (not known since when)"
    )


def test_an_agent_that_stopped_is_told_and_no_doubt():
    stopped = [behind("node-3", stopped=True)]
    assert sentence(agents=stopped).endswith("1 agent stopped: node-3 (at 08:41:02)")
    assert doubted(agents=stopped) == ""


def test_no_agent_is_a_fact_and_no_doubt():
    """Lines that came another way are no less there."""
    nobody = {"agents_reporting": 0, "complete_up_to": None}
    assert sentence(**nobody) == "no agent reports here · index as of 2023-01-29 08:42:30.000 UTC"
    assert doubted(**nobody) == ""


def test_reports_that_cannot_be_read_are_a_doubt():
    unread = {"agents_reporting": None, "complete_up_to": None}
    assert doubted(**unread) == "how far the agents are is not known"


def test_a_hostile_name_of_a_node_cannot_write_to_a_terminal():
    assert "\x1b" not in sentence(agents=[behind("\x1b[2J")])


def test_quarantined_lines_of_a_search_are_told_and_no_doubt():
    """They are in its result, and marked."""
    facts = search_facts(known(quarantined=2))
    assert [fact.text for fact in facts] == ["2 lines quarantined", "complete up to 08:42:10 UTC"]
    assert doubts(facts) == ""


def test_what_was_left_out_on_purpose_is_told_and_doubted():
    """It says "up to": which of these lines would be in the answer nobody knows."""
    left_out = {"shed_lines": 1204, "shed_kinds": ["trace", "debug"]}
    assert doubted(**left_out) == "up to 1,204 lines left out on purpose (trace, debug)"
    assert sentence(**left_out).startswith("complete up to 08:42:10 UTC · up to 1,204 lines")
    assert doubted(shed_lines=1, shed_kinds=["\x1b[2J"]) == (
        "up to 1 line left out on purpose (\N{SYMBOL FOR ESCAPE}[2J)"
    )
