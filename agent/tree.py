"""The former place of `agent.sources.kubernetes`, for those who have not moved yet."""

from agent.sources.kubernetes import Kubernetes as Tree
from agent.sources.listing import why_dangling
from agent.sources.log_file import LogFile

__all__ = ["LogFile", "Tree", "why_dangling"]
