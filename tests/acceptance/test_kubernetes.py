"""The three processes with the rights, mounts and files of their manifests, over Elasticsearch."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml

from clew.runtime.addresses import free_port
from tests.support.container import Container, require_containers
from tests.support.elasticsearch.installation import Installation as Prefixed
from tests.support.elasticsearch.server import ElasticsearchServer
from tests.support.log_files import LogWriter
from tests.support.manifests import BASE, PROCESSES, config_files, pod_of, render
from tests.support.mounted import Mounted
from tests.support.processes import wait_until
from tests.support.wheel import Installation

pytestmark = pytest.mark.timeout(240)
TOKENS = {"agent": "agents'", "collector": "agents'", "query": "people's"}
SOMEBODY = 4711
NODE = "node-7"


class Cluster:
    """One node, with a container of each process; addresses and ports are this machine's."""

    def __init__(self, folder: Path, installation: Installation, store: Mapping[str, Any]) -> None:
        self.ports = {process: free_port("127.0.0.1") for process in PROCESSES}
        self.pods = folder / "var-log-pods"
        self._folder, self._store = folder, store
        for name in ("var-log-pods", "data"):
            (folder / name).mkdir(mode=0o700)
        files = self._overlay()
        self.configs = {
            process: Mounted(folder / f"config-{process}", **{f"{process}_yaml": text})
            for process, text in files.items()
        }
        objects = render(folder / "overlay")
        self.containers = {
            process: Container(
                pod_of(objects, process),
                installation,
                folder / process,
                self._volumes(process),
                {"clew-collector.clew.svc": "127.0.0.1"},
                {"CLEW_NODE": NODE} if process == "agent" else {},
            )
            for process in PROCESSES
        }

    def _overlay(self) -> dict[str, str]:
        """The base with other configuration files, as whoever installs it has them."""
        overlay = self._folder / "overlay"
        overlay.mkdir()
        generators = []
        for process, text in config_files(render(BASE)):
            (overlay / f"{process}.yaml").write_text(yaml.safe_dump(self._own(process, text)))
            namespace = "clew-agent" if process == "agent" else "clew"
            generators.append(
                {
                    "name": f"clew-{process}",
                    "namespace": namespace,
                    "behavior": "replace",
                    "files": [f"{process}.yaml"],
                }
            )
        base = os.path.relpath(BASE, overlay)
        kustomization = {"resources": [base], "configMapGenerator": generators}
        kustomization["generatorOptions"] = {"disableNameSuffixHash": True}
        (overlay / "kustomization.yaml").write_text(yaml.safe_dump(kustomization))
        return dict(config_files(render(overlay)))

    def _own(self, process: str, text: str) -> dict[str, Any]:
        document: dict[str, Any] = yaml.safe_load(text)
        section = document[process]
        section["listen"] = f"127.0.0.1:{self.ports[process]}"
        if process == "agent":
            section["collector_url"] = f"http://clew-collector.clew.svc:{self.ports['collector']}"
        else:
            section["store"] = dict(self._store)
        return document

    def _volumes(self, process: str) -> dict[str, Path]:
        secret = self._folder / f"secret-{process}"
        Mounted(secret, token=TOKENS[process])
        token = (secret / "token").resolve()
        token.chmod(0o400 if process == "agent" else 0o440)
        os.chown(token, 0, 0 if process == "agent" else 65532)
        volumes = {"config": self.configs[process].folder, "secret": secret}
        if process == "agent":
            volumes |= {
                "pod-logs": self.pods,
                "proc": Path("/proc"),
                "data": self._folder / "data",
            }
        return volumes

    def change(self, process: str, **settings: Any) -> None:
        """As `kubectl apply` does, and then the kubelet."""
        file = self.configs[process].folder / f"{process}.yaml"
        document = yaml.safe_load(file.read_text())
        document[process] |= settings
        self.configs[process].change(**{f"{process}_yaml": yaml.safe_dump(document)})

    def ready(self, process: str) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.ports[process]}/readyz"):
                return True
        except (urllib.error.URLError, ConnectionError):
            return False

    def lines(self, query: str) -> list[dict[str, Any]]:
        """What people find."""
        url = f"http://127.0.0.1:{self.ports['query']}/api/search?query={query}"
        request = urllib.request.Request(
            url, headers={"Authorization": f"Bearer {TOKENS['query']}"}
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return list(json.load(answer)["lines"])
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return []


@pytest.fixture
def cluster(
    elasticsearch: ElasticsearchServer, installation: Installation, tmp_path: Path
) -> Iterator[Cluster]:
    require_containers()
    with Prefixed(elasticsearch) as prefixed, ExitStack() as stack:
        store = prefixed.config.model_dump(mode="json", exclude_none=True)
        cluster = Cluster(tmp_path, installation, store)
        for container in cluster.containers.values():
            container.start()
            stack.callback(container.stop)
        for process in PROCESSES:
            wait_until(lambda process=process: cluster.ready(process), f"{process} is ready")
        yield cluster


def canonical(message: str) -> bytes:
    record = {
        "@timestamp": "2023-01-29T13:46:40.000Z",
        "log.level": "info",
        "message": message,
        "service.name": "cart",
        "transaction.id": "A-10423",
    }
    return json.dumps(record).encode()


def test_a_line_of_a_pod_is_found_and_a_changed_config_map_is_taken(cluster: Cluster) -> None:
    """With a log file that only its owner may read, who is neither root nor anybody of clew's."""
    writer = LogWriter(cluster.pods)
    writer.path.chmod(0o600)
    os.chown(writer.path, SOMEBODY, SOMEBODY)
    writer.write(canonical("first"))
    wait_until(lambda: cluster.lines("first"), "the line is found")
    [found] = cluster.lines("first")
    assert found["kubernetes.node.name"] == NODE
    assert "kubernetes.cluster" not in found
    cluster.change("agent", cluster="live")
    wait_until(lambda: "is in force" in cluster.containers["agent"].log, "it is taken")
    writer.write(canonical("second"))
    wait_until(lambda: cluster.lines("second"), "the next line is found")
    assert cluster.lines("second")[0]["kubernetes.cluster"] == "live"
    assert len(cluster.lines("first")) == 1
    writer.close()


def test_a_process_writes_only_where_its_manifest_lets_it(cluster: Cluster) -> None:
    for process, folders in {
        "agent": ["/", "/etc/clew/config", "/etc/clew/secret", "/var/log/pods", "/host/proc"],
        "collector": ["/", "/tmp", "/etc/clew/config", "/etc/clew/secret"],
        "query": ["/", "/tmp", "/etc/clew/config", "/etc/clew/secret"],
    }.items():
        container = cluster.containers[process]
        assert container.run("test", "-r", "/etc/clew/secret/token") == 0
        for folder in folders:
            assert container.run("touch", f"{folder}/written") != 0, f"{process}: {folder}"
    agent = cluster.containers["agent"]
    assert agent.run("touch", "/var/lib/clew/agent/written") == 0
    assert agent.run("chown", str(SOMEBODY), "/var/lib/clew/agent/written") != 0
