"""Whatever is logged, there is one line for it, and it is canonical."""

from __future__ import annotations

import json
import logging
import logging.config
import logging.handlers
import queue
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew_logging import CanonicalFormatter, request
from tests.support.canonical import decode
from tests.support.hostile import NAMES, TEXTS, VALUES, Unprintable

LINE_BYTES = 1024 * 1024


def formatted(**record: Any) -> dict[str, Any]:
    """The fields of the line of a record with these attributes."""
    made = logging.makeLogRecord({"name": "shop.order", "levelname": "INFO", "msg": "hello"})
    vars(made).update(record)
    return decode(CanonicalFormatter(service="shop").format(made))


def raised(error: BaseException) -> BaseException:
    try:
        raise error
    except BaseException as caught:  # noqa: BLE001 - whichever it was
        return caught


@given(st.dictionaries(NAMES, VALUES, max_size=5))
def test_no_attribute_of_a_record_makes_a_line_that_is_not_canonical(extra: dict[str, Any]):
    """Even those that logging sets itself may be anything, in a record that came from elsewhere."""
    formatted(**extra)


@given(VALUES, st.tuples(VALUES) | st.tuples() | VALUES)
def test_no_message_makes_a_line_that_is_not_canonical(message: Any, arguments: Any):
    formatted(msg=message, args=arguments)


@given(VALUES, VALUES)
def test_no_exception_makes_a_line_that_is_not_canonical(argument: Any, exc_info: Any):
    error = raised(ValueError(argument))
    written = formatted(exc_info=(type(error), error, error.__traceback__))
    assert written["error.type"] == "ValueError"
    formatted(exc_info=exc_info)


@given(TEXTS, TEXTS, TEXTS)
def test_no_name_makes_a_line_that_is_not_canonical(name: str, level: str, thread: str):
    formatted(name=name, levelname=level, threadName=thread)


def test_a_line_has_what_a_record_says():
    written = formatted(created=1_674_981_729.736442, threadName="worker", levelname="WARNING")
    assert written == {
        "@timestamp": "2023-01-29T08:42:09.736442Z",
        "log.level": "WARNING",
        "message": "hello",
        "ecs.version": "8.11.0",
        "service.name": "shop",
        "log.logger": "shop.order",
        "process.thread.name": "worker",
    }


@pytest.mark.parametrize("created", [float("nan"), float("inf"), -1, 1e30, None, "now"])
def test_a_time_that_no_store_takes_becomes_that_of_now(created: Any):
    assert formatted(created=created)["@timestamp"] > "2024"


def test_arguments_stand_in_the_message():
    assert formatted(msg="%s took %.1f s", args=("stock", 1.5))["message"] == "stock took 1.5 s"


def test_arguments_that_do_not_fit_are_kept_beside_the_message():
    """logging would print a traceback to standard error, and no line."""
    written = formatted(msg="%d pieces", args=("many",))
    assert written["message"] == "%d pieces"
    assert written["labels"]["logging.arguments"] == "('many',)"
    assert written["labels"]["logging.problem"].startswith("TypeError")


def test_what_fits_a_field_goes_there_under_any_spelling():
    extra = {
        "http": {"request": {"method": "GET"}, "response": {"status_code": 200}},
        "url.path": "/orders",
        "event.duration": 1_500_000,
        "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
        "transaction_id": "A-17",
    }
    written = formatted(**extra)
    assert written["http.request.method"] == "GET"
    assert written["http.response.status_code"] == 200
    assert written["url.path"] == "/orders"
    assert written["event.duration"] == 1_500_000
    assert written["trace.id"] == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert written["transaction.id"] == "A-17"
    assert "labels" not in written


def test_everything_else_is_a_flat_label():
    extra = {
        "order": {"id": "A-17", "items": [{"sku": 1, "left": None}], "paid": True},
        "ratio": float("nan"),
        "raw": b"caf\xc3\xa9 \xff",
        "nothing": None,
        "labels": {"customer": "Ada"},
        "http.response.status_code": "teapot",
        "trace.id": "N/A",
    }
    assert formatted(**extra)["labels"] == {
        "order.id": "A-17",
        "order.items": '[{"sku":1,"left":null}]',
        "order.paid": "true",
        "ratio": "NaN",
        "raw": "café \\xff",
        "customer": "Ada",
        "http.response.status_code": "teapot",
        "extra.trace.id": "N/A",
    }


def test_what_a_record_says_itself_is_not_replaced_by_an_addition():
    written = formatted(**{"log.level": "LOUD", "labels.message": "another"})
    assert written["log.level"] == "INFO"
    assert written["message"] == "hello"
    assert written["labels"] == {"log.level": "LOUD", "message": "another"}


def test_labels_beyond_what_a_line_may_have_are_counted():
    with request({"X-Request-ID": "r-1"}):
        written = formatted(many={str(n): n for n in range(300)})
    assert len(written["labels"]) == 256
    assert written["labels"]["clew_logging.left_out"] == "46"
    assert written["labels"]["request_id"] == "r-1"


def test_a_long_text_is_cut_in_its_middle_and_says_so():
    label = formatted(text="a" * 10_000 + "z")["labels"]["text"]
    assert len(label) <= 8191
    assert label.startswith("aaa")
    assert label.endswith("z")
    assert "characters left out" in label


@pytest.mark.parametrize("letter", ["a", "\0", "ä", "🧶", '"'])
def test_no_line_is_longer_than_what_becomes_a_record(letter: str):
    """As long as it fits, a message is whole; then it is cut, and so are the labels."""
    whole = formatted(msg=letter * 100_000)
    assert whole["message"] == letter * 100_000
    made = logging.makeLogRecord({"msg": letter * 2_000_000})
    made.many = {str(n): letter * 8000 for n in range(300)}
    line = CanonicalFormatter().format(made)
    assert len(line.encode()) <= LINE_BYTES
    written = decode(line)
    assert "characters left out" in written["message"]
    kept = len(written["labels"]) - 1
    assert int(written["labels"]["clew_logging.left_out"]) == 300 - kept


def test_an_exception_comes_with_its_causes():
    try:
        try:
            raise KeyError("stock")
        except KeyError as cause:
            raise ValueError("no such article") from cause
    except ValueError:
        written = formatted(exc_info=sys.exc_info())
    assert written["error.type"] == "ValueError"
    assert written["error.message"] == "no such article"
    assert "KeyError: 'stock'" in written["error.stack_trace"]
    assert written["error.stack_trace"].rstrip().endswith("ValueError: no such article")


def test_an_error_without_a_text_has_no_message():
    error = raised(TimeoutError())
    written = formatted(exc_info=(type(error), error, None))
    assert written["error.type"] == "TimeoutError"
    assert "error.message" not in written


def test_an_exception_that_can_not_be_printed_is_named():
    class BrokenError(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no text")

    error = raised(BrokenError())
    written = formatted(exc_info=error)
    assert written["error.type"] == "BrokenError"
    assert "BrokenError" in written["error.stack_trace"]


def test_the_exception_being_handled_is_meant_by_true():
    try:
        raise ValueError("v")
    except ValueError:
        assert formatted(exc_info=True)["error.message"] == "v"
    assert "error.type" not in formatted(exc_info=(None, None, None))


def test_a_stack_that_is_no_exceptions_is_a_label():
    """Nothing has failed where somebody only asks who calls."""
    written = formatted(stack_info="Stack (most recent call last): ...")
    assert written["labels"]["stack_info"].startswith("Stack")
    assert "error.stack_trace" not in written


def test_a_record_from_a_queue_keeps_its_trace():
    """QueueHandler makes texts of what can't be sent to another process."""
    records: queue.Queue[Any] = queue.Queue()
    log = logging.Logger("queued")
    log.addHandler(logging.handlers.QueueHandler(records))
    try:
        raise ValueError("v")
    except ValueError:
        log.exception("failed")
    written = decode(CanonicalFormatter().format(records.get_nowait()))
    assert "ValueError: v" in written.get("error.stack_trace", written["message"])


def test_an_object_that_can_not_be_printed_costs_its_own_label_only():
    written = formatted(good=1, bad=Unprintable())
    assert written["labels"] == {"good": "1", "bad": "<Unprintable that can't be printed>"}


def test_who_speaks_comes_from_the_variables_of_opentelemetry(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OTEL_SERVICE_NAME", "cart")
    monkeypatch.setenv(
        "OTEL_RESOURCE_ATTRIBUTES",
        "service.name=other,service.version=1.2%2B3,deployment.environment.name=test,broken",
    )
    record = logging.makeLogRecord({"msg": "hello"})
    written = json.loads(CanonicalFormatter().format(record))
    assert written["service.name"] == "cart"
    assert written["service.version"] == "1.2+3"
    assert written["service.environment"] == "test"
    written = json.loads(CanonicalFormatter(service="own", environment="live").format(record))
    assert written["service.name"] == "own"
    assert written["service.environment"] == "live"


def test_a_line_is_compact():
    line = CanonicalFormatter().format(logging.makeLogRecord({"msg": "two\nlines", "a": [1, 2]}))
    assert "\n" not in line
    assert '": "' not in line
    assert json.loads(line)["message"] == "two\nlines"


def test_a_dictionary_can_name_the_formatter():
    """logging.config takes `()` for what makes one."""
    configurator: Any = logging.config.DictConfigurator({})
    made = configurator.configure_formatter(
        {"()": "clew_logging.CanonicalFormatter", "service": "shop", "version": "1"}
    )
    written = decode(made.format(logging.makeLogRecord({"msg": "hello"})))
    assert written["service.version"] == "1"
