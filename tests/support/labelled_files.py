"""Files in which a label stands."""

import json
import struct

LABEL = json.dumps({"Label": "1", "ContentProducer": "P", "ProduceID": "i"}).encode()


def box(kind: bytes, *inside: bytes) -> bytes:
    body = b"".join(inside)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def mp4(value: bytes = LABEL, key: bytes = b"AIGC", *, version: bytes = b"\0" * 4) -> bytes:
    keys = box(b"keys", b"\0" * 4, struct.pack(">I", 2), box(b"mdta", b"other"), box(b"mdta", key))
    item = box(struct.pack(">I", 2), box(b"data", b"\0\0\0\1\0\0\0\0", value))
    meta = box(b"meta", version, box(b"hdlr", b"\0" * 24), keys, box(b"ilst", item))
    return box(b"ftyp", b"isom\0\0\0\0") + box(b"moov", box(b"mvhd", b"\0" * 100), box(b"udta", meta)) + box(b"mdat", b"x" * 50)


def element(identity: str, *inside: bytes, size: bytes | None = None) -> bytes:
    body = b"".join(inside)
    return bytes.fromhex(identity) + (size or (len(body) | 1 << 56).to_bytes(8, "big")) + body


def mkv(value: bytes = LABEL, *, live: bool = False) -> bytes:
    tag = element("7373", element("67C8", element("45A3", b"AIGC"), element("4487", value)))
    open_end = b"\x01" + b"\xff" * 7 if live else None
    cluster = element("1F43B675", element("E7", b"\1"), element("A3", b"frame"), size=open_end)
    return element("1A45DFA3", b"\x42\x82\x88matroska") + element("18538067", cluster, element("1254C367", tag), size=open_end)
