"""What each pattern takes out of a line, and what looks nearly like it and stays."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from agent.redaction.built_in import BUILT_IN
from agent.redaction.redactor import Redactor

Redact = Callable[[str], str]

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm5hIiwiYWRtaW4iOnRydWV9.c2lnbmF0dXJl-_x"
BODY = "{0}MIIEowIBAAKCAQEAwJ7o{0}QmFzZTY0{0}"
PEM = f"-----BEGIN RSA PRIVATE KEY-----{BODY}-----END RSA PRIVATE KEY-----"
GITHUB = "ghp_" + "a1B2" * 9
STRIPE = "sk_" + "live_" + "4eC39HqLyjWDarjtT1zdp7dc"
SLACK = "xoxb" + "-123456789012-abcdefABCDEF"

# Name of the pattern, the line, what must be gone from it.
FOUND = [
    ("private_key", PEM.format("\n"), "MIIEowIBAAKCAQEAwJ7o"),
    ("private_key", PEM.format("\\n"), "MIIEowIBAAKCAQEAwJ7o"),
    ("private_key", '{"message":"' + PEM.format("\\n") + '"}', "QmFzZTY0"),
    ("private_key", "-----BEGIN PRIVATE KEY-----\nMIIEowIBAAKCAQEAwJ7o cut off", "MIIEowIBAAK"),
    ("jwt", f"session {JWT} opened", JWT),
    ("jwt", f"Authorization: Bearer {JWT}", JWT),
    ("jwt", f'{{"message":"x","labels":{{"jwt":"{JWT}"}}}}', JWT),
    ("service_token", f"pushed with {GITHUB}.", GITHUB),
    ("service_token", f"https://api.example.com/?k={STRIPE}&x=1", STRIPE),
    ("service_token", f'{{"message":"posted as {SLACK}"}}', SLACK),
    ("aws_key", "signed by AKIAIOSFODNN7EXAMPLE today", "AKIAIOSFODNN7EXAMPLE"),
    ("aws_key", "ASIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE"),
    ("card", "charged 4111 1111 1111 1111", "1111"),
    ("card", '{"message":"charged 4111-1111-1111-1111."}', "1111"),
    ("basic", "Authorization: Basic YW5uYTpodW50ZXIy", "YW5uYTpodW50ZXIy"),
    ("basic", '{"headers":{"Proxy-Authorization":["Basic YW5uYTpodW50ZXIy"]}}', "YW5u"),
    ("bearer", "authorization: bearer 2YotnFZFEjr1zCsicMWpAA", "2YotnFZFEjr1zCsicMWpAA"),
    ("bearer", "-H 'Authorization: Bearer abcdefgh'", "abcdefgh"),
    (
        "bearer",
        '{"req":{"headers":{"authorization":"AWS4-HMAC-SHA256 Credential=x"}}}',
        "Credential",
    ),
    ("bearer", r'{"message":"{\"Authorization\":\"Bearer a1.b2~c3\"}"}', "a1.b2"),
    ("url_password", "connecting to amqp://shop:hunter2@queue:5672/orders", "hunter2"),
    ("url_password", r'{"message":"redis:\/\/:hunter2@cache:6379"}', "hunter2"),
    ("url_password", "postgres://a:p%40ss@h/db and mongodb://u:q:r@h1,h2", "q:r"),
    ("password", "login with password=hunter2", "hunter2"),
    ("password", "PASSWORD: hunter2", "hunter2"),
    ("password", "password=$ecret password=$2a$10$N9qo8uLOickgx2ZMRZoMye", "ecret"),
    ("password", "spring.datasource.password = 'hunter 2' loaded", "hunter 2"),
    ("password", "Server=db;Uid=shop;Pwd=hunter2;Encrypt=yes", "hunter2"),
    ("password", "User(name=anna, password=hun,ter2, role=admin)", "hun,ter2"),
    ("password", '{"message":"x","labels":{"db_password":"hunter 2"}}', "hunter 2"),
    ("password", '{"message":"x","dbPassword":"hun\\"ter2"}', "ter2"),
    ("password", '{"message":"x","password":12345}', "12345"),
    ("password", r'{"message":"body {\"password\":\"hun\\\"ter2\"}"}', "ter2"),
    ("password", r'{"message":"password\u003dhunter2"}', "hunter2"),
    ("password", r'{"message":"\u0070assword=hunter2"}', "hunter2"),
    ("password", '{"message":"x", "password" : ["hunter2", "hunter3"]}', "hunter"),
    ("password", 'INFO body {"password": "hunter2"', "hunter2"),
    ("secret", "GET /orders?api_key=s3cr3t&page=2", "s3cr3t"),
    ("secret", "client_secret=topsecret", "topsecret"),
    ("secret", "X-Api-Key: 5f2b9", "5f2b9"),
    ("secret", '{"message":"x","accessToken":"opaque"}', "opaque"),
    ("secret", "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG", "wJalr"),
]


@pytest.mark.parametrize(("name", "line", "gone"), FOUND)
def test_a_secret_is_replaced(redactor: Redactor, name: str, line: str, gone: str):
    """A token of its pattern stands in its place, and it is counted under its name."""
    contents = [line.encode()]
    counts = redactor.redact(contents)
    assert gone not in contents[0].decode()
    assert f"[redacted:{name}:" in contents[0].decode()
    assert counts[name] >= 1


def test_every_pattern_is_tried():
    assert {name for name, _, _ in FOUND} == BUILT_IN.keys()


@pytest.mark.parametrize(
    "line",
    [
        "token refreshed",
        "Invalid token: expired",
        "unexpected token < in JSON at position 4711",
        "max_token=512 tokens: 4096",
        "secret: not found",
        "password= and nothing",
        "password=**** password=null password=${DB_PASSWORD} password=<hidden> password=%s",
        '{"message":"x","has_password":true,"password":null,"token":""}',
        "PWD=/app OLDPWD=/home/anna",
        "basic authentication failed for anna",
        "Basic YW5uYQ==",
        "the bearer of this letter, bearer token missing",
        'WWW-Authenticate: Bearer realm="shop1", error="invalid_token"',
        "GET http://shop:8080/orders?mail=anna@example.com",
        "http://[::1]:8080/ and mailto:anna@example.com",
        "eyJhbGciOiJIUzI1NiJ9 is half a token",
        "eyJhbGci.eyJzdWIi.x",
        "AKIAIOSFODNN7EXAMPL AKIAIOSFODNN7EXAMPLES akiaiosfodnn7example xAKIAIOSFODNN7EXAMPLE",
        "ghp_short xoxb- npm_install glpat-",
        "Asia/Shanghai asia-east1-internal-zone-a",
        "-----BEGIN PRIVATE KEY----- was expected in the file",
        "-----BEGIN CERTIFICATE-----\nMIIEowIBAAKCAQEAwJ7o\n-----END CERTIFICATE-----",
        "-----BEGIN PUBLIC KEY-----\nMIIEowIBAAKCAQEAwJ7o\n-----END PUBLIC KEY-----",
    ],
)
def test_what_is_no_secret_stays(redact: Redact, line: str):
    assert redact(line) == line


@pytest.mark.parametrize("pattern", BUILT_IN.values(), ids=lambda pattern: pattern.name)
def test_the_example_of_a_pattern_is_found_by_it(redactor: Redactor, pattern):
    contents = [pattern.example.encode()]
    assert redactor.redact(contents) == {pattern.name: 1}


def test_what_stands_around_a_secret_stays(redact: Redact):
    line = redact("Server=db;Uid=shop;Pwd=hunter2;Encrypt=yes")
    assert re.fullmatch(r"Server=db;Uid=shop;Pwd=\[redacted:password:\w{8}\];Encrypt=yes", line)


def test_a_secret_that_two_patterns_know_has_one_name(redact: Redact):
    """The one it has by its own look, whatever is written before it."""
    bare = redact(JWT)
    assert redact(f"Authorization: Bearer {JWT}") == f"Authorization: Bearer {bare}"
    assert redact(f'{{"token":"{JWT}"}}') == f'{{"token":"{bare}"}}'
