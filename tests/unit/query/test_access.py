from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest

from clew.runtime.errors import ConfigError
from query.access import COOKIE, local_path, read_token
from tests.support.query_service import Service, memory_store, serving

TOKEN = "correct horse battery staple"


@pytest.fixture
def guarded(tmp_path: Path):
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    with serving(memory_store([]), token_file=file) as service:
        yield service


def test_an_api_answer_needs_the_token(guarded: Service):
    refused = guarded.get("/api/transactions")
    assert (refused.status, refused.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert "token" in refused.json()["error"]
    assert guarded.get("/api/transactions", Authorization="Bearer wrong").status == 401
    assert guarded.get("/api/transactions", Authorization=f"Basic {TOKEN}").status == 401
    assert guarded.get("/api/transactions", Authorization=f"Bearer {TOKEN}").status == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/login", "/static/clew.css"])
def test_what_tells_nothing_of_logs_is_open(guarded: Service, path: str):
    assert guarded.get(path).status == 200


def test_a_page_leads_to_the_login_and_back(guarded: Service):
    refused = guarded.get("/transactions/a%2Fb?step=2")
    assert refused.status == 303
    login = refused.headers["Location"]
    assert login == f"/login?next={quote('/transactions/a%2Fb?step=2', safe='')}"
    assert 'value="/transactions/a%2Fb?step=2"' in guarded.get(login).text


def test_the_login_sets_a_cookie_that_opens_the_pages_and_is_not_the_token(guarded: Service):
    body = f"token={quote(TOKEN)}&next=%2Fsearch".encode()
    reply = guarded.post("/login", body)
    assert (reply.status, reply.headers["Location"]) == (303, "/search")
    cookie = reply.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert TOKEN not in cookie
    assert guarded.get("/", Cookie=cookie.partition(";")[0]).status == 200
    assert guarded.get("/", Cookie=f"{COOKIE}={TOKEN.split(maxsplit=1)[0]}").status == 303


def test_a_wrong_token_is_told_so(guarded: Service):
    reply = guarded.post("/login", b"token=guess&next=%2F")
    assert reply.status == 401
    assert "This is not the token" in reply.text
    assert "Set-Cookie" not in reply.headers


def test_a_login_form_that_is_too_large_is_refused_unread(guarded: Service):
    assert guarded.post("/login", b"token=" + b"x" * 100_000).status == 413


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil", "", "/a\nb"],
)
def test_a_login_leads_nowhere_but_here(target: str):
    assert local_path(target) == "/"


def test_without_a_token_only_names_of_this_machine_are_answered(shop: Service):
    """Else a web page whose name is made to mean 127.0.0.1 could read the logs."""
    port = shop.address.port
    assert shop.get("/api/transactions", Host=f"evil.example:{port}").status == 403
    for host in (f"127.0.0.1:{port}", f"localhost:{port}", f"[::1]:{port}", "clew.localhost"):
        assert shop.get("/healthz", Host=host).status == 200
        assert shop.get("/api/transactions?limit=1", Host=host).status == 200


def test_a_token_file_that_is_missing_or_empty_is_a_mistake_of_the_configuration(tmp_path: Path):
    (tmp_path / "empty").write_text(" \n")
    for name in ("missing", "empty"):
        with pytest.raises(ConfigError, match=r"query\.token_file"):
            read_token(tmp_path / name)
