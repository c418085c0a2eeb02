"""Which rules of which policy hold for the lines of a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePath

from clew.schema.policy.enforcer import Enforcer
from clew.schema.policy.names import did_you_mean
from clew.schema.policy.policy import BUILT_IN, Policy


@dataclass(frozen=True, slots=True)
class Rules:
    """
    `namespace` and `service` are what was said on the command line, if anything was. `dialect` is
    what lines are written in where they don't tell, as a pod would say it.
    """

    policy: Policy = BUILT_IN
    namespace: str | None = None
    service: str | None = None
    dialect: str | None = None

    @classmethod
    def load(
        cls, file: Path | None, namespace: str | None, service: str | None, dialect: str | None
    ) -> Rules:
        """Raises ConfigError, and ValueError where there is no such dialect."""
        policy = BUILT_IN
        if file is not None:
            from clew.policies import load_policy  # and with it pydantic, and YAML

            policy = load_policy(file)
        if dialect is not None and dialect not in policy.dialect_names:
            near = did_you_mean(dialect, policy.dialect_names)
            raise ValueError(f"no dialect is called {dialect!r}{near}")
        return cls(policy, namespace, service, dialect)

    @property
    def name(self) -> str:
        return "" if self.policy is BUILT_IN else self.policy.name

    def enforcer(self, path: str) -> Enforcer | None:
        _, container = pod_of(path)
        return self.policy.enforcer(
            *self.container(path), container=container, dialect=self.dialect
        )

    def container(self, path: str) -> tuple[str, str]:
        """Namespace and service: as was said, or as the folders of /var/log/pods are called."""
        namespace, service = pod_of(path)
        return (
            namespace if self.namespace is None else self.namespace,
            service if self.service is None else self.service,
        )

    def warning(self, path: str) -> str:
        """Where a policy says nothing of a file, which is easily taken for praise."""
        namespace, _ = self.container(path)
        rules = self.policy.rules
        if not rules or any(rule.namespaces.match(namespace) for rule in rules):
            return ""
        about = f"the namespace {namespace!r}" if namespace else "lines without a namespace"
        return f"the policy {self.name} has no rule for {about}: --namespace says whose they are"


def pod_of(path: str) -> tuple[str, str]:
    """
    Namespace and container of `.../<namespace>_<pod>_<uid>/<container>/<n>.log`, or nothing.

    An agent knows the service of a container by its pod's labels, which are not here: the
    container's name is what is left.
    """
    folders = PurePath(path).parts
    pod = folders[-3].split("_") if len(folders) >= 3 else []
    return (pod[0], folders[-2]) if len(pod) == 3 and all(pod) else ("", "")
