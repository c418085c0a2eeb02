"""`clew rules check`: all mistakes of rule files at once."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from clew.runtime.errors import ConfigError
from clew.transaction.texts import counted


@click.group()
def rules() -> None:
    """Check files of alert rules."""


@rules.command()
@click.argument(
    "files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def check(files: tuple[Path, ...], *, as_json: bool) -> None:
    """
    Say everything that is wrong with files of alert rules, or that nothing is.

    A file has the format of Prometheus; a rule may have `log` where that has `expr`. Exits with 2
    where something is wrong.

    \b
    Examples:
      clew rules check /etc/clew/rules/*.yaml
      clew rules check shop.yaml --json
    """
    from collector.alerting.files import load_file

    report: list[dict[str, Any]] = []
    for file in files:
        try:
            groups = load_file(file)
        except ConfigError as error:
            report.append({"file": str(file), "problems": [*map(str, error.problems)]})
        else:
            rules = sum(len(each.group.rules) for each in groups)
            report.append({"file": str(file), "groups": len(groups), "rules": rules})
    if as_json:
        click.echo(json.dumps({"files": report}))
    else:
        for each in report:
            _say(each)
    sys.exit(2 if any("problems" in each for each in report) else 0)


def _say(report: dict[str, Any]) -> None:
    problems = report.get("problems")
    if problems is None:
        groups, rules = counted(report["groups"], "group"), counted(report["rules"], "rule")
        click.echo(f"{report['file']}: correct: {groups}, {rules}")
        return
    click.echo(f"{report['file']}: {counted(len(problems), 'mistake')}:", err=True)
    for problem in problems:
        click.echo(f"  {problem}", err=True)
