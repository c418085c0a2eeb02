"""Figures of the node, scrapes, and their spool."""

from __future__ import annotations

from collections.abc import Sequence

from prometheus_client import Counter, Gauge

from agent.events.telling import log, once, plain, repeated
from agent.metrics.failures import ScrapeError, ScrapeLoss
from agent.metrics.procfs import Unread
from agent.spool.spool import SpoolLoss
from clew.runtime.errors import CorruptionError, DeliveryError
from clew.wire.samples import SampleAnswer

_scrapes = Counter("clew_agent_scrapes_total", "Scrapes that are stored for good.", ["outcome"])
_failed_scrapes = Counter(
    "clew_agent_failed_scrapes_total", "Scrapes of targets that gave no samples.", ["reason"]
)
_lost_scrapes = Counter(
    "clew_agent_lost_scrapes_total", "Scrapes that reach no store, by reason.", ["reason"]
)
_sample_batches = Counter(
    "clew_agent_sample_batches_total", "Batches of scrapes by how they were answered.", ["answer"]
)
_spool_bytes = Gauge("clew_agent_spool_bytes", "Bytes in the spool that are not stored yet.")
_spool_lost = Counter(
    "clew_agent_spool_lost_bytes_total", "Bytes of the spool that were lost, by reason.", ["reason"]
)
_spool_failures = Counter(
    "clew_agent_spool_failures_total", "Times that the disk did not do what the spool needed."
)
_node_samples = Gauge("clew_agent_node_samples", "Figures of the node in its last scrape.")
_node_unread = Counter(
    "clew_agent_node_unread_files_total", "Files of procfs that gave no figures.", ["file"]
)
for _scrape_loss in ScrapeLoss:
    _lost_scrapes.labels(_scrape_loss.value)


def node_sampled(samples: int, unread: Sequence[Unread]) -> None:
    """Said once: on a machine without procfs it is so for ever."""
    _node_samples.set(samples)
    for file, reason in unread:
        _node_unread.labels(file).inc()
        once.warn(f"procfs {file}", f"no figures of this node from procfs' {file}: {reason}")


def scrape_failed(job: str, url: str, error: ScrapeError) -> None:
    _failed_scrapes.labels(error.failure.value).inc()
    repeated.warn(f"scrape {url}", f"no samples of {job} at {plain(url)}: {error}")


def scrape_succeeded(url: str) -> None:
    repeated.clear(f"scrape {url}", f"samples of {plain(url)} again")


def scrapes_lost(reason: ScrapeLoss, count: int) -> None:
    _lost_scrapes.labels(reason.value).inc(count)


def scrapes_answered(answer: SampleAnswer) -> None:
    _scrapes.labels("existing").inc(answer.existing)
    _scrapes.labels("created").inc(answer.acknowledged - answer.existing - answer.refused)
    if answer.refused:
        scrapes_lost(ScrapeLoss.UNFIT, answer.refused)
        repeated.warn("unfit", "the store will never take some of the scrapes; see its collector")


def samples_taken() -> None:
    _sample_batches.labels("taken").inc()
    repeated.clear("samples", "the collector takes samples again")


def samples_held(error: DeliveryError) -> None:
    _sample_batches.labels("failed").inc()
    repeated.warn("samples", f"samples were not stored and are sent again: {error}")


def scrape_refused(error: DeliveryError) -> None:
    scrapes_lost(ScrapeLoss.REFUSED, 1)
    repeated.warn("refused", f"a scrape was refused for ever and is dropped: {error}")


def spool_changed(waiting_bytes: int) -> None:
    _spool_bytes.set(waiting_bytes)


def spool_lost(reason: SpoolLoss, size_bytes: int) -> None:
    _spool_lost.labels(reason.value).inc(size_bytes)
    repeated.warn("spool lost", f"the spool was {reason.value}, and lost samples")


def spool_failed(error: OSError) -> None:
    _spool_failures.inc()
    repeated.warn("spool", f"the disk does not serve the spool of samples: {error}")


def spool_position_damaged(error: CorruptionError) -> None:
    _spool_failures.inc()
    log.error("%s; everything in the spool is sent again", error)
