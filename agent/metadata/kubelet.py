"""
Ask the kubelet of this node for its pods: one GET of /pods, bounded in time and size.

Each question has a connection of its own, some milliseconds in half a minute: nothing goes stale,
and the token and the CA, which Kubernetes renews, are those of the moment. The token goes to
nobody but that address, over TLS only; a redirect is not followed.
"""

from __future__ import annotations

import re
import ssl

import aiohttp

from agent.metadata.config import KubeletConfig
from agent.metadata.failures import KubeletError, KubeletFailure

BODY_BYTES = 32 * 1024 * 1024
"""250 pods, the most that people run on a node, of 128 KiB; 5 to 20 KiB are usual."""
_REASON_BYTES = 1024
_SUBRESOURCES = re.compile(r"subresource\(s\)=\[([a-z ]+)\]")


class Kubelet:
    def __init__(self, config: KubeletConfig) -> None:
        self._config = config
        self._encrypted = config.url.startswith("https://")

    async def get_pods(self) -> bytearray:
        """The kubelet's answer as it came. Raises KubeletError."""
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        if self._encrypted:
            headers["Authorization"] = f"Bearer {self._token()}"
        try:
            return await self._get(f"{self._config.url}/pods", headers)
        except TimeoutError as error:
            detail = f"no answer within {self._config.timeout_seconds:g} s"
            raise KubeletError(KubeletFailure.TIMEOUT, detail) from error
        except (aiohttp.ClientSSLError, ssl.SSLError) as error:
            raise KubeletError(KubeletFailure.CERTIFICATE, _untrusted(error)) from error
        except (aiohttp.ClientError, OSError, ValueError) as error:  # ValueError: no such URL
            detail = str(error) or type(error).__name__
            raise KubeletError(KubeletFailure.UNREACHABLE, detail) from error

    async def _get(self, url: str, headers: dict[str, str]) -> bytearray:
        timeout = aiohttp.ClientTimeout(total=self._config.timeout_seconds)
        connector = aiohttp.TCPConnector(ssl=self._trust(), force_close=True)
        async with (
            aiohttp.ClientSession(
                connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()
            ) as session,
            session.get(
                url, headers=headers, allow_redirects=False, auto_decompress=False
            ) as response,
        ):
            if response.status != 200:
                reason = await response.content.read(_REASON_BYTES)
                raise self._refused(response.status, reason.decode(errors="replace"))
            body = bytearray()
            async for chunk in response.content.iter_any():
                body += chunk
                if len(body) > BODY_BYTES:
                    detail = f"more than {BODY_BYTES} bytes"
                    raise KubeletError(KubeletFailure.TOO_LARGE, detail)
            return body

    def _token(self) -> str:
        file = self._config.token_file
        try:
            token = file.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise KubeletError(KubeletFailure.TOKEN, f"no token: {error}") from error
        if not token or not token.isprintable():
            raise KubeletError(KubeletFailure.TOKEN, f"{file} holds no token")
        return token

    def _trust(self) -> ssl.SSLContext | bool:
        """Whom to believe to be the kubelet."""
        if not self._encrypted:
            return True
        file = self._config.ca_file
        if self._config.insecure:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            return context
        try:
            return ssl.create_default_context(cafile=file)
        except OSError as error:  # also ssl.SSLError
            detail = f"agent.kubelet.ca_file {file} can't be used: {error}"
            raise KubeletError(KubeletFailure.CERTIFICATE, detail) from error

    def _refused(self, status: int, reason: str) -> KubeletError:
        if status == 401:
            detail = (
                "it knows no such token (401): the token file has to be that of a service account "
                f"of this cluster, and the kubelet has to allow webhooks ({self._shown_token()})"
            )
            return KubeletError(KubeletFailure.UNAUTHENTICATED, detail)
        if status == 403:
            return KubeletError(KubeletFailure.FORBIDDEN, _missing_right(reason))
        return KubeletError(KubeletFailure.STATUS, f"status {status}: {reason[:200].strip()}")

    def _shown_token(self) -> str:
        return str(self._config.token_file) if self._encrypted else "none was sent: not https"


def _missing_right(reason: str) -> str:
    """A kubelet that knows no finer rights than nodes/proxy says that it would need that."""
    found = _SUBRESOURCES.search(reason)
    wanted = found[1].split() if found else []
    if "pods" in wanted or not wanted:
        return (
            "the token may not get nodes/pods (403): add it to the ClusterRole of the agent's "
            "service account (nodes/proxy would do as well, and allows far more)"
        )
    right = f"nodes/{wanted[0]}"
    return (
        f"the token may not get {right} (403), which this kubelet asks for, being older than 1.33 "
        f"or without KubeletFineGrainedAuthz. {right} also lets its holder run commands in pods: "
        "set agent.kubelet.enabled to false rather than give it lightly"
    )


def _untrusted(error: Exception) -> str:
    return (
        f"its certificate is not trusted: {error}. agent.kubelet.ca_file has to be of who signed "
        "it; a kubelet that signs its own needs serverTLSBootstrap, or agent.kubelet.insecure here"
    )
