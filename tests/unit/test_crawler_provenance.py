"""The AIGC label in containers, whole, broken and hostile."""

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.provenance.aigc import aigc_finding
from crawler.provenance.labels import LabelReader, read_labels
from crawler.provenance.platform import platform_finding
from crawler.sniff import UNKNOWN, media_type
from crawler.videos import LabelOutcome
from tests.support.labelled_files import LABEL, box, element, mkv, mp4


def outcome(tmp_path: Path, body: bytes) -> LabelOutcome:
    path = tmp_path / "video"
    path.write_bytes(body)
    return read_labels(path, None)[0].outcome


@pytest.mark.parametrize(
    "body", [mp4(), mp4(version=b""), mkv(), mkv(live=True), mp4(b'{"Label":1}'), mp4(b"\xef\xbb\xbf" + LABEL + b"\0")]
)
def test_a_label_is_found(tmp_path: Path, body: bytes) -> None:
    assert outcome(tmp_path, body) is LabelOutcome.PRESENT


@pytest.mark.parametrize(
    "value", [b"{", b"[]", b"", b"\xff", b'{"Label":"4"}', b'{"Label":true}', b"{}", b"[" * 50_000, b'{"Label":{"a":1}}']
)
def test_a_broken_label_is_invalid(tmp_path: Path, value: bytes) -> None:
    assert outcome(tmp_path, mp4(value)) is LabelOutcome.INVALID
    assert outcome(tmp_path, mkv(value)) is LabelOutcome.INVALID


def test_absent_is_said_only_of_a_file_read_to_its_end(tmp_path: Path) -> None:
    assert outcome(tmp_path, mp4(key=b"AIGX")) is LabelOutcome.ABSENT
    assert outcome(tmp_path, mp4(key=b"AIGX")[:-20]) is LabelOutcome.UNKNOWN


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"x",
        b"\xff\xd8\xff\xe0 a picture",
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xe1\0\1",
        b"\x89PNG\r\n\x1a\n\xff\xff\xff\xffiTXt",
        b"RIFF\xff\xff\xff\xffWEBPXMP \xff\xff\xff\xff",
        box(b"ftyp", b"isom"),
        box(b"ftyp", b"isom") + struct.pack(">I4s", 3, b"moov"),
        box(b"ftyp", b"isom") + struct.pack(">I4sQ", 1, b"moov", 1 << 62),
        box(b"ftyp", b"isom") + box(b"moov", box(b"meta", b"\0" * 4, box(b"hdlr"), struct.pack(">I4s", 0xFFFFFFFF, b"keys"))),
        box(b"ftyp", b"isom") + box(b"moov", box(b"meta", b"\0" * 4, box(b"hdlr"), box(b"keys", b"\0" * 16))),
        element("1A45DFA3", b"") + b"\x00" * 20,
        element("1A45DFA3", b"") + element("18538067", element("1254C367", b"", size=b"\x01\x7f" + b"\xff" * 6)),
    ],
)
def test_promise_6_what_cannot_be_read_is_unknown(tmp_path: Path, body: bytes) -> None:
    assert outcome(tmp_path, body) is LabelOutcome.UNKNOWN


def test_promise_10_nesting_without_end_is_survived(tmp_path: Path) -> None:
    nested = b""
    for _ in range(2_000):
        nested = box(b"udta", nested)
    assert outcome(tmp_path, box(b"ftyp", b"isom") + box(b"moov", nested)) is LabelOutcome.ABSENT
    tags = b""
    for _ in range(2_000):
        tags = element("67C8", tags)
    assert outcome(tmp_path, element("1A45DFA3") + element("18538067", tags)) is LabelOutcome.UNKNOWN


def test_promise_10_a_million_empty_boxes_are_survived(tmp_path: Path) -> None:
    assert outcome(tmp_path, box(b"ftyp", b"isom") + box(b"free") * 250_000) is LabelOutcome.UNKNOWN


@given(st.integers(0, len(mp4()) - 1), st.integers(0, 255), st.sampled_from([mp4(), mkv()]))
def test_any_changed_byte_is_survived(tmp_path_factory: pytest.TempPathFactory, at: int, value: int, body: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "changed"
    path.write_bytes(body[:at] + bytes([value]) + body[at + 1 :])
    kind = media_type(body)
    assert aigc_finding(path, kind).outcome in LabelOutcome


@given(st.binary(max_size=300), st.sampled_from([b"\xff\xd8\xff\xe1", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBPXMP "]))
def test_any_picture_is_survived(tmp_path_factory: pytest.TempPathFactory, body: bytes, head: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "picture"
    path.write_bytes(head + body)
    assert aigc_finding(path, media_type(head)).outcome in LabelOutcome


def test_the_platforms_word_is_present_or_unknown() -> None:
    assert platform_finding("ai-generated: true").outcome is LabelOutcome.PRESENT
    assert platform_finding(None).outcome is LabelOutcome.UNKNOWN


def test_every_malformed_file_is_survived(shared_data: Path) -> None:
    files = [path for path in sorted((shared_data / "malformed").rglob("*")) if path.is_file()]
    assert files
    with LabelReader(shared_data / "malformed") as reader:
        for path in files:
            assert reader.read(path, None)[0].outcome in (LabelOutcome.UNKNOWN, LabelOutcome.ABSENT)


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (mp4(), "video/mp4"),
        (b"\0\0\0\x14ftypqt  ", "video/quicktime"),
        (mkv(), "video/x-matroska"),
        (b"\x1a\x45\xdf\xa3\x01\x42\x82\x84webm", "video/webm"),
        (b"RIFF\0\0\0\0AVI LIST", "video/x-msvideo"),
        (b"\x47" + b"\0" * 187 + b"\x47" + b"\0", "video/mp2t"),
        (b"<!doctype html>", "text/html"),
        (b"  \r\n<HTML>", "text/html"),
        ("\ufeff<p>日本".encode("utf-16"), "text/html"),
        (b'{"error": 1}', "application/json"),
        (b"<?xml version='1.0'?><Error/>", "text/xml"),
        (b"#EXTM3U\n", "application/vnd.apple.mpegurl"),
        (b'<?xml version="1.0"?><MPD xmlns="x">', "application/dash+xml"),
        (b"version https://git-lfs.github.com/spec/v1\n", "text/plain"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"", UNKNOWN),
        (bytes(range(256)), UNKNOWN),
    ],
)
def test_bytes_are_known_by_how_they_begin(head: bytes, kind: str) -> None:
    assert media_type(head) == kind
