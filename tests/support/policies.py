"""Policies of tests, out of the text of a file."""

from __future__ import annotations

from clew.policies import read_policy
from clew.schema.policy.enforcer import Enforcer
from clew.schema.policy.policy import Policy


def policy(text: str) -> Policy:
    """The policy in a YAML text; its name need not stand there."""
    named = text if text.startswith("name:") else f"name: test\n{text}"
    return read_policy(named.encode(), "policy.yaml")


def enforcer(schema: str, **settings: str) -> Enforcer:
    """What judges the lines of service cart in namespace shop by an inline schema."""
    more = "".join(f"\n{name}: {text}" for name, text in settings.items())
    found = policy(f"rules: [{{schema: {schema}}}]{more}").enforcer("shop", "cart")
    assert found is not None
    return found


_MIXED = """
transaction: {fields: [labels.order_id, trace.id, transaction.id], not_ids: ["o-*", "m"]}
schemas:
  strict: {mode: enforce, require: [trace.id, clew.transaction], levels: [info, warn]}
  short: {longest: {message: 3, labels.n: 1, log.level: 1KiB}, most_labels: 1}
rules:
  - {loggers: ["c.*"], schema: strict, mode: report}
  - {services: [till], schema: short, mode: enforce}
  - {except_loggers: ["?"], schema: short}
  - {schema: strict}
"""


def _mixed(wish: str | None = None) -> Enforcer:
    found = policy(_MIXED).enforcer("shop", "cart", wish)
    assert found is not None
    return found


ENFORCERS = [
    enforcer("{require: [trace.id, transaction.id], mode: enforce}"),
    enforcer("{require: ['@timestamp', labels.order_id, service.name, event.duration]}"),
    enforcer("{levels: [info, unknown], most_labels: 0, longest: {message: 5}, mode: enforce}"),
    enforcer("{mode: off}"),
    enforcer("{}", transaction="{not_ids: ['*-77', '???????????????*']}"),
    *map(_mixed, (None, "strict", "short", "enforce", "report", "off")),
]
"""Of many kinds: what one of them does not ask for, another one does."""
