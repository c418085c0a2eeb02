r"""
The export format of systemd's journal: `journalctl -o export`.

    __CURSOR=s=...;i=2a;b=...;...\n
    PRIORITY=6\n
    MESSAGE\n<size: 64 bits, little-endian><so many bytes>\n
    \n

A field whose value is no plain text, or has a newline in it, comes with its size. An empty line
ends an entry (https://systemd.io/JOURNAL_EXPORT_FORMATS/).
"""

from __future__ import annotations

from collections.abc import Collection

VALUE_BYTES = 2 * 1024 * 1024
"""As much of a value is kept; twice the longest line that becomes a record. A core dump may have
hundreds of megabytes."""

Entry = dict[str, bytes]


class ExportParser:
    """Entries out of bytes, wherever these were cut. Fields that are not wanted are passed over."""

    def __init__(self, wanted: Collection[bytes]) -> None:
        self._wanted = frozenset(wanted)
        self._buffer = bytearray()
        self._fields: Entry = {}
        self._passing = 0
        """Bytes of a value that are still to come and not kept."""

    def feed(self, data: bytes) -> list[Entry]:
        """The entries that end in what has come so far."""
        passed = min(self._passing, len(data))
        self._passing -= passed
        self._buffer += data[passed:] if passed else data
        entries: list[Entry] = []
        at = 0
        while (after := self._take(at, entries)) is not None:
            at = after
        del self._buffer[:at]
        return entries

    def _take(self, at: int, entries: list[Entry]) -> int | None:
        """Take in the field that begins at `at`; where the next one begins, None if it is cut."""
        buffer = self._buffer
        end = buffer.find(b"\n", at)
        if self._passing or end < 0:
            return None
        if end == at:
            if self._fields:
                entries.append(self._fields)
            self._fields = {}
            return end + 1
        name, equals, value = bytes(buffer[at:end]).partition(b"=")
        if equals:
            self._keep(name, value)
            return end + 1
        return self._take_sized(name, end + 1)

    def _take_sized(self, name: bytes, at: int) -> int | None:
        buffer = self._buffer
        if len(buffer) < at + 8:
            return None
        size, at = int.from_bytes(buffer[at : at + 8], "little"), at + 8
        kept = min(size, VALUE_BYTES) if name in self._wanted else 0
        if len(buffer) < at + kept:
            return None
        self._keep(name, bytes(buffer[at : at + kept]))
        rest = size - kept + 1  # with the newline behind it
        here = min(rest, len(buffer) - at - kept)
        self._passing = rest - here
        return at + kept + here

    def _keep(self, name: bytes, value: bytes) -> None:
        if name in self._wanted:
            self._fields.setdefault(name.decode("ascii"), value[:VALUE_BYTES])
