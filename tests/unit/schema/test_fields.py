from __future__ import annotations

import msgspec

from clew.schema import fields
from clew.schema.fields import FIELDS, FieldType
from clew.schema.keeping import Quarantined
from clew.schema.record import Record


def names(struct: type[msgspec.Struct]) -> set[str]:
    return {field.encode_name for field in msgspec.structs.fields(struct)}


def test_every_field_of_a_line_is_a_field_of_documents():
    """A line is spliced into a document as it is, so the table knows all of its names."""
    assert names(Record) <= FIELDS.keys()
    assert names(Quarantined) <= FIELDS.keys()


def test_every_name_that_code_uses_is_in_the_table():
    constants = [value for name, value in vars(fields).items() if name.isupper()]
    single = {value for value in constants if type(value) is str}
    assert single
    assert single | set(fields.TEXT_FIELDS) | set(fields.ID_FIELDS) <= FIELDS.keys()


def test_what_is_searched_can_be_searched():
    assert {FIELDS[name].type for name in fields.ID_FIELDS} == {FieldType.KEYWORD}
    assert "message" in fields.TEXT_FIELDS
