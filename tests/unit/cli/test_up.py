"""What `clew up` says of options and of a file before it starts anything."""

from __future__ import annotations

import json
import socket
import subprocess
from pathlib import Path

import pytest

from clew.runtime.addresses import free_port
from tests.support.command_line import clew


def up(folder: Path, *options: str, file: str = "") -> subprocess.CompletedProcess[str]:
    """With a free port for each process, unless an option or the file says another."""
    (folder / "clew.yaml").write_text(file)
    (folder / "logs").mkdir(exist_ok=True)
    ports = ("--listen=127.0.0.1:0", "--collector-listen=127.0.0.1:0", "--agent-listen=127.0.0.1:0")
    named = {option.partition("=")[0] for option in options}
    given = [port for port in ports if port.partition("=")[0] not in named and not file]
    return clew(
        *("up", "--once", "--logs", str(folder / "logs"), "--data", str(folder / "data")),
        *("--config", str(folder / "clew.yaml"), *given, *options),
    )


def mistakes(stderr: str) -> list[str]:
    """The settings that are complained of."""
    return [line.strip().partition(": ")[0] for line in stderr.splitlines()[1:]]


def test_every_mistake_of_a_file_is_told_under_its_own_name(tmp_path: Path):
    """Also where an address is wrong, from which others would follow."""
    done = up(
        tmp_path,
        file=(
            "agent: {collector: ftp://x, nosuch: 1}\n"
            "collector: {listen: 5}\n"
            "query: {listen: 0.0.0.0:80}\n"
        ),
    )
    assert done.returncode == 2
    assert mistakes(done.stderr) == [
        "agent.collector",
        "agent.nosuch",
        "collector.listen",
        "query.token_file",
    ]


def test_what_is_no_section_is_told_with_all_else(tmp_path: Path):
    """And nothing is said to be missing that `clew up` supplies."""
    done = up(
        tmp_path,
        file="agent: 5\ncollector: {store: 7, listen: ''}\nquery: {theme: dark}\nx: 1\n",
    )
    assert done.returncode == 2
    assert mistakes(done.stderr) == [
        "x",
        "agent",
        "collector.listen",
        "collector.store",
        "query.store",
        "query.theme",
    ]


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--listen=nowhere", "HOST:PORT was expected"),
        ("--agent-listen=127.0.0.1", "HOST:PORT was expected"),
        ("--logs=/nonexistent", "'/nonexistent' does not exist"),
        (f"--logs={__file__}", f"'{__file__}' is a file"),
    ],
)
def test_an_option_that_is_wrong_is_named_and_ends_with_2(tmp_path: Path, option: str, said: str):
    done = up(tmp_path, option)
    assert done.returncode == 2
    assert f"Invalid value for '{option.partition('=')[0]}'" in done.stderr
    assert said in done.stderr


def test_an_import_does_not_need_the_port_of_the_pages(tmp_path: Path):
    """It starts no query: another `clew up` may go on serving there."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = up(tmp_path, f"--listen={address}", "--json")
        assert json.loads(done.stdout)["balanced"], done.stderr
        done = up(tmp_path, f"--collector-listen={address}")
    assert done.returncode == 1
    assert f"{address} is in use by another program" in done.stderr


def test_a_port_of_the_file_is_taken_as_well(tmp_path: Path):
    port = free_port("127.0.0.1")
    done = up(
        tmp_path,
        "--agent-listen=127.0.0.1:0",
        file=f"collector: {{listen: 127.0.0.1:{port}}}",
    )
    assert "no log files were found" in done.stderr
    settled = (tmp_path / "data" / "run" / "agent.yaml").read_text()
    assert f"collector_url: http://127.0.0.1:{port}" in settled


def test_rules_are_looked_at_before_anything_starts(tmp_path: Path):
    """All mistakes of all files, by their names."""
    rules = tmp_path / "shop.yaml"
    rules.write_text("groups: [{name: shop, rules: [{alert: A}, {alert: B, expr: up, for: 5}]}]")
    done = up(tmp_path, "--rules", str(rules))
    assert done.returncode == 2
    assert "group shop, alert A: either `expr` or `log` was expected" in done.stderr
    assert "group shop, alert B: for: " in done.stderr
    done = up(tmp_path, "--rules", str(tmp_path / "none*.yaml"))
    assert done.returncode == 2
    assert "--rules: no file fits" in done.stderr
