"""What bytes are, by how they begin: servers' own words for it are often wrong."""

HEAD = 1024
"""How many bytes from the start are enough."""

UNKNOWN = "application/octet-stream"

_STARTS = (
    (b"\x1a\x45\xdf\xa3", "video/x-matroska"),
    (b"FLV\x01", "video/x-flv"),
    (b"OggS", "video/ogg"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video/x-ms-asf"),
    (b"\x00\x00\x01\xba", "video/mpeg"),
    (b"\x00\x00\x01\xb3", "video/mpeg"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
_BOXES = (b"ftyp", b"moov", b"mdat", b"moof", b"styp", b"free", b"skip", b"wide", b"pnot", b"sidx", b"uuid")
_RIFF = {b"AVI ": "video/x-msvideo", b"WEBP": "image/webp"}


def media_type(head: bytes) -> str:
    """The media type of a file that begins with head; UNKNOWN for bytes that are neither known media nor text, and
    ``text/...`` or ``application/json`` for text."""
    for start, name in _STARTS:
        if head.startswith(start):
            return "video/webm" if name == "video/x-matroska" and b"webm" in head[:64] else name
    if head[4:8] in _BOXES:
        return {b"qt  ": "video/quicktime", b"avif": "image/avif", b"heic": "image/heic"}.get(head[8:12], "video/mp4")
    if head[:4] == b"RIFF" and head[8:12] in _RIFF:
        return _RIFF[head[8:12]]
    if len(head) > 188 and head[0] == head[188] == 0x47:
        return "video/mp2t"
    return _text_type(head)


def _text_type(head: bytes) -> str:
    text = _as_text(head)
    if text is None:
        return UNKNOWN
    start = text.lstrip("\ufeff \t\r\n").lower()
    if start.startswith("#extm3u"):
        return "application/vnd.apple.mpegurl"
    if start.startswith(("{", "[")):
        return "application/json"
    if start.startswith("<"):
        return "application/dash+xml" if "<mpd" in start else "text/xml" if start.startswith("<?xml") else "text/html"
    return "text/plain"


def _as_text(head: bytes) -> str | None:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", "replace")
    # Pages in older encodings are no valid UTF-8, but they hold no control characters either.
    if not head or any(byte < 9 or (13 < byte < 32 and byte != 27) for byte in head):
        return None
    text = head.decode("utf-8", "replace")
    return text if text.count("\ufffd") * 3 < len(text) or text.lstrip().startswith("<") else None
