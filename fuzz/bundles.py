"""A bundle that somebody hands back: its files, its list, its signature, its names."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path

from fuzz.target import LARGEST_SEED, Target, as_file, promise
from reports.evidence import seal
from reports.evidence.verify import verify_bundle
from reports.evidence.zipped import UNZIPPED, opened_zip, write_zip
from reports.issuing import issue_bundle
from reports.signing.errors import RootsUnusable, TokenRefused
from reports.signing.forms import fingerprint, is_signed
from reports.signing.key_file import SigningKey
from reports.signing.tokens import Token, question, read_token, roots_of
from tests.support.evidence_desk import AT, furnish, reseal
from tests.support.timestamp_authority import Authority, Issuer, between, root

_OF_CAPTURE = ("capture.warc", "page.wacz", "manifest.json")
RESEALED = tuple(
    seal.BAG.at(name) for name in (seal.CASE, seal.CUSTODY, seal.MATCHES, *(f"captures/c1/{name}" for name in _OF_CAPTURE))
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


def _zip(data: bytes) -> None:
    """What is taken for a bundle's zip is the one that its files make: nothing hides between, before or behind them."""
    with as_file(data, "bundle.zip") as path, opened_zip(path, in_folder=True) as found:
        if isinstance(found, str):
            promise(bool(found), "refused without a word")
            return
        if found.contents.strange:
            promise(all(words for _, words in found.contents.strange), "strange without a word")
            return
        again = path.with_name("again")
        try:
            for name in found.contents.files:
                target = again / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes((found.root / name).read_bytes())
        except UNZIPPED:
            return  # bytes with another checksum
        write_zip(again, path.with_name("again.zip"), base_of(data))
        promise(path.with_name("again.zip").read_bytes() == data, "another zip holds as well")


def base_of(data: bytes) -> str:
    """The folder that the first file of a zip lies in."""
    length = int.from_bytes(data[26:28], "little")
    return data[30 : 30 + length].decode().partition("/")[0]


def _zips() -> Iterable[bytes]:
    """Of no more than a few small files: what is looked at is what stands around them."""
    for held in ({"case.json": b"{}"}, {"a": b"", "data/b.txt": b"word", "data/c/d": bytes(300)}):
        with as_file(b"", "made.zip") as path:
            path.unlink()
            folder = path.with_name("bundle")
            for name, content in held.items():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes(content)
            write_zip(folder, path, "case-1")
            yield path.read_bytes()


TARGETS = (
    Target(
        "bundles.zip", _zip, _zips, (b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07", b"\xff" * 4), 8192
    ),
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
