"""A redactor with every pattern that comes with clew."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agent.redaction.config import RedactionConfig
from agent.redaction.redactor import Redactor

KEY = b"0123456789abcdef"


@pytest.fixture(scope="session")
def redactor() -> Redactor:
    return Redactor.build(RedactionConfig(), KEY)


@pytest.fixture(scope="session")
def redact(redactor: Redactor) -> Callable[[str], str]:
    """One line, redacted."""

    def redact(line: str) -> str:
        contents = [line.encode()]
        redactor.redact(contents)
        return contents[0].decode()

    return redact
