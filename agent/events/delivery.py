"""Collectors, and what is sent to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from prometheus_client import Counter, Gauge

from agent.delivery.answers import Failure
from agent.delivery.breaker import State
from agent.events.telling import log, repeated
from clew.runtime.errors import DeliveryError

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
_reports = Counter("clew_agent_reports_total", "Reports by how they were answered.", ["answer"])
for _answer in ("taken", "refused", *(failure.value for failure in Failure)):
    _collector_answers.labels(_answer)
for _state in State:
    _collectors.labels(_state.value)
    _collector_changes.labels(_state.value)


def store_not_told(error: DeliveryError) -> None:
    repeated.warn("store", f"nothing is sent before the collector has told its store: {error}")


def store_told() -> None:
    repeated.clear("store", "the collector has told its store")


def store_changed() -> None:
    log.warning("the collector keeps documents in another store now: all files are read again")


def batch_answered() -> None:
    _batches.labels("taken").inc()
    repeated.clear("delivery", "the collector answers again")


def batch_failed(error: DeliveryError) -> None:
    _batches.labels("failed").inc()
    repeated.warn("delivery", f"a batch was not delivered and is sent again: {error}")


def collector_answered(answer: str) -> None:
    """`taken`, `refused`, or the value of a Failure."""
    _collector_answers.labels(answer).inc()


def collector_judged(name: str, state: State, error: str, *, changed: bool) -> None:
    if changed:
        _collector_changes.labels(state.value).inc()
    if state is State.OPEN:
        repeated.warn(f"collector {name}", f"{name} is not used for now: {error}")
    elif state is State.CLOSED and not error:
        repeated.clear(f"collector {name}", f"{name} will do again")


def collectors_counted(states: Sequence[State]) -> None:
    """Not one series for each of them: addresses come and go, and every node would have them."""
    for state in State:
        _collectors.labels(state.value).set(states.count(state))


def collector_gone(name: str) -> None:
    repeated.clear(f"collector {name}", f"{name} is gone: no name leads there any more")


def other_store(name: str, store: str, meant: str) -> None:
    repeated.warn(
        f"store of {name}",
        f"{name} gets nothing: it keeps documents in another store ({store}) than the one in use "
        f"({meant}); all collectors of an agent have to share one",
    )


def store_shared(name: str) -> None:
    repeated.clear(f"store of {name}", f"{name} keeps documents in the store in use again")


def collectors_moved(store: str) -> None:
    log.warning("all collectors keep documents in another store now: %s", store)


def lookup_failed(host: str, problem: str) -> None:
    _lookup_failures.inc()
    repeated.warn(f"lookup {host}", f"{problem}; the addresses known so far stay in use")


def looked_up(host: str) -> None:
    repeated.clear(f"lookup {host}", f"{host} can be looked up again")


def measure_window(
    in_flight: Callable[[], float], limit: Callable[[], float], batch_bytes: Callable[[], float]
) -> None:
    """Ask for them whenever the metrics are read: that is less often than batches are sent."""
    _in_flight.set_function(in_flight)
    _in_flight_limit.set_function(limit)
    _batch_limit.set_function(batch_bytes)


def report_taken() -> None:
    _reports.labels("taken").inc()
    repeated.clear("report", "the collector takes reports again")


def report_failed(error: Exception) -> None:
    _reports.labels("failed").inc()
    repeated.warn("report", f"a report was not delivered, a later one will be: {error}")
