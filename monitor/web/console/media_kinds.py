"""Which captured files browsers play, by what their first bytes say: what a stranger's server said of them counts for nothing."""

from pathlib import Path

_HEAD = 64


def played_as(path: Path) -> str | None:
    """The media type to give a browser; None for what browsers do not play."""
    with path.open("rb") as stream:
        return kind_of(stream.read(_HEAD))


def kind_of(head: bytes) -> str | None:
    """As played_as, by a file's first bytes."""
    if head[4:8] == b"ftyp":
        return "video/mp4"
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "video/webm"
    return "video/ogg" if head.startswith(b"OggS") else None
