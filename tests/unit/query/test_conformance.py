from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from query.conformance_asked import ScoreboardAnswer, ServiceCourseAnswer
from tests.support.conforming import SINCE, UNTIL, Lines, conforming_documents
from tests.support.query_service import Service, memory_store, serving
from tests.unit.query.test_pages import Page

TIME = "since=2023-01-29T12:00:00Z&until=2023-01-29T14:00:00Z"
HOSTILE = "<b>evil</b>/..%2F"


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    lines = Lines()
    lines.documents = conforming_documents()
    violation = {"clew.violations": ["missing_field:<i>x</i>"], "log.logger": "<u>logger</u>"}
    lines.say(
        HOSTILE, SINCE, violation | {"clew.dialect": "text", "message": "<script>1</script>\x1b[2J"}
    )
    with serving(memory_store(lines.documents)) as service:
        yield service


def test_answers_have_the_shapes_that_openapi_promises(service: Service):
    ScoreboardAnswer.model_validate(service.get(f"/api/conformance?{TIME}").json())
    answer = service.get(f"/api/conformance/payment?{TIME}").json()
    ServiceCourseAnswer.model_validate(answer)
    assert answer["before"]["lines"] == 4
    assert answer["remedies"][0]["reason"] == "missing_field"


def test_kinds_add_up_to_the_lines(service: Service):
    for each in service.get(f"/api/conformance?{TIME}").json()["services"]:
        assert each["canonical"] + each["translated"] + each["quarantined"] == each["lines"]
        assert sum(each["dialects"].values()) == each["translated"]
        assert sum(each["reasons"].values()) == each["quarantined"]


def test_without_a_time_it_is_the_last_day(service: Service):
    answer = service.get("/api/conformance").json()
    assert answer["services"] == []
    assert "No service has a line in this time" in service.get("/conformance").text


def test_what_cannot_be_asked_is_said_on_the_page_and_in_the_api(service: Service):
    for wrong in ("since=soon", "since=2023-01-30&until=2023-01-29", "since=1990-01-01"):
        for path in ("/api/conformance", "/conformance", "/conformance/payment"):
            reply = service.get(f"{path}?{wrong}")
            assert (reply.status, "since: " in reply.text) == (400, True)
    assert service.get("/conformance?sort=mood").status == 400


def test_a_service_without_a_line_is_not_found(service: Service):
    for path in ("/api/conformance/nobody", "/conformance/nobody", "/conformance/nobody.json"):
        assert service.get(f"{path}?{TIME}").status == 404


def names(service: Service, sort: str) -> list[str]:
    page = Page(service.get(f"/conformance?{TIME}&sort={sort}").text)
    found = [h for h in page.attributes("href") if h.startswith("/conformance/")]
    return [href.partition("?")[0].removeprefix("/conformance/") for href in found]


def test_the_list_is_sorted_by_a_link(service: Service):
    """Where there is most to do first; by name as names are."""
    evil = quote(HOSTILE, safe="")
    assert names(service, "offending") == ["payment", evil, "cart", "legacy"]
    assert names(service, "service") == [evil, "cart", "legacy", "payment"]
    assert names(service, "lines") == ["payment", "cart", "legacy", evil]
    assert names(service, "canonical")[-1] == "cart"
    assert names(service, "trace")[-1] == "cart"
    for sort in ("translated", "quarantined", "change"):
        assert len(names(service, sort)) == 4


def test_a_refused_line_is_a_link_away(service: Service):
    """From the list to the quarantine of that service at that time."""
    page = Page(service.get(f"/conformance?{TIME}").text)
    [href] = [h for h in page.attributes("href") if h.startswith("/quarantine?")]
    assert "3 lines</h2>" in service.get(href).text


def test_a_page_of_a_service_shows_its_course_and_what_offends(service: Service):
    text = service.get(f"/conformance/payment?{TIME}").text
    assert "55 % canonical" in text
    assert "▲ +29.5 points" in text
    assert text.count("<g><title>2023-01-29 1") == 2
    assert "com.shop.Refunds" in text
    assert "refunded" in text
    assert "Write one whole object a line" in text


def test_hostile_names_and_lines_are_text(service: Service):
    path = f"/conformance/{quote(HOSTILE, safe='')}?{TIME}"
    for page in (service.get(path), service.get(f"/conformance?{TIME}")):
        assert page.status == 200
        for markup in ("<b>evil", "<script>1", "<i>x", "<u>logger", "\x1b"):
            assert markup not in page.text


def test_the_end_of_the_time_is_not_a_part_of_it(service: Service):
    assert UNTIL > SINCE
    services = service.get(f"/api/conformance?{TIME}").json()["services"]
    assert [each["lines"] for each in services if each["service"] == "cart"] == [10]
