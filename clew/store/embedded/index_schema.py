"""
The fields of the index.

Few fields, since each costs time in every commit:

- `key`: the ID, unique over both collections; `collection`: the one that the document is in.
- `terms`: every keyword and label as `<field> NUL <value>`, a label also as `labels NUL <value>`,
  and the bare name of every field that the document has.
- one field for each TEXT field, which holds its words (`clew.search.words`) parted by spaces, so
  that tantivy's whitespace tokenizer gives back exactly these. Its own tokenizers have other words,
  and the default one leaves out those longer than 40 bytes.
- one column for each LONG and TIME field, and those of `PLACE`, by which hits are ordered.
  Times are integers: tantivy's dates sort by whole seconds through its Python binding.
- `source`: the bytes as they came.

A keyword or label of more than 65,000 bytes is kept but not found: tantivy leaves such terms out.
"""

from __future__ import annotations

import tantivy

from clew.schema.fields import FIELDS, TIMESTAMP, FieldType

KEY, COLLECTION, TERMS, SOURCE = "key", "collection", "terms", "source"
TIME, FILE_HEAD, FILE_TAIL, PLACE_OFFSET = "time", "file_head", "file_tail", "place_offset"
PLACE = (TIME, FILE_HEAD, FILE_TAIL, PLACE_OFFSET)
"""A document's place in the order, the weightiest column first; every document has all four."""

MILLISECOND, RUNTIME_TIME = "millisecond", "runtime_time"

NANOSECONDS_PER_MILLISECOND = 1_000_000
LOWEST_LONG, HIGHEST_LONG = -(2**63), 2**63 - 1
_WORDS = "words"
_HALF = 8


def build_schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for name in (KEY, COLLECTION):
        builder.add_text_field(name, stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field(TERMS, tokenizer_name="raw", index_option="basic")
    builder.add_bytes_field(SOURCE, stored=True)
    for column in (TIME, PLACE_OFFSET, MILLISECOND, RUNTIME_TIME):
        builder.add_integer_field(column, fast=True)
    for column in (FILE_HEAD, FILE_TAIL):
        builder.add_unsigned_field(column, fast=True)
    for field in FIELDS.values():
        if field.type is FieldType.TEXT:
            builder.add_text_field(field.name, tokenizer_name=_WORDS, index_option="position")
        elif field.type in {FieldType.LONG, FieldType.TIME} and field.name != TIMESTAMP:
            builder.add_integer_field(field.name, fast=True)
    return builder.build()


def with_tokenizer(index: tantivy.Index) -> tantivy.Index:
    """An index that knows the tokenizer of the schema: it is not kept with the index."""
    spaces = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    index.register_tokenizer(_WORDS, spaces)
    index.config_reader("manual")
    return index


def column_of(field: str) -> str:
    """The column that holds a LONG or TIME field."""
    return TIME if field == TIMESTAMP else field


def term_of(field: str, value: str) -> str:
    return f"{field}\0{value}"


def halves_of(generation: str) -> tuple[int, int]:
    """
    A generation as two numbers that sort as its text does.

    They hold 16 bytes, the length of every generation that `clew.schema.document` makes.
    """
    head = generation.encode()[: 2 * _HALF].ljust(2 * _HALF, b"\0")
    return int.from_bytes(head[:_HALF]), int.from_bytes(head[_HALF:])
