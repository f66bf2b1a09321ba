"""Two captures with a match each, and letters about them."""

from datetime import UTC, datetime, timedelta

from sqlmodel import Session

import crawler.health  # noqa: F401  (its tables are named by those of the videos)
from crawler.videos import Capture, Video
from registry.parties import Party
from registry.subjects import Subject
from registry.types import Modality, PartyKind, SubjectKind
from reports.cases import Case
from reports.matches import MatchRow
from reports.notices.base import LetterTerms
from reports.notices.drafts import draft_notice
from reports.notices.notice import Notice
from reports.notices.publicity import CeaseAndDesist
from reports.review import Decision, review
from tests.support.cases import open_cases
from tests.support.looked import picture, seen_everywhere, vault_of
from tests.support.mandated import mandate_all

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
CAPTURED = AT - timedelta(days=2)
TEMPLATE = CeaseAndDesist()


def stock(opened: Session) -> None:
    """A party with a person and a character, and a match of each in a capture of its own."""
    opened.add(Party(id="p1", name="Guild of Players", kind=PartyKind.UNION, email="legal@guild.example"))
    opened.flush()
    opened.add(Subject(id="ada", party_id="p1", name="Ada Example", kind=SubjectKind.PERSON))
    opened.add(Subject(id="fern", party_id="p1", name="Mossy", kind=SubjectKind.CHARACTER))
    mandate_all(opened)
    for key in ("v1", "v2"):
        opened.add(
            Video(id=key, media_url=f"https://cdn.example/{key}.mp4", page_url=f"https://clips.example/{key}", title="A clip")
        )
    opened.flush()
    for number, key in enumerate(("v1", "v2")):
        opened.add(
            Capture(
                id=f"c{key}",
                video_id=key,
                captured_at=CAPTURED,
                media_sha256=vault_of(opened).put([picture(number)]).sha256,
                media_size=1,
                media_type="image/png",
                final_url=f"https://cdn.example/{key}.mp4",
                manifest_sha256="0" * 64,
            )
        )
    opened.flush()
    for key, capture, subject in (("m1", "cv1", "ada"), ("m2", "cv2", "fern")):
        opened.add(a_row(key, capture, subject))
    opened.commit()


def a_row(key: str, capture: str, subject: str) -> MatchRow:
    where = dict.fromkeys(("best_x1", "best_y1", "best_x2", "best_y2"), 0.0)
    return MatchRow(
        id=key,
        capture_id=capture,
        subject_id=subject,
        reference_id="r",
        modality=Modality.FACE,
        t_start=1,
        t_end=3,
        best_t=2,
        score=0.8,
        threshold=0.5,
        margin=0.1,
        expected_false_matches=0.3,
        encoder="e",
        pack="p",
        found_at=AT,
        **where,
    )


def confirmed_case(session: Session, match: str) -> Case:
    review(session, match, Decision.CONFIRM, "R. Iyer", "seen", AT)
    video = {"m1": "v1", "m2": "v2"}[match]
    case = next(case for case in open_cases(session) if case.video_id == video)
    session.commit()
    return case


def draft(session: Session, case: Case, terms: LetterTerms | None = None, at: datetime = AT) -> Notice:
    seen_everywhere(session, case, at)
    return draft_notice(session, vault_of(session), case, TEMPLATE, terms or LetterTerms(), "E. Novak", at).notice
