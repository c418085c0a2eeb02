"""
What happens in an agent, said once: each function counts it and, where it matters, logs it.

The only module of the agent that knows metrics and the log.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence

from prometheus_client import Counter, Gauge

from agent.delivery.answers import Failure
from agent.delivery.breaker import State
from agent.inotify import HintFailure
from agent.ledger import Gap, GapReason
from agent.metadata.failures import KubeletError, KubeletFailure
from agent.metrics.failures import ScrapeError, ScrapeLoss
from agent.metrics.procfs import Unread
from agent.shedding.kinds import Kind
from agent.shedding.spans import ShedSpan
from agent.spool.spool import SpoolLoss
from clew.runtime.errors import CorruptionError, DeliveryError
from clew.runtime.telemetry import Repeated
from clew.schema.timestamps import SECOND
from clew.wire.batch import PartAnswer
from clew.wire.samples import SampleAnswer

_log = logging.getLogger("clew.agent")
_repeated = Repeated(_log)
_once = Repeated(_log, interval_seconds=float("inf"))

_lines = Counter("clew_agent_lines_total", "Physical lines that are stored for good.")
_bytes = Counter("clew_agent_bytes_total", "Bytes of log files that are stored for good.")
_records = Counter("clew_agent_records_total", "Records by what became of them.", ["outcome"])
_batches = Counter("clew_agent_batches_total", "Batches by how they were answered.", ["answer"])
_collector_answers = Counter(
    "clew_agent_collector_answers_total",
    "Batches of lines, of scrapes, and reports, by what a collector said to each attempt.",
    ["answer"],
)
_collectors = Gauge(
    "clew_agent_collectors", "Addresses of collectors by the state of their circuit.", ["state"]
)
_collector_changes = Counter(
    "clew_agent_collector_changes_total",
    "Times that a collector came into a state of its circuit.",
    ["state"],
)
_lookup_failures = Counter(
    "clew_agent_lookup_failures_total", "Host names of collectors that could not be looked up."
)
_in_flight = Gauge("clew_agent_batches_in_flight", "Batches that wait for an answer now.")
_in_flight_limit = Gauge(
    "clew_agent_batches_in_flight_limit",
    "Batches that may wait for an answer at the same time; fewer while collectors are slow.",
)
_batch_limit = Gauge(
    "clew_agent_batch_limit_bytes", "Bytes of files that may go into one batch at present."
)
_gaps = Counter("clew_agent_gap_bytes_total", "Bytes that were lost, by reason.", ["reason"])
_redacted = Counter(
    "clew_agent_redacted_total",
    "Secrets that were replaced before they left the node.",
    ["pattern"],
)
_gap_count = Counter(
    "clew_agent_gaps_total",
    "Times that bytes were lost, by reason; how many is not known where they were unseen.",
    ["reason"],
)
_open_files = Gauge("clew_agent_open_files", "Log files that are open.")
_open_files_limit = Gauge(
    "clew_agent_open_files_limit", "Log files that may be open; others are unreadable beyond it."
)
_held_bytes = Gauge(
    "clew_agent_held_bytes", "Bytes on the disk of deleted files that the agent keeps open."
)
_rescue_bytes = Counter(
    "clew_agent_rescued_bytes_total", "Bytes of deleted files that were copied before being read."
)
_rescue_failures = Counter(
    "clew_agent_rescue_failures_total",
    "Times that a deleted file could not be copied; it is kept open instead.",
)
_rescue_damaged = Counter(
    "clew_agent_rescue_damaged_bytes_total", "Bytes of copies that are not what was written."
)
_capacity = Gauge(
    "clew_agent_capacity_seconds",
    "For how long what is written now would survive unread, at the present rate: in the files "
    "that runtimes keep, in deleted files that are open, and as copies in the rescue spool.",
    ["of"],
)
_shed_lines = Counter(
    "clew_agent_shed_lines_total", "Lines that were left out on purpose, by kind.", ["kind"]
)
_shed_bytes = Counter(
    "clew_agent_shed_bytes_total",
    "Bytes of lines that were left out on purpose, by kind.",
    ["kind"],
)
_rungs = Gauge("clew_agent_shed_rungs", "Rungs of the ladder in force; 0: nothing is left out.")
_delayed = Counter(
    "clew_agent_delayed_seconds_total",
    "Seconds that containers were kept waiting by their rate limits, added up.",
)
_annotation_problems = Counter(
    "clew_agent_annotation_problems_total", "Annotations of pods that are ignored."
)
_checkpoint_failures = Counter(
    "clew_agent_checkpoint_failures_total", "Checkpoints that could not be written or read."
)
_batches_damaged = Counter(
    "clew_agent_batches_damaged_total",
    "Batches in the outbox that the disk did not give back; their lines are read again.",
)
_unread = Gauge("clew_agent_unread_bytes", "Bytes in followed files that are not stored yet.")
_files = Gauge("clew_agent_files", "Files that are followed.")
_unreadable = Gauge("clew_agent_unreadable_files", "Files and folders that can't be read.")
_delivered_up_to = Gauge(
    "clew_agent_delivered_up_to_seconds",
    "Unix time up to which everything that the containers wrote is stored; 0 until it is known.",
)
_behind = Gauge(
    "clew_agent_behind_seconds",
    "For how long what is not stored may have waited; 0: nothing waits.",
)
_reports = Counter("clew_agent_reports_total", "Reports by how they were answered.", ["answer"])
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
_watches = Gauge("clew_agent_inotify_watches", "Folders whose changes the kernel tells at once.")
_hint_failures = Counter(
    "clew_agent_inotify_failures_total",
    "Times that the kernel could not tell all changes, by reason; folders are listed meanwhile.",
    ["reason"],
)
_kubelet_answers = Counter(
    "clew_agent_kubelet_answers_total", "Times that the kubelet said which pods there are."
)
_kubelet_failures = Counter(
    "clew_agent_kubelet_failures_total",
    "Times that the kubelet did not say which pods there are, by reason.",
    ["reason"],
)
_known_pods = Gauge("clew_agent_known_pods", "Pods whose labels and owner are known.")
_unknown_pods = Gauge(
    "clew_agent_unknown_pods", "Pods with log files whose labels and owner are not known."
)

_journal_failures = Counter(
    "clew_agent_journal_failures_total", "Times that the journal of the node could not be read."
)
_journal_missed = Counter(
    "clew_agent_journal_missed_total",
    "Times that the entry up to which the journal was read was gone: others may be, too.",
)

# A series that begins with its first increase shows none: so losses are there from the start.
for _gap_reason in GapReason:
    _gaps.labels(_gap_reason.value)
    _gap_count.labels(_gap_reason.value)
for _kind in Kind:
    _shed_lines.labels(_kind.value)
    _shed_bytes.labels(_kind.value)
for _scrape_loss in ScrapeLoss:
    _lost_scrapes.labels(_scrape_loss.value)
for _answer in ("taken", "refused", *(failure.value for failure in Failure)):
    _collector_answers.labels(_answer)
for _state in State:
    _collectors.labels(_state.value)
    _collector_changes.labels(_state.value)
for _hint_failure in HintFailure:
    _hint_failures.labels(_hint_failure.value)
for _kubelet_failure in KubeletFailure:
    _kubelet_failures.labels(_kubelet_failure.value)

_LOSSES = {
    GapReason.DELETED: "was deleted before they were read",
    GapReason.TRUNCATED: "was truncated before they were read",
    GapReason.VACUUMED: "has deleted entries before they were read",
    GapReason.RESCUE_FULL: "was deleted, and its copy made room for later ones (rescue_bytes)",
    GapReason.RESCUE_DAMAGED: "was deleted, and its copy is damaged",
    GapReason.HELD: "was deleted, could not be copied, and held too much of the disk",
}

_NO_HINTS = {
    HintFailure.INSTANCES: "no inotify instance, or file to open, is left for this user, and "
    "changes are found by looking alone: raise fs.inotify.max_user_instances",
    HintFailure.WATCHES: "not all folders can be watched, and changes there are found by looking "
    "alone: raise fs.inotify.max_user_watches, or see which logs nobody needs",
    HintFailure.OVERFLOW: "the kernel dropped events, and all folders are looked at instead: "
    "raise fs.inotify.max_queued_events if it goes on",
    HintFailure.UNSUPPORTED: "this machine has no inotify, and changes are found by looking alone",
}


def part_stored(physical_lines: int, size_bytes: int, answer: PartAnswer) -> None:
    _lines.inc(physical_lines)
    _bytes.inc(size_bytes)
    _records.labels("indexed").inc(answer.indexed)
    _records.labels("quarantined").inc(answer.quarantined)


def nothing_held() -> None:
    _repeated.clear("part", "the collector takes everything again")


def part_held(path: str, error: str) -> None:
    _repeated.warn("part", f"the collector holds lines back, they are sent again: {error} ({path})")


def store_not_told(error: DeliveryError) -> None:
    _repeated.warn("store", f"nothing is sent before the collector has told its store: {error}")


def store_told() -> None:
    _repeated.clear("store", "the collector has told its store")


def batch_answered() -> None:
    _batches.labels("taken").inc()
    _repeated.clear("delivery", "the collector answers again")


def batch_failed(error: DeliveryError) -> None:
    _batches.labels("failed").inc()
    _repeated.warn("delivery", f"a batch was not delivered and is sent again: {error}")


def collector_answered(answer: str) -> None:
    """`taken`, `refused`, or the value of a Failure."""
    _collector_answers.labels(answer).inc()


def collector_judged(name: str, state: State, error: str, *, changed: bool) -> None:
    if changed:
        _collector_changes.labels(state.value).inc()
    if state is State.OPEN:
        _repeated.warn(f"collector {name}", f"{name} is not used for now: {error}")
    elif state is State.CLOSED and not error:
        _repeated.clear(f"collector {name}", f"{name} will do again")


def collectors_counted(states: Sequence[State]) -> None:
    """Not one series for each of them: addresses come and go, and every node would have them."""
    for state in State:
        _collectors.labels(state.value).set(states.count(state))


def collector_gone(name: str) -> None:
    _repeated.clear(f"collector {name}", f"{name} is gone: no name leads there any more")


def other_store(name: str, store: str, meant: str) -> None:
    _repeated.warn(
        f"store of {name}",
        f"{name} gets nothing: it keeps documents in another store ({store}) than the one in use "
        f"({meant}); all collectors of an agent have to share one",
    )


def store_shared(name: str) -> None:
    _repeated.clear(f"store of {name}", f"{name} keeps documents in the store in use again")


def collectors_moved(store: str) -> None:
    _log.warning("all collectors keep documents in another store now: %s", store)


def lookup_failed(host: str, problem: str) -> None:
    _lookup_failures.inc()
    _repeated.warn(f"lookup {host}", f"{problem}; the addresses known so far stay in use")


def looked_up(host: str) -> None:
    _repeated.clear(f"lookup {host}", f"{host} can be looked up again")


def measure_window(
    in_flight: Callable[[], float], limit: Callable[[], float], batch_bytes: Callable[[], float]
) -> None:
    """Ask for them whenever the metrics are read: that is less often than batches are sent."""
    _in_flight.set_function(in_flight)
    _in_flight_limit.set_function(limit)
    _batch_limit.set_function(batch_bytes)


def gap_found(gap: Gap) -> None:
    _gaps.labels(gap.reason.value).inc(gap.end - gap.start)
    _gap_count.labels(gap.reason.value).inc()
    size = gap.end - gap.start
    if gap.reason is GapReason.UNSEEN:
        _log.error("%d bytes or more may be lost: %s went while no agent ran", size, gap.path)
    else:
        _log.error("%d bytes were lost: %s %s", size, gap.path, _LOSSES[gap.reason])


def redacted(counts: Mapping[str, int]) -> None:
    for pattern, count in counts.items():
        _redacted.labels(pattern).inc(count)


def lines_shed(spans: Sequence[ShedSpan]) -> None:
    """Left out of a range that is stored now."""
    for span in spans:
        _shed_lines.labels(span.kind.value).inc(span.lines)
        _shed_bytes.labels(span.kind.value).inc(span.bytes)


def rungs_changed(names: Sequence[str]) -> None:
    """Which rungs of the ladder are in force now."""
    _rungs.set(len(names))
    if names:
        _log.warning("lines are left out on purpose, the backlog is large: %s", ", ".join(names))
    else:
        _log.warning("nothing is left out on purpose any more")


def reading_delayed(seconds: float) -> None:
    _delayed.inc(seconds)


def annotations_ignored(pod: str, problems: Sequence[str]) -> None:
    """To be told when a pod is met, or its annotations have changed; then it is said once."""
    _annotation_problems.inc(len(problems))
    for problem in problems:
        _log.warning("ignored an annotation of %s: %s", pod, problem)


def looked(files: int, unread_bytes: int, unreadable: int) -> None:
    _files.set(files)
    _unread.set(unread_bytes)
    _unreadable.set(unreadable)


def files_open(count: int, limit: int) -> None:
    _open_files.set(count)
    _open_files_limit.set(limit)


def deleted_files_hold(size_bytes: int) -> None:
    _held_bytes.set(size_bytes)


def rescued(path: str, size_bytes: int) -> None:
    _rescue_bytes.inc(size_bytes)
    _repeated.clear("rescue", f"deleted files can be copied again ({path})")


def not_rescued(path: str, error: OSError) -> None:
    _rescue_failures.inc()
    _repeated.warn(
        "rescue",
        f"a deleted file can't be copied, and is kept open until it is read: {error} ({path})",
    )


def rescue_damaged(size_bytes: int) -> None:
    _rescue_damaged.inc(size_bytes)
    _log.error("%d bytes in the rescue spool are damaged, and were set aside", size_bytes)


def capacity_estimated(seconds: Mapping[str, float]) -> None:
    for name, value in seconds.items():
        _capacity.labels(name).set(value)


def delivered_up_to(time: int) -> None:
    _delivered_up_to.set(time / SECOND)


def measure_behind(seconds: Callable[[], float]) -> None:
    """Ask for it whenever the metrics are read: it grows also while nothing happens."""
    _behind.set_function(seconds)


def report_taken() -> None:
    _reports.labels("taken").inc()
    _repeated.clear("report", "the collector takes reports again")


def report_failed(error: Exception) -> None:
    _reports.labels("failed").inc()
    _repeated.warn("report", f"a report was not delivered, a later one will be: {error}")


def read_failed(path: str, reason: str) -> None:
    _repeated.warn(f"unreadable {path}", f"can't read {path}: {reason}")


def journal_failed(reason: str) -> None:
    _journal_failures.inc()
    _repeated.warn("journal", f"can't read the journal: {reason}")


def journal_readable() -> None:
    _repeated.clear("journal", "the journal can be read again")


def journal_missed() -> None:
    _journal_missed.inc()
    _log.error("the journal has deleted the entry up to which it was read, and maybe later ones")


def checkpoint_damaged(error: CorruptionError) -> None:
    _checkpoint_failures.inc()
    _log.error("%s; an older one is used, or all files are read again", error)


def batch_damaged(error: CorruptionError) -> None:
    _batches_damaged.inc()
    _log.error("%s; the lines of this batch are read again", error)


def checkpoint_not_written(error: OSError) -> None:
    _checkpoint_failures.inc()
    _repeated.warn(
        "checkpoint", f"the checkpoint can't be written, nothing is sent until it can: {error}"
    )


def checkpoint_written() -> None:
    _repeated.clear("checkpoint", "the checkpoint can be written again")


def summary_not_written(error: OSError) -> None:
    _log.warning("the summary of the import can't be written: %s", error)


def store_changed() -> None:
    _log.warning("the collector keeps documents in another store now: all files are read again")


def node_sampled(samples: int, unread: Sequence[Unread]) -> None:
    """Said once: on a machine without procfs it is so for ever."""
    _node_samples.set(samples)
    for file, reason in unread:
        _node_unread.labels(file).inc()
        _once.warn(f"procfs {file}", f"no figures of this node from procfs' {file}: {reason}")


def scrape_failed(job: str, url: str, error: ScrapeError) -> None:
    _failed_scrapes.labels(error.failure.value).inc()
    _repeated.warn(f"scrape {url}", f"no samples of {job} at {_plain(url)}: {error}")


def scrape_succeeded(url: str) -> None:
    _repeated.clear(f"scrape {url}", f"samples of {_plain(url)} again")


def scrapes_lost(reason: ScrapeLoss, count: int) -> None:
    _lost_scrapes.labels(reason.value).inc(count)


def scrapes_answered(answer: SampleAnswer) -> None:
    _scrapes.labels("existing").inc(answer.existing)
    _scrapes.labels("created").inc(answer.acknowledged - answer.existing - answer.refused)
    if answer.refused:
        scrapes_lost(ScrapeLoss.UNFIT, answer.refused)
        _repeated.warn("unfit", "the store will never take some of the scrapes; see its collector")


def samples_taken() -> None:
    _sample_batches.labels("taken").inc()
    _repeated.clear("samples", "the collector takes samples again")


def samples_held(error: DeliveryError) -> None:
    _sample_batches.labels("failed").inc()
    _repeated.warn("samples", f"samples were not stored and are sent again: {error}")


def scrape_refused(error: DeliveryError) -> None:
    scrapes_lost(ScrapeLoss.REFUSED, 1)
    _repeated.warn("refused", f"a scrape was refused for ever and is dropped: {error}")


def spool_changed(waiting_bytes: int) -> None:
    _spool_bytes.set(waiting_bytes)


def spool_lost(reason: SpoolLoss, size_bytes: int) -> None:
    _spool_lost.labels(reason.value).inc(size_bytes)
    _repeated.warn("spool lost", f"the spool was {reason.value}, and lost samples")


def spool_failed(error: OSError) -> None:
    _spool_failures.inc()
    _repeated.warn("spool", f"the disk does not serve the spool of samples: {error}")


def spool_position_damaged(error: CorruptionError) -> None:
    _spool_failures.inc()
    _log.error("%s; everything in the spool is sent again", error)


def folders_watched(folders: int) -> None:
    _watches.set(folders)


def hints_failed(reason: HintFailure, watched: int) -> None:
    """Nothing is lost by it: what is new is found at the next look."""
    _hint_failures.labels(reason.value).inc()
    _repeated.warn(f"hints {reason}", f"{_NO_HINTS[reason]} ({watched} are watched)")


def hints_recovered(reason: HintFailure) -> None:
    _repeated.clear(f"hints {reason}", "the kernel tells all changes again")


def kubelet_answered() -> None:
    _kubelet_answers.inc()
    _repeated.clear("kubelet", "the kubelet says again which pods there are")


def kubelet_failed(url: str, error: KubeletError) -> None:
    _kubelet_failures.labels(error.failure.value).inc()
    _repeated.warn(
        "kubelet", f"lines go without the labels of new pods, {_plain(url)}/pods said: {error}"
    )


def kubelet_not_verified(url: str) -> None:
    _log.warning(
        "whoever answers at %s is taken for the kubelet, and gets the token, as "
        "agent.kubelet.insecure is set",
        _plain(url),
    )


def pods_known(known: int, unknown: int) -> None:
    _known_pods.set(known)
    _unknown_pods.set(unknown)


def _plain(url: str) -> str:
    """Without a password that may stand in it."""
    return url.rpartition("@")[2]


def started(folders: str, collectors: str | Sequence[str]) -> None:
    urls = collectors if isinstance(collectors, str) else ", ".join(collectors)
    _log.info("following %s, sending to %s", folders, urls)


def stopped() -> None:
    _log.info("stopped; what is not stored yet stays in the files")
