"""
What the three processes of clew share, and the `clew` command.

The rooms stand in floors, and a room imports only from floors below its own; the order is in
`docs/architecture.md` and checked by import-linter.
"""

__version__ = "0.1.0"
