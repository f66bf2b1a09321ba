"""An approved letter stays as it was, and is approved only while what it says holds: over a real network."""

from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from registry.db import now
from registry.subjects import rename_subject
from reports.errors import NotConfirmed, NoticeRefused
from reports.notices.approval import approve_notice
from reports.notices.events import Event, add_event
from reports.notices.notice import Notice
from reports.review import Decision
from tests.support.letters_desk import LettersDesk, docx_text
from tests.support.pdf_text import text_of as pdf_text


def test_a_draft_of_an_earlier_version_rests_on_no_look_and_is_not_approved(desk: LettersDesk) -> None:
    notice = desk.draft().notice
    change(desk, notice, stated={})
    with pytest.raises(NoticeRefused, match="rests on no look"):
        desk.approve(notice)


def test_an_approved_letter_is_dated_signed_nowhere_and_no_draft(desk: LettersDesk, tmp_path: Path) -> None:
    made = desk.draft()
    assert "DRAFT" in docx_text(made.written.docx)
    notice, written = desk.approve(made.notice)
    docx, pdf = Path(written.docx), Path(written.pdf)
    assert (notice.state, notice.approved_by, notice.missing) == ("approved", "S. Igner", [])
    assert [look["there"] for look in notice.approval] == [True, True]
    text = docx_text(docx)
    assert "DRAFT" not in text
    assert "was seen again at" in text
    assert "Signature: ____" in text
    assert "DRAFT" in pdf_text(made.written.pdf.read_bytes(), tmp_path)
    printed = pdf_text(pdf.read_bytes(), tmp_path)
    assert "draft for review" not in printed.lower()
    assert "Annex: stills" in printed
    assert docx != made.written.docx
    assert Path(written.enclosures) == made.written.enclosures
    with pytest.raises(NoticeRefused, match="approved, and not a draft"):
        desk.approve(notice)


def test_approval_after_removal_is_refused(desk: LettersDesk) -> None:
    notice = desk.draft().notice
    kept = desk.site.routes.pop("/media/clip.mp4")
    with pytest.raises(NoticeRefused, match=r"was not seen now.*it was gone"):
        desk.approve(notice)
    assert desk.notices()[0].state == "draft"
    desk.site.routes["/media/clip.mp4"] = kept
    assert desk.approve(notice)[0].state == "approved"


def test_approval_after_a_stated_page_went_is_refused(desk: LettersDesk) -> None:
    notice = desk.draft().notice
    desk.site.page("/post", "<h1>A post</h1><p>The video was taken down.</p>")
    with pytest.raises(NoticeRefused, match=r"/post: when looked at on .*, gone: .*does not show the video any more"):
        desk.approve(notice)


def test_approval_after_a_second_look_of_a_person_is_refused(desk: LettersDesk) -> None:
    notice = desk.draft().notice
    desk.decide(notice.match_ids[0], Decision.REOPEN, "not sure")
    with pytest.raises(NotConfirmed):
        desk.approve(notice)
    desk.decide(notice.match_ids[0], Decision.CONFIRM, "sure now", by="E. Lse")
    with pytest.raises(NoticeRefused, match="decided on again since"):
        desk.approve(notice)


def test_approval_after_the_subject_got_another_name_is_refused(desk: LettersDesk) -> None:
    notice = desk.draft().notice
    with desk.workspace.session() as session:
        rename_subject(session, desk.subject(session), "Mossy")
        session.commit()
    with pytest.raises(NoticeRefused, match="Mascot is called Mossy now"):
        desk.approve(notice)


def change(desk: LettersDesk, notice: Notice, **values: object) -> None:
    with desk.workspace.session() as session:
        held = session.get_one(Notice, notice.id)
        held.sqlmodel_update(values)
        session.add(held)
        session.commit()


def test_the_database_keeps_an_approved_letter_as_it_is(desk: LettersDesk) -> None:
    notice, _ = desk.approve(desk.draft().notice)
    for values in ({"letter": {}}, {"approved_by": "Somebody"}, {"match_ids": []}, {"approved_at": now()}):
        with pytest.raises(IntegrityError, match="approved letter is not changed"):
            change(desk, notice, **values)
    with pytest.raises(IntegrityError, match="no draft again"):
        change(desk, notice, state="draft")
    expire(desk, notice)


def test_the_database_approves_only_drafts_by_somebody_on_looks(desk: LettersDesk) -> None:
    notice = desk.draft().notice
    # Two guards keep the state, and SQLite does not say which of them speaks first.
    kept = "only a draft is approved|the state of a notice is its last event"
    with pytest.raises(IntegrityError, match=kept):
        change(desk, notice, state="approved")
    with pytest.raises(IntegrityError, match=kept):
        change(desk, notice, state="approved", approved_by="S. Igner", approved_at=now())
    with pytest.raises(IntegrityError, match="only a draft is approved"), desk.workspace.session() as session:
        add_event(session, session.get_one(Notice, notice.id), Event.APPROVED, "S. Igner", now())
    expire(desk, notice)
    with pytest.raises(IntegrityError, match=kept):
        change(desk, notice, state="approved", approved_by="S. Igner", approved_at=now(), approval=[{"url": "u"}])
    with pytest.raises(IntegrityError, match="begins as a draft"):
        change_new(desk, notice)


def expire(desk: LettersDesk, notice: Notice) -> None:
    with desk.workspace.session() as session:
        add_event(session, session.get_one(Notice, notice.id), Event.EXPIRED, "S. Igner", now())
        session.commit()


def change_new(desk: LettersDesk, notice: Notice) -> None:
    with desk.workspace.session() as session:
        session.add(Notice(case_id=notice.case_id, law="publicity", state="approved", drafted_at=now(), drafted_by="x"))
        session.commit()


def test_of_two_who_approve_one_draft_at_once_the_second_is_told_of_the_first(desk: LettersDesk) -> None:
    made = desk.draft()
    with desk.workspace.session() as late:
        held = late.get_one(Notice, made.notice.id)
        assert held.state == "draft"
        desk.approve(made.notice, "S. Igner")
        with pytest.raises(NoticeRefused, match=r"is approved, and not a draft: S\. Igner approved it"):
            approve_notice(late, held, "E. Novak", now())
    assert [notice.approved_by for notice in desk.notices()] == ["S. Igner"]
