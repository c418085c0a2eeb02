"""`clew trace`: what happened to an ID."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from clew.cli.asking import open_answers, with_source
from clew.cli.terminal import Terminal, quiet_end


@click.command()
@click.argument("identifier", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@with_source
def trace(
    identifier: str, *, as_json: bool, url: str, token_file: Path | None, data: Path | None
) -> None:
    """
    Show what happened to an ID, and which step failed.

    The ID may be an order number, a transaction ID, a trace ID, a span ID, or a label's value.
    Exits with 1 where no line has it.

    \b
    Examples:
      clew trace ORDER-4711
      clew trace 4bf92f3577b34da6a3ce929d0e0e4736 --json | jq .verdict
      clew trace ORDER-4711 --url https://logs.example.com --token-file ~/.clew-token
      clew trace ORDER-4711 --data /tmp/import
    """
    answers = open_answers(url, token_file, data)
    try:
        answer = answers.transaction(identifier)
    finally:
        answers.close()
    with quiet_end():
        if as_json:
            click.echo(json.dumps(answer, ensure_ascii=False))
        elif answer["lines"]:
            from clew.cli.decoding import decode_transaction
            from clew.cli.report import print_transaction

            print_transaction(decode_transaction(answer), Terminal())
    if not answer["lines"]:
        click.echo(f"clew: no line has the ID {identifier!r}", err=True)
        sys.exit(1)
