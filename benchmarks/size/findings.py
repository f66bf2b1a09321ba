"""What was found in the videos: matches, decisions about them, cases, and that every capture was looked at."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from benchmarks.size.rows import Union, put
from crawler.videos import Capture
from monitor.recognisers import build_recognisers, recogniser_spec
from monitor.runs.gallery import eligible, wanted_templates
from monitor.workspace import Workspace
from registry.kinds import Modality
from registry.subjects import Subject
from reports.cases import renew_cases
from reports.families.rows import ComparedFootage
from reports.looked_for import note_looked_for
from reports.matches import MatchRow, MatchStatus, Scan, content_id, id_of_match
from reports.review import Decision, Review
from reports.second_review import SecondReview

DECIDED = {1: Decision.CONFIRM, 3: Decision.REJECT, 6: Decision.CONFIRM, 8: Decision.REJECT}
"""By the last digit of a match's number: two of ten confirmed, two rejected, the rest wait or are licensed."""
STATUS = {Decision.CONFIRM: MatchStatus.CONFIRMED, Decision.REJECT: MatchStatus.REJECTED}


DRAWN = 5
"""Of so many decisions one is drawn for a second review; every second of these was given, and every fifth of those differs."""


def make_matches(session: Session, made: Union) -> None:
    captures = session.exec(select(Capture.id, Capture.captured_at).order_by(col(Capture.final_url))).all()
    rows = [_match(made, captures, number) for number in range(made.matches)]
    put(session, MatchRow, (row.model_dump() for row in rows))
    decided = [(row, DECIDED[n % 10]) for n, row in enumerate(rows) if n % 10 in DECIDED]
    about = {
        "reviewer": "R. Iyer",
        "reason": "Same face as on the photo of the member's file",
        "follows": None,
        "joined_at": None,
    }
    put(session, Review, (_review(row, said, n % DRAWN == 0) | about for n, (row, said) in enumerate(decided)))
    _make_second_reviews(session, made)
    _note_compared(session, made)
    for decision, status in STATUS.items():
        own = select(Review.match_id).where(Review.decision == decision)
        session.execute(update(MatchRow).where(col(MatchRow.id).in_(own)).values(status=status))
    renew_cases(session)


def _review(row: MatchRow, said: Decision, drawn: bool) -> dict[str, Any]:
    return {"match_id": row.id, "decision": said, "at": row.found_at + timedelta(minutes=9), "drawn": drawn}


def _make_second_reviews(session: Session, made: Union) -> None:
    drawn = session.exec(select(Review).where(col(Review.drawn)).order_by(col(Review.id))).all()
    whose = session.exec(select(Subject.party_id).where(Subject.id == made.subjects[0])).one()
    about = {"reviewer": "C. Ounsel", "reason": "As on the photo of the file", "taken_back_at": None, "party_id": whose}
    put(
        session,
        SecondReview,
        (
            {
                "id": content_id("second", row.match_id),
                "match_id": row.match_id,
                "review_id": row.id,
                "decision": Decision.PERMIT if n % 5 == 0 else row.decision,
                "at": row.at + timedelta(days=1),
                **about,
            }
            for n, row in enumerate(drawn[::2])
        ),
    )


def _note_compared(session: Session, made: Union) -> None:
    """Drawn bytes are no video: nothing of them could be compared."""
    query = select(Capture.media_sha256, MatchRow.subject_id).join(MatchRow, col(MatchRow.capture_id) == Capture.id).distinct()
    rows = session.exec(query).all()
    put(session, ComparedFootage, ({"media_sha256": sha256, "subject_id": who, "at": made.at} for sha256, who in rows))


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


def make_looks(workspace: Workspace, session: Session, made: Union) -> None:
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
    put(session, Scan, (row.model_dump() for row in scans))
