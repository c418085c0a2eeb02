from __future__ import annotations

from pathlib import Path

import pytest

from clew.runtime.config import read_one
from clew.runtime.config_source import ConfigSource
from clew.runtime.errors import ConfigError
from collector.config import CollectorConfig

STORE = {"kind": "embedded", "path": "/data/store"}


def read(**section: object) -> CollectorConfig:
    return read_one({"collector": {"store": STORE, **section}}, "collector", CollectorConfig)


def test_loopback_needs_no_token():
    assert read().token_file is None
    assert read(listen="[::1]:8421").token_file is None


def test_an_address_that_others_can_reach_needs_a_token():
    with pytest.raises(ConfigError, match=r"collector\.token_file: other machines can reach"):
        read(listen="0.0.0.0:8421")
    assert read(listen="0.0.0.0:8421", token_file="/etc/clew/token").token_file is not None


def test_all_mistakes_are_told_at_once():
    with pytest.raises(ConfigError) as caught:
        read(listen="nowhere", batch_bytes=1, batches_at_once=0)
    assert {problem.path for problem in caught.value.problems} == {
        "collector.listen",
        "collector.batch_bytes",
        "collector.batches_at_once",
    }


def test_every_setting_says_what_it_is():
    assert all(field.description for field in CollectorConfig.model_fields.values())


RULES = "groups: [{name: shop, rules: [{alert: A, log: {query: failed, window: 5m}}]}]"


def test_rule_files_are_looked_at_as_a_part_of_the_configuration(tmp_path):
    """A change of one is a change; a mistake in one is refused as a mistake of the section is."""
    rules, file = tmp_path / "rules" / "shop.yaml", tmp_path / "collector.yaml"
    rules.parent.mkdir()
    rules.write_text(RULES)
    file.write_text(
        f"collector: {{store: {{path: /data}}, alerting: {{rules: ['{rules.parent}/*.yaml']}}}}"
    )
    source = ConfigSource(file, "collector", CollectorConfig)
    before = source.load()
    rules.write_text(RULES.replace("5m", "6m"))
    assert source.load() != before
    rules.with_name("other.yaml").write_text(RULES)
    assert len(source.load().files) == 2
    rules.write_text(RULES.replace("5m", "5"))
    with pytest.raises(ConfigError, match=r"shop\.yaml: group shop, alert A: log\.window: "):
        source.load()


def test_a_file_of_certificates_without_any_is_told(tmp_path: Path):
    (tmp_path / "ca.crt").write_text("no certificate")
    ca_file = str(tmp_path / "ca.crt")
    store = {"kind": "elasticsearch", "urls": ["https://es:9200"], "ca_file": ca_file}
    with pytest.raises(ConfigError, match=r"collector\.store\.ca_file: has no certificates"):
        read(store=store).check_files()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("alertmanager:9093", "http://HOST:PORT or https://HOST:PORT was expected"),
        ("http://", "http://HOST:PORT or https://HOST:PORT was expected"),
        ("http://me:secret@alertmanager:9093", "would be shown to everybody"),
    ],
)
def test_an_alertmanager_has_an_address_that_may_be_shown(url: str, message: str):
    with pytest.raises(ConfigError, match=message):
        read(alerting={"alertmanagers": [url]})
