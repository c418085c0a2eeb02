"""
Who gets an answer.

With a token, only who shows it: in `Authorization: Bearer`, or in the cookie that the login page
sets. The cookie holds a digest, so that the token itself stays out of browsers' stores, and is
void once the token changes. `/healthz`, `/readyz` and `/metrics` say nothing about anybody's logs
and are open.

Without a token only this machine can connect, but so can any web page that runs in its browser:
a name of the attacker's that suddenly means 127.0.0.1 (DNS rebinding) would let it read the
answers. Only requests that name this machine are answered then.

What changes something is taken only from our own pages and from programs: a form on somebody
else's page would be sent with the cookie of whoever looks at it, or with this machine's address.
Browsers say in every such request where it comes from.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from clew.runtime.errors import ConfigError, Problem
from clew.transaction.links import with_query

COOKIE = "clew_session"

_OPEN = frozenset({"/healthz", "/readyz", "/metrics", "/login"})


class Access:
    """Decides whether a request may be answered; `token` is None where none is asked for."""

    def __init__(self, token: str | None) -> None:
        self._token = token

    @property
    def guarded(self) -> bool:
        return self._token is not None

    @property
    def cookie(self) -> str:
        """What the cookie of somebody who has shown the token holds."""
        key = (self._token or "").encode()
        return hmac.digest(key, b"clew query session", hashlib.sha256).hex()

    def accepts(self, token: str) -> bool:
        return self._token is not None and _same(token, self._token)

    def allows(self, path: str, headers: Headers) -> bool:
        if path in _OPEN or path.startswith("/static/"):
            return True
        if self._token is None:
            return _names_this_machine(headers.get("host", ""))
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self.accepts(given.strip())
        return _same(_cookie(headers), self.cookie)


def is_our_own(headers: Headers) -> bool:
    """Whether a request comes from a page of ours, or from no page at all."""
    site = headers.get("sec-fetch-site")
    if site is not None:  # a browser's own word, which no page can forge
        return site == "same-origin"
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host", "")


def read_token(file: Path | None, setting: str = "token_file") -> str | None:
    """The token in a file, without the white space around it. Raises ConfigError."""
    if file is None:
        return None
    try:
        token = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([Problem(f"query.{setting}", f"can't be read: {error}")]) from error
    if not token:
        raise ConfigError([Problem(f"query.{setting}", "is empty", str(file))])
    return token


def login_path(target: str) -> str:
    return with_query("/login", next=target)


def local_path(target: str) -> str:
    """The target if it is a path of ours, else `/`: a login must not lead to other sites."""
    parts = urlsplit(target.replace("\\", "/"))
    ours = target.startswith("/") and not target.startswith("//") and not parts.netloc
    return target if ours and target.isprintable() and "\\" not in target else "/"


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _cookie(headers: Headers) -> str:
    try:
        cookies = SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        return ""
    return cookies[COOKIE].value if COOKIE in cookies else ""


def _names_this_machine(host: str) -> bool:
    name = urlsplit(f"//{host}").hostname or ""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
