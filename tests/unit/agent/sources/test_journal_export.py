from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agent.sources.journal_entries import place
from agent.sources.journal_export import VALUE_BYTES, Entry, ExportParser
from clew.schema.record import decode_canonical
from tests.support.strict_json import load_strictly

NAMES = ("MESSAGE", "PRIORITY", "_PID")
VALUES = st.binary(max_size=40)
CURSOR = b"s=ab3d17b682894064a55b4c77b176691c;i=2a;b=01;m=4c;t=5f;x=1e"


def exported(entry: Entry, *, sized: bool) -> bytes:
    lines = []
    for name, value in entry.items():
        if sized or b"\n" in value:
            lines.append(name.encode() + b"\n" + len(value).to_bytes(8, "little") + value + b"\n")
        else:
            lines.append(name.encode() + b"=" + value + b"\n")
    return b"".join(lines) + b"\n"


def parsed(*pieces: bytes) -> list[Entry]:
    parser = ExportParser([name.encode() for name in NAMES])
    return [entry for piece in pieces for entry in parser.feed(piece)]


@given(
    st.lists(
        st.tuples(
            st.dictionaries(st.sampled_from(NAMES), VALUES, min_size=1),
            st.dictionaries(st.sampled_from(["COREDUMP", "_EXE"]), VALUES),
            st.booleans(),
        )
    ),
    st.data(),
)
def test_entries_come_out_wherever_their_bytes_were_cut(
    written: list[tuple[Entry, Entry, bool]], data: st.DataObject
):
    """With newlines and any bytes in their values; without the fields that nobody wants."""
    chunk = b"".join(exported(other | entry, sized=sized) for entry, other, sized in written)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(chunk)), max_size=8)))
    pieces = [chunk[a:b] for a, b in zip([0, *cuts], [*cuts, len(chunk)], strict=True)]
    assert parsed(*pieces) == [entry for entry, _, _ in written]


def test_what_is_too_large_is_cut_and_what_follows_is_whole():
    huge = b"x" * (VALUE_BYTES + 1000)
    chunk = exported({"MESSAGE": huge, "_PID": b"7"}, sized=True)
    pieces = [chunk[at : at + 65536] for at in range(0, len(chunk), 65536)]
    [entry] = parsed(*pieces)
    assert entry == {"MESSAGE": huge[:VALUE_BYTES], "_PID": b"7"}


def test_a_core_dump_is_not_kept_in_memory():
    """It may have hundreds of megabytes; nobody wants it."""
    parser = ExportParser([b"MESSAGE"])
    parser.feed(b"COREDUMP\n" + (2**29).to_bytes(8, "little"))
    for _ in range(2**29 // 2**22):
        assert parser.feed(bytes(2**22)) == []
        assert len(parser._buffer) == 0
    assert parser.feed(b"\nMESSAGE=m\n\n") == [{"MESSAGE": b"m"}]


def line_of(**fields: bytes) -> dict[str, object]:
    placed = place({"__CURSOR": CURSOR, "__REALTIME_TIMESTAMP": b"1675000000123456"} | fields)
    assert placed is not None
    assert decode_canonical(placed.line) is not None
    found: dict[str, object] = load_strictly(placed.line)
    return found


def test_an_entry_is_a_canonical_line():
    assert line_of(
        MESSAGE=b"Started container", PRIORITY=b"4", _SYSTEMD_UNIT=b"kubelet.service", _PID=b"812"
    ) == {
        "@timestamp": "2023-01-29T13:46:40.123456000Z",
        "log.level": "warn",
        "message": "Started container",
        "service.name": "kubelet",
        "labels": {"systemd_unit": "kubelet.service", "pid": "812"},
    }


def test_who_says_an_entry():
    """The kernel, a unit, the unit that systemd speaks of, or what a program calls itself."""
    said = {
        "kernel": {"_TRANSPORT": b"kernel", "SYSLOG_IDENTIFIER": b"kernel"},
        "containerd": {"_SYSTEMD_UNIT": b"containerd.service", "SYSLOG_IDENTIFIER": b"x"},
        "kubelet": {"_SYSTEMD_UNIT": b"init.scope", "UNIT": b"kubelet.service"},
        "session-1.scope": {"_SYSTEMD_UNIT": b"session-1.scope"},
        "cron": {"SYSLOG_IDENTIFIER": b"cron", "_COMM": b"crond"},
        "crond": {"_COMM": b"crond"},
        "journal": {},
    }
    assert [line_of(**fields)["service.name"] for fields in said.values()] == list(said)


def test_a_message_of_any_bytes_is_text():
    found = line_of(MESSAGE=b"two\nlines \xff \x1b[31m")
    assert found["message"] == "two\nlines \\xff \x1b[31m"
    assert line_of(PRIORITY=b"99")["log.level"] == "info"


def test_the_place_of_an_entry_is_its_series_and_its_number():
    """Wherever and whenever it is read: nothing else goes into its ID."""
    one = place({"__CURSOR": CURSOR, "__REALTIME_TIMESTAMP": b"1675000000123456"})
    other = place(
        {"__CURSOR": CURSOR.replace(b"i=2a;b=01", b"i=2b;b=02"), "__REALTIME_TIMESTAMP": b"1"}
    )
    assert one is not None
    assert other is not None
    assert (one.number, other.number) == (0x2A, 0x2B)
    assert one.generation == other.generation
    assert one.time == 1_675_000_000_123_456_000


def test_what_is_no_entry_has_no_place():
    assert place({}) is None
    assert place({"__CURSOR": CURSOR}) is None
    assert place({"__CURSOR": b"s=1;i=1", "__REALTIME_TIMESTAMP": b"1"}) is None
