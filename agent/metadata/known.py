"""
The pods that are known, for whoever has a line and wants to know whose it is.

Keeps true:
- asking never waits: what is not known yet is None, and the line goes without;
- a pod that is not in the kubelet's list is asked for once, and then found by the usual look;
- what is known of a pod outlives the pod until nobody has files of it any more (T39).

Nothing is durable: after a restart the kubelet is asked again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from threading import Lock

from agent import events
from agent.metadata.pods import PodMetadata

MOST_GONE = 1000
"""Names of pods that are gone and may have files, of some 2 KiB each; then the oldest go."""


class KnownPods:
    """Made in the event loop, which `learn` is for; `of` and `keep` are for any thread."""

    def __init__(self) -> None:
        self.wanted = asyncio.Event()
        """Set when somebody asked for a pod that may be there by now."""
        self._loop = asyncio.get_running_loop()
        self._lock = Lock()
        self._pods: dict[str, PodMetadata] = {}
        """By UID and by hash, the gone ones first. Replaced, never changed: `of` has no lock."""
        self._present: frozenset[str] = frozenset()
        self._kept: frozenset[str] | None = None
        self._asked: set[str] = set()
        self._absent: set[str] = set()

    def of(self, uid: str) -> PodMetadata | None:
        """What is known of a pod by the name in its folder: its UID, or a static pod's hash."""
        found = self._pods.get(uid)
        if found is not None:
            return found
        with self._lock:
            if uid in self._asked or uid in self._absent:
                return None
            self._asked.add(uid)
        self._loop.call_soon_threadsafe(self.wanted.set)
        return None

    def keep(self, uids: Iterable[str]) -> None:
        """There are files of these pods, and of no others. For after each look."""
        with self._lock:
            self._kept = frozenset(uids)
            self._asked &= self._kept
            self._absent &= self._kept
            self._forget()

    def asked(self) -> frozenset[str]:
        """Which pods somebody waits for; before the kubelet is asked."""
        with self._lock:
            self.wanted.clear()
            return frozenset(self._asked)

    def learn(self, pods: Iterable[PodMetadata], asked: frozenset[str]) -> None:
        """The kubelet's whole list, of a moment after those were `asked` for."""
        fresh = {name: pod for pod in pods for name in (pod.uid, pod.hash) if name}
        with self._lock:
            self._present = frozenset(fresh)
            gone = {name: pod for name, pod in self._pods.items() if name not in fresh}
            self._pods = gone | fresh
            self._absent |= asked
            self._absent -= self._present
            self._asked -= asked | self._present
            self._forget()

    def _forget(self) -> None:
        """Of those that are gone: all that have no files, and the oldest beyond the most."""
        gone = [name for name in self._pods if name not in self._present]
        kept = gone if self._kept is None else [name for name in gone if name in self._kept]
        stays = self._present.union(kept[-MOST_GONE:])
        if len(stays) < len(self._pods):
            self._pods = {name: pod for name, pod in self._pods.items() if name in stays}
        known = len({pod.uid for pod in self._pods.values()})
        events.pods.pods_known(known, len(self._asked) + len(self._absent))
