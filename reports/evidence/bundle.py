"""The evidence bundle: a folder that stands alone. Written beside its place, sealed, and moved there whole."""

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session

from crawler.custody import append
from crawler.videos import Capture
from matcher.types import Box
from registry.db import now
from registry.errors import SemblanceError
from registry.vault.base import Vault
from reports.cases import Case, ConfirmedMatch
from reports.errors import BundleFailed, EvidenceMissing
from reports.evidence import seal
from reports.evidence.contents import (
    CaseFile,
    case_file,
    case_json,
    contents_digest,
    custody_lines,
    matches_json,
    media_name,
    reference_name,
)
from reports.evidence.guide import index_html, readme
from reports.evidence.sign import SigningKey
from reports.evidence.stills import cut_still, png, with_box


def export_bundle(
    session: Session,
    vault: Vault,
    case: Case,
    out_dir: Path,
    key: SigningKey,
    *,
    operator: str = "semblance",
    models: Mapping[str, Any] | None = None,
    at: datetime | None = None,
) -> Path:
    """Write the case's bundle into a new folder in out_dir and enter that into the custody of its captures; the caller commits.

    models: by pack id, what is known of the pack's files, for the experts. Raises NotConfirmed unless every match of the case
    is confirmed, EvidenceMissing when the vault's bytes are gone or damaged, BundleFailed when the folder cannot be written.
    """
    moment = at or now()
    held = case_file(session, case)
    place = _free_place(out_dir, f"case-{case.id[:12]}-{moment:%Y%m%dT%H%M%SZ}")
    custody = custody_lines(session, held.captures, case.id)
    try:
        with tempfile.TemporaryDirectory(prefix=f".{place.name}-", dir=out_dir) as staging:
            root = Path(staging) / place.name
            root.mkdir()
            _fill(root, held, vault, custody, case_json(held, operator, moment), matches_json(held, models or {}), key)
            digest = _seal(root, key)
            root.rename(place)
    except OSError as error:
        raise BundleFailed(
            f"The bundle could not be written: {error.strerror}.", "Check the space and the rights there."
        ) from error
    about = {"case_id": case.id, "bundle": place.name, "contents_sha256": contents_digest(held)}
    for capture in held.captures:
        detail = {**about, "sha256sums_sha256": digest, "key": key.fingerprint}
        append(session, operator, "exported", capture.id, detail, moment)
    return place


def _free_place(out_dir: Path, name: str) -> Path:
    out_dir.mkdir(parents=True, exist_ok=True)
    number, place = 1, out_dir / name
    while place.exists():
        number += 1
        place = out_dir / f"{name}-{number}"
    return place


def _fill(
    root: Path,
    held: CaseFile,
    vault: Vault,
    custody: bytes,
    case: dict[str, Any],
    matches: dict[str, Any],
    key: SigningKey,
) -> None:
    for capture in held.captures:
        _put_capture(root, vault, capture)
    for reference in held.references.values():
        _copy(vault, reference.sha256, root / reference_name(reference))
    stills = {match.id: _put_stills(root, match, _media(root, held, match)) for match in held.matches}
    for entry in matches["matches"]:
        entry["stills"] = stills[entry["id"]]
    _write(root / seal.CASE, _json(case))
    _write(root / seal.MATCHES, _json(matches))
    _write(root / seal.CUSTODY, custody)
    _write(root / seal.PUBLIC_KEY, key.public_pem)
    _write(root / seal.INDEX, index_html(root, held, case, matches, key.fingerprint).encode())
    _write(root / seal.README, readme(root, held, case, key.fingerprint).encode())


def _media(root: Path, held: CaseFile, match: ConfirmedMatch) -> Path:
    return root / media_name(next(c for c in held.captures if c.id == match.capture_id))


def _put_capture(root: Path, vault: Vault, capture: Capture) -> None:
    folder = root / "captures" / capture.id
    _copy(vault, capture.media_sha256, root / media_name(capture))
    _copy(vault, capture.manifest_sha256, folder / "manifest.json")
    _write(folder / "headers.json", _json(capture.headers))
    if capture.page_sha256:
        # As text: a stranger's page must not run when somebody opens the folder.
        _copy(vault, capture.page_sha256, folder / "page.html.txt")


def _put_stills(root: Path, match: ConfirmedMatch, media: Path) -> list[dict[str, Any]]:
    """Stills at the best time and at both ends, each with and without its box."""
    best = (match.best_t, match.best_box.x1, match.best_box.y1, match.best_box.x2, match.best_box.y2)
    wanted = {round(line[0] * 1000): line for line in (*match.boxes[:1], *match.boxes[-1:], best)}
    made = []
    for milliseconds, (t, *corners) in sorted(wanted.items()):
        image, scale = cut_still(media, t)
        name = f"stills/{match.id}-{milliseconds:09d}ms"
        _write(root / f"{name}.png", png(image))
        _write(root / f"{name}-box.png", png(with_box(image, Box(*corners), scale)))
        made.append({"t": t, "plain": f"{name}.png", "with_box": f"{name}-box.png"})
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


def _seal(root: Path, key: SigningKey) -> str:
    """List and sign every file; returns the list's own SHA-256. All of it is on the disk before the folder gets its name."""
    sums = seal.sums_text(seal.digests_of(root, seal.walk(root).files))
    _write(root / seal.SUMS, sums)
    _write(root / seal.SIGNATURE, key.sign(sums))
    for name in seal.walk(root).files:
        with (root / name).open("rb") as stream:
            os.fsync(stream.fileno())
    return seal.digest(root / seal.SUMS)
