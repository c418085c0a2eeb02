"""
Every field that a document can have, and how a store must treat it.

One table drives the Elasticsearch mapping, the embedded index, what a search may ask for, and the
page `docs/spec/fields.md`, which is generated from it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class FieldType(StrEnum):
    """How a field is indexed, and so what can be asked of it."""

    KEYWORD = "keyword"  # exact values; equality, prefix, existence
    TEXT = "text"  # words, see `clew.search.words`; words and phrases
    LONG = "long"  # signed 64-bit integers; equality and ranges
    TIME = "time"  # RFC 3339 with up to nanoseconds; ranges
    LABELS = "labels"  # an object of strings; equality of one label, or of any
    STORED = "stored"  # kept and given back, never searched


class Field(NamedTuple):
    name: str
    type: FieldType
    meaning: str


_K, _T, _L = FieldType.KEYWORD, FieldType.TEXT, FieldType.LONG

FIELDS: dict[str, Field] = {
    field.name: field
    for field in (
        Field("@timestamp", FieldType.TIME, "when it happened; else when the runtime wrote it"),
        Field("message", _T, "what the application said"),
        Field("log.level", _K, "the level as the application wrote it"),
        Field("log.logger", _K, "the logger, class or module that spoke"),
        Field("process.thread.name", _K, "the thread that spoke"),
        Field("service.name", _K, "the service that spoke"),
        Field("service.version", _K, "its version"),
        Field("service.environment", _K, "its environment, such as production"),
        Field("event.dataset", _K, "the data set that ecs-logging libraries name"),
        Field("ecs.version", _K, "the version of ECS that the line claims"),
        Field("trace.id", _K, "one request across services"),
        Field("transaction.id", _K, "as the application wrote it: a tracer's or a business ID"),
        Field("span.id", _K, "the step that spoke"),
        Field("parent.id", _K, "the step that caused it"),
        Field("error.type", _K, "class of the exception"),
        Field("error.message", _T, "its text"),
        Field("error.stack_trace", _T, "its stack trace"),
        Field("event.duration", _L, "how long it took, in nanoseconds"),
        Field("http.request.method", _K, "method of the request served or made"),
        Field("url.path", _K, "path of the request served or made"),
        Field("http.response.status_code", _L, "status it was answered with"),
        Field("destination.service", _K, "the service that was called"),
        Field("labels", FieldType.LABELS, "every other key of the line, flat, as strings"),
        Field("kubernetes.cluster", _K, "the cluster"),
        Field("kubernetes.namespace", _K, "the namespace of the pod"),
        Field("kubernetes.pod.name", _K, "the pod"),
        Field("kubernetes.pod.uid", _K, "its UID, or a static pod's configuration hash"),
        Field("kubernetes.container.name", _K, "the container"),
        Field("kubernetes.container.restart", _L, "how often the container had restarted"),
        Field("kubernetes.node.name", _K, "the node it ran on"),
        Field("kubernetes.workload.name", _K, "the Deployment or similar that the pod belongs to"),
        Field("kubernetes.workload.kind", _K, "what that is, such as StatefulSet, where known"),
        Field("kubernetes.pod.qos_class", _K, "the pod's class of service, such as Burstable"),
        Field("kubernetes.labels", FieldType.LABELS, "labels of the pod, or of a Docker container"),
        Field("stream", _K, "stdout or stderr"),
        Field("log.file.path", _K, "the file the line was read from"),
        Field("log.offset", _L, "where in that file the line begins, in bytes, uncompressed"),
        Field("event.ingested", FieldType.TIME, "when the collector took it in"),
        Field("event.original", _T, "a quarantined line as it was written"),
        Field("clew.severity", _L, "OpenTelemetry's severity number, 1 to 24; 0 is unknown"),
        Field("clew.schema", _L, "version of this schema"),
        Field("clew.dialect", _K, "the dialect the line was written in"),
        Field("clew.policy", _K, "version of the policy that was applied"),
        Field("clew.violations", _K, "what schema and policy found wanting: reason, colon, field"),
        Field("clew.transaction", _K, "the business transaction, such as an order number"),
        Field("clew.timestamp", _K, "`runtime` where @timestamp is the container runtime's"),
        Field("clew.runtime_nanoseconds", _L, "when the runtime wrote the line, Unix nanoseconds"),
        Field("clew.generation", _K, "the file the line stood in, whatever it is called today"),
        Field("clew.reason", _K, "why a line was quarantined"),
        Field("clew.field", _K, "the field at fault"),
        Field("clew.detail", FieldType.STORED, "what exactly was wrong"),
        Field(
            "clew.raw",
            FieldType.STORED,
            "its exact bytes in base64, where that is not all",
        ),
    )
}

TEXT_FIELDS: tuple[str, ...] = tuple(n for n, f in FIELDS.items() if f.type is FieldType.TEXT)
"""Where a word without a field is looked for."""

LABEL_FIELDS: tuple[str, ...] = tuple(n for n, f in FIELDS.items() if f.type is FieldType.LABELS)
"""Objects of strings; of such a field `<field>.<key>` is one label."""

ID_FIELDS: tuple[str, ...] = (
    "clew.transaction",
    "transaction.id",
    "trace.id",
    "span.id",
)
"""Where an ID is looked for, the most telling first; after them come the label values."""

SERVICE, POD, NAMESPACE = "service.name", "kubernetes.pod.name", "kubernetes.namespace"
TIMESTAMP, GENERATION, OFFSET = "@timestamp", "clew.generation", "log.offset"
SEVERITY, TRACE, SPAN, PARENT = "clew.severity", "trace.id", "span.id", "parent.id"
TRANSACTION = "clew.transaction"
