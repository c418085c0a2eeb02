"""Files as people write them: `tests/configs/bad/*.yaml` stands beside the message for each."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.config import AgentConfig
from clew.runtime.config import KNOWN_SECTIONS, Section, parse, read
from clew.runtime.errors import ConfigError
from collector.config import CollectorConfig
from query.config import QueryConfig

CONFIGS = Path(__file__).parents[2] / "configs"
GOOD, BAD = sorted(CONFIGS.glob("good/*.yaml")), sorted(CONFIGS.glob("bad/*.yaml"))
MODELS: dict[str, type[Section]] = {
    "agent": AgentConfig,
    "collector": CollectorConfig,
    "query": QueryConfig,
}


def read_file(file: Path) -> list[Section]:
    """The sections that stand in a file, as `clew config check` reads them."""
    document = parse(file.read_text(encoding="utf-8"), file.name)
    present = {name: model for name, model in MODELS.items() if name in document}
    return read(document, present, file.name)


def test_every_section_has_its_model():
    assert tuple(MODELS) == KNOWN_SECTIONS


@pytest.mark.parametrize("file", GOOD, ids=lambda file: file.stem)
def test_a_good_file_is_read(file: Path):
    read_file(file)


@pytest.mark.parametrize("file", BAD, ids=lambda file: file.stem)
def test_a_bad_file_is_refused_with_all_that_is_wrong(file: Path):
    """Every mistake in one go, with its path and what was found there; nobody reads a traceback."""
    with pytest.raises(ConfigError) as caught:
        read_file(file)
    assert f"{caught.value}\n" == file.with_suffix(".txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("model", MODELS.values())
def test_every_setting_stands_in_the_file_with_everything(model: type[Section]):
    [name] = [name for name, each in MODELS.items() if each is model]
    document = parse((CONFIGS / "good" / "everything.yaml").read_text(encoding="utf-8"))
    settings = {field.alias or each for each, field in model.model_fields.items()}
    assert document[name].keys() == settings
