from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import Field, ValidationError

from clew.runtime.config import Section, load, parse, read, read_one, read_token
from clew.runtime.errors import ConfigError, Problem


class Shelf(Section):
    books: int = Field(default=3, ge=0)
    label: str = "novels"


class Door(Section):
    width: int


def test_a_section_that_is_left_out_has_its_defaults():
    shelf, door = read({"query": {"width": 1}}, {"agent": Shelf, "query": Door})
    assert (shelf, door) == (Shelf(books=3, label="novels"), Door(width=1))
    assert read_one({"agent": None}, "agent", Shelf) == Shelf()


def test_a_section_does_not_change_once_it_is_read():
    with pytest.raises(ValidationError):
        Shelf().books = 4


def test_the_mistakes_of_all_sections_are_told_at_once():
    document = {"agent": {"books": -1, "colour": "red"}, "query": {}, "kitchen": {}}
    with pytest.raises(ConfigError) as caught:
        read(document, {"agent": Shelf, "query": Door}, "house.yaml")
    assert str(caught.value) == (
        "house.yaml: 4 mistakes:\n"
        "  kitchen: no such section; there are agent, collector, query\n"
        "  agent.books: Input should be greater than or equal to 0 (found -1)\n"
        "  agent.colour: no such setting (found 'red')\n"
        "  query.width: this setting is needed"
    )


def test_a_text_that_is_not_yaml_is_told_by_line_and_column():
    with pytest.raises(ConfigError) as caught:
        parse("agent:\n  books: [1\nquery: 2\n")
    assert str(caught.value) == (
        "1 mistake in the configuration:\n  line 3, column 6: expected ',' or ']', but got ':'"
    )


def test_yaml_makes_no_objects():
    with pytest.raises(ConfigError, match="could not determine a constructor"):
        parse("agent: !!python/object/apply:os.getcwd []")


def test_nothing_is_a_document_with_all_defaults():
    assert parse("") == parse("# a remark\n") == {}


def test_a_file_that_cannot_be_read_is_a_mistake_too(tmp_path: Path):
    missing, other = tmp_path / "missing.yaml", tmp_path / "latin.yaml"
    other.write_bytes(b"agent: {label: caf\xe9}")
    for file, why in ((missing, "No such file"), (tmp_path, "directory"), (other, "utf-8")):
        with pytest.raises(ConfigError, match=f"can't be read: .*{why}"):
            load(file)


def test_a_file_is_loaded(tmp_path: Path):
    file = tmp_path / "clew.yaml"
    file.write_text("agent: {books: 4}\n")
    assert read_one(load(file), "agent", Shelf, str(file)).books == 4


def test_a_token_is_read_without_the_newline_that_editors_add(tmp_path: Path):
    file = tmp_path / "token"
    file.write_text("s3cret\n")
    assert read_token(file) == "s3cret"
    assert read_token(None) == ""


@pytest.mark.parametrize("content", [None, b"", b" \n", b"\xff"])
def test_a_token_that_is_none_is_a_mistake(tmp_path: Path, content: bytes | None):
    """An empty token would let everybody in."""
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigError, match="token_file: "):
        read_token(file)


@pytest.mark.parametrize(
    ("problem", "sentence"),
    [
        (Problem("a.b", "too long", "xxx"), "a.b: too long (found 'xxx')"),
        (Problem("", "not YAML"), "not YAML"),
        (Problem("a", "too low", 0), "a: too low (found 0)"),
    ],
)
def test_problem(problem: Problem, sentence: str):
    assert str(problem) == sentence
