"""One address of one collector: what batches are sent to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from clew.runtime.addresses import Address, Origin


@dataclass(frozen=True)
class Endpoint:
    """
    Connected to by its address, and asked by the name it is known under.

    Behind one name of a headless Service stand many collectors. Each has an address of its own, and
    is well or ill by itself.
    """

    origin: Origin
    address: str

    @cached_property
    def name(self) -> str:
        """For people, and for the choice: the same on every node."""
        if self.address == self.origin.host:
            return str(self.origin)
        return f"{self.origin} at {self.address}"

    @cached_property
    def url(self) -> str:
        address = Address(self.address, self.origin.port)
        return f"{self.origin.scheme}://{address}{self.origin.path}"

    @property
    def host(self) -> str:
        """The header `Host`: what a proxy in between goes by."""
        return self.origin.authority

    @property
    def server_name(self) -> str | None:
        """The name that a certificate has to be about; None where there is no certificate."""
        return self.origin.host if self.origin.scheme == "https" else None
