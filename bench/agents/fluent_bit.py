"""
Fluent Bit's configuration for the same job, as its manual and its Helm chart have it.

What clew does and Fluent Bit is asked for: lines framed as the runtime wrote them, JSON parsed (or
a regular expression applied), names of other loggers put in place of theirs, the pod's metadata,
offsets kept in its database, HTTP with zstd. The metadata comes from files that its kubernetes
filter loads beforehand, so no API server is asked and no answer waited for.

What it is not asked for: it checks no schema, finds no transaction, keeps no plan of what is sent.
"""

from __future__ import annotations

import json
from pathlib import Path

from bench.agents.trees import Dialect, Format, pods

MEMORY = "50MB"
"""Of chunks in memory before reading pauses. With the 5 MB of its Helm chart it waits for one flush
after the other: a third of the pace, for 10 % more CPU time and half the memory."""

_PARSERS = r"""
[PARSER]
    Name cri
    Format regex
    Regex ^(?<time>[^ ]+) (?<stream>stdout|stderr) (?<logtag>[^ ]*) (?<log>.*)$
    Time_Key time
    Time_Format %Y-%m-%dT%H:%M:%S.%L%z

[PARSER]
    Name docker
    Format json
    Time_Key time
    Time_Format %Y-%m-%dT%H:%M:%S.%LZ

[PARSER]
    Name pod
    Format regex
    Regex ^(?<namespace_name>[^_]+)_(?<pod_name>[^_]+)_(?<docker_id>[^.]+)\.(?<container_name>[^.]+)\.

[PARSER]
    Name train-ticket
    Format regex
    Regex ^(?<clock>[^ ]+) +(?<level>[A-Z]+) +(?<logger>[^ ]+) +TraceID: (?<trace>[^ ]+) SpanID: (?<span>[^ ]+) (?<message>.*)$
"""  # noqa: E501

_RENAMED = {
    "msg": "message",
    "time": "@timestamp",
    "level": "log.level",
    "name": "service.name",
    "trace_id": "trace.id",
    "traceId": "trace.id",
    "span_id": "span.id",
    "spanId": "span.id",
    "logger_name": "log.logger",
    "thread_name": "process.thread.name",
}

_CONFIG = """
[SERVICE]
    Flush 1
    Grace 30
    Log_Level warn
    Parsers_File {parsers}

[INPUT]
    Name tail
    Path {tree}/*/*/*.log
    Parser {format}
    Tag kube.<namespace>_<pod>_<uid>.<container>.<restart>
    Tag_Regex /(?<namespace>[^/_]+)_(?<pod>[^/_]+)_(?<uid>[^/_]+)/(?<container>[^/]+)/(?<restart>[0-9]+)\\.log
    Read_from_Head On
    DB {work}/offsets.db
    DB.locking On
    Mem_Buf_Limit {memory}

[FILTER]
    Name kubernetes
    Match *
    Kube_Tag_Prefix kube.
    Regex_Parser pod
    Kube_URL http://127.0.0.1:1
    Kube_meta_preload_cache_dir {metadata}
    Kube_Namespace_File {metadata}/namespace
    Kube_Token_File {metadata}/token
    Merge_Log {merge}
    Keep_Log {keep}
    K8S-Logging.Parser Off
    K8S-Logging.Exclude Off
{filters}
[OUTPUT]
    Name http
    Match *
    Host 127.0.0.1
    Port {port}
    URI /lines
    Format json_lines
    Compress zstd
    Retry_Limit no_limits
"""  # noqa: E501


def write_config(work: Path, tree: Path, form: Format, dialect: Dialect, port: int) -> Path:
    """The configuration file, and beside it all that it names."""
    parsers, config = work / "parsers.conf", work / "fluent-bit.conf"
    parsers.write_text(_PARSERS)
    text = dialect is Dialect.TEXT
    config.write_text(
        _CONFIG.format(
            parsers=parsers,
            tree=tree,
            format=form.value,
            work=work,
            memory=MEMORY,
            metadata=_write_metadata(work / "metadata", tree),
            merge="Off" if text else "On",
            keep="On" if text else "Off",
            filters=_filters(dialect),
            port=port,
        )
    )
    return config


def _filters(dialect: Dialect) -> str:
    match dialect:
        case Dialect.TEXT:
            return _filter("parser", "Key_Name log", "Parser train-ticket", "Reserve_Data On")
        case Dialect.ALIASES:
            return _filter("modify", *(f"Rename {old} {new}" for old, new in _RENAMED.items()))
        case Dialect.CANONICAL:
            return ""


def _filter(name: str, *settings: str) -> str:
    lines = ["", "[FILTER]", f"    Name {name}", "    Match *", *(f"    {s}" for s in settings), ""]
    return "\n".join(lines)


def _write_metadata(folder: Path, tree: Path) -> Path:
    """What the kubelet would say of each pod, in a file each."""
    folder.mkdir()
    (folder / "namespace").write_text("shop")
    (folder / "token").write_text("none")
    for namespace, pod, uid in pods(tree):
        about = {
            "metadata": {
                "name": pod,
                "namespace": namespace,
                "uid": uid,
                "labels": {"app.kubernetes.io/name": pod.rsplit("-", 2)[0]},
                "annotations": {},
            },
            "spec": {"nodeName": "bench"},
            "status": {},
        }
        (folder / f"{namespace}_{pod}.meta").write_text(json.dumps(about))
    return folder
