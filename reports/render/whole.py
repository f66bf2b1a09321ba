"""Writing a document whole: a reader finds the old one or the new one, never half of one."""

from pathlib import Path

from registry.private import make_folder, put


def write_whole(path: Path, content: bytes) -> None:
    """Write content beside path and move it there; folders on the way are made."""
    make_folder(path.parent)
    put(path, content, replace=True)
