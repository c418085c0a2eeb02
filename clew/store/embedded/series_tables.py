"""
The tables of the SeriesStore, a row for each target and time. Everything here blocks.

    targets    number, key (`target_key`), labels as JSON
    scrapes    target (its number), time, packed as it came; primary key (target, time)

The primary key is what makes the first write win, and keeps the scrapes of a target side by side in
the order in which a selection reads them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence

import orjson

from clew.promql.matchers import all_match
from clew.schema.sample import Labels, Scrape, target_key, unpack_samples
from clew.store.protocols import Outcome, Result, Selection, Series
from clew.store.series import LAST_TIME, SeriesFold, check_time, is_seen, may_have, sorted_targets

PAGE_BYTES = 16 * 1024
"""
A node's scrape takes 2 to 3 KB, and SQLite keeps a row in one piece up to a quarter of a page: with
pages of 4 KiB a scrape took twice its size (docs/adr/0005).
"""

# AUTOINCREMENT, since the number of a target that was deleted must not come to mean another.
CREATE = """
CREATE TABLE targets (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    labels BLOB NOT NULL
);
CREATE TABLE scrapes (
    target INTEGER NOT NULL REFERENCES targets,
    time INTEGER NOT NULL,  -- Unix nanoseconds
    packed BLOB NOT NULL,
    PRIMARY KEY (target, time)
) WITHOUT ROWID;
"""
_ADD_TARGET = "INSERT OR IGNORE INTO targets (key, labels) VALUES (?, ?)"
_ADD_SCRAPE = """
INSERT OR IGNORE INTO scrapes (target, time, packed)
SELECT number, ?, ? FROM targets WHERE key = ?
"""
_TARGETS = "SELECT number, labels FROM targets"
_WITHIN = "FROM scrapes WHERE target = ? AND time BETWEEN ? AND ?"
_SCRAPES = f"SELECT time, packed {_WITHIN} ORDER BY time"
_WAS_SCRAPED = f"SELECT 1 {_WITHIN} LIMIT 1"
# Target by target, as the primary key stands: by time alone every scrape would be looked at.
_DELETE = "DELETE FROM scrapes WHERE target = ? AND time < ?"
_FORGET = """
DELETE FROM targets WHERE NOT EXISTS (SELECT 1 FROM scrapes WHERE target = targets.number)
"""


def write(connection: sqlite3.Connection, scrapes: Sequence[Scrape]) -> list[Result]:
    """Results as of `SeriesStore.write`, committed when this returns."""
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        return [_write(connection, scrape) for scrape in scrapes]


def select(connection: sqlite3.Connection, selection: Selection) -> list[Series]:
    fold = SeriesFold(selection.matchers)
    for number, target in _seen(connection, selection):
        if may_have(target, selection.matchers):
            for time, packed in connection.execute(_SCRAPES, (number, *_bounds(selection))):
                _check(selection)
                fold.add(number, target, time, packed)
    return fold.series()


def targets(connection: sqlite3.Connection, selection: Selection) -> list[Labels]:
    return sorted_targets(
        target
        for number, target in _seen(connection, selection)
        if all_match(selection.matchers, target)
        and connection.execute(_WAS_SCRAPED, (number, *_bounds(selection))).fetchone()
    )


def delete_before(connection: sqlite3.Connection, time: int) -> int:
    """Delete scrapes, and targets without any; how many scrapes went."""
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        numbers = [number for number, _ in connection.execute(_TARGETS)]
        bound = min(time, LAST_TIME)
        deleted = sum(connection.execute(_DELETE, (each, bound)).rowcount for each in numbers)
        connection.execute(_FORGET)
    return deleted


def _write(connection: sqlite3.Connection, scrape: Scrape) -> Result:
    try:
        check_time(scrape)
        unpack_samples(scrape.packed)
    except ValueError as error:
        return Result(Outcome.REFUSED, str(error))
    key = target_key(scrape.target)
    connection.execute(_ADD_TARGET, (key, orjson.dumps(scrape.target)))
    added = connection.execute(_ADD_SCRAPE, (scrape.time, scrape.packed, key)).rowcount
    return Result(Outcome.CREATED if added else Outcome.EXISTS)


def _seen(connection: sqlite3.Connection, selection: Selection) -> Iterator[tuple[int, Labels]]:
    """Numbers and labels of all targets in the scope."""
    for number, labels in connection.execute(_TARGETS).fetchall():
        target = orjson.loads(labels)
        if is_seen(selection.scope, target):
            yield number, target


def _bounds(selection: Selection) -> tuple[int, int]:
    """Within what SQLite can compare with."""
    return max(selection.since, 0), min(selection.until, LAST_TIME)


def _check(selection: Selection) -> None:
    if selection.deadline.passed():
        raise TimeoutError("nobody waits for these series any more")
