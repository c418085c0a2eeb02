"""
One thread changes the index, and commits together what has arrived in the meantime.

A commit costs tens of milliseconds however little is in it, so writes that wait for one share the
next. Nothing is acknowledged before its commit is on the disk: a crash leaves the last commit, and
whatever came after it was promised to nobody. After a failure (a full disk) the group is held and
the writer starts again from the last commit.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

import tantivy

from clew.runtime.clock import Deadline
from clew.runtime.errors import TransientError
from clew.schema.document import Collection, Document
from clew.store.embedded.faults import sentence
from clew.store.embedded.index import Index, count_matches
from clew.store.embedded.index_schema import COLLECTION, KEY, RUNTIME_TIME
from clew.store.embedded.indexing import indexed
from clew.store.embedded.translation import all_of, between, with_keys
from clew.store.protocols import Outcome, Result

Answer = TypeVar("Answer")

GROUP_DOCUMENTS = 20_000
"""As many as one commit takes; beyond, those who came first would wait for too many others."""

FAULTS = (OSError, ValueError)
"""What tantivy raises when the disk is full or gone: its binding makes ValueError of most."""

_CREATED = Result(Outcome.CREATED)
_EXISTS = Result(Outcome.EXISTS)


@dataclass(slots=True)
class _Request:
    """With `release`, a document takes the place of a quarantined one of its ID."""

    documents: Sequence[Document]
    deadline: Deadline
    release: bool
    answer: Future[list[Result]] = field(default_factory=Future)

    def begins(self) -> bool:
        """Whether somebody still waits; from here on a cancel changes nothing."""
        if not self.answer.set_running_or_notify_cancel():
            return False
        if self.deadline.passed():
            self.answer.set_result(held(self.documents, "the deadline passed in the queue"))
        return not self.answer.done()


def held(documents: Sequence[Document], reason: str) -> list[Result]:
    return [Result(Outcome.HELD, reason)] * len(documents)


class Writer:
    def __init__(self, index: Index) -> None:
        self._index = index
        self._thread = ThreadPoolExecutor(1, "embedded-store-writer")
        self._waiting: deque[_Request] = deque()
        self._writer: tantivy.IndexWriter | None = None

    def write(
        self, documents: Sequence[Document], deadline: Deadline, *, release: bool = False
    ) -> Future[list[Result]]:
        """
        Results as of `LogStore.write` or `LogStore.release`. Cancelled before its turn, nothing is
        stored.
        """
        request = _Request(documents, deadline, release)
        self._waiting.append(request)
        self._thread.submit(self._commit_waiting)
        return request.answer

    def delete(self, ids: Sequence[str], collections: Sequence[Collection]) -> Future[int]:
        """Delete of these collections; how many. TransientError if it can't be committed now."""
        return self._thread.submit(
            self._change, lambda writer: self._delete(writer, list(ids), collections)
        )

    def delete_before(self, time: int) -> Future[int]:
        """Delete what the runtime wrote before; how many. TransientError as `delete`."""
        return self._thread.submit(self._change, lambda writer: self._delete_before(writer, time))

    def close(self) -> None:
        """Answer everything that waits, then let go of the index. Blocks until then."""
        self._thread.submit(self._release).result()
        self._thread.shutdown()

    def _commit_waiting(self) -> None:
        group = self._next_group()
        if not group:
            return
        documents = [document for request in group for document in request.documents]
        released = {
            document.id for request in group if request.release for document in request.documents
        }
        try:
            results = self._change(lambda writer: self._add(writer, documents, released))
        except TransientError as error:
            results = held(documents, str(error))
        except BaseException as error:
            for request in group:
                request.answer.set_exception(error)
            raise
        start = 0
        for request in group:
            end = start + len(request.documents)
            request.answer.set_result(results[start:end])
            start = end

    def _next_group(self) -> list[_Request]:
        """Requests for one commit; none if an earlier one took them along."""
        group: list[_Request] = []
        size = 0
        while self._waiting and size < GROUP_DOCUMENTS:
            request = self._waiting.popleft()
            if request.begins():
                group.append(request)
                size += len(request.documents)
        return group

    def _change(self, change: Callable[[tantivy.IndexWriter], Answer]) -> Answer:
        """Change the index and commit; after a fault as if nothing had happened."""
        try:
            if self._writer is None:
                self._writer = self._index.writer()
            answer = change(self._writer)
            self._writer.commit()
            return answer
        except FAULTS as error:
            fault = str(error)
        except BaseException:
            # Half a group may be in the writer's hands, and the next commit must not take it.
            self._release()
            raise
        # Raised out here, since a chained traceback would keep the old writer, and with it
        # tantivy's lock, alive for as long as somebody looks at the error.
        self._release()
        raise TransientError(sentence(fault, self._index.path))

    def _release(self) -> None:
        self._writer = None

    def _add(
        self, writer: tantivy.IndexWriter, documents: list[Document], released: set[str]
    ) -> list[Result]:
        known = self._known([document.id for document in documents])
        results = []
        for document in documents:
            there = known.get(document.id)
            makes_room = there is Collection.QUARANTINE and document.id in released
            if there is not None and not (makes_room and document.collection is Collection.LOGS):
                results.append(_EXISTS)
                continue
            try:
                values = indexed(document)
            except ValueError as error:
                results.append(Result(Outcome.REFUSED, str(error)))
                continue
            if makes_room:
                writer.delete_documents_by_query(with_keys([document.id], self._index.schema))
            writer.add_document(values)
            known[document.id] = document.collection
            results.append(_CREATED)
        return results

    def _known(self, keys: list[str]) -> dict[str, Collection]:
        """Those that the last commit holds, and where, asked for in one go."""
        searcher = self._index.searcher()
        query = with_keys(keys, self._index.schema)
        hits = searcher.search(query, limit=len(keys), count=False).hits
        found = (searcher.doc(address) for _, address in hits)
        return {
            str(document.get_first(KEY)): Collection(str(document.get_first(COLLECTION)))
            for document in found
        }

    def _delete(
        self, writer: tantivy.IndexWriter, keys: list[str], collections: Sequence[Collection]
    ) -> int:
        query = all_of([with_keys(keys, self._index.schema), self._in(collections)])
        count = count_matches(self._index.searcher(), query)
        writer.delete_documents_by_query(query)
        return count

    def _in(self, collections: Sequence[Collection]) -> tantivy.Query:
        named = [str(collection) for collection in collections]
        return tantivy.Query.term_set_query(self._index.schema, COLLECTION, named)

    def _delete_before(self, writer: tantivy.IndexWriter, time: int) -> int:
        old = between(RUNTIME_TIME, None, time - 1, self._index.schema)
        count = count_matches(self._index.searcher(), old)
        writer.delete_documents_by_query(old)
        return count
