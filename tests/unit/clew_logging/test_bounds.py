"""The numbers and names that clew_logging repeats are those of clew's schema."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import msgspec
import pytest

from clew.schema import line, record
from clew_logging import bounds

PACKAGE = Path(bounds.__file__).parent


@pytest.mark.parametrize(
    "name",
    [
        "TEXT_CHARACTERS",
        "ID_CHARACTERS",
        "KEY_CHARACTERS",
        "LABELS",
        "LABEL_CHARACTERS",
        "ID_LABELS",
    ],
)
def test_bounds_are_the_schemas(name: str):
    assert getattr(bounds, name) == getattr(record, name)


def test_a_line_is_as_long_as_becomes_a_record():
    assert bounds.LINE_BYTES == line.LINE_BYTES


def kinds() -> dict[str, object]:
    """Of each field of the record, its type without `| UnsetType`."""
    return {
        field.encode_name: get_args(field.type)[0]
        for field in msgspec.structs.fields(record.Record)
    }


def test_fields_are_the_schemas():
    assert kinds().keys() == bounds.FIELDS | {bounds.LABELS_FIELD}


def test_fields_are_of_the_schemas_kinds():
    of = {name: [n for n, kind in kinds().items() if kind == kinds()[name]] for name in kinds()}
    assert set(of["log.level"]) == bounds.TEXTS
    assert set(of["trace.id"]) == bounds.IDS
    assert set(of["message"]) == {*bounds.LONG_TEXTS, bounds.TIMESTAMP}
    assert of[bounds.PATH] == [bounds.PATH]


@pytest.mark.parametrize(("field", "most"), bounds.NUMBERS.items())
def test_numbers_go_as_far_as_the_schemas(field: str, most: int):
    said = f'{{"log.level":"INFO","message":"","{field}":%d}}'
    assert record.decode_canonical((said % most).encode()) is not None
    assert record.decode_canonical((said % (most + 1)).encode()) is None
