"""
Which charts the page of a node has, and how its figures are told.

Shares have all of their axis, from 0 to 100 %: a node at 3 % looks as idle as it is. Everything
else has an axis as high as its highest value.
"""

from __future__ import annotations

from clew.answers.curves import Curve
from clew.answers.nodes import NodeState
from clew.transaction.texts import counted, number, per_second, percent, size
from query.drawing.axes import Axis, steps
from query.drawing.charts import Chart, Line, Said, draw

_QUARTERS = (0.0, 0.25, 0.5, 0.75, 1.0)


def charts(node: NodeState) -> list[Chart]:
    """CPU, memory, load, disks, network."""
    return [_cpu(node), _memory(node), _load(node), _disks(node), _network(node)]


def memory_text(node: NodeState, used: float | None) -> str:
    """`4.76 of 7.62 GiB`, or as much of it as is known."""
    total = node.memory_total_bytes
    if used is None:
        return ""
    if not total:
        return size(used)
    (ours, unit), (whole, units) = size(used).split(" "), size(total).split(" ")
    return f"{ours} of {whole} {units}" if unit == units else f"{ours} {unit} of {whole} {units}"


def share_of_memory(node: NodeState, used: float | None) -> float | None:
    total = node.memory_total_bytes
    return used / total if used is not None and total else None


def _cpu(node: NodeState) -> Chart:
    busy, iowait = node.curves["cpu_busy_share"], node.curves["cpu_iowait_share"]
    return draw(
        [Line("busy", "k-0", busy, filled=True), Line("waiting for disks (iowait)", "k-1", iowait)],
        Axis(node.since, node.until, 1.0),
        title="CPU",
        headline=f"{_latest(busy, percent)} busy",
        levels=_QUARTERS,
        said=percent,
    )


def _memory(node: NodeState) -> Chart:
    used, total = node.curves["memory_used_bytes"], node.curves["memory_total_bytes"]
    latest = used.latest.value if used.latest else None
    share = share_of_memory(node, latest)
    top = max(total.most or 0.0, used.most or 0.0) or 1.0
    return draw(
        [Line("used", "k-0", used, filled=True), Line("total", "k-2", total)],
        Axis(node.since, node.until, top),
        title="Memory",
        headline=f"{memory_text(node, latest)} · {percent(share)}" if share is not None else "",
        levels=_levels_up_to(top),
        said=size,
    )


def _levels_up_to(top: float) -> list[float]:
    """Round ones, and the top itself where there is room for its label."""
    levels = steps(top, 1024, base=2)
    within = [level for level in levels if level <= top]
    return [*within, top] if top - within[-1] > levels[1] / 4 else within


def _load(node: NodeState) -> Chart:
    loads = [node.curves[name] for name in ("load1", "load5", "load15")]
    cpus = f" on {counted(node.cpus, 'CPU')}" if node.cpus else ""
    lines = [
        Line(f"{minutes} min", f"k-{index}", curve, filled=index == 0)
        for index, (minutes, curve) in enumerate(zip((1, 5, 15), loads, strict=True))
    ]
    return _fitted(
        node,
        lines,
        title="Load",
        headline=f"{_latest(loads[0], number)}{cpus}",
        said=number,
        smallest=1.0,
    )


def _disks(node: NodeState) -> Chart:
    read, written = (node.curves[f"disk_{way}_bytes_per_second"] for way in ("read", "written"))
    lines = [Line("read", "k-0", read, filled=True), Line("written", "k-1", written)]
    return _bytes(node, lines, "Disks", ("read", "written"))


def _network(node: NodeState) -> Chart:
    got, sent = (node.curves[f"network_{way}_bytes_per_second"] for way in ("received", "sent"))
    lines = [Line("received", "k-0", got, filled=True), Line("sent", "k-1", sent)]
    return _bytes(node, lines, "Network", ("in", "out"))


def _bytes(node: NodeState, lines: list[Line], title: str, ways: tuple[str, str]) -> Chart:
    headline = " · ".join(
        f"{_latest(line.curve, per_second)} {way}"
        for line, way in zip(lines, ways, strict=True)
        if line.curve.latest
    )
    return _fitted(node, lines, title=title, headline=headline, said=per_second, smallest=1000)


def _fitted(
    node: NodeState, lines: list[Line], *, title: str, headline: str, said: Said, smallest: float
) -> Chart:
    levels = steps(max(line.curve.most or 0.0 for line in lines), smallest)
    axis = Axis(node.since, node.until, levels[-1])
    return draw(lines, axis, title=title, headline=headline, levels=levels, said=said)


def _latest(curve: Curve, said: Said) -> str:
    return said(curve.latest.value) if curve.latest else ""
