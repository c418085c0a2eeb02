"""`clew lint` as a user starts it."""

from __future__ import annotations

import gzip
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner, Result

from clew.cli import cli
from clew.cli.lint import lint
from clew.policies import load_policy
from tests.support.libraries.case import CASES
from tests.support.processes import wait_until

HEAVY = (
    "agent",
    "aiohttp",
    "asyncio",
    "clew.schema",
    "msgspec",
    "orjson",
    "pydantic",
    "rich",
    "yaml",
)
"""What `--help` has no use for."""

PINO = CASES / "pino" / "output.log"
CANONICAL = CASES / "ecs-logback" / "output.log"
REFUSED = CASES / "winston" / "output.log"
"""One of its lines has no message."""

COMMAND = [sys.executable, "-P", "-m", "clew", "lint"]


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(lint, [*map(str, arguments)])


def piped(content: bytes, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*COMMAND, *arguments], input=content, capture_output=True, timeout=60, check=False
    )


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    file = tmp_path / "policy.yaml"
    file.write_text(
        "name: shop\n"
        "schemas: {strict: {mode: enforce, require: [trace.id]}}\n"
        "rules:\n"
        "  - {namespaces: [shop], services: [stock], schema: strict, mode: report}\n"
        "  - {namespaces: [shop], schema: strict}\n"
        "  - {namespaces: [old], schema: strict, mode: 'off'}\n"
    )
    return file


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ([CANONICAL], 0),
        (["--canonical", CANONICAL], 0),
        ([PINO], 0),
        (["--canonical", PINO], 1),
        ([REFUSED], 1),
        ([REFUSED, CANONICAL], 1),
        ([REFUSED, "/nowhere"], 2),
        (["/nowhere", CANONICAL], 2),
        (["--format", "cri", PINO], 1),
        (["--format", "json", PINO], 2),
        (["--max", "-1", PINO], 2),
    ],
)
def test_exit_codes(arguments: list[str | Path], code: int):
    assert run(*arguments).exit_code == code


def test_the_summary_names_the_logger_and_how_to_mend_it():
    lines = run(PINO).stdout.splitlines()
    assert lines[:3] == [
        str(PINO),
        "  11 lines · 0 % canonical · 100 % translated · 0 % refused",
        "  18 % with a trace · 18 % with a business transaction",
    ]
    assert lines[4] == "→ pino · 11 lines, 100 % · from line 1 on"
    assert lines[5].startswith('  1: {"level":30,')
    assert "no fields of the record: level, time" in lines[6]
    assert "    formatters: { level: (label) => ({ 'log.level': label }) }," in lines
    assert "  clew lint --how pino" in lines
    assert lines[-1] == "✓ No line violates the schema; 11 are translated."


def test_a_violation_is_told_with_its_line_and_its_remedy():
    result = run(REFUSED)
    assert "✗ missing_field message · 1 line, 7.7 % · from line 11 on" in result.stdout
    assert '  11: {"level":"error"}' in result.stdout
    assert result.stdout.endswith("✗ 1 line violates the schema.\n")


def test_a_sample_of_an_object_over_several_lines_is_more_than_its_brace():
    shown = run(CASES / "otel-console" / "output.log").stdout
    assert "  10 lines, joined from 2" in shown
    assert '  1: {     "body": "shop started",' in shown


def test_several_files_are_a_table_and_their_sum(tmp_path: Path):
    pod = tmp_path / "shop_payment-7d9f-x2x9k_0c1" / "payment"
    pod.mkdir(parents=True)
    (pod / "0.log").write_text("2023-01-29T08:42:09.7Z stdout F paid\n")
    rows = [line.split() for line in run(CANONICAL, pod / "0.log").stdout.splitlines()[:4]]
    assert rows[1][:4] == ["output.log", "plain", "10", "100"]
    assert rows[2][:4] == ["shop/payment-7d9f-x2x9k/payment/0.log", "cri", "1", "0"]
    assert rows[3][:3] == ["all", "11", "91"]


def test_a_file_that_can_not_be_read_keeps_no_other_from_it(tmp_path: Path):
    (tmp_path / "a.gz").write_bytes(gzip.compress(os.urandom(100_000))[:50_000])
    result = run("/nowhere", tmp_path, tmp_path / "a.gz", PINO)
    assert result.exit_code == 2
    assert "→ pino · 11 lines" in result.stdout
    assert result.stderr.splitlines()[:2] == [
        "clew: /nowhere: there is no such file",
        f"clew: {tmp_path}: a folder; name its files: clew lint {tmp_path}/*.log",
    ]
    assert f"clew: {tmp_path}/a.gz: damaged gzip" in result.stderr


def test_standard_input_is_read_without_a_file_and_by_a_dash():
    content = PINO.read_bytes()
    for arguments in ([], ["-"]):
        result = piped(content, *arguments)
        assert result.returncode == 0
        assert result.stdout.startswith(b"stdin\n  11 lines")
    assert piped(gzip.compress(content)).stdout.startswith(b"stdin\n  11 lines")


def test_where_nothing_is_said_nothing_is_praised():
    result = piped(b"")
    assert result.returncode == 0
    assert b"No line was read: nothing is known." in result.stdout
    assert result.stderr == b"clew: stdin: there is no line in it\n"


def test_a_terminal_is_not_waited_for():
    controller, terminal = pty.openpty()
    result = subprocess.run(COMMAND, stdin=terminal, capture_output=True, timeout=60, check=False)
    os.close(terminal)
    os.close(controller)
    assert result.returncode == 2
    assert b"docker run --rm shop | clew lint" in result.stderr


def test_a_program_that_goes_on_is_told_about_line_by_line(tmp_path: Path):
    """Also its last line, which others could go on with: as soon as it is quiet."""
    rows = tmp_path / "rows"
    with (
        rows.open("wb") as opened,
        subprocess.Popen(
            [*COMMAND, "--lines"], stdin=subprocess.PIPE, stdout=opened, stderr=subprocess.DEVNULL
        ) as linting,
    ):
        assert linting.stdin is not None
        for number, text in enumerate([b"ERROR one\n\tat a.B.c(B.java:1)\n", b"two\n"], 1):
            linting.stdin.write(text)
            linting.stdin.flush()
            wait_until(lambda wanted=number: _count(rows) == wanted, f"{number} rows")
        linting.stdin.close()
        assert linting.wait(60) == 0
    places = [row.split(b": ")[0] for row in rows.read_bytes().splitlines()]
    assert places == [b"stdin:1", b"stdin:3"]


def _count(rows: Path) -> int:
    return rows.read_bytes().count(b"\n")


def test_rows_say_what_is_wrong_with_each_line(policy: Path):
    result = run("--lines", "--policy", policy, "--namespace", "shop", PINO, REFUSED)
    rows = result.stdout.splitlines()
    assert rows[0].startswith(
        f"{PINO}:1: refused: missing_field trace.id: required by the schema strict {{"
    )
    [translated] = [row for row in rows if row.startswith(f"{PINO}:8:")]
    assert ": translated from pino: no fields of the record: level, time" in translated
    assert f"{REFUSED}:11: refused: missing_field message: " in result.stdout
    assert result.stderr == "24 lines: 0 canonical, 4 translated, 20 refused\n"
    assert result.exit_code == 1
    assert run("--lines", CANONICAL).stdout == ""


def test_rows_are_objects_with_json(policy: Path):
    result = run("--lines", "--json", "--policy", policy, "--namespace", "shop", PINO)
    rows = [json.loads(row) for row in result.stdout.splitlines()]
    assert [row["line"] for row in rows] == [*range(1, 12)]
    assert rows[0]["violations"] == [
        {"reason": "missing_field", "field": "trace.id", "detail": "required by the schema strict"}
    ]
    assert (rows[0]["dialect"], rows[0]["outcome"]) == ("pino", "refused")


def test_everything_that_was_found_is_one_object_with_json(policy: Path):
    result = run(
        "--json", "--max", "2", "--policy", policy, "--namespace", "shop", PINO, "/nowhere"
    )
    found = json.loads(result.stdout)
    assert (found["lines"], found["refused"], found["translated"]) == (11, 9, 2)
    [violation] = found["violations"]
    assert (violation["reason"], violation["field"], violation["lines"]) == (
        "missing_field",
        "trace.id",
        9,
    )
    assert [sample["line"] for sample in violation["samples"]] == [1, 2]
    [dialect] = found["dialects"]
    assert (dialect["dialect"], dialect["lines"], dialect["pages"]) == ("pino", 11, ["pino"])
    assert found["policy"] == load_policy(policy).name
    assert found["unreadable"] == {"/nowhere": "/nowhere: there is no such file"}


@pytest.mark.parametrize(
    ("namespace", "service", "code"),
    [("shop", "payment", 1), ("shop", "stock", 1), ("old", "payment", 0)],
)
def test_the_policy_of_a_namespace_and_service_holds(
    policy: Path, namespace: str, service: str, code: int
):
    """In the modes enforce and report, a violation is one; in mode off nobody looks."""
    result = run("--policy", policy, "--namespace", namespace, "--service", service, PINO)
    assert result.exit_code == code
    assert result.stderr == ""


def test_folders_of_pods_tell_namespace_and_service(policy: Path, tmp_path: Path):
    for namespace, code in (("shop", 1), ("old", 0)):
        folder = tmp_path / f"{namespace}_payment-7d9f-x2x9k_0c1" / "payment"
        folder.mkdir(parents=True)
        (folder / "0.log").write_text("2023-01-29T08:42:09.7Z stdout F paid\n")
        assert run("--policy", policy, folder / "0.log").exit_code == code


def test_a_policy_that_says_nothing_of_a_file_is_told(policy: Path):
    name = load_policy(policy).name
    assert run("--policy", policy, PINO).stderr == (
        f"clew: the policy {name} has no rule for lines without a namespace: "
        "--namespace says whose they are\n"
    )


def test_patterns_of_a_policy_and_dialects_that_are_named_take_effect(tmp_path: Path):
    """Also of lines that the policy refuses."""
    policy = tmp_path / "policy.yaml"
    policy.write_text(
        "name: shop\n"
        "dialects: [{name: billing, pattern: '(?P<level>[A-Z]+)@(?P<message>.*)'}]\n"
        "rules: [{schema: {mode: enforce, require: [trace.id]}}]\n"
    )
    log = tmp_path / "log"
    log.write_text("INFO@paid\n")
    [dialect] = json.loads(run("--json", "--policy", policy, log).stdout)["dialects"]
    assert (dialect["dialect"], dialect["lines"]) == ("pattern", 1)
    log.write_text('{"message":"paid","name":"shop.orders"}\n')
    for name in ("json", "python-json"):
        choice = [] if name == "json" else ["--dialect", name]
        [dialect] = json.loads(run("--json", *choice, log).stdout)["dialects"]
        assert dialect["dialect"] == name


def test_a_dialect_that_there_is_not():
    result = run("--dialect", "python-jsn", PINO)
    assert result.exit_code == 2
    assert "no dialect is called 'python-jsn'; did you mean python-json?" in result.stderr


def test_mistakes_of_a_policy_are_told(tmp_path: Path):
    file = tmp_path / "wrong.yaml"
    file.write_text("name: shop\nrules: [{schema: strict}]")
    result = piped(b"", "--policy", str(file))
    assert result.returncode == 2
    assert b"no such schema" in result.stderr


def test_what_a_policy_reports_has_its_details(tmp_path: Path):
    file = tmp_path / "policy.yaml"
    file.write_text(
        "name: shop\nrules: [{schema: {mode: report, levels: [error], most_labels: 0}}]"
    )
    log = tmp_path / "log"
    log.write_text(
        '{"log.level":"info","message":"paid","labels":{"a":"1"}}\n{"log.level":"info"}\n'
    )
    found = json.loads(run("--json", "--policy", file, log).stdout)
    details = {
        f"{each['reason']}:{each['field']}": each["samples"][0]["detail"]
        for each in found["violations"]
    }
    assert details == {
        "level_not_allowed:log.level": "'info'; allowed are error",
        "too_many_labels:labels": "1 labels, the limit is 0",
        "missing_field:message": "an object without a message",
    }
    assert (found["refused"], found["violating"]) == (0, 2)


def test_no_bytes_of_a_log_reach_the_terminal(tmp_path: Path):
    """Neither cursor movements nor titles, whatever way they are written."""
    log = tmp_path / "log"
    hostile = ["\x1b[2J\x1b]0;title\x07", "\x9b31m", "\u202e", "\r\b\x7f"]
    names = [json.dumps({"message": "x", f"k{each}": 1, "log.level": "info"}) for each in hostile]
    twice = [
        f'{{"message":"x","k{each}":1,"k{each}":2}}' for each in ["\x9b31m", "\u202e", "\\u001b[2J"]
    ]
    texts = [*hostile, *names, *twice]
    log.write_bytes("\n".join(texts).encode() + b"\n\xff\xfe\x00\x1b[2J\n" + b'{"a":"\x1b[2J"}\n')
    for arguments in ([], ["--lines"], ["--max", "100"]):
        printed = run(*arguments, log).output
        assert not {"\x1b", "\x9b", "\u202e", "\x07", "\b", "\x7f", "\r"}.intersection(printed)


def test_a_name_of_any_bytes_is_printed(tmp_path: Path):
    """A file may be called whatever has no slash in it."""
    log = os.fsencode(tmp_path) + b"/a\xff\x1b[2J\n"
    with open(log, "wb") as opened:  # noqa: PTH123 - a Path is a text
        opened.write(b"paid\n")
    for arguments in ([], ["--lines"], ["--json"]):
        for name in (log, log + b"absent"):
            result = subprocess.run(
                [*COMMAND, *arguments, name], capture_output=True, timeout=60, check=False
            )
            assert result.returncode == (0 if name == log else 2)
            assert b"xff" in result.stdout + result.stderr
            assert not {0x1B, 0xFF}.intersection(result.stdout + result.stderr)


def test_json_of_hostile_bytes_is_json(tmp_path: Path):
    log = tmp_path / "log"
    log.write_bytes(
        bytes(range(256)) * 50 + b'\n{"\xff":1}\n{"\\ud800":1}\n' + b"[" * 100_000 + b"\n{" * 10
    )
    json.loads(run("--json", log).stdout)
    for row in run("--json", "--lines", log).stdout.splitlines():
        json.loads(row)


def test_samples_are_left_out_on_request():
    """In the log of a public CI."""
    assert "shop started" in run(PINO).stdout
    assert "shop started" not in run("--max", "0", PINO).stdout


def test_colours_are_for_terminals_only():
    assert "\x1b" not in run(REFUSED).output
    controller, terminal = pty.openpty()
    done = subprocess.run(
        [*COMMAND, str(CANONICAL)],
        stdout=terminal,
        env=os.environ | {"TERM": "xterm", "NO_COLOR": ""},
        timeout=60,
        check=False,
    )
    os.close(terminal)
    shown = os.read(controller, 65536)
    os.close(controller)
    assert done.returncode == 0
    assert b"\x1b[32m" in shown


def test_how_prints_the_page_of_a_logger():
    result = run("--how", "pino")
    assert result.exit_code == 0
    assert "hooks: { streamWrite:" in result.stdout
    assert run("--how", "logback").stdout.startswith("# Logback")
    assert run("--how", "zap-console").stdout.startswith("zap's console encoder\n\nName the fields")
    assert "clew lint --how winston" in run("--how", "text").stdout


def test_how_of_what_there_is_not():
    result = run("--how", "pyno")
    assert result.exit_code == 2
    assert "there is nothing about 'pyno'. Did you mean 'pino'?" in result.stderr


def test_loggers_are_completed():
    complete = ShellComplete(cli, {}, "clew", "_CLEW_COMPLETE")
    found = [each.value for each in complete.get_completions(["lint", "--how"], "zap")]
    assert found == ["zap", "zap-console"]


def test_help_loads_nothing_heavy():
    """Start-up time is imports."""
    script = (
        "import sys; from clew.cli import cli; cli(['lint', '--help'], standalone_mode=False);"
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)), file=sys.stderr)"
    )
    result = subprocess.run(
        [sys.executable, "-P", "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert result.stderr == "[]\n"
    assert "clew lint --canonical shop.log" in result.stdout


def test_without_a_policy_neither_pydantic_nor_a_network_is_loaded():
    script = (
        "import sys\nfrom clew.cli import cli\n"
        f"try: cli(['lint', {str(PINO)!r}])\n"
        "except SystemExit: print(sorted({'aiohttp', 'asyncio', 'pydantic', 'rich', 'yaml'}"
        " & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-P", "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert result.stdout.splitlines()[-1] == "[]"
