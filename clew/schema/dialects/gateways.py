"""
Access logs of gateways and meshes that are JSON: Envoy and Istio, and nginx as people set it up.

They have no message and no level: what is said is which request was answered how, and how bad that
is follows from the status.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from clew.schema.dialects.column import Column, agree, find, replace
from clew.schema.dialects.dialect import SEVERITY, Columns, Fields, JsonDialect

_CLUSTER = re.compile(r"outbound\|\d*\|[^|]*\|([^.|]+)")
_NOBODY = {"PassthroughCluster", "BlackHoleCluster", "InboundPassthroughCluster"}
_SECONDS = re.compile(r"(\d{1,9})(?:\.(\d{1,9}))?", re.ASCII)
_WHOLE = re.compile(r"\d{1,12}", re.ASCII)
_MILLISECOND = 1_000_000


def _envoy(columns: Columns) -> Columns:
    """Durations in nanoseconds, and the service behind a cluster's name."""
    columns = _converted(columns, "duration", _from_milliseconds)
    cluster = find(columns, "upstream_cluster")
    if cluster is not None and agree([_service(text) != "" for text in cluster.texts]):
        services = list(map(_service, cluster.texts))
        columns = [*columns, Column("destination.service", services, quoted=True)]
    return _with_path(columns, "path")


def _nginx(columns: Columns) -> Columns:
    columns = _converted(columns, "request_time", _from_seconds)
    method = find(columns, "request_method") or find(columns, "method")
    request = find(columns, "request")
    split: list[Column] = []
    if method is None and request is not None:
        parts = [text.split(" ") for text in request.texts]
        if agree([len(part) == 3 for part in parts]):
            split = [
                Column("request_method", [part[0] for part in parts], quoted=True),
                Column("request_uri", [part[1] for part in parts], quoted=True),
            ]
    every = [*columns, *split]
    return _with_path(every, "request_uri" if find(every, "request_uri") else "uri")


def _with_path(columns: Columns, name: str) -> Columns:
    """`url.path` without the query; the target as it was asked for stays where it has one."""
    column = find(columns, name)
    if column is None or not column.quoted:
        return columns
    paths = [text.partition("?")[0] for text in column.texts]
    if not agree([path != "" for path in paths]):
        return columns
    path = Column("url.path", paths, quoted=True)
    queried = agree(["?" in text for text in column.texts])
    return [*columns, path] if queried else replace(columns, name, path)


def _converted(columns: Columns, name: str, convert: Callable[[str], str]) -> Columns:
    """A duration in nanoseconds, where it is one."""
    column = find(columns, name)
    if column is None:
        return columns
    converted = list(map(convert, column.texts))
    if not agree([text != "" for text in converted]):
        return columns
    return replace(columns, name, Column("event.duration", converted, quoted=False))


def _from_milliseconds(text: str) -> str:
    return str(int(text) * _MILLISECOND) if _WHOLE.fullmatch(text) else ""


def _from_seconds(text: str) -> str:
    found = _SECONDS.fullmatch(text)
    if found is None:
        return ""
    return str(int(found[1]) * 1_000_000_000 + int((found[2] or "").ljust(9, "0")))


def _service(cluster: str) -> str:
    """The service behind a cluster's name; none of a sidecar's own side, nor of no cluster."""
    if cluster.startswith("inbound|") or cluster in _NOBODY:
        return ""
    found = _CLUSTER.match(cluster)
    return found[1] if found else cluster


def tell_request(fields: Fields, _: list[Column]) -> None:
    """The message, `METHOD path STATUS`, and how bad that is."""
    parts = [fields[name] for name in ("method", "path", "status") if name in fields]
    if parts and "message" not in fields:
        fields["message"] = [" ".join(map(str, each)) for each in zip(*parts, strict=True)]
    if "level" not in fields and "status" in fields:
        fields[SEVERITY] = list(map(severity_of_status, fields["status"]))


def severity_of_status(status: int) -> int:
    """An answer that is the server's fault is an error, one that is the caller's a warning."""
    return 17 if status >= 500 else 13 if status >= 400 else 9


ENVOY = JsonDialect(
    "envoy",
    marks=(("response_code", "response_flags"), ("response_code", "upstream_cluster")),
    names={
        "timestamp": ("start_time",),
        "status": ("response_code",),
    },
    refine=tell_request,
    reshape=_envoy,
)
NGINX = JsonDialect(
    "nginx",
    marks=(
        ("remote_addr", "status", "request"),
        ("remote_addr", "status", "request_method"),
        ("remote_addr", "status", "request_uri"),
        ("request_time", "status", "request_method"),
        ("remote_addr", "status", "method"),
    ),
    names={
        "timestamp": ("time_iso8601", "msec"),
        "method": ("request_method",),
        "path": ("url.path",),
        "status": ("status",),
    },
    labels=frozenset({"tid"}),
    refine=tell_request,
    reshape=_nginx,
)

DIALECTS = (ENVOY, NGINX)
