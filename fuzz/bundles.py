"""A bundle that somebody hands back: its files, its list, its signature, its names."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path

from fuzz.target import LARGEST_SEED, Target, promise
from reports.evidence import seal
from reports.evidence.verify import verify_bundle
from reports.issuing import issue_bundle
from reports.signing.errors import RootsUnusable, TokenRefused
from reports.signing.forms import fingerprint, is_signed
from reports.signing.key_file import SigningKey
from reports.signing.tokens import Token, question, read_token, roots_of
from tests.support.evidence_desk import AT, furnish, reseal
from tests.support.timestamp_authority import Authority, Issuer, between, root

RESEALED = tuple(
    seal.BAG.at(name) for name in (seal.CASE, seal.CUSTODY, seal.MATCHES, "captures/c1/capture.warc", "captures/c1/manifest.json")
)
"""Files that are changed and then signed anew, as a dishonest sender would."""

_SEAL = (seal.MANIFEST, seal.TAG_MANIFEST, seal.BAG.signature)
CHANGED = (*_SEAL, seal.PUBLIC_KEY, seal.README)


@cache
def _bundle() -> tuple[Path, SigningKey]:
    memory = Path("/dev/shm")
    root = Path(tempfile.mkdtemp(prefix="fuzz-bundle-", dir=memory if memory.is_dir() else None))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    place = furnish(root)
    made = issue_bundle(place.session, place.vault, place.case, place.out, place.key, operator="E. Novak", at=AT)
    place.session.commit()
    place.session.close()
    return made, place.key


def _file(data: bytes) -> None:
    """The first byte chooses the file, and the rest is what stands in it."""
    names = (*RESEALED, *CHANGED)
    name, content = names[data[0] % len(names)] if data else names[0], data[1:]
    root, key = _bundle()
    path = root / name
    kept = {each: (root / each).read_bytes() for each in {name, *_SEAL}}
    try:
        path.write_bytes(content)
        if name in RESEALED:
            reseal(root, key)
        verdict = verify_bundle(root, key.fingerprint)
        promise(name in RESEALED or not verdict.ok or content == kept[name], f"{name} was changed, and nothing is said of it")
        promise(verdict.ok or all(words for _, words in verdict.problems), "a problem without words")
    finally:
        for each, before in kept.items():
            (root / each).write_bytes(before)


def _files() -> Iterable[bytes]:
    root, _ = _bundle()
    for number, name in enumerate((*RESEALED, *CHANGED)):
        content = (root / name).read_bytes()
        if len(content) < LARGEST_SEED:
            yield bytes([number]) + content


def _names(data: bytes) -> None:
    """Names divided by zeros, as other systems have them: the list is read as it was written, or says where it cannot be."""
    wanted = [name for name in data.split(b"\0") if name and len(name) < 200][:20]
    digests = {os.fsdecode(name): "0" * 64 for name in wanted}
    listed, malformed = seal.read_sums(seal.sums_text(digests))
    promise(bool(malformed) or set(listed) == set(filter(seal.is_listed, digests)), f"{wanted} came back as {list(listed)}")


def _list(data: bytes) -> None:
    listed, malformed = seal.read_sums(data)
    promise(len(listed) + len(malformed) >= 1, "a list of nothing")


def _signature(data: bytes) -> None:
    """A key, and a signature that it did not make."""
    _, key = _bundle()
    pem, _, signature = data.partition(b"\0")
    fingerprint(pem)
    is_signed(pem, signature, b"x")
    promise(signature == _made() or not is_signed(key.public_pem, signature, _SIGNED), "another signature holds as well")


_SIGNED = b"a list of digests"


@cache
def _made() -> bytes:
    return _bundle()[1].sign(_SIGNED)


@cache
def _authority() -> tuple[Issuer, bytes, Token]:
    """An authority's root, its reply about _SIGNED, and what that says."""
    folder = Path(tempfile.mkdtemp(prefix="fuzz-authority-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    above = root()
    middle = between(above)
    reply = Authority(folder, middle, middle).reply(question(_SIGNED).request)
    return above, reply, read_token(reply, _SIGNED, roots_of(above.pem))


def _token(data: bytes) -> None:
    """What an authority answered. Where it holds, it says the time that was signed."""
    above, _, said = _authority()
    with suppress(TokenRefused):
        promise(read_token(data, _SIGNED, roots_of(above.pem)) == said, "another time, or another who, holds as well")


def _roots(data: bytes) -> None:
    with suppress(RootsUnusable):
        roots_of(data)


TARGETS = (
    Target(
        "bundles.token", _token, lambda: [_authority()[1]], (b"\x30\x82", b"\x06\x09", b"\x31", b"\xa0\x82", b"\x18\x0f"), 8192
    ),
    Target("bundles.roots", _roots, lambda: [_authority()[0].pem], (b"-----BEGIN CERTIFICATE-----\n", b"-----END"), 8192),
    Target(
        "bundles.file",
        _file,
        _files,
        (b'"captures"', b'"files"', b'"seq"', b'"previous"', b"null", b"1e999", b"WARC/1.1"),
        1 << 17,
    ),
    Target(
        "bundles.names", _names, lambda: [b"a\0b/c\0../d", b"a\nb\0-rf\0\xff\0A\0a"], (b"\n", b"\\", b"/", b"..", b"\r"), 4096
    ),
    Target(
        "bundles.list", _list, lambda: [b"0" * 64 + b"  a/b\n", b"\\" + b"0" * 64 + b"  a\\nb\n"], (b"0" * 64, b"  ", b"\n", b"/")
    ),
    Target(
        "bundles.signature",
        _signature,
        lambda: [_bundle()[1].public_pem + b"\0" + _made()],
        (b"\x30", b"\x02\x20", b"\x02\x21"),
        1024,
    ),
)
