"""
The names that loggers commonly give to things, for lines of whatever dialect.

They are the dotted names of flattened objects. What one logger alone means by a name stands in its
own dialect.
"""

from __future__ import annotations

# Field of the record -> names it goes by, the most telling first. No name stands in two rows.
ALIASES: dict[str, tuple[str, ...]] = {
    "timestamp": (
        "@timestamp", "timestamp", "time", "ts", "@t", "asctime", "datetime", "date", "Timestamp",
        "timeMillis",
    ),
    "level": (
        "log.level", "level", "severity", "levelname", "lvl", "loglevel", "LogLevel", "@l",
        "severity_text", "severityText", "_level_name", "level_name", "@level",
        "log_level", "L", "Level", "LEVEL", "Severity", "SEVERITY", "Lvl", "LVL",
    ),
    "message": (
        "message", "msg", "event", "short_message", "@m", "@mt", "@message", "Message", "body",
        "log", "text", "fields.message", "errorMessage",
    ),
    "service": (
        "service.name", "service", "serviceName", "app", "application", "dd.service",
        "otelServiceName",
    ),
    "trace": (
        "trace.id", "trace_id", "traceId", "traceid", "TraceId", "TraceID", "traceID",
        "elasticapm_trace_id", "@tr", "otelTraceID", "tid", "TID", "dd.trace_id",
        "logging.googleapis.com/trace", "X-B3-TraceId", "trace",
    ),
    "transaction": (
        "transaction.id", "transaction_id", "transactionId", "transactionID", "TransactionId",
        "tx_id", "txId", "elasticapm_transaction_id",
    ),
    "span": (
        "span.id", "span_id", "spanId", "spanid", "SpanId", "SpanID", "spanID",
        "elasticapm_span_id", "@sp", "otelSpanID", "dd.span_id", "logging.googleapis.com/spanId",
        "X-B3-SpanId",
    ),
    "parent": (
        "parent.id", "parent_id", "parentId", "ParentId", "parent_span_id", "parentSpanId",
        "X-B3-ParentSpanId",
    ),
    "logger": (
        "log.logger", "logger", "logger_name", "loggerName", "Category", "SourceContext", "@module",
        "target",
    ),
    "thread": ("process.thread.name", "thread_name", "threadName", "thread"),
    "error_type": (
        "error.type", "err.type", "err.name", "exception.type", "exception.exception_class",
        "thrown.name", "error.kind", "error.name",
    ),
    "error_message": (
        "error.message", "err.message", "error", "err", "exception.message",
        "exception.exception_message", "thrown.message",
    ),
    "stack_trace": (
        "error.stack_trace", "stack_trace", "err.stack", "stack", "errorVerbose", "stacktrace",
        "exc_info", "exception.stacktrace", "exception", "thrown.extendedStackTrace", "@x",
        "error.stack", "stackTrace", "Exception",
    ),
    "duration": ("event.duration",),
    "method": ("http.request.method", "http.method", "method"),
    "path": ("url.path", "http.target", "path"),
    "status": ("http.response.status_code", "http.status_code", "status_code", "status"),
    "destination": ("destination.service", "peer.service"),
    "dataset": ("event.dataset",),
    "service_version": ("service.version", "dd.version"),
    "environment": ("service.environment", "dd.env"),
    "ecs_version": ("ecs.version",),
}  # fmt: skip

ID_CONTAINERS = (
    "labels.", "mdc.", "contextMap.", "context.", "contextData.", "attributes.", "extra.",
    "record.extra.", "Properties.", "Scopes.", "State.", "fields.", "_",
    "logging.googleapis.com/labels.",
)  # fmt: skip
"""Objects of context, in which IDs are looked for too; what stands beside them is trusted more."""
