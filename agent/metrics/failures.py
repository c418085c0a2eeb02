"""The closed lists of what can go wrong with samples."""

from __future__ import annotations

from enum import StrEnum


class ScrapeFailure(StrEnum):
    """Why a target has `up` 0."""

    UNREACHABLE = "unreachable"  # nobody there, or the connection broke
    TIMEOUT = "timeout"  # neither answered nor parsed in time
    STATUS = "status"  # not 200: redirects are not followed
    BODY_TOO_LARGE = "body_too_large"
    TOO_MANY_SAMPLES = "too_many_samples"  # more than the target's sample_limit
    FORMAT = "format"  # not the text format of Prometheus


class ScrapeError(Exception):
    """A target gave no samples."""

    def __init__(self, failure: ScrapeFailure, detail: str) -> None:
        super().__init__(detail)
        self.failure = failure


class ScrapeLoss(StrEnum):
    """Why a scrape that was made reaches no store."""

    FULL = "full"  # the spool was, and this was among the oldest
    DAMAGED = "damaged"  # on the disk
    DISK = "disk"  # it took the scrape not even into the spool
    UNREADABLE = "unreadable"  # whole, and yet no scrape: another version wrote it
    TOO_LARGE = "too_large"  # for the spool as a whole
    REFUSED = "refused"  # by the collector for ever, also when sent alone
    UNFIT = "unfit"  # by the store for ever
