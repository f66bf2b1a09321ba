"""Promise 2 at its end: which cases make a notice, which never do, and what the documents hold."""

import io
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

import crawler.health  # noqa: F401  (its tables are named by those of the videos)
from registry.licences import Licence
from registry.mandates import Mandate
from reports.cases import Case
from reports.errors import NotConfirmed, NoticeRefused
from reports.evidence.stills import jpeg
from reports.notices.base import Block, FairUse, Letter, LetterTerms, Section, Still
from reports.notices.drafts import draft_notice
from reports.notices.enclosures import annex, small_names
from reports.notices.events import Event, add_event
from reports.notices.notice import Notice, notices_of
from reports.notices.stored import letter_of
from reports.notices.writing import write_notice
from reports.render.docx import letter_docx
from reports.render.letter import letter_pdf
from reports.review import Decision, review
from tests.support.cases import open_cases
from tests.support.drafted_notices import AT, TEMPLATE, confirmed_case, draft, stock
from tests.support.drawn_clips import scene
from tests.support.looked import vault_of
from tests.support.new_database import new_database

CONSIDERED = FairUse("R. Iyer", date(2026, 11, 19), "It is neither parody nor comment.")


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with Session(new_database(tmp_path / "semblance.db")) as opened:
        stock(opened)
        yield opened
    opened.get_bind().engine.dispose()


def test_a_confirmed_case_makes_a_draft_that_lists_what_is_missing(session: Session) -> None:
    case = confirmed_case(session, "m1")
    notice = draft(session, case)
    assert (notice.state, notice.law, notice.match_ids) == ("draft", "publicity", ["m1"])
    assert "postal address of the sender" in notice.missing
    assert [made.id for made in notices_of(session, case)] == [notice.id]


def test_promise_2_an_unreviewed_match_has_no_case_and_no_notice(session: Session) -> None:
    assert open_cases(session) == []
    case = Case(id="k", video_id="v1", party_id="p1")
    session.add(case)
    session.flush()
    with pytest.raises(NotConfirmed):
        draft_notice(session, vault_of(session), case, TEMPLATE, LetterTerms(), "E. Novak", AT)


@pytest.mark.parametrize("decision", [Decision.REOPEN, Decision.REJECT])
def test_promise_2_a_match_that_is_no_longer_confirmed_makes_no_notice(session: Session, decision: Decision) -> None:
    case = confirmed_case(session, "m1")
    review(session, "m1", decision, "R. Iyer", "second thoughts", AT)
    with pytest.raises(NotConfirmed):
        draft(session, case)
    assert session.exec(select(Notice)).all() == []


def test_promise_2_the_database_refuses_a_notice_without_confirmation(session: Session) -> None:
    case = confirmed_case(session, "m1")
    review(session, "m1", Decision.REOPEN, "R. Iyer", "second thoughts", AT)
    session.commit()
    for case_id in (case.id,):
        session.add(Notice(case_id=case_id, law="publicity", drafted_at=AT, drafted_by="somebody"))
        with pytest.raises(IntegrityError, match="confirmed matches"):
            session.flush()
        session.rollback()


def test_a_notice_expires_after_its_match_was_reopened_and_says_nothing_new(session: Session) -> None:
    notice = draft(session, confirmed_case(session, "m1"))
    review(session, "m1", Decision.REOPEN, "R. Iyer", "second thoughts", AT)
    add_event(session, notice, Event.EXPIRED, "R. Iyer", AT)
    session.commit()
    notice.letter = {}
    session.add(notice)
    with pytest.raises(IntegrityError, match="confirmed matches"):
        session.flush()


def test_promise_2_the_database_refuses_a_notice_of_an_empty_case(session: Session) -> None:
    session.add(Case(id="k", video_id="v1", party_id="p1"))
    session.commit()
    session.add(Notice(case_id="k", law="publicity", drafted_at=AT, drafted_by="somebody"))
    with pytest.raises(IntegrityError, match="confirmed matches"):
        session.flush()


@pytest.mark.parametrize(
    ("considered", "why"),
    [
        (None, "nobody has yet considered"),
        (FairUse("", date(2026, 11, 19), "reason"), "needs a name"),
        (FairUse("R. Iyer", date(2026, 11, 19), "  "), "needs a name and a reason"),
        (FairUse("R. Iyer", date(2026, 11, 21), "reason"), "future"),
    ],
)
def test_promise_2_fair_use_precedes_a_copyright_notice(session: Session, considered: FairUse | None, why: str) -> None:
    case = confirmed_case(session, "m2")
    with pytest.raises(NoticeRefused, match=why):
        draft(session, case, LetterTerms(fair_use=considered))
    notice = draft(session, case, LetterTerms(fair_use=CONSIDERED))
    assert (notice.fair_use_by, notice.fair_use_on) == ("R. Iyer", "2026-11-19")


def test_promise_2_the_database_refuses_a_copyright_notice_without_fair_use(session: Session) -> None:
    case = confirmed_case(session, "m2")
    notice = draft(session, case, LetterTerms(fair_use=CONSIDERED))
    session.commit()
    notice.fair_use_reason = " "
    session.add(notice)
    with pytest.raises(IntegrityError, match="fair-use"):
        session.flush()


def test_promise_3_a_licence_that_came_later_stops_the_notice_until_it_ends(session: Session) -> None:
    case = confirmed_case(session, "m1")
    ends = AT + timedelta(days=2)
    session.add(Licence(subject_id="ada", licensee="Clip House", starts_at=AT - timedelta(days=1), ends_at=ends))
    session.flush()
    with pytest.raises(NoticeRefused, match="Clip House"):
        draft(session, case)
    assert draft(session, case, at=ends).state == "draft"


def test_a_mandate_that_ended_stops_the_notice(session: Session) -> None:
    case = confirmed_case(session, "m1")
    mandate = session.exec(select(Mandate).where(Mandate.subject_id == "ada")).one()
    session.flush()
    assert "basis of the authority to act for Ada Example" not in draft(session, case).missing
    mandate.revoked_at = AT
    session.add(mandate)
    session.flush()
    with pytest.raises(NoticeRefused, match="mandate"):
        draft(session, case)


def test_the_letter_comes_back_from_the_database_as_it_was_written(session: Session) -> None:
    notice = draft(session, confirmed_case(session, "m1"), LetterTerms("California"))
    session.commit()
    session.expire_all()
    letter = letter_of(session.get_one(Notice, notice.id))
    assert isinstance(letter, Letter)
    assert letter.dated == date(2026, 11, 20)
    assert list(letter.missing) == notice.missing


def test_the_docx_is_counsels_to_edit(session: Session, tmp_path: Path) -> None:
    notice = draft(session, confirmed_case(session, "m1"), LetterTerms("California"))
    written = write_notice(notice, tmp_path / "out", annex(vault_of(session), letter_of(notice)))
    document = docx.Document(str(written.docx))
    headings = [p.text for p in document.paragraphs if p.style is not None and p.style.name == "Heading 1"]
    assert headings[0] == "The holder of the rights and its authority"
    assert len(headings) == 10
    assert "DRAFT" in document.sections[0].header.paragraphs[0].text
    texts = [p.text for p in document.paragraphs]
    faithfully = texts.index("Yours faithfully,")
    # Down to the signature's last line all of it stands on one page, with the last that is said above it.
    assert all(p.paragraph_format.keep_with_next for p in document.paragraphs[faithfully - 2 : faithfully + 4])
    with zipfile.ZipFile(written.docx) as package:
        body, numbering = package.read("word/document.xml").decode(), package.read("word/numbering.xml").decode()
        footer = "".join(package.read(name).decode() for name in package.namelist() if "footer" in name)
    assert 'w:highlight w:val="yellow"' in body
    assert "Heading1" in numbering
    assert "NUMPAGES" in footer
    assert written.pdf.read_bytes().startswith(b"%PDF")
    assert written.pdf.name == f"notice-{notice.id[:12]}.pdf"


ANYTHING = st.text(st.characters(exclude_categories=[]), max_size=40)


@settings(max_examples=15, deadline=None)
@given(ANYTHING, ANYTHING)
def test_any_text_makes_both_documents(title: str, uploader: str) -> None:
    block = Block(title, (uploader,), (("Title", title), (uploader, uploader)))
    section = Section("The use", ("It is used.",), facts=(("Title", title),), bullets=(title,), blocks=(block,))
    told = (
        "publicity",
        "Notice",
        "c0ffee",
        AT.date(),
        (uploader,),
        (title,),
        title,
        "Hello",
        (section,),
        ("Yours",),
        ("X",),
        ("Y",),
    )
    still = Still("m", uploader, "ab" * 32, 1, (0, 0, 9, 9), "still-1.png", "00" * 32, "still-1-marked.png", "00" * 32)
    letter, pictures = Letter(*told, stills=(still,)), dict.fromkeys(small_names(still), jpeg(scene(1, 64, 48)))
    assert letter_pdf(letter, AT, pictures, Path(tempfile.gettempdir())).startswith(b"%PDF")
    document = docx.Document(io.BytesIO(letter_docx(letter, AT, pictures)))
    assert len(document.inline_shapes) == 2
