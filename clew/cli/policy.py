"""`clew policy check`: all mistakes of policy files at once."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from clew.runtime.errors import ConfigError
from clew.transaction.texts import counted


@click.group()
def policy() -> None:
    """Check policy files: what lines have to have."""


@policy.command()
@click.argument(
    "files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def check(files: tuple[Path, ...], *, as_json: bool) -> None:
    """
    Say everything that is wrong with policy files, or that nothing is.

    Of a correct one, the name is what `clew.policy` of documents will be. Exits with 2 where
    something is wrong.

    \b
    Examples:
      clew policy check /etc/clew/policy.yaml
      clew policy check shop.yaml --json
    """
    from clew.policies import load_policy

    report: list[dict[str, Any]] = []
    for file in files:
        try:
            found = load_policy(file)
        except ConfigError as error:
            report.append({"file": str(file), "problems": [*map(str, error.problems)]})
        else:
            rules = len(found.rules)
            report.append({"file": str(file), "policy": found.name, "rules": rules})
    if as_json:
        click.echo(json.dumps({"files": report}))
    else:
        for each in report:
            _say(each)
    sys.exit(2 if any("problems" in each for each in report) else 0)


def _say(report: dict[str, Any]) -> None:
    problems = report.get("problems")
    if problems is None:
        rules = counted(report["rules"], "rule")
        click.echo(f"{report['file']}: correct: {report['policy']}, {rules}")
        return
    click.echo(f"{report['file']}: {counted(len(problems), 'mistake')}:", err=True)
    for problem in problems:
        click.echo(f"  {problem}", err=True)
