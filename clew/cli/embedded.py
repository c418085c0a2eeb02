"""An embedded store asked directly, without a query service, for the same answers."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from clew.answers.conformance import Period, scoreboard
from clew.answers.lines import line_as_json
from clew.answers.quarantine import find_quarantined, listed, quarantined_as_json
from clew.answers.reports import Reports
from clew.answers.searching import decode_cursor, encode_cursor, find
from clew.answers.service_conformance import service_conformance
from clew.answers.transactions import transaction
from clew.cli.asking import Kind
from clew.cli.client import RefusedError
from clew.runtime.clock import SYSTEM_CLOCK, Deadline
from clew.runtime.errors import ClewError
from clew.search.parsing import SearchError
from clew.search.times import DAY, parse_time
from clew.store.embedded.directory import Directory
from clew.store.embedded.log_store import EmbeddedLogStore
from clew.store.embedded.state_store import EmbeddedStateStore
from clew.store.protocols import EVERYWHERE, SeriesStore
from clew.wire.quarantine import Change, Chosen

TIMEOUT_SECONDS = 300.0
"""Nobody else waits for it, and Ctrl-C is at hand."""

Answer = TypeVar("Answer")


class EmbeddedStore:
    """Answers like `clew.cli.client.Client`; `data` is the folder that `clew up --data` names."""

    def __init__(self, data: Path) -> None:
        folder = data / "store"
        if not folder.is_dir():
            raise ClewError(f"there is no store in {data}: name the folder given to `clew up`")
        self._folder = folder
        self._writer: EmbeddedLogStore | None = None
        self._runner = asyncio.Runner()
        self._store = self._run(EmbeddedLogStore.open(folder, writable=False))
        self._state = self._run(EmbeddedStateStore.open(folder, writable=False))
        self._reports = Reports(self._state)
        self._series = self._open_series(folder)

    def transaction(self, identifier: str) -> dict[str, Any]:
        deadline = Deadline.after(TIMEOUT_SECONDS)
        asked = transaction(
            self._store,
            identifier,
            reports=self._reports,
            series=self._series,
            scope=EVERYWHERE,
            deadline=deadline,
        )
        return self._run(asked).as_json()

    def search(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """A page of a search. Raises RefusedError where the query can't be read."""
        now = SYSTEM_CLOCK.now()
        after = parameters.get("after")
        found = self._run(
            find(
                self._store,
                parameters["query"],
                now=now,
                since=_time(parameters.get("since"), now),
                until=_time(parameters.get("until"), now),
                limit=parameters["limit"],
                after=decode_cursor(after) if after else None,
                newest_first=True,
                reports=self._reports,
                scope=EVERYWHERE,
                deadline=Deadline.after(TIMEOUT_SECONDS),
                with_histogram=False,
            )
        )
        page = found.page
        return {
            "lines": [line_as_json(hit) for hit in page.hits],
            "total": page.total,
            "next": encode_cursor(page.next) if page.next else None,
            "completeness": found.completeness and asdict(found.completeness),
        }

    def quarantine(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """A page of the quarantine. Raises RefusedError where a parameter can't be read."""
        after = parameters.get("after")
        found = listed(
            self._store,
            _chosen(parameters),
            limit=parameters["limit"],
            after=decode_cursor(after) if after else None,
            scope=EVERYWHERE,
            deadline=Deadline.after(TIMEOUT_SECONDS),
        )
        return self._run(found).as_json()

    def quarantined(self, identifier: str) -> dict[str, Any] | None:
        deadline = Deadline.after(TIMEOUT_SECONDS)
        asked = find_quarantined(self._store, identifier, scope=EVERYWHERE, deadline=deadline)
        hit = self._run(asked)
        return None if hit is None else quarantined_as_json(hit)

    def change_quarantine(self, kind: Kind, asked: Mapping[str, Any]) -> dict[str, Any]:
        """
        One step of a replay or a purge, by this process: nobody else may be writing the store.

        Raises ClewError where a `clew up` has it: that one is to be asked.
        """
        from collector.quarantine.steps import Steps

        steps = Steps(self._writable(), SYSTEM_CLOCK)
        step = steps.replay if kind == "replay" else steps.purge
        change = Change(
            _chosen(asked, asked.get("ids")),
            dry_run=asked.get("dry_run", False),
            after=asked.get("after", ""),
        )
        done = self._run(step(change, Deadline.after(TIMEOUT_SECONDS)))
        return msgspec.structs.asdict(done)

    def conformance(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        board = self._run(
            scoreboard(
                self._store,
                _period(parameters),
                namespace=parameters.get("namespace", ""),
                scope=EVERYWHERE,
                deadline=Deadline.after(TIMEOUT_SECONDS),
            )
        )
        return board.as_json()

    def service_conformance(
        self, service: str, parameters: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        found = self._run(
            service_conformance(
                self._store,
                service,
                _period(parameters),
                namespace=parameters.get("namespace", ""),
                scope=EVERYWHERE,
                deadline=Deadline.after(TIMEOUT_SECONDS),
            )
        )
        return found.as_json() if found.whole.now.lines else None

    def _writable(self) -> EmbeddedLogStore:
        if self._writer is None:
            try:
                self._writer = self._run(EmbeddedLogStore.open(self._folder, writable=True))
            except ClewError as error:
                raise ClewError(
                    f"{error}\nAsk what is running to do it: leave --data out, and name its page "
                    "with --url"
                ) from error
        return self._writer

    def close(self) -> None:
        if self._writer is not None:
            self._run(self._writer.close())
        self._run(self._reports.close())
        self._run(self._store.close())
        self._run(self._state.close())
        if self._series is not None:
            self._run(self._series.close())
        self._runner.close()

    def _open_series(self, folder: Path) -> SeriesStore | None:
        """None where no sample was ever kept: most imports have none, and start-up is imports."""
        if not Directory(folder).series.exists():
            return None
        from clew.store.embedded.series_store import EmbeddedSeriesStore

        return self._run(EmbeddedSeriesStore.open(folder, writable=False))

    def _run(self, question: Coroutine[Any, Any, Answer]) -> Answer:
        try:
            return self._runner.run(question)
        except SearchError as error:
            raise RefusedError(error.message, error.position, error.suggestion) from error
        except TimeoutError as error:
            raise ClewError(f"the store did not answer within {TIMEOUT_SECONDS:.0f} s") from error


def _chosen(asked: Mapping[str, Any], ids: list[str] | None = None) -> Chosen:
    now = SYSTEM_CLOCK.now()
    names = ("service", "namespace", "reason", "field")
    named = {name: asked[name] for name in names if asked.get(name)}
    since, until = _time(asked.get("since"), now), _time(asked.get("until"), now)
    return Chosen(**named, since=since, until=until, ids=ids)


def _period(parameters: Mapping[str, Any]) -> Period:
    now = SYSTEM_CLOCK.now()
    until = _time(parameters.get("until"), now) or now
    since = _time(parameters.get("since"), now)
    return Period(max(0, until - DAY) if since is None else since, until)


def _time(text: str | None, now: int) -> int | None:
    return parse_time(text, now) if text else None
