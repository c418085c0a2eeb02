from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from clew.runtime.config import Section
from clew.runtime.config_source import ConfigSource, Configuration, Refusal
from clew.runtime.errors import ConfigError, Problem
from tests.support.mounted import Mounted


class Lamp(Section):
    watts: int = 40
    token_file: Path | None = None

    def named_files(self) -> Mapping[str, Path | None]:
        return {"token_file": self.token_file}

    def check_files(self) -> None:
        if self.token_file and "wrong" in self.token_file.read_text():
            raise ConfigError([Problem("agent.token_file", "is wrong")])


def source(file: Path) -> ConfigSource[Lamp]:
    return ConfigSource(file, "agent", Lamp)


def look(file: Path) -> Configuration[Lamp]:
    found = source(file).look()
    assert isinstance(found, Configuration)
    return found


def refusal(file: Path) -> Refusal:
    found = source(file).look()
    assert isinstance(found, Refusal)
    return found


def with_token(folder: Path, token: str | None) -> Path:
    """A file that names another; None where that is not there."""
    named, file = folder / "token", folder / "agent.yaml"
    named.unlink(missing_ok=True)
    if token is not None:
        named.write_text(token)
    file.write_text(f"agent: {{token_file: {named}}}")
    return file


def problem_with(folder: Path, token: bytes) -> str:
    """The one thing that is wrong when a file with this in it is named."""
    file = with_token(folder, "")
    (folder / "token").write_bytes(token)
    [problem] = refusal(file).error.problems
    return problem.message


def test_what_is_found_is_the_section(tmp_path: Path):
    mounted = Mounted(tmp_path / "config", agent_yaml="agent: {watts: 60}")
    assert look(mounted.folder / "agent.yaml").section == Lamp(watts=60)
    assert source(mounted.folder / "agent.yaml").load().section == Lamp(watts=60)


def test_a_link_that_leads_elsewhere_is_a_change(tmp_path: Path):
    """A ConfigMap changes without any write to the file, and its date may stay the same."""
    mounted = Mounted(tmp_path / "config", agent_yaml="agent: {watts: 60}")
    file = mounted.folder / "agent.yaml"
    os.utime(file, ns=(1, 1))
    before = look(file)
    mounted.change(agent_yaml="agent: {watts: 75}")
    os.utime(file, ns=(1, 1))
    after = look(file)
    assert after.section == Lamp(watts=75)
    assert after.digest != before.digest
    assert after.changes(before) == ["watts"]


def test_what_says_the_same_in_other_words_is_equal(tmp_path: Path):
    """A comment, another section, a default written out: other bytes, the same configuration."""
    file = tmp_path / "clew.yaml"
    file.write_text("agent: {}")
    before = look(file)
    file.write_text("# bright\nagent: {watts: 40}\nquery: {listen: 127.0.0.1:1}\n")
    after = look(file)
    assert after == before
    assert after.digest != before.digest


def test_another_token_is_another_configuration(tmp_path: Path):
    before = look(with_token(tmp_path, "one"))
    after = look(with_token(tmp_path, "two"))
    assert after.section == before.section
    assert after != before
    assert after.changes(before) == ["content of token_file"]


@pytest.mark.parametrize(
    ("token", "problem"), [(None, "can't be read: "), ("", "is empty"), (" \n", "is empty")]
)
def test_without_the_files_it_names_a_section_is_not_right(
    tmp_path: Path, token: str | None, problem: str
):
    """The setting is named, and the refusal is another one once the file is there."""
    refused = refusal(with_token(tmp_path, token))
    [found] = refused.error.problems
    assert found.path == "agent.token_file"
    assert found.message.startswith(problem)
    assert look(with_token(tmp_path, "here")).digest != refused.digest


def test_what_is_wrong_inside_a_file_it_names_is_found_before_the_start(tmp_path: Path):
    """Nobody could go back to what stood there before."""
    assert problem_with(tmp_path, b"wrong") == "is wrong"
    assert problem_with(tmp_path, b"\xff").startswith("is not text: ")


def test_a_file_under_another_name_is_a_change(tmp_path: Path):
    """Patterns of rule files name what is there: the same rules from elsewhere are others."""

    class Shelf(Section):
        def named_files(self) -> Mapping[str, Path | None]:
            return {file.name: file for file in tmp_path.glob("*.rules")}

    (tmp_path / "shelf.yaml").write_text("agent: {}")
    shelf = ConfigSource(tmp_path / "shelf.yaml", "agent", Shelf)
    digests = [shelf.look().digest]
    for name in ("a.rules", "b.rules"):
        (tmp_path / name).write_text("groups: []")
        digests.append(shelf.look().digest)
        (tmp_path / name).unlink()
    assert len(set(digests)) == 3


def test_all_mistakes_of_a_file_are_in_the_refusal(tmp_path: Path):
    file = tmp_path / "clew.yaml"
    file.write_text("agent: {watts: many, colour: red}\nkitchen: {}")
    assert len(refusal(file).error.problems) == 3
    with pytest.raises(ConfigError, match="3 mistakes"):
        source(file).load()


@pytest.mark.parametrize("content", [b"agent: [", b"\xff", b"- agent"])
def test_what_is_no_configuration_is_refused(tmp_path: Path, content: bytes):
    file = tmp_path / "clew.yaml"
    file.write_bytes(content)
    assert str(refusal(file).error).startswith(f"{file}: 1 mistake:")


@pytest.mark.parametrize("name", [r"a\0b", r"\ud800"])
def test_a_name_that_no_file_has_is_a_refusal_that_can_be_said(tmp_path: Path, name: str):
    file = tmp_path / "clew.yaml"
    file.write_text(f'agent: {{token_file: "{name}"}}')
    refused = refusal(file)
    assert str(refused.error).encode()
    assert refused.error.problems[0].path == "agent.token_file"
    assert refused.digest == refusal(file).digest


@pytest.mark.parametrize("error", [RecursionError(), ValueError("no"), OSError("gone")])
@pytest.mark.parametrize("where", ["named_files", "check_files"])
def test_whatever_a_section_makes_of_its_files_is_a_refusal(
    tmp_path: Path, error: Exception, where: str
):
    """Else a rule with a thousand brackets would end the process that it is reloaded into."""

    class Fragile(Section):
        def named_files(self) -> Mapping[str, Path | None]:
            fail_in("named_files")
            return {}

        def check_files(self) -> None:
            fail_in("check_files")

    def fail_in(method: str) -> None:
        if method == where:
            raise error

    (tmp_path / "clew.yaml").write_text("agent: {}")
    found = ConfigSource(tmp_path / "clew.yaml", "agent", Fragile).look()
    assert isinstance(found, Refusal)
    [problem] = found.error.problems
    assert problem.message in {"nested too deeply", f"can't be used: {error}"}


def test_a_file_that_is_gone_is_a_refusal_that_stays_the_same(tmp_path: Path):
    """It is said once, not at every look."""
    gone = tmp_path / "gone.yaml"
    assert "can't be read" in str(refusal(gone).error)
    assert refusal(gone).digest == refusal(gone).digest


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('agent: {token_file: "a\\0b"}', "null byte"),
        ("agent: " + "[" * 5000, "nested too deeply"),
    ],
)
def test_whatever_stands_in_a_file_a_look_has_an_answer(tmp_path, content: str, message: str):
    """A process that looks again and again must not end of what somebody wrote."""
    file = tmp_path / "agent.yaml"
    file.write_text(content)
    assert message in str(refusal(file).error)


def test_a_named_file_whose_name_is_no_text_is_refused(tmp_path):
    """A pattern finds what it finds; names become parts of logs and pages."""
    named = Path(os.fsdecode(os.fsencode(tmp_path) + b"/a\xff"))
    named.write_text("x")
    file = tmp_path / "agent.yaml"
    file.write_text("agent: {}")

    class Found(Lamp):
        def named_files(self) -> Mapping[str, Path | None]:
            return {f"rules ({named})": named}

    found = ConfigSource(file, "agent", Found).look()
    assert isinstance(found, Refusal)
    assert "the name of this file is not UTF-8" in str(found.error)
    str(found.error).encode()
