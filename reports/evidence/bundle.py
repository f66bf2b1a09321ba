"""The evidence bundle: a folder that stands alone. Written whole and sealed before it gets its place."""

import hashlib
import json
import os
import shutil
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from crawler.custody import CustodyEntry, chain_verdict
from crawler.disposal import DISPOSED
from crawler.videos import Capture
from matcher.types import Box
from registry.actions import Action
from registry.errors import SemblanceError
from registry.vault.base import Vault
from reports.cases import Case, ConfirmedMatch
from reports.errors import BundleFailed, BundleNotWritten, ChainBroken, EvidenceMissing
from reports.evidence import seal
from reports.evidence.bystanders import still_to_send
from reports.evidence.captured import WACZ, WARC, CapturedFile, files_of
from reports.evidence.contents import case_file, case_json, custody_lines, matches_json
from reports.evidence.guide import index_html, readme
from reports.evidence.names import headers_name, reference_name, roots_name, token_name, wacz_name
from reports.evidence.packs import packs_json
from reports.evidence.report import report_pdf
from reports.evidence.stamped import load_soon, put_authorities, put_report, put_tokens
from reports.evidence.stills import png, with_box
from reports.evidence.unchanged import contents_digest
from reports.evidence.wacz import write_wacz
from reports.render.plain import moment
from reports.signing.seals import SealStamper
from reports.signing.signer import Signer
from reports.signing.timestamp import Timestamp
from reports.signing.timestamper import Timestamper


class BundleWriter:
    """Everything that one bundle is made of, gathered before a byte of it is written.

    models: the folder with this machine's packs. authorities: that are asked to state when there was this bundle. Raises
    NotConfirmed unless every match of the case is confirmed, ChainBroken
    when the chain of custody is not whole, BundleFailed when the bytes of a capture went under the retention policy.
    """

    def __init__(
        self,
        session: Session,
        vault: Vault,
        case: Case,
        key: Signer,
        operator: str,
        models: Path | None,
        at: datetime,
        authorities: Sequence[Timestamper] = (),
    ) -> None:
        self._vault, self._key, self._at = vault, key, at
        self.stamper = SealStamper(session, vault, case.party_id, authorities)
        """Whoever keeps the bundle has this keep what the authorities said of it."""
        self._held = case_file(session, case)
        self.contents_sha256 = contents_digest(self._held)
        """Of what the bundle says, whoever exports it when; see contents_digest."""
        _check_chain(session)
        for capture in self._held.captures:
            _check_there(session, capture)
        self._files = {capture.id: files_of(vault, capture) for capture in self._held.captures}
        self._custody = custody_lines(session, self._held.captures, case.id)
        self._case = case_json(self._held, operator, at)
        self._case["signer"] = {"fingerprint": key.attestation.fingerprint, "kind": key.attestation.kind.value}
        for entry in self._case["captures"]:
            entry["files"] = {file.what: file.said() for file in self._files[entry["id"]]}
        self._matches = matches_json(self._held, packs_json(self._held.matches, models))

    @property
    def captures(self) -> Sequence[Capture]:
        """The captures whose bytes go into the bundle."""
        return self._held.captures

    def exported(self, name: str, seal_sha256: str) -> dict[str, str]:
        """What the custody of each capture says of the bundle. name: its folder's; seal_sha256: what write gave."""
        return {
            "case_id": self._held.case.id,
            "bundle": name,
            "contents_sha256": self.contents_sha256,
            "seal_sha256": seal_sha256,
            "key": self._key.fingerprint,
        }

    def write(self, root: Path) -> str:
        """Make the folder, for its owner's eyes alone, and everything in it. Returns the SHA-256 of its list of digests.

        Raises EvidenceMissing when the vault's bytes are gone or damaged, BundleNotWritten when the folder cannot be.
        """
        try:
            root.mkdir(mode=0o700)
            load_soon()
            self._fill(root)
            return self._seal(root)
        except OSError as error:
            raise BundleNotWritten(error) from error

    def _fill(self, root: Path) -> None:
        held, vault = self._held, self._vault
        for capture, entry in zip(held.captures, self._case["captures"], strict=True):
            _put_capture(root, vault, capture, self._files[capture.id])
            entry["files"][WACZ] = _put_wacz(root, capture, entry["files"])
            for row in held.timestamps[capture.id]:
                _put_timestamp(root, vault, row)
        for reference in held.references.values():
            _copy(vault, reference.sha256, root / reference_name(reference))
        stills = {}
        for match in held.matches:
            with vault.as_file(self._media_of(match)) as media:
                stills[match.id] = _put_stills(root, match, media)
        for entry in self._matches["matches"]:
            entry["stills"] = stills[entry["id"]]
        plain = report_pdf(root, held, self._case, self._matches, self._custody, self._key.fingerprint)
        self._case["report"] = put_report(root, plain, self._key, self._at, held.case.id, self.stamper)
        _write(root / seal.BAG.at(seal.MATCHES), _json(self._matches))
        _write(root / seal.BAG.at(seal.CUSTODY), self._custody)
        _write(root / seal.DECLARATION, seal.DECLARED)
        _write(root / seal.PUBLIC_KEY, self._key.public_pem)

    def _seal(self, root: Path) -> str:
        """List and sign every file, and have the authorities state the list. What fails is said in the bundle, which is then
        another one: it is sealed anew, and the others are asked about that."""
        while True:
            waiting = self.stamper.answering
            self._case["seal_timestamps"] = put_authorities(root, waiting, self.stamper.problems)
            self._tell(root)
            signed = _listed_and_signed(root, self._key)
            answers = self.stamper.answers(signed)
            if len(answers) == len(waiting):
                put_tokens(root, answers, self._key)
                return hashlib.sha256(signed).hexdigest()

    def _tell(self, root: Path) -> None:
        """What the bundle says of itself."""
        _write(root / seal.BAG.at(seal.CASE), _json(self._case))
        _write(root / seal.BAG_INFO, self._bag_info(root))
        page = index_html(root, self._held, self._case, self._matches, self._key.fingerprint)
        _write(root / seal.INDEX, page)
        _write(root / seal.README, readme(root, self._held, self._case, self._key.fingerprint).encode())

    def _bag_info(self, root: Path) -> bytes:
        """RFC 8493, 2.2.2: whoever keeps bags tells by it what this one is, and whether it is whole at a glance."""
        files = [root / name for name in seal.walk(root).files if name.startswith(f"{seal.DATA}/")]
        said = {
            "Source-Organization": self._case["claimant"]["name"],
            "External-Identifier": self._held.case.id,
            "Bagging-Date": self._case["exported_at"][:10],
            "Bag-Software-Agent": f"Semblance {self._case['tool']['version']}",
            "Payload-Oxum": f"{sum(file.stat().st_size for file in files)}.{len(files)}",
        }
        return "".join(f"{label}: {' '.join(text.split())}\n" for label, text in said.items()).encode()

    def _media_of(self, match: ConfirmedMatch) -> str:
        return next(capture.media_sha256 for capture in self._held.captures if capture.id == match.capture_id)


def _check_chain(session: Session) -> None:
    verdict = chain_verdict(session)
    if verdict.broken is not None:
        raise ChainBroken(
            f"The chain of custody is broken at entry {verdict.broken}: {verdict.problem}.",
            "Restore the database from its backup; no evidence is made on a broken chain.",
            Action.VERIFY,
        )


def _check_there(session: Session, capture: Capture) -> None:
    about = select(CustodyEntry).where(CustodyEntry.capture_id == capture.id, CustodyEntry.action == DISPOSED)
    entry = session.exec(about.order_by(col(CustodyEntry.seq))).first()
    if entry is not None:
        raise BundleFailed(
            f"The video captured {moment(capture.captured_at)} was removed under the retention policy {moment(entry.at)}.",
            "Nothing brings it back; a bundle that was exported before still stands.",
        )


def _put_capture(root: Path, vault: Vault, capture: Capture, files: Sequence[CapturedFile]) -> None:
    for file in files:
        if file.sha256 is not None:
            _copy(vault, file.sha256, root / file.name)
    _write(root / headers_name(capture.id), _json(capture.headers))


def _put_wacz(root: Path, capture: Capture, files: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """The page as a web archive, of its WARC; what case.json says of it."""
    if missing := next((said for what in (WARC, "page") if "absent" in (said := files[what])), None):
        return dict(missing)
    name = wacz_name(capture.id)
    if not write_wacz(root / files[WARC]["file"], capture, root / name):
        return {"absent": "The WARC holds no answer with the page."}
    return {"file": name, "sha256": seal.digest(root / name)}


def _put_timestamp(root: Path, vault: Vault, row: Timestamp) -> None:
    if row.reply_sha256 is None or row.roots_sha256 is None:
        return
    _copy(vault, row.reply_sha256, root / token_name(row))
    if not (root / roots_name(row)).exists():
        _copy(vault, row.roots_sha256, root / roots_name(row))


def _put_stills(root: Path, match: ConfirmedMatch, media: Path) -> list[dict[str, Any]]:
    """Stills at the best time and at both ends, each with and without its box, without the faces of others; none of what has no
    place in a picture."""
    box = match.best_box
    if box is None:
        return []
    best = (match.best_t, box.x1, box.y1, box.x2, box.y2)
    wanted = {round(line[0] * 1000): line for line in (*match.boxes[:1], *match.boxes[-1:], best)}
    made = []
    for milliseconds, (t, *corners) in sorted(wanted.items()):
        own = Box(*corners)
        still = still_to_send(media, t, own, match.modality, match.track, counted=match.counted)
        name = f"data/stills/{match.id}-{milliseconds:09d}ms"
        _write(root / f"{name}.png", png(still.image))
        _write(root / f"{name}-box.png", png(with_box(still.image, own, still.scale)))
        hidden = {"hidden": still.hidden.places, "others": still.hidden.said}
        made.append({"t": t, "plain": f"{name}.png", "with_box": f"{name}-box.png", **hidden})
    return made


def _copy(vault: Vault, sha256: str, target: Path) -> None:
    """Copy an object, and see that the copy has its digest."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with vault.opened(sha256) as source:
            shutil.copyfile(source, target)
    except (SemblanceError, FileNotFoundError) as error:
        raise EvidenceMissing(f"The vault does not hold {sha256} any more.", "Capture the video again.") from error
    if seal.digest(target) != sha256:
        raise EvidenceMissing(f"The vault's {sha256} was changed.", "Restore the vault from its backup.")


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=2, sort_keys=True, ensure_ascii=True) + "\n").encode()


def _listed_and_signed(root: Path, key: Signer) -> bytes:
    """List and sign every file; returns the list that is signed. All of it is on the disk before the folder gets its name."""
    contents = seal.walk(root)
    if contents.strange:
        name, problem = contents.strange[0]
        raise BundleFailed(f"The bundle's {name} {problem}.", "Export it to another disk; if it comes again, report it.")
    lists = seal.BAG.texts(seal.digests_of(root, (name for name in contents.files if name != seal.BAG.inner)))
    for name, text in lists.items():
        _write(root / name, text)
    _write(root / seal.BAG.signature, key.sign(lists[seal.BAG.signed]))
    # Side by side: a disk writes what several wait for at once.
    with ThreadPoolExecutor(8) as threads:
        deque(threads.map(_on_disk, (root / name for name in (*contents.files, *lists, seal.BAG.signature))), maxlen=0)
    return lists[seal.BAG.signed]


def _on_disk(path: Path) -> None:
    with path.open("rb") as stream:
        os.fsync(stream.fileno())
