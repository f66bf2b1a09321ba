"""Ten weeks of matches behind a weekly report, as rows: found, decided, licensed, gone, on several platforms, by several parties.

The media of these videos are in no vault; a report says so and goes on.
"""

from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from sqlmodel import Session, select

from crawler.availability import Address, Look, LookOutcome
from crawler.videos import Capture, Label, LabelOutcome, Video, VideoState
from registry.licences import Licence
from registry.mandates import Mandate
from registry.references import Reference
from registry.types import Modality
from reports.cases import Case, CaseMatch
from reports.matches import MatchRow, MatchStatus, Scan, apply_licences
from reports.notices.events import approved, begin_life
from reports.notices.notice import Notice
from reports.review import Decision, review
from tests.support.weekly_place import MADE, WEEK, Workplace, furnish

FIRST = WEEK.starts - timedelta(weeks=9)
PLATFORMS = ("www.clips.example", "m.forum.example", "clips.example", "house.example", "few.example")
GENERATORS = (
    ("words", "The title says: Sora"),
    ("c2pa", "Made with Maker 3; signed by nobody"),
    None,
    ("aigc", "Label 1; Kling"),
)
SUBJECTS = ("mossy", "crest", "eileen")


def ten_weeks(root: Path, seed: int = 7, videos: int = 150) -> Workplace:
    """The workspace of `weekly_place` with so many more videos, a match in each, over ten weeks."""
    place, random = furnish(root), Random(seed)
    session = place.session
    for licence in session.exec(select(Licence)):
        licence.created_at = licence.starts_at = FIRST + timedelta(weeks=4)
        licence.ends_at = MADE + timedelta(days=9)
        session.add(licence)
    session.flush()
    references = {row.subject_id: row.id for row in session.exec(select(Reference))}
    for number in range(videos):
        _video(session, number, random, references)
    apply_licences(session, MADE)
    for row in list(session.exec(select(MatchRow).where(MatchRow.id.startswith("m")))):  # type: ignore[attr-defined]
        _decide(session, row, random)
        _look(session, row, random)
    _letters(session)
    mandate = session.exec(select(Mandate).where(Mandate.subject_id == "mossy")).one()
    mandate.ends_at = MADE + timedelta(days=20)
    session.add(mandate)
    session.commit()
    return place


def _video(session: Session, number: int, random: Random, references: dict[str, str]) -> None:
    key, subject = f"h{number:03}", SUBJECTS[number % 3]
    host = PLATFORMS[4] if number == 0 else PLATFORMS[random.randrange(4)]
    at = FIRST + timedelta(hours=random.randrange(10 * 7 * 24 - 80))
    video = Video(id=key, media_url=f"https://cdn.example/{key}.mp4", page_url=f"https://{host}/watch/{key}", title=f"Clip {key}")
    video.uploader, video.state, video.first_seen_at = f"@maker{number % 5}", VideoState.CAPTURED, at
    video.counts = {"views": random.randrange(10**6)} if number % 2 else {}
    session.add(video)
    session.flush()
    capture = Capture(
        id=f"c{key}",
        video_id=key,
        captured_at=at,
        media_sha256=f"{number // 2 if number % 10 == 1 else number + 500:064x}",
        media_size=9,
        media_type="video/mp4",
        final_url=video.media_url,
        manifest_sha256="0" * 64,
    )
    session.add(capture)
    session.flush()
    if (said := GENERATORS[number % 4]) is not None:
        session.add(Label(capture_id=capture.id, kind=said[0], outcome=LabelOutcome.PRESENT, detail=said[1]))
    session.add(Scan(id=f"s{key}", capture_id=capture.id, gallery_digest="g", scanned_at=at, seconds=1))
    session.add(
        MatchRow(
            id=f"m{key}{number:028}",
            capture_id=capture.id,
            subject_id=subject,
            reference_id=references[subject],
            modality=Modality.FACE if subject == "eileen" else Modality.ARTWORK,
            t_start=0.1,
            t_end=1.2,
            best_t=0.5,
            best_x1=1,
            best_y1=1,
            best_x2=60,
            best_y2=60,
            score=0.5 + random.randrange(50) / 100,
            threshold=0.48,
            margin=0.1,
            expected_false_matches=random.choice((0.004, 0.7, 3.0, 9.0)),
            encoder="omz-0095",
            pack="edge",
            found_at=at,
        )
    )
    session.flush()


def _decide(session: Session, row: MatchRow, random: Random) -> None:
    """Half are decided within three weeks, some of them twice; nobody decides what a licence covers."""
    if row.status is not MatchStatus.PENDING or random.random() < 0.25:
        return
    at: datetime = row.found_at + timedelta(hours=random.randrange(1, 21 * 24))
    for decision in random.choice(
        (
            (Decision.CONFIRM,),
            (Decision.CONFIRM,),
            (Decision.REJECT,),
            (Decision.PERMIT,),
            (Decision.REJECT, Decision.REOPEN),
            (Decision.CONFIRM, Decision.REOPEN, Decision.CONFIRM),
            (Decision.REJECT, Decision.REOPEN, Decision.CONFIRM),
        )
    ):
        if at < MADE:
            review(session, row.id, decision, "R. Iyer", "Looked at the ears", at)
        at += timedelta(hours=random.randrange(1, 200))


def _look(session: Session, row: MatchRow, random: Random) -> None:
    capture = session.get_one(Capture, row.capture_id)
    at = row.found_at
    while (at := at + timedelta(hours=random.randrange(20, 400))) < MADE and random.random() < 0.8:
        outcome = random.choice((LookOutcome.SEEN, LookOutcome.GONE, LookOutcome.GONE, LookOutcome.UNREACHABLE))
        other = outcome is LookOutcome.SEEN and random.random() < 0.15
        digest = ("f" * 64 if other else capture.media_sha256) if outcome is LookOutcome.SEEN else None
        session.add(
            Look(
                video_id=capture.video_id,
                address=Address.MEDIA,
                url=f"https://cdn.example/{capture.video_id}.mp4",
                outcome=outcome,
                why=f"because {at:%H}",
                media_sha256=digest,
                first_at=at,
                at=at,
            )
        )
    session.flush()


def _letters(session: Session) -> None:
    """A draft about one confirmed match, and one about another that was approved."""
    confirmed = session.exec(select(MatchRow).where(MatchRow.status == MatchStatus.CONFIRMED).order_by(MatchRow.id)).all()
    for number, row in enumerate(confirmed[:2]):
        video = session.get_one(Capture, row.capture_id).video_id
        case = Case(id=f"case{number}", video_id=video, party_id="studio", opened_at=MADE)
        session.add(case)
        session.flush()
        session.add(CaseMatch(case_id=case.id, match_id=row.id))
        session.flush()
        drafted = MADE - timedelta(days=3 + number)
        notice = Notice(
            id=f"n{number}", case_id=case.id, law="dmca", drafted_at=drafted, drafted_by="C. Ounsel", match_ids=[row.id]
        )
        session.add(notice)
        session.flush()
        begin_life(session, notice)
        if number:
            notice.approved_by, notice.approved_at = "C. Ounsel", MADE - timedelta(days=1)
            notice.approval = [{"seen": True}]
            approved(session, notice)
