"""Lines as logging libraries write them, and the record that each becomes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clew.schema.line import JSON
from tests.support.records import record_of

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
TIME = "2023-01-29T08:42:09.736Z"
NANOSECONDS = "2023-01-29T08:42:09.736000000Z"
STACK = "shop.CardRefused: no\n\tat shop.Issuer.charge(Issuer.java:88)"

# Name -> what is written, what becomes of it.
LIBRARIES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "ecs-logging for Java, its caller nested beside a dotted level": (
        {
            "@timestamp": TIME,
            "log.level": " WARN",
            "message": "m",
            "log": {"origin": {"file": {"name": "Cart.java", "line": 7}}},
            "trace.id": TRACE,
        },
        {
            "@timestamp": TIME,
            "log.level": " WARN",
            "message": "m",
            "trace.id": TRACE,
            "labels": {"log.origin.file.name": "Cart.java", "log.origin.file.line": "7"},
        },
    ),
    "ecs-logging for Python": (
        {
            "@timestamp": TIME,
            "log.level": "warning",
            "message": "m",
            "ecs.version": "1.6.0",
            "log": {"logger": "cart", "original": "m"},
            "process": {"thread": {"id": 1, "name": "MainThread"}},
            "error": {"type": "ValueError", "message": "no", "stack_trace": STACK},
        },
        {
            "@timestamp": TIME,
            "log.level": "warning",
            "message": "m",
            "ecs.version": "1.6.0",
            "log.logger": "cart",
            "process.thread.name": "MainThread",
            "error.type": "ValueError",
            "error.message": "no",
            "error.stack_trace": STACK,
            "labels": {"log.original": "m", "process.thread.id": "1"},
        },
    ),
    "Spring Boot's ecs before 3.5, flat": (
        {
            "@timestamp": "2023-01-29T08:42:09.736442008Z",
            "log.level": "INFO",
            "process.pid": 1,
            "process.thread.name": "main",
            "service.name": "cart",
            "log.logger": "shop.Cart",
            "message": "m",
            "traceId": TRACE,
            "spanId": SPAN,
            "ecs.version": "8.11",
        },
        {
            "@timestamp": "2023-01-29T08:42:09.736442008Z",
            "log.level": "INFO",
            "process.thread.name": "main",
            "service.name": "cart",
            "log.logger": "shop.Cart",
            "message": "m",
            "trace.id": TRACE,
            "span.id": SPAN,
            "ecs.version": "8.11",
            "labels": {"process.pid": "1"},
        },
    ),
    "Spring Boot's ecs from 3.5, nested": (
        {
            "@timestamp": TIME,
            "log": {"level": "ERROR", "logger": "shop.Cart"},
            "process": {"pid": 1, "thread": {"name": "main"}},
            "service": {"name": "cart", "version": "1.2", "environment": "live"},
            "message": "m",
            "error": {"type": "shop.CardRefused", "message": "no", "stack_trace": STACK},
            "tags": ["AUDIT"],
            "ecs": {"version": "8.11"},
        },
        {
            "@timestamp": TIME,
            "log.level": "ERROR",
            "log.logger": "shop.Cart",
            "process.thread.name": "main",
            "service.name": "cart",
            "service.version": "1.2",
            "service.environment": "live",
            "message": "m",
            "error.type": "shop.CardRefused",
            "error.message": "no",
            "error.stack_trace": STACK,
            "ecs.version": "8.11",
            "labels": {"process.pid": "1", "tags": '["AUDIT"]'},
        },
    ),
    "Spring Boot's logstash, and logstash-logback-encoder": (
        {
            "@timestamp": "2023-01-29T16:42:09.736+08:00",
            "@version": "1",
            "message": "m",
            "logger_name": "shop.Cart",
            "thread_name": "main",
            "level": "ERROR",
            "level_value": 40000,
            "traceId": TRACE,
            "stack_trace": STACK,
        },
        {
            "@timestamp": "2023-01-29T16:42:09.736+08:00",
            "message": "m",
            "log.logger": "shop.Cart",
            "process.thread.name": "main",
            "log.level": "ERROR",
            "trace.id": TRACE,
            "error.stack_trace": STACK,
            "labels": {"@version": "1", "level_value": "40000"},
        },
    ),
    "log4j2's template for ECS, its IDs among the labels": (
        {
            "@timestamp": TIME,
            "log.level": "INFO",
            "message": "m",
            "process.thread.name": "main",
            "log.logger": "shop.Cart",
            "labels": {"traceId": TRACE, "spanId": SPAN, "order_id": "O-77"},
        },
        {
            "@timestamp": TIME,
            "log.level": "INFO",
            "message": "m",
            "process.thread.name": "main",
            "log.logger": "shop.Cart",
            "trace.id": TRACE,
            "span.id": SPAN,
            "labels": {"order_id": "O-77"},
        },
    ),
    "pino": (
        {
            "level": 50,
            "time": 1674981729736,
            "pid": 7,
            "hostname": "cart-0",
            "name": "cart",
            "err": {"type": "Error", "message": "no", "stack": STACK},
            "msg": "no",
        },
        {
            "log.level": "50",
            "@timestamp": NANOSECONDS,
            "error.type": "Error",
            "error.message": "no",
            "error.stack_trace": STACK,
            "message": "no",
            "labels": {"pid": "7", "hostname": "cart-0", "name": "cart"},
        },
    ),
    "bunyan": (
        {
            "name": "cart",
            "level": 30,
            "msg": "m",
            "time": TIME,
            "v": 0,
            "req_id": "r-1",
        },
        {
            "log.level": "30",
            "message": "m",
            "@timestamp": TIME,
            "labels": {"name": "cart", "v": "0", "req_id": "r-1"},
        },
    ),
    "zap": (
        {
            "level": "error",
            "ts": 1674981729.736,
            "logger": "cart",
            "caller": "cart/pay.go:12",
            "msg": "m",
            "error": "no",
            "errorVerbose": STACK,
            "stacktrace": "cart.Pay\n\tpay.go:12",
        },
        {
            "log.level": "error",
            "@timestamp": NANOSECONDS,
            "log.logger": "cart",
            "message": "m",
            "error.message": "no",
            "error.stack_trace": STACK,
            "labels": {"caller": "cart/pay.go:12", "stacktrace": "cart.Pay\n\tpay.go:12"},
        },
    ),
    "zerolog": (
        {
            "level": "info",
            "time": "2023-01-29T16:42:09+08:00",
            "message": "m",
            "caller": "pay.go:12",
        },
        {
            "log.level": "info",
            "@timestamp": "2023-01-29T16:42:09+08:00",
            "message": "m",
            "labels": {"caller": "pay.go:12"},
        },
    ),
    "slog": (
        {
            "time": "2023-01-29T16:42:09.736442008+08:00",
            "level": "INFO",
            "source": {"function": "main.pay", "line": 12},
            "msg": "m",
            "trace_id": TRACE,
        },
        {
            "@timestamp": "2023-01-29T16:42:09.736442008+08:00",
            "log.level": "INFO",
            "message": "m",
            "trace.id": TRACE,
            "labels": {"source.function": "main.pay", "source.line": "12"},
        },
    ),
    "logrus": (
        {
            "level": "warning",
            "msg": "m",
            "time": "2023-01-29T08:42:09Z",
            "error": "no",
            "fields.msg": "x",
        },
        {
            "log.level": "warning",
            "message": "m",
            "@timestamp": "2023-01-29T08:42:09Z",
            "error.message": "no",
            "labels": {"fields.msg": "x"},
        },
    ),
    "structlog": (
        {
            "event": "m",
            "level": "info",
            "logger": "cart",
            "timestamp": "2023-01-29T08:42:09.736442Z",
            "exception": STACK,
        },
        {
            "message": "m",
            "log.level": "info",
            "log.logger": "cart",
            "@timestamp": "2023-01-29T08:42:09.736442Z",
            "error.stack_trace": STACK,
        },
    ),
    "python-json-logger, its clock without a zone, its trace with none": (
        {
            "asctime": "2023-01-29 08:42:09,736",
            "levelname": "WARNING",
            "name": "cart",
            "message": "m",
            "exc_info": STACK,
            "otelTraceID": "0",
            "otelSpanID": "0",
        },
        {
            "log.level": "WARNING",
            "message": "m",
            "error.stack_trace": STACK,
            "labels": {
                "asctime": "2023-01-29 08:42:09,736",
                "name": "cart",
                "otelTraceID": "0",
                "otelSpanID": "0",
            },
        },
    ),
    "Serilog's compact format": (
        {"@t": "2023-01-29T08:42:09.7364420Z", "@m": "m", "@l": "Error", "@tr": TRACE, "@sp": SPAN},
        {
            "@timestamp": "2023-01-29T08:42:09.7364420Z",
            "message": "m",
            "log.level": "Error",
            "trace.id": TRACE,
            "span.id": SPAN,
        },
    ),
}


@pytest.mark.parametrize(("written", "expected"), LIBRARIES.values(), ids=LIBRARIES)
def test_library(written: dict[str, Any], expected: dict[str, Any]):
    """What a library writes is found under ECS' names, and the rest of it among the labels."""
    assert record_of(json.dumps(written), JSON) == expected
