"""Verifying a bundle: from its folder or its zip alone, without a network, a database or this project's state.

``sha256sum`` and ``openssl`` say the same of it; this says it in words and also reads the chain of custody inside.
"""

import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from crawler.warc import Recorded, WarcUnreadable, read_warc
from reports.evidence import seal
from reports.evidence.captured import WACZ, WARC
from reports.evidence.custody_links import custody_problems
from reports.evidence.opened import Bundle, opened_bundle
from reports.evidence.stamped import list_stated, report_stated
from reports.evidence.tokens import Stated, stated
from reports.evidence.wacz import records_of, without_place
from reports.signing.forms import FORM, certified_key, fingerprint, is_signed
from reports.signing.signer import Attestation, Kind

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
    signed them, which anybody can do. timestamps: those of its captures that hold, where nothing is wrong.
    attestation: what the signer says of itself; None where nothing is, or something is wrong."""

    ok: bool
    problems: tuple[Problem, ...]
    fingerprint: str | None
    files: int
    whose: Whose = Whose.UNKNOWN
    timestamps: tuple[Stated, ...] = ()
    attestation: Attestation | None = None


def verify_bundle(path: Path, expected_fingerprint: str | None = None, own_fingerprint: str | None = None) -> Verdict:
    """Whether every byte of the bundle, a folder or a zip, is as it was signed, and by whose key. own_fingerprint: of the
    reader's own key, which needs no comparing. In constant memory; unpacks nothing. Never raises for what a bundle holds."""
    try:
        with opened_bundle(path) as bundle:
            if isinstance(bundle, Bundle):
                return _verdict(bundle, expected_fingerprint, own_fingerprint)
            return Verdict(False, ((str(path), bundle),), None, 0)
    except OSError as error:
        return Verdict(False, ((str(path), f"cannot be read: {error.strerror}"),), None, 0)


def _verdict(bundle: Bundle, expected_fingerprint: str | None, own_fingerprint: str | None) -> Verdict:
    if bundle.is_zip and bundle.contents.strange:
        return Verdict(False, bundle.contents.strange, None, 0)
    digests: dict[str, str] = {}
    problems = list(bundle.contents.strange)
    for name in bundle.contents.files:
        try:
            digest = seal.digest(bundle.root / name)
            digests.update({name: digest} if seal.is_listed(name) else {})
        except zipfile.BadZipFile:
            problems.append((name, "was changed: the zip has another checksum of it"))
        except OSError as error:
            problems.append((name, f"cannot be read: {error.strerror}"))
    if bundle.is_zip and problems:
        return Verdict(False, tuple(problems), None, len(digests))
    problems += _seal_problems(bundle, digests)
    own = fingerprint(bundle.read(seal.PUBLIC_KEY))
    if expected_fingerprint is not None and own != _plain(expected_fingerprint):
        problems.append((seal.PUBLIC_KEY, "is not the key that was expected"))
    stamps: list[Stated] = []
    if not problems:
        problems += _inner_problems(bundle, digests, stamps)
    whose = _whose(own, expected_fingerprint, own_fingerprint)
    told = tuple(dict.fromkeys(problems))
    if told:
        return Verdict(False, told, own, len(digests), whose)
    return Verdict(True, (), own, len(digests), whose, tuple(stamps), _attestation(bundle))


def _whose(key: str | None, expected: str | None, own: str | None) -> Whose:
    if key is not None and expected is not None and key == _plain(expected):
        return Whose.EXPECTED
    return Whose.OWN if key is not None and key == own else Whose.UNKNOWN


def _plain(digits: str) -> str:
    return digits.replace(":", "").replace(" ", "").lower()


def _seal_problems(bundle: Bundle, digests: dict[str, str]) -> Iterator[Problem]:
    """Where lists, signature and files disagree. The signature is the judge of which of lists and files was changed."""
    layout = bundle.layout
    key, signature = bundle.read(seal.PUBLIC_KEY), bundle.read(layout.signature)
    lists = {name: bundle.read(name) for name in (layout.inner, layout.signed) if name}
    for name, content in {**lists, layout.signature: signature, seal.PUBLIC_KEY: key}.items():
        if not content:
            yield name, "is missing or empty"
    yield from ((name, "is missing") for name in layout.required if name not in digests)
    # What is younger than the list is compared with what the case tells of it.
    known = {*digests, layout.signed, layout.signature, *seal.younger(bundle.contents.files)}
    yield from ((name, "was added: it is of another kind of bundle") for name in bundle.contents.files if name not in known)
    wanted = layout.texts(digests)
    if wanted == lists:
        yield from _signature_problems(bundle, key, signature, lists[layout.signed])
        return
    if is_signed(key, signature, wanted[layout.signed], either_s=True):
        changed = (name for name, text in lists.items() if text != wanted[name])
        yield from ((name, "was changed: the files are as they were signed, this list of them is not") for name in changed)
        return
    for name, text in lists.items():
        yield from _disagreements(name, text, {file: digests[file] for file in digests if _belongs(layout, name, file)})
    if not is_signed(key, signature, lists[layout.signed], either_s=True) and _key_is_as_listed(layout, lists, digests):
        yield layout.signed, f"does not have the signature in {layout.signature}"


def _belongs(layout: seal.Layout, name: str, file: str) -> bool:
    """Whether a file is one that the list of that name lists."""
    return not layout.inner or file.startswith(f"{layout.data}/") == (name == layout.inner)


def _signature_problems(bundle: Bundle, key: bytes, signature: bytes, signed: bytes) -> Iterator[Problem]:
    layout = bundle.layout
    if not is_signed(key, signature, signed, either_s=True):
        yield layout.signature, f"is not the signature of {layout.signed} by {seal.PUBLIC_KEY}"
    elif not is_signed(key, signature, signed) and _states_its_form(bundle):
        yield layout.signature, "was rewritten: it has the larger s, and was signed with the smaller one"


def _states_its_form(bundle: Bundle) -> bool:
    """Bundles of earlier versions do not say which of the two forms their signature has, and may have either."""
    try:
        return bool(json.loads(bundle.read(bundle.layout.at(seal.CASE))).get("signature") == FORM)
    except UNREADABLE:
        return True


def _key_is_as_listed(layout: seal.Layout, lists: dict[str, bytes], digests: dict[str, str]) -> bool:
    """When the key itself was changed, a failing signature says nothing more."""
    listed, _ = seal.read_sums(lists[layout.signed])
    return listed.get(seal.PUBLIC_KEY) == digests.get(seal.PUBLIC_KEY)


def _disagreements(name: str, text: bytes, digests: dict[str, str]) -> Iterator[Problem]:
    """Between the list of that name and the files that belong into it."""
    listed, malformed = seal.read_sums(text)
    for number in malformed:
        yield name, f"line {number} is not a line of such a list"
    for file, digest in listed.items():
        if file not in digests:
            yield file, f"is listed in {name} but missing"
        elif digests[file] != digest:
            yield file, f"was changed: its SHA-256 is not the one in {name}"
    for file in digests:
        if file not in listed:
            yield file, f"was added: {name} does not list it"
    if listed == digests and not malformed and text != seal.sums_text(digests):
        yield name, "is not in its canonical order"


def _inner_problems(bundle: Bundle, digests: dict[str, str], stamps: list[Stated]) -> list[Problem]:
    """What a correctly signed bundle can still get wrong: its own chain of custody, media that is not the captured one, and
    timestamps that do not hold; those that do are added to stamps."""
    problems: list[Problem] = []
    custody, case = bundle.layout.at(seal.CUSTODY), bundle.layout.at(seal.CASE)
    try:
        entries = [json.loads(line) for line in bundle.read(custody).splitlines()]
        problems += ((custody, what) for what in custody_problems(entries))
    except UNREADABLE:
        problems.append((custody, "cannot be read as a chain of custody"))
    try:
        told = json.loads(bundle.read(case))
        problems += ((case, what) for what in _signer_problems(told.get("signer"), fingerprint(bundle.read(seal.PUBLIC_KEY))))
        found = [*_report_problems(bundle, digests, told.get("report"))]
        found += list_stated(bundle.root, bundle.contents.files, digests, told)
        for capture in told["captures"]:
            problems += _capture_problems(bundle.root, digests, capture)
            found += stated(bundle.root, digests, capture)
        stamps += (one for one in found if isinstance(one, Stated))
        problems += (one for one in found if not isinstance(one, Stated))
    except UNREADABLE:
        problems.append((case, "cannot be read as a case"))
    return problems


def _signer_problems(said: Any, key: str | None) -> Iterator[str]:
    """said: of the signer in case.json; None in bundles of earlier versions."""
    if said is not None and Attestation(said["fingerprint"], Kind(said["kind"])).fingerprint != key:
        yield f"says that another key signed than the one in {seal.PUBLIC_KEY}"


def _attestation(bundle: Bundle) -> Attestation | None:
    """What the signer says of itself, in a bundle in which nothing is wrong."""
    said = json.loads(bundle.read(bundle.layout.at(seal.CASE))).get("signer")
    return None if said is None else Attestation(said["fingerprint"], Kind(said["kind"]))


def _report_problems(bundle: Bundle, digests: dict[str, str], said: Any) -> Iterator[Stated | Problem]:
    """said: of the report in case.json; None in bundles of earlier versions, which have none."""
    if said is None:
        return
    needed = [said[name] for name in ("file", "signature", "certificate")]
    if token := said.get("timestamp"):
        needed += (token[name] for name in ("file", "shown"))
    if missing := [name for name in needed if name not in digests]:
        yield missing[0], "is missing: the case says that there is a report"
        return
    from reports.signing.pades import (  # half a second to import, for bundles that have a report
        container,
        is_whole,
        signature_value,
    )

    report, certificate = bundle.read(said["file"]), bundle.read(said["certificate"])
    if certified_key(certificate) != bundle.read(seal.PUBLIC_KEY):
        yield said["certificate"], f"is not of the key in {seal.PUBLIC_KEY}"
    elif not is_whole(report, certificate):
        yield said["file"], f"is not signed as a whole by the key in {seal.PUBLIC_KEY}"
    elif container(report) != bundle.read(said["signature"]):
        yield said["signature"], "is not the signature that the report has"
    else:
        yield from report_stated(bundle.root, digests, said, signature_value(report))


def _capture_problems(root: Traversable, digests: dict[str, str], capture: dict[str, Any]) -> Iterator[Problem]:
    """Bundles of earlier versions name the media alone."""
    if digests.get(capture["media_file"]) != capture["media_sha256"]:
        yield capture["media_file"], "is not the media whose digest the capture states"
    files = capture.get("files", {})
    for what, said in files.items():
        if "absent" not in said and digests.get(said["file"]) != said["sha256"]:
            yield said["file"], f"is not the {what.replace('_', ' ')} whose digest the capture states"
    warc, wacz = (files.get(what, {"absent": ""}) for what in (WARC, WACZ))
    # A path that leads out of the folder is none of its files, and is not opened.
    named = [said["file"] for said in (warc, wacz) if "absent" not in said]
    if "absent" in warc or not digests.keys() >= set(named):
        yield from ((name, "is not to be had beside what it was made of") for name in named if name not in digests)
        return
    copied: set[Recorded] | str = set() if "absent" in wacz else records_of(root / wacz["file"], capture["page_sha256"])
    if isinstance(copied, str):
        yield wacz["file"], copied
        copied = set()
    if not _holds(root / warc["file"], capture["media_sha256"], copied):
        yield warc["file"], "holds no answer whose payload is the captured media"
    elif copied:
        yield wacz["file"], f"has a record that is not in {warc['file']}"


def _holds(warc: Traversable, media_sha256: str, copied: set[Recorded]) -> bool:
    """Whether an answer, or what another tool took, in the WARC has that digest: of its bytes, whatever its record says. Takes
    those that are in it out of copied."""
    found = False
    try:
        for record in read_warc(warc):
            copied.discard(without_place(record))
            found |= record.sha256 == media_sha256 and record.kind in ("response", "resource")
    except WarcUnreadable:
        return False
    return found
