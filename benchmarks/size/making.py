"""Filling a workspace: members with drawn vectors, videos with drawn pictures, matches, decisions. Nobody in it exists.

Rows are put in by tables, so that 20,000 members take a minute or two; ids, digests, chains and states are such as the services
leave them, and the benchmark's own commands check the chains.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from sqlalchemy import insert, update
from sqlmodel import Session, SQLModel, col, select

from crawler.custody import append
from crawler.health import SourceRow, SourceRun
from crawler.pages import Sighting, Statement
from crawler.types import LabelOutcome, SourceKind, TakenBy
from crawler.videos import Capture, Label, Video, VideoState, video_id
from matcher.assemble import recognisers_of
from matcher.face.appraisal import QUALITY
from matcher.media import write_clip
from matcher.packs.store import Pack, load
from monitor.demo.drawings import fox, seal
from monitor.pipeline import eligible, wanted_templates
from monitor.wiring import build_recognisers, recogniser_spec
from monitor.workspace import Workspace, init_workspace, open_workspace
from registry.keys import Keys, keys_of
from registry.kinds import Modality, PartyKind, SubjectKind
from registry.licences import Licence
from registry.mandates import Basis, Mandate
from registry.members import Member, number_key
from registry.names import name_key
from registry.parties import add_party
from registry.references import Reference
from registry.subjects import Subject
from registry.templates import TemplateRow, sealed_row
from registry.types import Image, Template
from reports.cases import open_cases
from reports.looked_for import note_looked_for
from reports.matches import MatchRow, MatchStatus, Scan, content_id, id_of_match
from reports.review import Decision, Review

AT_ONCE = 2000
SOURCES, RUNS_OF_EACH = 20, 30
GIVEN = ("Ada", "Bruno", "Chioma", "Dilan", "Eun-ji", "Farah", "Goran", "Hana", "Ines", "Jonas")
FAMILY = ("Abara", "Brandt", "Castillo", "Demir", "Eriksson", "Fontaine", "Gupta", "Haddad", "Ito", "Jansen")
DECIDED = {1: Decision.CONFIRM, 3: Decision.REJECT, 6: Decision.CONFIRM, 8: Decision.REJECT}
"""By the last digit of a match's number: two of ten confirmed, two rejected, the rest wait or are licensed."""
STATUS = {Decision.CONFIRM: MatchStatus.CONFIRMED, Decision.REJECT: MatchStatus.REJECTED}


@dataclass
class Union:
    """What was made. at: the moment as of which all of it is, the evening before it is measured."""

    root: Path
    members: int
    matches: int
    at: datetime
    subjects: list[str] = field(default_factory=list)
    references: list[str] = field(default_factory=list)

    @property
    def videos(self) -> int:
        return max(1, self.matches * 4 // 5)


def make_union(root: Path, members: int, matches: int) -> None:
    """A workspace in root with one union's members, each with a reference, a template, a consent, and a mandate for all."""
    init_workspace(root)
    made = Union(root, members, matches, datetime.now(UTC) - timedelta(hours=12))
    with open_workspace(root) as workspace, workspace.session() as session:
        # What is put in here could be made again: nothing of it needs to outlast a power cut.
        session.connection().exec_driver_sql("PRAGMA synchronous=OFF")
        session.rollback()
        _people(workspace, session, made)
        _web(workspace, session, made)
        _matches(session, made)
        _looked_at(workspace, session, made)
        session.commit()


def _people(workspace: Workspace, session: Session, made: Union) -> None:
    party = add_party(session, "Union of Performers", PartyKind.UNION, email="rights@union.example", signatory="A. Secretary")
    for number in range(20):
        add_party(session, f"Branch {number:02}", PartyKind.UNION, parent=party)
    session.flush()
    made.subjects = [content_id("subject", str(number)) for number in range(made.members)]
    made.references = [content_id("reference", str(number)) for number in range(made.members)]
    _put(session, Subject, (_subject(party.id, made, number) for number in range(made.members)))
    _put(session, Member, (_member(party.id, made, number) for number in range(made.members)))
    with workspace.vault.together():
        _put(session, Reference, (_reference(workspace, made, number) for number in range(made.members)))
        statute = workspace.vault.put([b"%PDF-1.7 the statutes of the union"], private=True).sha256
        consents = [workspace.vault.put([f"%PDF-1.7 consent {n}".encode()], private=True).sha256 for n in range(made.members)]
    _put(session, TemplateRow, _templates(keys_of(session), made, load(workspace.settings.models, workspace.settings.pack)))
    common = {"party_id": party.id, "verified_by": "R. Egistrar", "how": "read it", "starts_at": made.at - timedelta(days=400)}
    rows = [{"basis": Basis.AUTHORITY, "subject_id": None, "document_sha256": statute, **common}]
    rows += [
        {"basis": Basis.CONSENT, "subject_id": subject, "document_sha256": document, **common}
        for subject, document in zip(made.subjects, consents, strict=True)
    ]
    _put(session, Mandate, (Mandate(**row).model_dump() for row in rows))
    licensed = made.subjects[:: max(1, made.members // 200)]
    _put(session, Licence, (_licence(made, subject).model_dump() for subject in licensed))
    session.commit()


def _subject(party_id: str, made: Union, number: int) -> dict[str, Any]:
    name = f"{GIVEN[number % 10]} {FAMILY[number // 10 % 10]} {number:05}"
    about = {"name": name, "name_key": name_key(name), "kind": SubjectKind.PERSON, "created_at": made.at - timedelta(days=300)}
    return {"id": made.subjects[number], "party_id": party_id, **about, "erased_at": None}


def _member(party_id: str, made: Union, number: int) -> dict[str, Any]:
    name = name_key(f"{GIVEN[number % 10]} {FAMILY[number // 10 % 10]} {number:05}")
    row = Member(id=number_key(party_id, f"{number:05}"), party_id=party_id, subject_id=made.subjects[number], name_key=name)
    return {**row.model_dump(), "row_sha": hashlib.sha256(name.encode()).hexdigest(), "imported_at": made.at}


def _reference(workspace: Workspace, made: Union, number: int) -> dict[str, Any]:
    done, picture = cv2.imencode(".jpg", np.random.default_rng(number).integers(0, 255, (24, 24, 3), np.uint8))
    assert done
    stored = workspace.vault.put([picture.tobytes()], private=True)
    row = Reference(
        id=made.references[number],
        subject_id=made.subjects[number],
        sha256=stored.sha256,
        file_name=f"{number:05}.jpg",
        media_type="image/jpeg",
        size=stored.size,
        created_at=made.at - timedelta(days=300),
    )
    return row.model_dump()


def _templates(keys: Keys, made: Union, pack: Pack) -> Iterator[dict[str, Any]]:
    """Directions at random, as long and as many numbers as the pack's own."""
    drawn = np.random.default_rng(11)
    face = recognisers_of(pack)[0]
    size = pack.spec.face.encoder.dimensions if pack.spec.face else 0
    for number in range(made.members):
        vector = drawn.normal(size=size).astype(np.float32)
        arrays: Mapping[str, NDArray[Any]] = {
            "vector": vector / np.linalg.norm(vector),
            QUALITY: np.array([240, 0.3, 0.8], np.float32),
        }
        template = Template(made.subjects[number], made.references[number], face.encoder, arrays)
        yield sealed_row(keys, template).model_dump()


def _licence(made: Union, subject: str) -> Licence:
    begins = made.at - timedelta(days=90)
    return Licence(subject_id=subject, licensee="Clip House Ltd", host="licensed.example", starts_at=begins, created_at=begins)


def _web(workspace: Workspace, session: Session, made: Union) -> None:
    """Sources, videos and what was captured of them; two of three found in the week, the others before."""
    inbox = made.root / "inbox"
    inbox.mkdir(mode=0o700)
    sources = [
        SourceRow(id=content_id("source", str(n)), name=f"Source {n:02}", kind=SourceKind.INBOX, url=inbox.as_uri())
        for n in range(SOURCES)
    ]
    _put(session, SourceRow, (row.model_dump() for row in sources))
    _put(session, SourceRun, (run for row in sources for run in _runs(made, row.id)))
    clips = _clips(made.root)
    with workspace.vault.together():
        stored = [workspace.vault.put([_own(clips[n % len(clips)], n)]) for n in range(made.videos)]
        manifest = workspace.vault.put([b"{}"]).sha256
    videos = [_video(made, number) for number in range(made.videos)]
    _put(session, Video, (video.model_dump() for video in videos))
    _put(session, Statement, (_statement(video) for video in videos))
    sightings = (
        Sighting(video_id=video.id, source_id=sources[n % SOURCES].id, page_url=video.page_url or "")
        for n, video in enumerate(videos)
    )
    _put(session, Sighting, (row.model_dump(exclude={"id"}) for row in sightings))
    captures = [
        Capture(
            id=content_id(video.id, found.sha256),
            video_id=video.id,
            captured_at=video.first_seen_at + timedelta(hours=1),
            media_sha256=found.sha256,
            media_size=found.size,
            media_type="video/mp4",
            final_url=video.media_url,
            manifest_sha256=manifest,
        )
        for video, found in zip(videos, stored, strict=True)
    ]
    _put(session, Capture, (row.model_dump() for row in captures))
    _put(session, Label, (label for capture in captures for label in _labels(capture.id)))
    for capture in captures:
        append(session, "benchmark", "captured", capture.id, {"url": capture.final_url}, capture.captured_at)
    session.commit()


def _runs(made: Union, source_id: str) -> Iterator[dict[str, Any]]:
    for number in range(RUNS_OF_EACH):
        ended = made.at - timedelta(hours=6 * number)
        run = SourceRun(source_id=source_id, started_at=ended, ended_at=ended, pages=1, videos=10, complete=True, due=1)
        yield run.model_dump()


def _clips(root: Path) -> list[bytes]:
    clips = []
    for number, drawing in enumerate((fox, seal)):
        path = root / f"clip-{number}.mp4"
        write_clip(path, _turning(drawing(160)), 10)
        clips.append(path.read_bytes())
        path.unlink()
    return clips


def _turning(drawn: Image) -> Iterator[Image]:
    frame = np.full((180, 320, 3), 200, np.uint8)
    height, width = drawn.shape[:2]
    for number in range(15):
        shown = frame.copy()
        shown[10 : 10 + height, 20 + 4 * number : 20 + 4 * number + width] = drawn[:, :, :3][:170, :280]
        yield shown


def _own(clip: bytes, number: int) -> bytes:
    """The number makes the bytes each video's own; a decoder reads past what follows the last box."""
    return clip + b"\0\0\0\x0cfree" + number.to_bytes(4, "big")


def _video(made: Union, number: int) -> Video:
    url, host = f"https://cdn.example/{number:05}.mp4", "licensed.example" if number % 10 == 2 else "clips.example"
    found = made.at - timedelta(hours=1 + number % 90 if number % 3 else 24 * (8 + number % 40))
    return Video(
        id=video_id(url),
        media_url=url,
        page_url=f"https://{host}/watch/{number:05}",
        title=f"They said it in clip {number:05} \u2014 \u9b54\u6cd5",
        uploader=f"@user{number % 300}",
        published_at=found,
        first_seen_at=found,
        tried_at=made.at,
        state=VideoState.CAPTURED,
        # A dropped file is not asked for over the network, which this does not measure.
        via=TakenBy.FILE,
    )


def _statement(video: Video) -> dict[str, Any]:
    said = Statement(
        id=content_id("statement", video.id),
        video_id=video.id,
        page_url=video.page_url or "",
        said_by=SourceKind.PAGE,
        own=True,
        title=video.title,
        uploader=video.uploader,
        published_at=video.published_at,
        first_seen_at=video.first_seen_at,
        last_seen_at=video.first_seen_at,
    )
    return said.model_dump()


def _labels(capture_id: str) -> Iterator[dict[str, Any]]:
    for kind in ("aigc", "c2pa", "iptc", "platform", "words"):
        yield {"capture_id": capture_id, "kind": kind, "outcome": LabelOutcome.ABSENT, "detail": ""}
    said = "Nothing says that AI made this video, which does not mean that it did not."
    yield {"capture_id": capture_id, "kind": "unlabelled", "outcome": LabelOutcome.UNKNOWN, "detail": said}


def _matches(session: Session, made: Union) -> None:
    captures = session.exec(select(Capture.id, Capture.captured_at).order_by(col(Capture.final_url))).all()
    rows = [_match(made, captures, number) for number in range(made.matches)]
    _put(session, MatchRow, (row.model_dump() for row in rows))
    decided = [(row, DECIDED[n % 10]) for n, row in enumerate(rows) if n % 10 in DECIDED]
    about = {
        "reviewer": "R. Iyer",
        "reason": "Same face as on the photo of the member's file",
        "follows": None,
        "joined_at": None,
    }
    _put(
        session,
        Review,
        ({"match_id": row.id, "decision": said, "at": row.found_at + timedelta(minutes=9), **about} for row, said in decided),
    )
    for decision, status in STATUS.items():
        own = select(Review.match_id).where(Review.decision == decision)
        session.execute(update(MatchRow).where(col(MatchRow.id).in_(own)).values(status=status))
    open_cases(session)


def _match(made: Union, captures: Sequence[Any], number: int) -> MatchRow:
    capture_id, captured_at = captures[number % len(captures)]
    who, start, side = (number * 7919) % made.members, 0.1 + number // len(captures) * 0.5, 40.0
    score = 0.95 - number % 40 / 100
    return MatchRow(
        id=id_of_match(capture_id, made.subjects[who], Modality.FACE, start, "drawn"),
        capture_id=capture_id,
        subject_id=made.subjects[who],
        reference_id=made.references[who],
        modality=Modality.FACE,
        t_start=start,
        t_end=start + 0.4,
        best_t=start + 0.2,
        best_x1=side,
        best_y1=side,
        best_x2=3 * side,
        best_y2=3 * side,
        boxes=[[start + 0.1 * step, side, side, 3 * side, 3 * side] for step in range(5)],
        score=score,
        threshold=0.494,
        margin=0.2,
        expected_false_matches=0.004,
        encoder="drawn",
        pack="drawn",
        reasons=[f"Score {score:.3f} reaches the threshold 0.494 of this gallery of {made.members}."],
        found_at=captured_at + timedelta(hours=1),
    )


def _looked_at(workspace: Workspace, session: Session, made: Union) -> None:
    """Every capture was looked at for everybody: there is nothing to scan."""
    recognisers = build_recognisers(recogniser_spec(workspace.settings))
    wanted = wanted_templates(session, recognisers, eligible(session, recognisers))
    number = note_looked_for(session, wanted, made.at).number
    captures = session.exec(select(Capture.id, Capture.captured_at)).all()
    scans = (
        Scan(
            id=content_id(capture_id, "drawn"),
            capture_id=capture_id,
            gallery_digest="drawn",
            gallery_number=number,
            packs=["drawn"],
            encoders=["drawn"],
            scanned_at=at + timedelta(minutes=30),
            seconds=1.0,
            appearances=1,
            frames=8,
        )
        for capture_id, at in captures
    )
    _put(session, Scan, (row.model_dump() for row in scans))


def _put(session: Session, table: type[SQLModel], rows: Iterator[dict[str, Any]]) -> None:
    some: list[dict[str, Any]] = []
    for row in rows:
        some.append(row)
        if len(some) == AT_ONCE:
            session.execute(insert(table), some)
            some = []
    if some:
        session.execute(insert(table), some)
