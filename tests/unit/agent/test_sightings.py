"""What stands under a path is looked at again only where it may have changed."""

from __future__ import annotations

import os
from pathlib import Path

from tests.support.memory_collector import send_everything
from tests.support.node import Node


def packed(node: Node) -> Path:
    """A compressed file, of which everything is stored."""
    log = node.log()
    log.write(b"one")
    compressed = log.compress(log.rotate())
    log.write(b"three")
    sweeper = node.sweeper()
    send_everything(sweeper, node.collector)
    sweeper.save()
    return compressed


def test_a_compressed_file_is_not_unpacked_again_after_a_restart(node: Node):
    """Its bytes could be anything now, and nobody would know: it has the same inode and date."""
    compressed = packed(node)
    status = compressed.stat()
    compressed.write_bytes(b"x" * status.st_size)
    os.utime(compressed, ns=(status.st_atime_ns, status.st_mtime_ns))
    sweeper = node.sweeper()
    send_everything(sweeper, node.collector)
    assert sweeper.watch.unreadable == {}
    assert sweeper.status()["balanced"]


def test_a_compressed_file_that_was_touched_meanwhile_is_looked_at(node: Node):
    compressed = packed(node)
    compressed.write_bytes(b"x" * compressed.stat().st_size)
    sweeper = node.sweeper()
    sweeper.look()
    assert list(sweeper.watch.unreadable) == [str(compressed)]


def test_a_compressed_file_that_is_gone_is_forgotten(node: Node):
    compressed = packed(node)
    compressed.unlink()
    sweeper = node.sweeper()
    sweeper.look()
    sweeper.save()
    assert node.remembered().packed == {}
