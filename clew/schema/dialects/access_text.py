"""
Access logs that are text: nginx's combined format, ingress-nginx', and Envoy's and Istio's.

    127.0.0.1 - - [25/Nov/2026:19:58:36 +0000] "GET /orders HTTP/1.1" 200 5 "-" "shop/1.2"
    [2026-11-25T19:58:31.482Z] "GET /orders HTTP/1.1" 200 - 0 5 5 1 "-" "shop/1.2" "<id>" "shop" "-"

The message is the whole line, since it is what people know; a dash is no value.
"""

from __future__ import annotations

import re
from functools import lru_cache

from clew.schema.dialects.dialect import JsonDialect
from clew.schema.dialects.gateways import ENVOY, NGINX
from clew.schema.dialects.text_dialect import Pairs, TextDialect, by_pattern

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_STAMP = re.compile(r"(\d\d)/([A-Z][a-z]{2})/(\d{4}):(\d\d:\d\d:\d\d) ([+-]\d\d)(\d\d)", re.ASCII)
_combined = by_pattern(
    r"(?P<remote_addr>\S+) - (?P<remote_user>\S+) \[(?P<time>[^\]]+)\] "
    r'"(?:(?P<method>[A-Z]+) (?P<request_uri>\S+)(?: (?P<server_protocol>[^"\s]+))?|'
    r'(?P<request>[^"]*))" '
    r'(?P<status>\d{3}) (?P<body_bytes_sent>\d+|-)(?: "(?P<http_referer>[^"]*)" '
    r'"(?P<http_user_agent>[^"]*)")?'
    r"(?: (?P<request_length>\d+) (?P<request_time>[\d.]+) \[(?P<upstream>[^\]]*)\] "
    r"\[(?P<alternative_upstream>[^\]]*)\] (?P<upstream_addr>\S+(?:, \S+)*) "
    r"(?P<upstream_response_length>\S+(?:, \S+)*) (?P<upstream_response_time>\S+(?:, \S+)*) "
    r"(?P<upstream_status>\S+(?:, \S+)*) (?P<request_id>\S+))?(?: (?P<rest>.+))?"
)
_error = by_pattern(
    r"(?P<local_time>\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) \[(?P<level>[a-z]+)\] "
    r"(?P<pid>\d+)#(?P<tid>\d+): (?:\*(?P<connection>\d+) )?(?P<message>.*)"
)
_NUMBERS = (
    r"(?P<bytes_received>\d+) (?P<bytes_sent>\d+) (?P<duration>\d+|-) "
    r'(?P<upstream_service_time>\d+|-) "(?P<x_forwarded_for>[^"]*)" "(?P<user_agent>.*)" '
    r'"(?P<request_id>[^"]*)" "(?P<authority>[^"]*)" "(?P<upstream_host>[^"]*)"'
)
_envoy = by_pattern(
    r'\[(?P<start_time>[^\]]+)\] "(?P<method>\S+) (?P<path>\S+) (?P<protocol>[^"]+)" '
    r"(?P<response_code>\d+) (?P<response_flags>\S+) "
    r"(?:(?P<response_code_details>\S+) (?P<connection_termination_details>\S+) "
    r'"(?P<upstream_transport_failure_reason>[^"]*)" )?'
    rf"{_NUMBERS}"
    r"(?: (?P<upstream_cluster>\S+) (?P<upstream_local_address>\S+) "
    r"(?P<downstream_local_address>\S+) (?P<downstream_remote_address>\S+) "
    r"(?P<requested_server_name>\S+) (?P<route_name>\S+))?"
)


@lru_cache(maxsize=4096)
def _rfc3339(stamp: str) -> str:
    """A time as nginx writes it, in RFC 3339; nothing where it is none."""
    found = _STAMP.fullmatch(stamp)
    if found is None or found[2] not in _MONTHS:
        return ""
    month = _MONTHS.index(found[2]) + 1
    # A space, so that it is written anew in UTC: nobody has written it so.
    return f"{found[3]}-{month:02d}-{found[1]} {found[4]}{found[5]}:{found[6]}"


def _read_combined(line: str) -> Pairs | None:
    pairs = _combined(line)
    if pairs is None:
        return None
    found = {name: text for name, text in pairs if text not in {"-", ""}}
    found["time"] = _rfc3339(found["time"])
    return [*found.items(), ("message", line)]


def _read_envoy(line: str) -> Pairs | None:
    pairs = _envoy(line)
    if pairs is None:
        return None
    return [*((name, text) for name, text in pairs if text not in {"-", ""}), ("message", line)]


_NGINX = JsonDialect(
    "nginx-text",
    names=dict(NGINX.names) | {"timestamp": ("time",), "destination": ("upstream",)},
    labels=NGINX.labels,
    refine=NGINX.refine,
    reshape=NGINX.reshape,
)
_ENVOY = JsonDialect(
    "envoy-text", names=dict(ENVOY.names), refine=ENVOY.refine, reshape=ENVOY.reshape
)

DIALECTS = (
    TextDialect(r'\[\d{4}-\d\d-\d\dT[^\]]+\] "\S+ \S+ [^"]+" \d', _read_envoy, _ENVOY),
    TextDialect(r"[0-9A-Fa-f.:]+ - \S+ \[\d\d/[A-Z][a-z]{2}/\d{4}:", _read_combined, _NGINX),
    TextDialect(
        r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[[a-z]+\] \d+#\d+: ",
        _error,
        JsonDialect("nginx-text", labels=frozenset({"tid"})),
    ),
)
