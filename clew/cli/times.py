"""Times that are typed on the command line."""

from __future__ import annotations

import click

from clew.runtime.clock import SYSTEM_CLOCK
from clew.schema.timestamps import format_rfc3339
from clew.search.times import parse_time


def time_option(context: click.Context, option: click.Parameter, text: str | None) -> str | None:
    """A time as typed -> RFC 3339, so that every page of an answer means the same moment."""
    if not text:
        return None
    try:
        return format_rfc3339(parse_time(text, SYSTEM_CLOCK.now()))
    except ValueError as error:
        raise click.BadParameter(str(error), context, option) from error
