"""A backup takes a file whole, however few bytes at a time the file system gives."""

import os
from pathlib import Path

import pytest

from monitor.backup.packs import SMALL
from monitor.backup.sources import FolderSource


@pytest.mark.parametrize("size", [0, 1, 4096, SMALL, SMALL + 1, 3 * SMALL])
def test_a_read_that_gives_less_than_it_was_asked_for_is_not_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    content = os.urandom(size)
    (tmp_path / "file").write_bytes(content)
    read = os.read
    with monkeypatch.context() as patch:
        # As a file system of a network may.
        patch.setattr(os, "read", lambda descriptor, most: read(descriptor, min(most, 1000)))
        came = FolderSource(tmp_path).read("file")
    assert came is not None
    first, *rest = came.chunks
    assert b"".join([first, *rest]) == content
    assert len(first) > SMALL or not rest
