"""Promise 8 in this room: what was found of an erased subject goes, other subjects keep theirs, reviews stay."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

import crawler.health  # noqa: F401  (its tables are named by those of the videos)
from crawler.videos import Capture, Video
from registry.allowances import add_allowance
from registry.erase import erase_subject
from registry.parties import Party
from registry.subjects import Subject
from registry.types import Modality, PartyKind, SubjectKind
from reports.cases import Case, CaseMatch
from reports.erasure import erase_matches
from reports.matches import MatchRow
from reports.notices.base import LetterTerms
from reports.notices.drafts import draft_notice
from reports.notices.notice import Notice
from reports.notices.publicity import CeaseAndDesist
from reports.review import Decision, Review, review
from reports.week import Week
from reports.weekly import weekly_report
from tests.support.cases import open_cases
from tests.support.looked import picture, seen_everywhere, vault_of
from tests.support.mandated import mandate_all
from tests.support.new_database import new_database
from tests.support.new_vault import new_vault

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    opened = Session(new_database(tmp_path / "semblance.db"))
    opened.add(Party(id="p1", name="Guild of Players", kind=PartyKind.UNION))
    opened.flush()
    for key, name in (("ada", "Ada Example"), ("bea", "Bea Example")):
        opened.add(Subject(id=key, party_id="p1", name=name, kind=SubjectKind.PERSON))
    opened.add(Video(id="v1", media_url="https://cdn.example/v1.mp4"))
    mandate_all(opened)
    opened.add(a_capture(vault_of(opened).put([picture(1)]).sha256))
    opened.flush()
    for key, subject in (("m1", "ada"), ("m2", "ada"), ("m3", "bea")):
        opened.add(a_row(key, subject))
    opened.commit()
    yield opened
    opened.close()


def a_capture(media_sha256: str) -> Capture:
    named = {
        "media_sha256": media_sha256,
        "manifest_sha256": "0" * 64,
        "media_type": "video/mp4",
        "final_url": "https://cdn.example/v1.mp4",
    }
    return Capture(id="c1", video_id="v1", captured_at=AT, media_size=1, **named)


ALLOWED: dict[str, Any] = {"allowed_by": "J. Doe", "reason": "fan work", "starts_at": AT}


def a_row(key: str, subject: str) -> MatchRow:
    return MatchRow(
        id=key,
        capture_id="c1",
        subject_id=subject,
        reference_id="r",
        modality=Modality.FACE,
        t_start=1,
        t_end=3,
        best_t=2,
        best_x1=1,
        best_y1=1,
        best_x2=9,
        best_y2=9,
        boxes=[[2, 1, 1, 9, 9]],
        score=0.8,
        threshold=0.5,
        margin=0.1,
        expected_false_matches=0.3,
        encoder="e",
        pack="p",
        reasons=["looks like it"],
        found_at=AT,
    )


def test_promise_8_an_erased_subject_leaves_no_match_no_letter_and_no_place_in_a_report(session: Session, tmp_path: Path) -> None:
    for key in ("m1", "m3"):
        review(session, key, Decision.CONFIRM, "R. Iyer", "seen", AT)
    (case,) = open_cases(session)
    looked = AT + timedelta(hours=1)
    seen_everywhere(session, case, looked)
    draft_notice(session, vault_of(session), case, CeaseAndDesist(), LetterTerms(), "E. Novak", looked)
    session.commit()
    vault = new_vault(tmp_path)
    receipt = erase_subject(session, vault, session.get_one(Subject, "ada"), AT, "withdrawn", also=(erase_matches,))
    assert receipt.others == 3
    assert session.get(MatchRow, "m2") is None
    bare = session.get_one(MatchRow, "m1")
    assert (bare.boxes, bare.reasons, bare.best_x2) == ([], [], None)
    assert session.get_one(MatchRow, "m3").boxes == [[2, 1, 1, 9, 9]]
    assert session.exec(select(Notice)).all() == []
    assert [link.match_id for link in session.exec(select(CaseMatch))] == ["m3"]
    assert len(session.exec(select(Review)).all()) == 2
    report = weekly_report(session, vault, Week(2026, 47), AT)
    assert [entry.subject for group in report.groups.values() for entry in group] == ["Bea Example"]


def test_opening_cases_again_brings_no_erased_match_back(session: Session, tmp_path: Path) -> None:
    review(session, "m1", Decision.CONFIRM, "R. Iyer", "seen", AT)
    session.commit()
    erase_subject(session, new_vault(tmp_path), session.get_one(Subject, "ada"), AT, "withdrawn", also=(erase_matches,))
    assert open_cases(session) == session.exec(select(Case)).all() == []


def test_what_was_allowed_of_an_erased_subject_alone_ends(session: Session, tmp_path: Path) -> None:
    ada = session.get_one(Subject, "ada")
    party = session.get_one(Party, ada.party_id)
    own = add_allowance(session, party, subject=ada, uploader="Fan Hub", host="clips.example", **ALLOWED)
    everybodys = add_allowance(session, party, uploader="Press", host="clips.example", **ALLOWED)
    erase_subject(session, new_vault(tmp_path), ada, AT, "withdrawn", also=(erase_matches,))
    assert (own.revoked_at, everybodys.revoked_at) == (AT, None)
