"""docs/spec/fields.md: what a document can have."""

from __future__ import annotations

from clew.schema.fields import FIELDS, ID_FIELDS, TEXT_FIELDS, FieldType
from scripts.pages.tables import table

ASKED = {
    FieldType.KEYWORD: "equality, prefix, existence",
    FieldType.TEXT: "words, phrases, prefix of a word, existence",
    FieldType.LONG: "equality, range, existence",
    FieldType.TIME: "range, existence",
    FieldType.LABELS: "equality of one label or of any, prefix, existence",
    FieldType.STORED: "nothing: kept and given back",
}

_HEAD = """\
# Fields

Every field that a document can have. Documents keep these names as they stand here, flat and
dotted. This page is generated from `clew/schema/fields.py` by `make docs`.
"""


def fields_page() -> str:
    fields = ((f"`{field.name}`", field.type, field.meaning) for field in FIELDS.values())
    lines = [
        _HEAD,
        *table(("field", "type", "meaning"), fields),
        "",
        "## Types",
        "",
        *table(("type", "what a search can ask"), ((kind, ASKED[kind]) for kind in FieldType)),
        "",
        f"A word without a field is looked for in {_names(TEXT_FIELDS)}.",
        f"An ID is looked for in {_names(ID_FIELDS)}, then in the values of `labels`.",
    ]
    return "\n".join(lines) + "\n"


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)
