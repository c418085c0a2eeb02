r"""
Texts of labels and annotations with values in them, in the syntax of Go's templates.

    {{ $value }}   {{ .Value }}   {{ $value | humanize }}   {{ printf "%.1f" $value }}
    {{ $labels.service_name }}   {{ .Labels.service_name }}   {{ $labels.node | toUpper }}

That is what the rule files of Prometheus use nearly always; `if`, `range` and `query` are refused
when a file is read, by name. A label that an alert does not have is an empty text.

https://prometheus.io/docs/prometheus/latest/configuration/template_reference/
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

_ACTION = re.compile(r"(?:\s*\{\{-|\{\{)\s*(.*?)\s*(?:-\}\}\s*|\}\})", re.DOTALL)
_LABEL = re.compile(r"(?:\$labels|\.Labels)\.([A-Za-z_]\w*)", re.ASCII)
_PRINTF = re.compile(r'printf\s+"(%(?:\.\d{1,2})?[fgsdv])"\s+(.+)', re.DOTALL)
_CALL = re.compile(r"(\w+)\s+(\S+)")
_VALUES = ("$value", ".Value")
_PREFIXES = "kMGTPEZY"


class TemplateError(ValueError):
    """A text that can't be read as a template."""


@dataclass(frozen=True, slots=True)
class _Action:
    """A label (None: the value), and what is done to it, one function after the other."""

    label: str | None
    functions: tuple[Callable[[Any], Any], ...]

    def render(self, labels: Mapping[str, str], value: float) -> str:
        found: Any = value if self.label is None else labels.get(self.label, "")
        for function in self.functions:
            found = function(found)
        return _plain(found) if isinstance(found, float) else str(found)


@dataclass(frozen=True, slots=True)
class Template:
    parts: tuple[str | _Action, ...]

    def render(self, labels: Mapping[str, str], value: float) -> str:
        return "".join(
            part if isinstance(part, str) else part.render(labels, value) for part in self.parts
        )


@lru_cache(maxsize=4096)  # each alert of a rule renders the same texts, at each evaluation
def parse_template(text: str) -> Template:
    """Raises TemplateError with what can't be read."""
    parts: list[str | _Action] = []
    end = 0
    for match in _ACTION.finditer(text):
        parts += [text[end : match.start()], _parse_action(match[1])]
        end = match.end()
    if "{{" in text[end:]:
        raise TemplateError("`{{` without its `}}`")
    return Template((*(part for part in parts if part), text[end:]))


def _parse_action(text: str) -> _Action:
    first, *piped = (part.strip() for part in text.split("|"))
    functions: list[Callable[[Any], Any]] = []
    called = _CALL.fullmatch(first)
    if called is not None and called[1] in _FUNCTIONS:
        first = called[2].strip()
        functions.append(_FUNCTIONS[called[1]])
    printf = _PRINTF.fullmatch(first)
    if printf is not None:
        first = printf[2].strip()
        functions.append(_formatter(printf[1]))
    for name in piped:
        again = re.fullmatch(r'printf\s+"(%(?:\.\d{1,2})?[fgsdv])"', name)
        if again is None and name not in _FUNCTIONS:
            raise TemplateError(
                f"{{{{ {text} }}}}: no such function as {name!r}; there are "
                f"{', '.join(sorted(_FUNCTIONS))} and printf"
            )
        functions.append(_FUNCTIONS[name] if again is None else _formatter(again[1]))
    if first in _VALUES:
        return _Action(None, tuple(functions))
    label = _LABEL.fullmatch(first)
    if label is None:
        raise TemplateError(
            f"{{{{ {text} }}}}: only $value and $labels.NAME can stand here, with functions behind"
        )
    return _Action(label[1], tuple(functions))


def _formatter(form: str) -> Callable[[Any], str]:
    def formatted(value: Any) -> str:
        if form[-1] in "sv":
            return _plain(value) if isinstance(value, float) else str(value)
        number = _number(value)
        if not math.isfinite(number):
            return _plain(number)
        return str(round(number)) if form[-1] == "d" else form % number

    return formatted


def _number(value: Any) -> float:
    try:
        return float(value)
    except ValueError:
        return math.nan


def _plain(value: float) -> str:
    """As Go prints a float: `3`, `0.25`, `1e+21`, `NaN`, `+Inf`."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return str(int(value)) if value.is_integer() and abs(value) < 1e21 else repr(value)


def _scaled(value: Any, steps: float, units: str) -> str:
    number = _number(value)
    if number == 0 or not math.isfinite(number) or abs(number) < 1:
        return f"{number:.4g}"
    unit = ""
    for next_unit in units:
        if abs(number) < steps:
            break
        number, unit = number / steps, next_unit
    return f"{number:.4g}{unit}"


def humanize(value: Any) -> str:
    """`1.234k`."""
    return _scaled(value, 1000, _PREFIXES)


def humanize1024(value: Any) -> str:
    """`1.5ki`."""
    text = _scaled(value, 1024, _PREFIXES)
    return f"{text}i" if text[-1] in _PREFIXES else text


def humanize_percentage(value: Any) -> str:
    """`12.5%` of 0.125."""
    return f"{_number(value) * 100:.4g}%"


def humanize_duration(value: Any) -> str:
    """`1h 2m 3s` of seconds."""
    seconds = _number(value)
    if not math.isfinite(seconds):
        return f"{seconds:.4g}"
    if abs(seconds) < 60:
        return f"{seconds:.4g}s"
    minutes, rest = divmod(int(abs(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "d"), (hours, "h"), (minutes, "m"), (rest, "s")]
    while parts[0][0] == 0:
        parts.pop(0)
    return ("-" if seconds < 0 else "") + " ".join(f"{number}{unit}" for number, unit in parts)


_FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "humanize": humanize,
    "humanize1024": humanize1024,
    "humanizePercentage": humanize_percentage,
    "humanizeDuration": humanize_duration,
    "title": lambda value: str(value).title(),
    "toLower": lambda value: str(value).lower(),
    "toUpper": lambda value: str(value).upper(),
}
