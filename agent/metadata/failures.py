"""The closed list of why a kubelet's pods are not known."""

from __future__ import annotations

from enum import StrEnum


class KubeletFailure(StrEnum):
    UNREACHABLE = "unreachable"  # nobody there, or the connection broke
    TIMEOUT = "timeout"
    CERTIFICATE = "certificate"  # it is not one that `ca_file` vouches for, or that is missing
    TOKEN = "token"  # noqa: S105 - its file can't be read
    UNAUTHENTICATED = "unauthenticated"  # 401: it does not know the token
    FORBIDDEN = "forbidden"  # 403: the token lacks a right
    STATUS = "status"  # any other than 200
    TOO_LARGE = "too_large"
    FORMAT = "format"  # no list of pods


class KubeletError(Exception):
    """The kubelet gave no pods; the text says what to do about it."""

    def __init__(self, failure: KubeletFailure, detail: str) -> None:
        super().__init__(detail)
        self.failure = failure
