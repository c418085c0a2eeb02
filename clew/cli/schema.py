"""`clew schema`: what a line, or a policy file, has to be, as JSON Schema."""

from __future__ import annotations

import json

import click


@click.command()
@click.argument("what", type=click.Choice(["record", "policy"]), default="record")
def schema(what: str) -> None:
    """
    Print the JSON Schema of a record, or of a policy file.

    A line that fits the first, and has each key once, is canonical: it goes on as it was written.
    An editor that knows the second helps to write policies.

    \b
    Examples:
      clew schema > record.schema.json
      clew schema policy > policy.schema.json
    """
    from clew.schema.json_schema import policy_schema, record_schema

    found = record_schema() if what == "record" else policy_schema()
    click.echo(json.dumps(found, indent=2, ensure_ascii=False))
