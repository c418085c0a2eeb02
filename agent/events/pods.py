"""What is known of pods."""

from __future__ import annotations

from collections.abc import Sequence

from prometheus_client import Counter, Gauge

from agent.events.telling import log, plain, repeated
from agent.metadata.failures import KubeletError, KubeletFailure

_annotation_problems = Counter(
    "clew_agent_annotation_problems_total", "Annotations of pods that are ignored."
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
for _kubelet_failure in KubeletFailure:
    _kubelet_failures.labels(_kubelet_failure.value)


def kubelet_answered() -> None:
    _kubelet_answers.inc()
    repeated.clear("kubelet", "the kubelet says again which pods there are")


def kubelet_failed(url: str, error: KubeletError) -> None:
    _kubelet_failures.labels(error.failure.value).inc()
    repeated.warn(
        "kubelet", f"lines go without the labels of new pods, {plain(url)}/pods said: {error}"
    )


def kubelet_not_verified(url: str) -> None:
    log.warning(
        "whoever answers at %s is taken for the kubelet, and gets the token, as "
        "agent.kubelet.insecure is set",
        plain(url),
    )


def pods_known(known: int, unknown: int) -> None:
    _known_pods.set(known)
    _unknown_pods.set(unknown)


def annotations_ignored(pod: str, problems: Sequence[str]) -> None:
    """To be told when a pod is met, or its annotations have changed; then it is said once."""
    _annotation_problems.inc(len(problems))
    for problem in problems:
        log.warning("ignored an annotation of %s: %s", pod, problem)
