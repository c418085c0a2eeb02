"""Log files to measure with: made up, the same in every run."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from clew.schema.timestamps import SECOND, format_rfc3339
from tests.support.libraries.case import load_cases

Timed = Iterator[tuple[int, bytes]]
"""The runtime's time of each line, and its content."""

START = 1_675_000_000 * SECOND
_MESSAGES = (
    "order accepted",
    "reserved 2 of article 4711 in warehouse north, 18 left",
    "charging card ending in 4242 with 129.90 EUR",
    "dispatch planned with carrier for tomorrow between 9 and 12",
    "answered",
)


def canonical_lines(count: int, seed: int = 1) -> Iterator[tuple[int, bytes]]:
    """Runtime time and content of lines that obey the schema, about 430 bytes each."""
    chance = random.Random(seed)
    for number in range(count):
        time = START + number * SECOND // 1000 + chance.randrange(900_000)
        trace = f"{number // 12 + 1:032x}"
        record = {
            "@timestamp": format_rfc3339(time),
            "log.level": "info" if chance.random() < 0.97 else "error",
            "message": f"{chance.choice(_MESSAGES)} [{chance.randrange(10**9)}]",
            "ecs.version": "8.11.0",
            "service.name": chance.choice(("gateway", "order", "payment", "stock", "shipping")),
            "trace.id": trace,
            "transaction.id": f"A-{number // 12}",
            "span.id": f"{chance.randrange(2**64):016x}",
            "log.logger": "shop.orders",
            "process.thread.name": "MainThread",
            "labels": {"order_id": f"A-{number // 12}", "customer": f"c-{chance.randrange(999)}"},
        }
        yield time, json.dumps(record, separators=(",", ":")).encode()


def alias_lines(count: int) -> Iterator[tuple[int, bytes]]:
    """The records of `canonical_lines`, in turn as pino and as logstash-logback-encoder write."""
    for number, both in enumerate(zip(pino_lines(count), logstash_lines(count), strict=True)):
        yield both[number % 2]


def library_lines(count: int, *, objects: bool) -> Iterator[tuple[int, bytes]]:
    """In turn what the libraries of all golden cases print: their JSON, or their text."""
    printed = {
        line
        for case in load_cases()
        for line in case.output.read_bytes().splitlines()
        if line.startswith(b"{") == objects and line.endswith(b"}") == objects and len(line) > 40
    }
    lines = sorted(line for line in printed if b"resourceLogs" not in line)
    for number in range(count):
        yield START + number * SECOND // 1000, lines[number % len(lines)]


def pino_lines(count: int) -> Iterator[tuple[int, bytes]]:
    """JSON as pino writes it, its time a number, a nested object; about 350 bytes each."""
    for time, line in canonical_lines(count):
        yield time, _compact(_as_pino(json.loads(line), time))


def logstash_lines(count: int) -> Iterator[tuple[int, bytes]]:
    """JSON as logstash-logback-encoder writes it, about 340 bytes each."""
    for time, line in canonical_lines(count):
        yield time, _compact(_as_logback(json.loads(line)))


def _compact(record: dict[str, Any]) -> bytes:
    return json.dumps(record, separators=(",", ":")).encode()


def _as_pino(record: dict[str, Any], time: int) -> dict[str, Any]:
    return {
        "level": {"info": 30, "error": 50}[record["log.level"]],
        "time": time // 1_000_000,
        "pid": 17,
        "hostname": "x2k8q",
        "name": record["service.name"],
        "trace_id": record["trace.id"],
        "span_id": record["span.id"],
        "trace_flags": "01",
        "order_id": record["labels"]["order_id"],
        "customer": record["labels"]["customer"],
        "req": {"method": "GET", "url": "/orders", "remoteAddress": "10.0.3.7"},
        "logger": record["log.logger"],
        "msg": record["message"],
    }


def _as_logback(record: dict[str, Any]) -> dict[str, Any]:
    return {
        "@timestamp": record["@timestamp"],
        "@version": "1",
        "message": record["message"],
        "logger_name": record["log.logger"],
        "thread_name": record["process.thread.name"],
        "level": record["log.level"].upper(),
        "level_value": {"info": 20000, "error": 40000}[record["log.level"]],
        "service": record["service.name"],
        "traceId": record["trace.id"],
        "spanId": record["span.id"],
        "order_id": record["labels"]["order_id"],
        "customer": record["labels"]["customer"],
    }


def spring_lines(count: int, seed: int = 1) -> Iterator[tuple[int, bytes]]:
    """Plain text with IDs and a local clock, as Spring services write it, about 160 bytes each."""
    chance = random.Random(seed)
    for number in range(count):
        time = START + number * SECOND // 1000 + chance.randrange(900_000)
        clock = format_rfc3339(time)[11:23]
        yield (
            time,
            f"{clock} INFO  s.c.SeatController#{chance.randrange(200)} "
            f"TraceID: {number // 12 + 1:032x} SpanID: {chance.randrange(2**64):016x} "
            f"[getLeftTicketOfInterval][{chance.choice(_MESSAGES)}]".encode(),
        )


def plain_lines(count: int) -> Iterator[tuple[int, bytes]]:
    """Text as a Spring service without tracing writes it, about 130 bytes each."""
    for time, line in canonical_lines(count):
        clock = format_rfc3339(time)[:23].replace("T", " ").replace(".", ",")
        message = json.loads(line)["message"]
        yield time, f"{clock} INFO  [http-nio-8080-exec-7] c.e.shop.Controller : {message}".encode()


def cri_line(time: int, content: bytes) -> bytes:
    """As containerd writes it."""
    return f"{format_rfc3339(time)} stdout F ".encode() + content + b"\n"


def write_cri(folder: Path, lines: Iterator[tuple[int, bytes]]) -> Path:
    """A container's log as containerd writes it; the tree to follow."""
    return _write(folder, (cri_line(time, line) for time, line in lines))


def write_docker(folder: Path, lines: Iterator[tuple[int, bytes]]) -> Path:
    """A container's log as Docker's json-file driver writes it; the tree to follow."""
    return _write(
        folder,
        (
            json.dumps(
                {
                    "log": line.decode() + "\n",
                    "stream": "stdout",
                    "time": format_rfc3339(time),
                },
                separators=(",", ":"),
            ).encode()
            + b"\n"
            for time, line in lines
        ),
    )


def _write(folder: Path, lines: Iterator[bytes]) -> Path:
    container = folder / "bench_shop-5d8f9c7b6-x2k8q_11111111-2222-3333-4444-555555555555" / "main"
    container.mkdir(parents=True)
    with (container / "0.log").open("wb") as file:
        file.writelines(lines)
    return folder
