"""What a run of the shop can be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from clew.demo.faults import EVERY_TWO_MINUTES, Timetable
from clew.demo.kubelet import DEFAULT_POLICY, LogPolicy


@dataclass(frozen=True, slots=True)
class ShopConfig:
    """
    `logs` becomes a tree like /var/log/pods. `state` is where the shop keeps its own files: pods,
    addresses, order numbers, and `orders.jsonl`, which tells what became of each order.

    `rate` is orders a second; after `orders` of them the shop closes, or never. `forced` maps the
    position of an order, from 0, to the service that shall fail for it alone.
    """

    logs: Path
    state: Path
    rate: float = 2.0
    orders: int | None = None
    seed: int = 1
    faults: Timetable = EVERY_TWO_MINUTES
    forced: Mapping[int, str] = field(default_factory=dict)
    rotation: LogPolicy = DEFAULT_POLICY
