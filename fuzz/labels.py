"""Labels in files: containers, XMP, AIGC, Content Credentials, and texts."""

from collections.abc import Iterable

from crawler.provenance.aigc import aigc_finding
from crawler.provenance.base import LabelFinding
from crawler.provenance.c2pa import is_readable, manifest_reading
from crawler.provenance.c2pa_reader import read_manifest
from crawler.provenance.containers import Unreadable
from crawler.provenance.platform import platform_finding
from crawler.provenance.source_type import source_type_finding, stated_in_xmp
from crawler.provenance.words import words_finding
from crawler.provenance.xmp import property_values
from crawler.sniff import HEAD, media_type
from crawler.videos import LabelOutcome
from fuzz.target import Target, as_file, documents, promise, samples

_TESTS = ("unit/test_crawler_provenance.py", "unit/test_crawler_provenance_samples.py")


def _told(finding: LabelFinding) -> None:
    promise(len(finding.detail) < 4_000, "a finding is longer than anybody reads")
    promise(all(ord(c) >= 32 and not 0xD800 <= ord(c) < 0xE000 for c in finding.detail), f"unseen: {finding.detail!r}")


def _containers(data: bytes) -> None:
    with as_file(data) as path:
        kind = media_type(data[:HEAD])
        _told(aigc_finding(path, kind))
        _told(source_type_finding(*stated_in_xmp(path, kind), (), LabelOutcome.ABSENT))


def _packets(data: bytes) -> None:
    for name in ("aigc", "digitalsourcetype"):
        try:
            property_values(data, name)
        except Unreadable:
            continue


def _manifests(data: bytes) -> None:
    """Of the types that are given to the reader. Its own process is left out: what kills it there costs one label."""
    kind = media_type(data[:HEAD])
    if not is_readable(kind):
        return
    with as_file(data) as path:
        _told(manifest_reading(read_manifest(path, kind)).finding)


def _texts(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    _told(words_finding([text[: len(text) // 2], text[len(text) // 2 :]]))
    _told(platform_finding("".join(c for c in text if c.isprintable())[:200]))


def _files() -> Iterable[bytes]:
    yield from samples("provenance")
    yield from samples("malformed")


TARGETS = (
    Target(
        "labels.containers",
        _containers,
        _files,
        (b"moov", b"udta", b"meta", b"keys", b"ilst", b"data", b"AIGC", b"uuid", b"XMP_", b"iTXt", b"\xff\xe1", b"RIFF"),
        1 << 18,
    ),
    Target("labels.xmp", _packets, lambda: documents(*_TESTS), (b"<rdf:Description", b"rdf:resource=", b"<rdf:li>", b"AIGC=")),
    Target("labels.c2pa", _manifests, _files, (b"c2pa", b"jumb", b"jumd", b"cbor", b"dcterms:provenance"), 1 << 18),
    Target("labels.words", _texts, lambda: documents(*_TESTS, least=6), (b"AI", "人工智能".encode(), b"sora"), 8192),
)
