"""A small workspace for weekly reports, with a match of each status, and how its reports are read."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage.data import astronaut
from sqlmodel import Session, select

from crawler.health import SourceKind, SourceRow, SourceRun
from crawler.videos import Capture, Label, LabelOutcome, Video, VideoState
from matcher.likelihood_ratio import Likelihood
from matcher.media import write_clip
from matcher.types import Appearance, Box, Failure, Match, Observation, ScanResult
from registry.licences import Licence
from registry.parties import Party
from registry.references import Reference, add_reference, list_references
from registry.subjects import Subject
from registry.types import Modality, PartyKind, SubjectKind
from registry.vault.base import Vault
from reports.matches import MatchRow, apply_licences
from reports.period import Period
from reports.recording import record_scan
from reports.review import Decision, review
from reports.week import Week
from reports.weekly import WeeklyReport, weekly_report
from reports.weekly_files import WrittenReport
from tests.support.mandated import mandate_all
from tests.support.new_database import new_database
from tests.support.new_vault import new_vault

WEEK = Week(2026, 47)
MADE = datetime(2026, 11, 20, 17, tzinfo=UTC)
MONDAY = datetime(2026, 11, 16, 9, tzinfo=UTC)
HOSTILE = "#panic() *b* $x^2$ <script>alert(1)</script> \u202egpj.4pm\u202c مرحبا بالعالم 中文字幕 \U0001f600 \x07" + "w" * 90


@dataclass
class Workplace:
    session: Session
    vault: Vault
    root: Path

    def report(self, party: str | None = None, week: Period = WEEK, at: datetime = MADE) -> WeeklyReport:
        whose = self.session.get_one(Party, party) if party else None
        return weekly_report(self.session, self.vault, week, at, whose)


def mossy(width: int = 480, height: int = 270, at: int = 120) -> np.ndarray:
    picture = np.full((height, width, 3), (214, 205, 190), np.uint8)
    cv2.rectangle(picture, (0, height - 50), (width, height), (120, 150, 120), -1)
    cv2.circle(picture, (at, 140), 62, (70, 150, 80), -1)
    cv2.ellipse(picture, (at + 10, 70), (14, 30), 30, 0, 360, (50, 110, 60), -1)
    for side in (-22, 22):
        cv2.circle(picture, (at + side, 125), 14, (255, 255, 255), -1)
        cv2.circle(picture, (at + side + 4, 128), 6, (20, 20, 20), -1)
    cv2.ellipse(picture, (at, 160), (26, 14), 0, 0, 180, (30, 40, 120), 4)
    return picture


def crest(width: int = 480, height: int = 270) -> np.ndarray:
    picture = np.full((height, width, 3), (60, 40, 30), np.uint8)
    points = np.array([[240, 60], [320, 90], [310, 180], [240, 220], [170, 180], [160, 90]])
    cv2.fillPoly(picture, [points], (60, 170, 220))
    cv2.putText(picture, "L", (212, 170), cv2.FONT_HERSHEY_DUPLEX, 3, (60, 40, 30), 8)
    return picture


def flight() -> np.ndarray:
    portrait = np.ascontiguousarray(astronaut()[:, :, ::-1])
    return np.ascontiguousarray(cv2.resize(portrait, (480, 480))[:270])


def a_match(subject: str, reference: str, box: Box, score: float, modality: Modality, start: float = 0.2) -> Match:
    seen = tuple(Observation(t, box) for t in (start, start + 0.5, start + 1.2))
    reasons = ("Score 0.71 reaches the threshold 0.48.", "Seen in 7 of the frames looked at.")
    span = Appearance(modality, seen[0].t, seen[-1].t, seen[1], seen)
    made = Match(span, subject, reference, score, 0.48, 0.21, 0.31 if score < 0.8 else 0.004, "omz-0095", "edge", reasons)
    return replace(made, likelihood=Likelihood(64.0, 0.0034, 90.0)) if modality is Modality.FACE else made


def furnish(root: Path) -> Workplace:
    vault = new_vault(root)
    session = Session(new_database(root / "semblance.db"))
    place = Workplace(session, vault, root)
    _register(place)
    _watch(place)
    _find(place)
    session.commit()
    return place


def _register(place: Workplace) -> None:
    session = place.session
    for key, name, kind, parent in (
        ("studio", "Larkspur Pictures", PartyKind.STUDIO, None),
        ("union", "Guild of Players", PartyKind.UNION, None),
        ("member", "Estate of E. Collins", PartyKind.ESTATE, "union"),
    ):
        session.add(Party(id=key, name=name, kind=kind, parent_id=parent))
        session.flush()
    for key, party, name, kind in (
        ("mossy", "studio", "Mossy the Fern", SubjectKind.CHARACTER),
        ("crest", "studio", "Larkspur crest", SubjectKind.MARK),
        ("eileen", "member", "Eileen Collins", SubjectKind.PERSON),
    ):
        subject = Subject(id=key, party_id=party, name=name, kind=kind, created_at=MONDAY)
        session.add(subject)
        session.flush()
        picture = {"mossy": mossy()[40:230, 40:220], "crest": crest()[40:240, 140:340], "eileen": flight()[0:230, 120:360]}[key]
        add_reference(session, place.vault, subject, cv2.imencode(".png", picture)[1].tobytes(), file_name=f"{key}.png")
    mandate_all(session)
    session.add(Licence(id="lic" * 8, subject_id="crest", licensee="Clip House Ltd", host="house.example", starts_at=MONDAY))


def _watch(place: Workplace) -> None:
    session = place.session
    for key, name, runs in (
        ("a", "Clip wall", [(True, [])]),
        ("b", "Fan forum feed", [(False, ["https://forum.example/page/2 answered 503"])]),
        ("c", "Channel of someone", []),
    ):
        session.add(SourceRow(id=key, name=name, kind=SourceKind.FEED, url=f"https://{key}.example/feed", created_at=MONDAY))
        session.flush()
        for complete, errors in runs:
            ended = MONDAY + timedelta(minutes=5)
            session.add(
                SourceRun(source_id=key, started_at=MONDAY, ended_at=ended, pages=4, videos=3, complete=complete, errors=errors)
            )


def _find(place: Workplace) -> None:
    face, fern = Box(190, 60, 300, 190), Box(60, 40, 185, 205)
    reference = {row.subject_id: row.id for row in _references(place)}
    for key, title, uploader, picture, matches in (
        ("v1", HOSTILE, "@astro\u202edaf", flight(), [a_match("eileen", reference["eileen"], face, 0.71, Modality.FACE)]),
        ("v2", "Mossy sings again", "fernfan", mossy(), [a_match("mossy", reference["mossy"], fern, 0.83, Modality.ARTWORK)]),
        ("v3", "Making of the crest", "Clip House", crest(), [a_match("crest", reference["crest"], face, 0.9, Modality.ARTWORK)]),
        ("v4", "A green ball", "toys", mossy(at=300), [a_match("mossy", reference["mossy"], fern, 0.52, Modality.ARTWORK)]),
        ("v5", "Strangers", "street", mossy(at=400), []),
    ):
        capture = _capture(place, key, title, uploader, picture)
        seen = tuple(match.appearance for match in matches)
        result = ScanResult(key, "video", 480, 270, 2.0, ((0, 2),), 8, seen, tuple(matches), ("omz-0095",), ("edge",), 0.5)
        record_scan(place.session, capture, result, "g1", MONDAY + timedelta(hours=2))
    broken = _capture(place, "v6", "Broken clip", "street", mossy(at=200))
    failure = Failure("v6 ends in the middle of a frame.", "Capture it again.")
    result = ScanResult("v6", "video", 0, 0, 0, (), 0, (), (), (), (), 0.1, failure=failure)
    record_scan(place.session, broken, result, "g1", MONDAY)
    _capture(place, "v7", "Fresh clip", "street", mossy(at=210))
    gone = Video(id="v8", media_url="https://x.example/8.mp4", title="Gone clip", state=VideoState.FAILED, first_seen_at=MONDAY)
    gone.failure, gone.remedy = "https://x.example/8.mp4 answered 404.", "Look whether it moved."
    place.session.add(gone)
    apply_licences(place.session, MONDAY + timedelta(hours=3))
    by_video = {row.capture_id: row for row in place.session.exec(select(MatchRow))}
    review(place.session, by_video["cv2"].id, Decision.CONFIRM, "R. Iyer", "Same leaf, same eyes, our 2024 model sheet", MONDAY)
    review(place.session, by_video["cv4"].id, Decision.REJECT, "R. Iyer", "A green ball, no leaf", MONDAY)


def _references(place: Workplace) -> list[Reference]:
    return list_references(place.session)


def _capture(place: Workplace, key: str, title: str, uploader: str, picture: np.ndarray) -> Capture:
    clip = place.root / f"{key}.mp4"
    write_clip(clip, (np.ascontiguousarray(np.roll(picture, i // 5, axis=1)) for i in range(50)))
    stored = place.vault.put([clip.read_bytes()])
    host = "house.example" if key == "v3" else "clips.example"
    page = f"https://{host}/watch/{key}?title=" + "long-" * 30
    video = Video(id=key, media_url=f"https://cdn.{host}/{key}.mp4", page_url=page, title=title, uploader=uploader)
    video.state, video.first_seen_at = VideoState.CAPTURED, MONDAY
    place.session.add(video)
    place.session.flush()
    capture = Capture(
        id=f"c{key}",
        video_id=key,
        captured_at=MONDAY + timedelta(hours=1),
        media_sha256=stored.sha256,
        media_size=stored.size,
        media_type="video/mp4",
        final_url=video.media_url,
        manifest_sha256="0" * 64,
    )
    place.session.add(capture)
    place.session.flush()
    for kind, outcome, detail in {
        "v1": [("aigc", LabelOutcome.ABSENT, ""), ("platform", LabelOutcome.PRESENT, "即梦AI")],
        "v2": [("aigc", LabelOutcome.INVALID, "no JSON")],
        "v3": [("aigc", LabelOutcome.UNKNOWN, "")],
    }.get(key, []):
        place.session.add(Label(capture_id=capture.id, kind=kind, outcome=outcome, detail=detail))
    return capture


def poppler(tool: str) -> str:
    """The path of one of poppler's tools; a machine without it skips what is left of the test, except in CI."""
    found = shutil.which(tool)
    if found is None:
        message = f"{tool} (poppler) is not installed, so the PDF was not read"
        pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)
    return found


def both_texts(written: WrittenReport) -> Iterator[str]:
    """The page's words, then the PDF's."""
    yield " ".join(page_text(written.html).split())
    yield " ".join(pdf_text(written.pdf).split())


def pdf_text(path: Path) -> str:
    ran = subprocess.run([poppler("pdftotext"), "-raw", str(path), "-"], capture_output=True, text=True, check=True)
    return ran.stdout


def page_text(path: Path) -> str:
    return re.sub(r"data:image/\w+;base64,[\w+/=]+", "", path.read_text())
