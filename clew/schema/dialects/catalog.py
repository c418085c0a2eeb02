"""Every dialect there is, by name and by its number on the wire."""

from __future__ import annotations

CANONICAL, JSON, TEXT, NONE = range(4)

NAMES = (
    "canonical",
    "json",
    "text",
    "none",
    "ecs",
    "gelf",
    "logstash",
    "logback-json",
    "log4j2",
    "gcp",
    "pino",
    "bunyan",
    "winston",
    "zap",
    "zerolog",
    "slog",
    "logrus",
    "klog",
    "serilog",
    "dotnet",
    "structlog",
    "python-json",
    "loguru",
    "otlp",
    "otel-console",
    "datadog",
    "envoy",
    "nginx",
    "spring",
    "logback",
    "log4j2-text",
    "python-text",
    "uvicorn",
    "klog-text",
    "logfmt",
    "zap-console",
    "zerolog-console",
    "loguru-text",
    "structlog-text",
    "winston-text",
    "dotnet-text",
    "envoy-text",
    "nginx-text",
    "pattern",
    "monolog",
)
"""
What a line was written in; `none` for a rejected one, `pattern` for a pattern of the policy's own.
The wire sends the place in this list: it only grows, at its end.
"""

NUMBERS = {name: number for number, name in enumerate(NAMES)}
