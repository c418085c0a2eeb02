"""A store that says what a test wants it to say, and remembers what it was given."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from clew.runtime.clock import Deadline
from clew.schema.document import Document
from clew.store.protocols import Outcome, Result
from tests.support.memory_store import MemoryStore

Judge = Callable[[Document], Result | None]
"""What becomes of a document; None where the store decides."""


class JudgedStore(MemoryStore):
    """Refusing and holding are faults that no real store can be made to show at will."""

    def __init__(self, judge: Judge = lambda _: None) -> None:
        super().__init__()
        self._judge = judge
        self.deadlines: list[Deadline] = []

    async def write(self, documents: Sequence[Document], deadline: Deadline) -> list[Result]:
        self.deadlines.append(deadline)
        if deadline.passed():
            return [Result(Outcome.HELD, "the deadline has passed")] * len(documents)
        judged = [self._judge(document) for document in documents]
        taken = [each for each, verdict in zip(documents, judged, strict=True) if verdict is None]
        results = iter(await super().write(taken, deadline))
        return [verdict or next(results) for verdict in judged]
