"""Verifying a bundle: from its folder alone, without a network, a database or this project's state.

``sha256sum`` and ``openssl`` say the same of it; this says it in words and also reads the chain of custody inside.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from crawler.custody import entry_digest
from crawler.warc import WarcUnreadable, read_warc
from reports.evidence import seal
from reports.evidence.captured import WARC
from reports.evidence.sign import FORM, fingerprint, is_signed

Problem = tuple[str, str]
UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError)
"""What reading JSON of an unexpected shape can end in."""


class Whose(StrEnum):
    """What is known of the key that signed: it is the one that was asked for, or of those at hand, or nobody said whose it is."""

    EXPECTED = "expected"
    OWN = "own"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Verdict:
    """problems: (file, what is wrong with it), none when ok. fingerprint: of the key inside; it says who signed only to someone
    who knows it from elsewhere. files: how many files the seal covers. ok with whose UNKNOWN says that the files are as somebody
    signed them, which anybody can do."""

    ok: bool
    problems: tuple[Problem, ...]
    fingerprint: str | None
    files: int
    whose: Whose = Whose.UNKNOWN


def verify_bundle(path: Path, expected_fingerprint: str | None = None, own_fingerprint: str | None = None) -> Verdict:
    """Whether every byte of the bundle is as it was signed, and by whose key. own_fingerprint: of the reader's own key, which
    needs no comparing. Never raises for what a bundle holds."""
    if not path.is_dir():
        return Verdict(False, ((str(path), "is not a folder with a bundle"),), None, 0)
    contents = seal.walk(path)
    digests = {}
    problems = list(contents.strange)
    for name in contents.files:
        try:
            digests.update(seal.digests_of(path, [name]))
        except OSError as error:
            problems.append((name, f"cannot be read: {error.strerror}"))
    problems += _seal_problems(path, digests)
    own = fingerprint(_read(path, seal.PUBLIC_KEY))
    if expected_fingerprint is not None and own != _plain(expected_fingerprint):
        problems.append((seal.PUBLIC_KEY, "is not the key that was expected"))
    if not problems:
        problems += _inner_problems(path, digests)
    return Verdict(
        not problems, tuple(dict.fromkeys(problems)), own, len(digests), _whose(own, expected_fingerprint, own_fingerprint)
    )


def _whose(key: str | None, expected: str | None, own: str | None) -> Whose:
    if key is not None and expected is not None and key == _plain(expected):
        return Whose.EXPECTED
    return Whose.OWN if key is not None and key == own else Whose.UNKNOWN


def _plain(digits: str) -> str:
    return digits.replace(":", "").replace(" ", "").lower()


def _read(root: Path, name: str) -> bytes:
    path = root / name
    return path.read_bytes() if path.is_file() and not path.is_symlink() else b""


def _seal_problems(root: Path, digests: dict[str, str]) -> Iterator[Problem]:
    """Where list, signature and files disagree. The signature is the judge of which of list and files was changed."""
    yield from _missing(root, digests)
    key, signature, sums = (_read(root, name) for name in (seal.PUBLIC_KEY, seal.SIGNATURE, seal.SUMS))
    rebuilt = seal.sums_text(digests)
    if rebuilt == sums:
        if not is_signed(key, signature, sums, either_s=True):
            yield seal.SIGNATURE, "is not the signature of SHA256SUMS by public.pem"
        elif not is_signed(key, signature, sums) and _states_its_form(root):
            yield seal.SIGNATURE, "was rewritten: it has the larger s, and was signed with the smaller one"
        return
    if is_signed(key, signature, rebuilt, either_s=True):
        yield seal.SUMS, "was changed: the files are as they were signed, this list of them is not"
        return
    yield from _disagreements(sums, digests)
    if not is_signed(key, signature, sums, either_s=True) and _key_is_as_listed(sums, digests):
        yield seal.SUMS, "does not have the signature in SHA256SUMS.sig"


def _missing(root: Path, digests: dict[str, str]) -> Iterator[Problem]:
    yield from ((name, "is missing or empty") for name in (seal.SUMS, seal.SIGNATURE, seal.PUBLIC_KEY) if not _read(root, name))
    yield from ((name, "is missing") for name in seal.REQUIRED if name not in digests)


def _states_its_form(root: Path) -> bool:
    """Bundles of earlier versions do not say which of the two forms their signature has, and may have either."""
    try:
        return bool(json.loads(_read(root, seal.CASE)).get("signature") == FORM)
    except UNREADABLE:
        return True


def _key_is_as_listed(sums: bytes, digests: dict[str, str]) -> bool:
    """When the key itself was changed, a failing signature says nothing more."""
    listed, _ = seal.read_sums(sums)
    return listed.get(seal.PUBLIC_KEY) == digests.get(seal.PUBLIC_KEY)


def _disagreements(sums: bytes, digests: dict[str, str]) -> Iterator[Problem]:
    listed, malformed = seal.read_sums(sums)
    for number in malformed:
        yield seal.SUMS, f"line {number} is not a line of such a list"
    for name, digest in listed.items():
        if name not in digests:
            yield name, "is listed in SHA256SUMS but missing"
        elif digests[name] != digest:
            yield name, "was changed: its SHA-256 is not the one in SHA256SUMS"
    for name in digests:
        if name not in listed:
            yield name, "was added: SHA256SUMS does not list it"
    if set(listed) == set(digests) and listed == digests and not malformed:
        yield seal.SUMS, "is not in its canonical order"


def _inner_problems(root: Path, digests: dict[str, str]) -> list[Problem]:
    """What a correctly signed bundle can still get wrong: its own chain of custody, and media that is not the captured one."""
    problems: list[Problem] = []
    try:
        problems += _custody_problems([json.loads(line) for line in _read(root, seal.CUSTODY).splitlines()])
    except UNREADABLE:
        problems.append((seal.CUSTODY, "cannot be read as a chain of custody"))
    try:
        for capture in json.loads(_read(root, seal.CASE))["captures"]:
            problems += _capture_problems(root, digests, capture)
    except UNREADABLE:
        problems.append((seal.CASE, "cannot be read as a case"))
    return problems


def _capture_problems(root: Path, digests: dict[str, str], capture: dict[str, Any]) -> Iterator[Problem]:
    """Bundles of earlier versions name the media alone."""
    if digests.get(capture["media_file"]) != capture["media_sha256"]:
        yield capture["media_file"], "is not the media whose digest the capture states"
    files = capture.get("files", {})
    for what, said in files.items():
        if "absent" not in said and digests.get(said["file"]) != said["sha256"]:
            yield said["file"], f"is not the {what.replace('_', ' ')} whose digest the capture states"
    warc = files.get(WARC, {"absent": ""})
    # A path that leads out of the folder is none of its files, and is not opened.
    if "absent" not in warc and not (warc["file"] in digests and _holds(root / warc["file"], capture["media_sha256"])):
        yield warc["file"], "holds no answer whose payload is the captured media"


def _holds(warc: Path, media_sha256: str) -> bool:
    """Whether an answer, or what another tool took, in the WARC has that digest: of its bytes, whatever its record says."""
    try:
        return any(record.sha256 == media_sha256 for record in read_warc(warc) if record.kind in ("response", "resource"))
    except WarcUnreadable:
        return False


def _custody_problems(entries: list[dict[str, Any]]) -> Iterator[Problem]:
    """Entries of other captures stand in the chain with their digests alone: they link, and tell nothing."""
    if not any("action" in entry for entry in entries):
        yield seal.CUSTODY, "holds no entry about a capture of the case"
    before: dict[str, Any] | None = None
    for entry in entries:
        if not _is_link(entry):
            yield seal.CUSTODY, f"entry {entry['seq']!r} is no link of a chain"
            return
        if before is not None and (entry["seq"], entry["previous"]) != (before["seq"] + 1, before["sha256"]):
            yield seal.CUSTODY, f"entry {entry['seq']} does not follow the one before it"
        if "action" in entry and _digest_of(entry) != entry["sha256"]:
            yield seal.CUSTODY, f"entry {entry['seq']} does not have its digest"
        before = entry


def _is_link(entry: dict[str, Any]) -> bool:
    return isinstance(entry["seq"], int) and _is_digest(entry["previous"]) and _is_digest(entry["sha256"])


def _is_digest(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value) is not None


def _digest_of(entry: dict[str, Any]) -> str:
    at = datetime.fromisoformat(entry["at"])
    named = (entry["actor"], entry["action"], entry["capture_id"], entry["detail"], entry["previous"])
    return entry_digest(entry["seq"], at, *named)
