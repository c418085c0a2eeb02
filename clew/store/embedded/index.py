"""
An index as it stands now: what any process has committed is seen by the next search.

A reader may come before the first writer does: until then it sees an index without documents.
"""

from __future__ import annotations

from pathlib import Path
from threading import Lock

import tantivy

from clew.runtime.errors import TransientError
from clew.store.embedded.index_schema import build_schema, with_tokenizer

_META = "meta.json"
"""tantivy's list of live segments, a few KiB, replaced as a whole by every commit."""

_HEAP_BYTES = 64 * 1024 * 1024
"""Documents between two segments: more than a batch, so that a commit makes one segment."""


class Index:
    """Raises TransientError, at first and from `searcher`, where the directory can't be read."""

    def __init__(self, path: Path, *, create: bool) -> None:
        self.path = path
        self._lock = Lock()
        self._loaded: bytes | None = None
        self.schema = build_schema()
        if create and not tantivy.Index.exists(str(path)):
            tantivy.Index(self.schema, path=str(path))
        self._index = with_tokenizer(tantivy.Index(self.schema))
        self.searcher()

    def searcher(self) -> tantivy.Searcher:
        """A view of the last commit; it does not change while it is held."""
        with self._lock:
            try:
                self._load()
            except (OSError, ValueError) as error:
                raise TransientError(f"the index in {self.path} can't be read: {error}") from error
            return self._index.searcher()

    def _load(self) -> None:
        try:
            # Read before loading: a commit in between is loaded once more, never missed. Compared
            # as a whole, since two commits of one tick of the clock have the same time.
            meta = (self.path / _META).read_bytes()
        except FileNotFoundError:
            return
        if meta == self._loaded:
            return
        if self._loaded is None:
            self._index = with_tokenizer(tantivy.Index.open(str(self.path)))
        self._index.reload()
        self._loaded = meta

    def writer(self) -> tantivy.IndexWriter:
        """
        A new writer of an index that exists; ValueError where it can't be opened.

        One thread: the other core belongs to whoever sends documents.
        """
        return self._index.writer(heap_size=_HEAP_BYTES, num_threads=1)


def count_matches(searcher: tantivy.Searcher, query: tantivy.Query) -> int:
    result = searcher.search(query, limit=1)
    return int(result.count)  # type: ignore[attr-defined]  # the binding's stub leaves it out
