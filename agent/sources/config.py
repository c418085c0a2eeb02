"""Where an agent's logs come from: the part of the `agent` section that says it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field, ValidationInfo, field_validator

from clew.runtime.config import Section
from clew.schema.labels import KEY_CHARACTERS, VALUE_CHARACTERS


class DockerConfig(Section):
    """Docker's own log files, where no Kubernetes is."""

    enabled: bool = Field(
        default=False, description="Whether the json-file logs of Docker's containers are followed."
    )
    roots: list[Path] = Field(
        default=[Path("/var/lib/docker/containers")],
        min_length=1,
        description="Folders with one for each container.",
    )


class MesosConfig(Section):
    """The sandboxes of a Mesos agent."""

    enabled: bool = Field(
        default=False, description="Whether stdout and stderr of Mesos' tasks are followed."
    )
    roots: list[Path] = Field(
        default=[Path("/var/lib/mesos")],
        min_length=1,
        description="The agent's work directories; DC/OS has /var/lib/mesos/slave.",
    )


class FilesConfig(Section):
    """Plain files that belong together."""

    paths: list[str] = Field(
        min_length=1,
        description="Patterns of live files, whose rotated ones are found beside them: `*` stands "
        "for a part of a name, `**` for any folders.",
    )
    exclude: list[str] = Field(
        default=[], description="Patterns of names or whole paths that are left out."
    )
    service: str = Field(
        default="",
        max_length=256,
        description="Who says a line that does not say it itself; else the name of the file.",
    )
    namespace: str = Field(
        default="files", min_length=1, max_length=256, description="The namespace of the lines."
    )
    labels: dict[str, str] = Field(
        default={}, description="Labels of the lines, as a pod has them: `kubernetes.labels`."
    )

    @field_validator("paths")
    @classmethod
    def _are_patterns(cls, paths: list[str]) -> list[str]:
        for path in paths:
            parts = path.split("/")
            if not path.startswith("/") or {"", ".", ".."} & {*parts[1:]}:
                raise ValueError(f"{path!r}: an absolute path without `..` was expected")
            if parts[-1] == "**":
                raise ValueError(f"{path!r}: `**` stands for folders, and a file was expected")
            if any("**" in part and part != "**" for part in parts):
                raise ValueError(f"{path!r}: `**` stands between slashes")
        return paths

    @field_validator("labels")
    @classmethod
    def _are_labels(cls, labels: dict[str, str]) -> dict[str, str]:
        for name, value in labels.items():
            if not 0 < len(name) <= KEY_CHARACTERS or len(value) > VALUE_CHARACTERS:
                raise ValueError(f"{name[:40]!r} is too long, or its value is")
        return labels


class JournaldConfig(Section):
    """The journal of the node."""

    enabled: bool = Field(
        default=False, description="Whether the node's journal is followed, through `journalctl`."
    )
    units: list[str] = Field(
        default=["kubelet", "containerd", "docker"],
        description="Whose entries are read; `[]`: those of all.",
    )
    kernel: bool = Field(default=True, description="Whether those of the kernel are.")
    directory: Path | None = Field(
        default=None,
        description="The folder of the journal; in a container where the node's is mounted.",
    )
    program: str = Field(default="journalctl", min_length=1, description="The program that reads.")


class SourcesConfig(Section):
    """All sources there are. At least one has to be on."""

    docker: DockerConfig = Field(default=DockerConfig(), description="Docker, Swarm.")
    mesos: MesosConfig = Field(default=MesosConfig(), description="Mesos, Marathon, DC/OS.")
    files: list[FilesConfig] = Field(default=[], description="Everything else.")
    journald: JournaldConfig = Field(default=JournaldConfig(), description="The node's own.")
    # Behind the others, which its check has to know.
    logs: list[Path] = Field(
        default=[Path("/var/log/pods")],
        description="Folders with the logs of pods, or with one such tree for each node. `[]` is "
        "for a machine without Kubernetes, where another source is on.",
    )
    linked_logs: list[Path] = Field(
        default=[],
        description="Folders into which files under `logs` may be links, such as "
        "/var/lib/docker/containers where Kubernetes runs on Docker. No other link is followed.",
    )

    @field_validator("docker", "mesos", "journald", mode="before")
    @classmethod
    def _nothing_is_off(cls, found: Any) -> Any:
        return {} if found is None else found

    @field_validator("files", mode="before")
    @classmethod
    def _nothing_is_none(cls, found: Any) -> Any:
        return [] if found is None else found

    @field_validator("logs")
    @classmethod
    def _some(cls, folders: list[Path], known: ValidationInfo) -> list[Path]:
        sources = (known.data.get(name) for name in ("docker", "mesos", "journald"))
        others = known.data.get("files") or any(source and source.enabled for source in sources)
        if not folders and not others:
            raise ValueError("at least one folder was expected")
        return folders

    def describe_sources(self) -> str:
        """What is followed, in a few words."""
        followed = [str(folder) for folder in self.logs]
        for name, section in (("docker", self.docker), ("mesos", self.mesos)):
            if section.enabled:
                followed.append(f"{name} in {', '.join(map(str, section.roots))}")
        followed += [pattern for group in self.files for pattern in group.paths]
        return ", ".join([*followed, *(["the journal"] if self.journald.enabled else [])])
