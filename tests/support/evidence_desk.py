"""A database and a vault with one confirmed case, put in by hand, for bundles to be made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
from sqlmodel import Session, select

import crawler.health  # noqa: F401  (its tables are named by those of the videos)
from crawler.custody import append
from crawler.fetch.base import Exchange
from crawler.videos import Capture, Label, LabelOutcome, Video, VideoState
from crawler.warc import Answer, Resource, warc_chunks
from matcher.media import write_clip
from matcher.types import Appearance, Box, Match, Observation, ScanResult
from registry.parties import Party
from registry.references import add_reference
from registry.subjects import Subject
from registry.types import Modality, PartyKind, SubjectKind
from registry.vault.base import Vault
from reports.cases import Case
from reports.evidence import seal
from reports.matches import MatchRow
from reports.recording import record_scan
from reports.review import Decision, review
from reports.signing.key_file import SigningKey, signing_key
from reports.signing.pades import container, sign_pdf
from tests.support.cases import open_cases
from tests.support.mandated import mandate_all
from tests.support.new_database import new_database
from tests.support.new_vault import new_vault

AT = datetime(2026, 11, 18, 12, tzinfo=UTC)
TITLE = "<b>../../etc/passwd\u202e</b> 中文 \U0001f600"


@dataclass
class Workplace:
    session: Session
    vault: Vault
    key: SigningKey
    case: Case
    out: Path


def drawing(shift: int) -> np.ndarray:
    picture = np.full((180, 320, 3), (200, 190, 170), np.uint8)
    cv2.circle(picture, (80 + shift, 90), 40, (60, 140, 60), -1)
    cv2.circle(picture, (68 + shift, 80), 6, (0, 0, 0), -1)
    cv2.circle(picture, (92 + shift, 80), 6, (0, 0, 0), -1)
    return picture


MOSSY = tuple(Observation(t, Box(40 + 50 * t, 50, 120 + 50 * t, 130)) for t in (0.2, 0.8, 1.6))
"""Where the drawing is in the drawn clip."""


def furnish(
    root: Path, clip: Path | None = None, modality: Modality = Modality.ARTWORK, boxes: Sequence[Observation] = MOSSY
) -> Workplace:
    """A workspace with one captured clip whose match a person confirmed; another capture stands in the chain between. boxes: of
    the match in clip, at its beginning, its best moment and its end; without any it has no place. Without a clip one is drawn."""
    if clip is None:
        clip = root / "clip.mp4"
        write_clip(clip, (drawing(2 * i) for i in range(50)))
    vault = new_vault(root)
    session = Session(new_database(root / "semblance.db"))
    session.add(Party(id="p1", name="Larkspur Pictures", kind=PartyKind.STUDIO))
    session.add(Video(id="v1", media_url="https://cdn.example/v.mp4", page_url="https://clips.example/v", title=TITLE))
    session.add(Video(id="v2", media_url="https://cdn.example/w.mp4", state=VideoState.CAPTURED))
    session.flush()
    subject = Subject(id="s1", party_id="p1", name="Mossy", kind=SubjectKind.CHARACTER)
    session.add(subject)
    mandate_all(session, *((modality,) if modality is Modality.VOICE else ()))
    _, encoded = cv2.imencode(".png", drawing(0)[40:140, 30:130])
    reference = add_reference(session, vault, subject, encoded.tobytes(), file_name="mossy.png")
    media = vault.put([clip.read_bytes()]).sha256
    page = vault.put([b"<html><script>alert(1)</script></html>"]).sha256
    manifest = vault.put([b'{"capture": "c1", "page": {"screenshot_failure": "Chromium is not installed."}}\n']).sha256
    for key, video in (("c1", "v1"), ("c2", "v2")):
        session.add(a_capture(key, video, media, page, manifest, a_warc(vault, media, page)))
        session.flush()
    session.add(Label(capture_id="c1", kind="aigc", outcome=LabelOutcome.ABSENT))
    for key in ("c2", "c1", "c2", "c1"):
        append(session, "tester", "captured" if key == "c1" else "secret of another party", key, {"url": "https://x.example"}, AT)
    seen = Appearance(modality, boxes[0].t, boxes[-1].t, boxes[1], tuple(boxes)) if boxes else Appearance(modality, 0.2, 1.6)
    match = Match(seen, "s1", reference.id, 0.81, 0.4, 0.3, 0.02, "sift", "drawn", ("42 points agree",))
    result = ScanResult("clip", "video", 320, 180, 2.0, ((0, 2),), 8, (seen,), (match,), ("sift",), ("drawn",), 0.5)
    record_scan(session, session.get_one(Capture, "c1"), result, "g1", AT)
    row = session.exec(select(MatchRow)).one()
    review(session, row.id, Decision.CONFIRM, "R. Iyer", "the same leaf on its head", AT + timedelta(hours=1))
    (case,) = open_cases(session)
    session.commit()
    return Workplace(session, vault, signing_key(root / "keys"), case, root / "out")


def a_warc(vault: Vault, media: str, page: str) -> str:
    """A WARC in the vault that holds two objects of it: a media file that was taken, and the answer with its page."""
    taken = Resource("https://cdn.example/v.mp4", "video/mp4", lambda: vault.chunks(media), media, size_of(vault, media))
    url, headers = "https://clips.example/Watch?v=1&a=2", {"content-type": "text/html; charset=utf-8"}
    exchange = Exchange(url, url, (), "203.0.113.7:443", 200, {"accept": "text/html"}, headers, reason="OK", certificate=b"DER")
    answer = Answer(exchange, lambda: vault.chunks(page), page, size_of(vault, page))
    return vault.put(warc_chunks([answer], [taken], "E. Novak", AT)).sha256


def size_of(vault: Vault, sha256: str) -> int:
    with vault.as_file(sha256) as file:
        return file.stat().st_size


def a_capture(key: str, video: str, media: str, page: str, manifest: str, warc: str) -> Capture:
    return Capture(
        id=key,
        video_id=video,
        captured_at=AT,
        media_sha256=media,
        media_size=1,
        media_type="video/mp4",
        final_url="https://cdn.example/v.mp4",
        page_sha256=page,
        manifest_sha256=manifest,
        warc_sha256=warc,
        headers={"content-type": "video/mp4"},
    )


def sign_report(folder: Path, key: SigningKey) -> None:
    """Have somebody else sign the report of a bundle."""
    content = (folder / "data" / "report.pdf").read_bytes()
    end = b"%%EOF"
    made = sign_pdf(content[: content.index(end) + len(end)], key.certificate, key.sign, AT, "forged")
    (folder / "data" / "report.pdf").write_bytes(made)
    (folder / "data" / "report.pdf.p7s").write_bytes(container(made))
    (folder / "data" / "report-key.pem").write_bytes(key.certificate_pem)


def reseal(folder: Path, key: SigningKey) -> None:
    """Have the lists say what the files are, and sign that, as a dishonest sender would."""
    layout = seal.layout_of(folder)
    lists = layout.texts(seal.digests_of(folder, seal.walk(folder).files))
    for name, text in lists.items():
        (folder / name).write_bytes(text)
    (folder / layout.signature).write_bytes(key.sign(lists[layout.signed]))
