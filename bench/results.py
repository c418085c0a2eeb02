"""Figures: printed as a table, and kept as one file each in bench/results."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict, dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number. `spread` is lowest and highest of the rounds, `value` their median."""

    name: str
    value: float
    unit: str
    spread: tuple[float, float]
    rounds: int


def median(name: str, unit: str, values: list[float]) -> Figure:
    ordered = sorted(values)
    return Figure(name, ordered[len(ordered) // 2], unit, (ordered[0], ordered[-1]), len(ordered))


def _rounded(value: float) -> str:
    return f"{value:,.1f}" if abs(value) >= 10 else f"{value:.2f}"


def keep(benchmark: str, figures: list[Figure]) -> None:
    """Print figures and write bench/results/<benchmark>.json."""
    print(f"{benchmark:<58}{'median':>14} {'unit':<18}lowest to highest")
    for figure in figures:
        low, high = map(_rounded, figure.spread)
        value = _rounded(figure.value)
        print(f"{figure.name:<58}{value:>14} {figure.unit:<18}{low} to {high}")
    machine = {
        "python": platform.python_version(),
        "system": platform.system(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
    }
    content = {"machine": machine, "figures": [asdict(figure) for figure in figures]}
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{benchmark}.json").write_text(json.dumps(content, indent=2) + "\n")
