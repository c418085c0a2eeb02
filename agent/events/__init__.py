"""
What happens in an agent, said once: each function counts it and, where it matters, logs it.

The only room of the agent that knows metrics and the log: a module for each topic.
"""

from __future__ import annotations

from agent.events import data, delivery, lines, pods, reading, rescue, samples

__all__ = ["data", "delivery", "lines", "pods", "reading", "rescue", "samples"]
