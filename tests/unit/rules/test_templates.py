from __future__ import annotations

import math

import pytest

from clew.rules.templates import TemplateError, parse_template

LABELS = {"service_name": "payment", "node": "n1"}


@pytest.mark.parametrize(
    ("text", "value", "rendered"),
    [
        ("nothing to fill in", 1.0, "nothing to fill in"),
        ("{{ $labels.service_name }} {{ $value }}", 3.0, "payment 3"),
        ("{{ .Labels.service_name }}{{.Value}}", 0.25, "payment0.25"),
        ("{{- $labels.node | toUpper -}}", 1.0, "N1"),
        ("[{{ $labels.absent }}]", 1.0, "[]"),
        ("{{ $value | humanize }}", 1234.5, "1.234k"),
        ("{{ $value | humanize1024 }}", 1536.0, "1.5ki"),
        ("{{ $value | humanizePercentage }}", 0.125, "12.5%"),
        ("{{ $value | humanizeDuration }}", 3723.0, "1h 2m 3s"),
        ('{{ printf "%.1f" $value }}', 2.25, "2.2"),
        ('{{ $value | printf "%.2f" }}', 2.0, "2.00"),
        ("{{ humanize $value }}", 1234.5, "1.234k"),
        ("{{ toUpper $labels.node | toLower }}", 1.0, "n1"),
        ("a \n {{- $value -}} \n b {{ $value }} c", 1.0, "a1b 1 c"),
        ('{{ printf "%d" $value }}', math.inf, "+Inf"),
        ("{{ $value }}", math.nan, "NaN"),
        ("{{ $value }}", -math.inf, "-Inf"),
    ],
)
def test_values_stand_where_the_template_says(text: str, value: float, rendered: str):
    assert parse_template(text).render(LABELS, value) == rendered


def test_what_a_label_holds_is_no_template():
    """A service can't write an alert's text for itself."""
    labels = {"service_name": "{{ $value }}"}
    assert parse_template("{{ $labels.service_name }}").render(labels, 1.0) == "{{ $value }}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{ $value", "without its"),
        ("{{ if $value }}x{{ end }}", "only \\$value and \\$labels.NAME"),
        ('{{ query "up" }}', "only \\$value"),
        (
            "{{ $value | reverse }}",
            "no such function as 'reverse'; there are humanize, humanize1024",
        ),
        ("{{ }}", "only \\$value"),
    ],
)
def test_a_template_that_can_t_be_read_says_so(text: str, message: str):
    with pytest.raises(TemplateError, match=message):
        parse_template(text)
