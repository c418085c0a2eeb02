"""The text of a target is taken as Prometheus takes it, or refused whole with a sentence."""

from __future__ import annotations

import contextlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.metrics.exposition import (
    LABELS,
    LINE_CHARACTERS,
    ExpositionError,
    TooManySamplesError,
    parse_exposition,
    resolved,
)
from clew.schema.sample import Sample

TARGET = {"job": "shop", "instance": "here:80", "node": "node-a"}


def samples_of(text: str | bytes, limit: int = 1000) -> list[Sample]:
    body = text if isinstance(text, bytes) else text.encode()
    return parse_exposition(body, TARGET, limit, lambda: False)


def test_samples_with_their_labels_and_values():
    text = """\
# HELP http_requests_total Requests.
# TYPE http_requests_total counter
http_requests_total{method="post",code="200"} 1027 1395066363000
http_requests_total{method="post",code="400",}    3

file_access_seconds{path="C:\\\\DIR\\\\FILE.TXT",error="not \\"found\\"\\n"} 1.458255915e9
metric_without_timestamp_and_labels 12.47
something_weird{problem="division by zero"} +Inf -3982045
rpc:seconds_bucket{le="+Inf"} 2693
"""
    assert samples_of(text) == [
        Sample("http_requests_total", {"method": "post", "code": "200"}, 1027.0),
        Sample("http_requests_total", {"method": "post", "code": "400"}, 3.0),
        Sample(
            "file_access_seconds",
            {"path": "C:\\DIR\\FILE.TXT", "error": 'not "found"\n'},
            1.458255915e9,
        ),
        Sample("metric_without_timestamp_and_labels", {}, 12.47),
        Sample("something_weird", {"problem": "division by zero"}, math.inf),
        Sample("rpc:seconds_bucket", {"le": "+Inf"}, 2693.0),
    ]


def test_names_stay_as_they_are():
    """The library would make `requests`, a counter, `requests_total`, and Prometheus does not."""
    text = "# TYPE requests counter\nrequests 1\n"
    assert samples_of(text) == [Sample("requests", {}, 1.0)]


def test_nan_is_a_value():
    [sample] = samples_of("a NaN\n")
    assert math.isnan(sample.value)


def test_an_empty_text_has_no_samples():
    assert samples_of("") == samples_of("# EOF\n") == []


def test_what_a_target_says_twice_counts_once():
    """The first, as in Prometheus: labels in another order, or an empty one more, are the same."""
    text = 'a{x="1",y="2"} 1\na{y="2",x="1"} 2\na{x="1",y="2",z=""} 3\n'
    assert samples_of(text) == [Sample("a", {"x": "1", "y": "2"}, 1.0)]


def test_nobody_says_of_himself_that_he_is_up():
    assert samples_of("up 1\nscrape_duration_seconds 0\na 1\n") == [Sample("a", {}, 1.0)]


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({"job": "mine"}, {"exported_job": "mine"}),
        ({"job": ""}, {}),
        ({"job": "a", "exported_job": "b"}, {"exported_job": "b", "exported_exported_job": "a"}),
        ({"job": "a", "pod": "p"}, {"exported_job": "a", "pod": "p"}),
    ],
)
def test_labels_that_clash_with_the_targets_are_exported(
    labels: dict[str, str], expected: dict[str, str]
):
    assert resolved(labels, TARGET) == expected


BROKEN = {
    "a page": "<html><body>404</body></html>",
    "no value": "a\n",
    "a name that looks like a value": "nan\n",
    "no number": "a one\n",
    "no closing brace": 'a{x="1" 2\n',
    "no closing quote": 'a{x="1} 2\n',
    "no quotes": "a{x=1} 2\n",
    "a label twice": 'a{x="1",x="2"} 1\n',
    "no name of a metric": '1a{x="1"} 1\n',
    "no name of a label": 'a{1x="1"} 1\n',
    "a name with a dot": '{"a.b"} 1\n',
    "an underscore in a number": "a 1_000\n",
    "more than a double holds": f"a {'9' * 400}\n",
    "digits without end": f"a {'9' * 5000}x\n",
    "not UTF-8": b'a{x="\xff"} 1\n',
    "NULs": b"\0" * 100,
    "a gzip": b"\x1f\x8b\x08\x00" * 10,
    "a line without end": f'a{{x="{"y" * LINE_CHARACTERS}"}} 1\n',
    "too many labels": "a{" + ",".join(f'l{n}="1"' for n in range(LABELS + 1)) + "} 1\n",
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN.keys())
def test_broken_text_fails_as_a_whole(text: str | bytes):
    good = b"good 1\n"
    body = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(ExpositionError) as raised:
        samples_of(good + body)
    assert str(raised.value)
    assert len(str(raised.value)) < 500


def test_more_samples_than_a_target_may_have_fail():
    text = "".join(f'a{{n="{n}"}} 1\n' for n in range(11))
    assert len(samples_of(text, limit=11)) == 11
    with pytest.raises(TooManySamplesError, match="more than 10 samples"):
        samples_of(text, limit=10)


def test_parsing_ends_when_it_is_over():
    with pytest.raises(TimeoutError):
        parse_exposition(b"a 1\n", TARGET, 10, lambda: True)


PIECES = st.sampled_from(
    ["a", "{", "}", '"', "=", ",", "\\", "\n", " ", "\t", "1", "#", "# TYPE a ", "+Inf", "é", "\0"]
)


@given(st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=80))
def test_whatever_it_is_nothing_else_is_raised(text: str):
    try:
        samples = samples_of(text)
    except ExpositionError:
        return
    for sample in samples:
        assert sample.name
        assert not sample.labels.keys() & TARGET.keys()


@given(st.binary(max_size=80))
def test_whatever_bytes_it_is_nothing_else_is_raised(body: bytes):
    with contextlib.suppress(ExpositionError):
        samples_of(body)
