"""`clew lint`: what a service does wrong in its log lines, and how to mend it."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from click.shell_completion import CompletionItem


class _Topic(click.ParamType[str]):
    """A dialect or a page, which are asked for only where somebody names one."""

    name = "topic"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from clew.cli.linting.pages import TOPICS

        if value not in TOPICS:
            from difflib import get_close_matches

            near = get_close_matches(value, TOPICS, 1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            self.fail(f"there is nothing about {value!r}.{hint} There is: {', '.join(TOPICS)}")
        return value

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from clew.cli.linting.pages import TOPICS

        return [CompletionItem(each) for each in TOPICS if each.startswith(incomplete)]


@click.command()
@click.argument("files", metavar="[FILE|-]...", nargs=-1, type=click.Path(allow_dash=True))
@click.option(
    "--policy",
    "policy_file",
    type=click.Path(path_type=Path),
    help="What lines have to have; without one, the schema of a record alone holds.",
)
@click.option(
    "--namespace",
    metavar="NAME",
    help="Whose rules of the policy hold; that of the pod, for files below /var/log/pods.",
)
@click.option(
    "--service",
    metavar="NAME",
    help="Who speaks where a line does not say; the container, for files below /var/log/pods.",
)
@click.option(
    "--format",
    "layout",
    type=click.Choice(["auto", "plain", "cri", "docker"]),
    default="auto",
    show_default=True,
    help="What stands round the lines: nothing, or what a container runtime writes.",
)
@click.option(
    "--dialect",
    metavar="NAME",
    help="What lines are written in, where they don't tell: as pods say it in `clew/dialect`.",
)
@click.option("--canonical", is_flag=True, help="A line that has to be translated is wrong, too.")
@click.option("--lines", "by_line", is_flag=True, help="Print a row for each line at fault.")
@click.option(
    "--max",
    "most",
    metavar="N",
    type=click.IntRange(min=0, max=100),
    default=1,
    show_default=True,
    help="At most so many sample lines of each finding.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object; with --lines, one a line."
)
@click.option(
    "--how",
    "topic",
    type=_Topic(),
    metavar="LOGGER",
    help="Print how a logger is made to write canonical lines, and read nothing.",
)
def lint(
    files: tuple[str, ...],
    *,
    policy_file: Path | None,
    namespace: str | None,
    service: str | None,
    layout: str,
    dialect: str | None,
    canonical: bool,
    by_line: bool,
    most: int,
    as_json: bool,
    topic: str | None,
) -> None:
    """
    Say what a service does wrong in its log lines, and how to mend it in its logging library.

    Reads what a program prints, or log files of containers (CRI, Docker's json-file), gzipped or
    not; without a FILE, or with `-`, standard input. Exits with 1 where a line is refused or
    violates the policy, and with 2 where something can't be read.

    \b
    Examples:
      docker run --rm shop | clew lint
      clew lint --canonical shop.log
      clew lint --policy policy.yaml --namespace shop /var/log/pods/shop_*/*/*.log
      tail -f shop.log | clew lint --lines
      clew lint --how pino
    """
    from clew.cli.terminal import quiet_end

    if topic is not None:
        from clew.cli.linting.pages import how

        with quiet_end():
            click.echo(how(topic), nl=False)
        return
    if not files and sys.stdin is not None and sys.stdin.isatty():
        raise click.UsageError(
            "Nothing to read: name a file, or pipe the output of a program into it: "
            "docker run --rm shop | clew lint"
        )
    from clew.cli.linting.rules import Rules
    from clew.cli.linting.run import run

    try:
        rules = Rules.load(policy_file, namespace, service, dialect)
    except ValueError as error:
        raise click.UsageError(f"--dialect: {error}") from None
    framed = None if layout == "auto" else layout
    with quiet_end():
        code = run(
            files or ("-",),
            rules,
            framed,
            most,
            canonical=canonical,
            by_line=by_line,
            as_json=as_json,
        )
    sys.exit(code)
