"""Rule files: what is taken, and each mistake with its place."""

from __future__ import annotations

import pytest

from clew.runtime.errors import ConfigError
from clew.schema.timestamps import SECOND
from collector.alerting.files import load_file, load_files, load_shipped, read_groups

GOOD = """
groups:
  - name: shop
    interval: 15s
    limit: 10
    rules:
      - alert: PaymentFails
        log: {query: "service:payment level>=error", window: 5m, more_than: 3, by: [service, tx]}
        for: 1m
        labels: {severity: page}
        annotations: {summary: "{{ $labels.service_name }}: {{ $value }}"}
      - alert: Down
        expr: up == 0
"""


def rule(text: str) -> str:
    return f"groups: [{{name: g, rules: [{text}]}}]"


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        read_groups(text, "x.yaml")
    return [str(problem) for problem in raised.value.problems]


def test_a_rule_file_is_one_of_prometheus_with_log_rules_in_it():
    [(file, group)] = read_groups(GOOD, "shop.yaml")
    assert (file, group.name, group.interval, group.limit) == ("shop.yaml", "shop", 15 * SECOND, 10)
    fails, down = group.rules
    assert fails.log is not None
    assert (fails.log.window, fails.log.more_than) == (300 * SECOND, 3)
    assert fails.log.by == ["service.name", "clew.transaction"]
    assert (fails.for_, fails.keep_firing_for) == (60 * SECOND, 0)
    assert down.expr == "up == 0"


def test_the_rules_that_come_with_clew_are_correct():
    groups = load_shipped()
    names = [rule.alert for named in groups for rule in named.group.rules]
    assert {"ErrorsByService", "FailedTransactions", "LinesQuarantined", "AgentBehind"} <= {*names}
    assert len(names) == len(set(names))
    assert all(named.file.startswith("shipped:") for named in groups)
    for named in groups:
        assert all({"summary", "description"} == set(r.annotations) for r in named.group.rules)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (rule("{alert: A}"), "either `expr` or `log` was expected"),
        (rule("{alert: A, expr: up, log: {query: x, window: 1m}}"), "either `expr` or `log`"),
        (rule("{record: a, expr: up}"), "recording rules are for a Prometheus"),
        (rule("{alert: A, expr: 'up =='}"), "group g, alert A: expr: "),
        (rule("{alert: A, expr: up, for: 5}"), "group g, alert A: for: a duration such as 30s"),
        (
            rule("{alert: A, log: {query: 'a AND', window: 5m}}"),
            "group g, alert A: log.query: At ch",
        ),
        (rule("{alert: A, log: {query: a, window: 0s}}"), "a window of at least 1s"),
        (rule("{alert: A, log: {query: a, window: 5m, by: [message]}}"), "log.by.0: a field with"),
        (rule("{alert: A, log: {query: a, window: 5m, more_than: -1}}"), "log.more_than: "),
        (
            rule("{alert: A, expr: up, annotations: {a: '{{ $x }}'}}"),
            "annotations.a: {{ $x }}: only",
        ),
        (rule("{alert: A, expr: up, labels: {a-b: x}}"), "'a-b' can't be the name of a label"),
        (rule("{alert: A, expr: up, labels: {alertname: x}}"), "'alertname' can't be the name"),
        (rule("{alert: A, expr: up, labels: {__name__: x}}"), "'__name__' can't be the name"),
        (
            rule("{alert: A, log: {query: a, window: 5m, by: [labels.a-b, labels.a_b]}}"),
            "labels.a-b: another field is the label 'a_b' as well",
        ),
        (
            rule("{alert: A, log: {query: a, window: 5m, distinct: tx, more_than: 1000}}"),
            "`more_than` can be less than 1,000 where `distinct` is",
        ),
        ("groups: [{name: a, interval: 1ms, rules: []}]", "an interval of at least 1s"),
        (rule("{alert: A, expr: up, color: red}"), "group g, alert A: color: no such setting"),
        (
            rule("{alert: A, expr: up}, {alert: A, expr: up}"),
            "the rule 'A' stands twice in group 'g'",
        ),
        ("groups: [{name: a, rules: []}, {name: a, rules: []}]", "two groups are called 'a'"),
        ("groups: [{name: a, rules: [3]}]", "group a, alert 1: "),
        ("groups: [{rules: []}]", "group 1: name: this setting is needed"),
        ("rules: []", "groups: this setting is needed"),
        ("groups: 3", "groups: "),
    ],
)
def test_each_mistake_is_said_with_its_place(text: str, problem: str):
    assert any(problem in each for each in problems(text)), problems(text)


def test_all_mistakes_of_a_file_are_said_at_once():
    text = rule("{alert: '', expr: up, for: x}, {alert: B, log: {query: '(', window: 1}}")
    assert len(problems(text)) == 4


def test_the_mistakes_of_all_files_are_said_at_once(tmp_path):
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text("rules: []")
    with pytest.raises(ConfigError) as raised:
        load_files([str(tmp_path / "*.yaml"), str(tmp_path / "absent.yaml")])
    text = str(raised.value)
    assert text.count("groups: this setting is needed") == 2
    assert "absent.yaml: can't be read" in text


def test_a_wildcard_may_fit_no_file(tmp_path):
    assert load_files([str(tmp_path / "*.yaml")]) == []


def test_a_file_is_read_once_whatever_names_it(tmp_path):
    (tmp_path / "shop.yaml").write_text(GOOD)
    assert len(load_files([str(tmp_path / "*.yaml"), str(tmp_path / "shop.yaml")])) == 1
    assert load_file(tmp_path / "shop.yaml")[0].group.name == "shop"
