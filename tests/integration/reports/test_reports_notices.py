"""Promise 2 at its end: which cases make a notice, which never do, and what the documents hold."""

import io
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

import crawler.health  # noqa: F401  (its tables are named by those of the videos)
from crawler.videos import Capture, Video
from registry.licences import Licence
from registry.mandates import Mandate
from registry.parties import Party
from registry.subjects import Subject
from registry.types import Modality, PartyKind, SubjectKind
from reports.cases import Case
from reports.errors import NotConfirmed, NoticeRefused
from reports.evidence.stills import jpeg
from reports.matches import MatchRow
from reports.notices.base import Block, FairUse, Letter, LetterTerms, Section, Still
from reports.notices.drafts import draft_notice
from reports.notices.enclosures import small_names
from reports.notices.events import Event, add_event
from reports.notices.notice import Notice, notices_of
from reports.notices.publicity import CeaseAndDesist
from reports.notices.stored import letter_of
from reports.notices.writing import write_notice
from reports.render.docx import letter_docx
from reports.render.letter import letter_pdf
from reports.review import Decision, review
from tests.support.cases import open_cases
from tests.support.drawn_clips import scene
from tests.support.looked import picture, seen_everywhere, vault_of
from tests.support.mandated import a_mandate, mandate_all
from tests.support.new_database import new_database

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
CAPTURED = AT - timedelta(days=2)
CONSIDERED = FairUse("R. Iyer", date(2026, 11, 19), "It is neither parody nor comment.")
TEMPLATE = CeaseAndDesist()


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    opened = Session(new_database(tmp_path / "semblance.db"))
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
    yield opened
    opened.close()
    opened.get_bind().engine.dispose()


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
    return draft_notice(session, vault_of(session), case, TEMPLATE, terms or LetterTerms(), "E. Novak", at)


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
    written = write_notice(vault_of(session), notice, tmp_path / "out")
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


def voice_and_face(session: Session, *mandates: Mandate) -> None:
    """Ada's mandates are these and no others."""
    for held in session.exec(select(Mandate).where(Mandate.subject_id == "ada")):
        session.delete(held)
    session.add_all(mandates)
    session.commit()


def a_mandate_for(scope: list[str], territory: list[str], verifier: str) -> Mandate:
    made = a_mandate("ada", "p1")
    made.scope, made.territory, made.verified_by = scope, territory, verifier
    return made


def authority(notice: Notice) -> str:
    (_, holder) = letter_of(notice).sections[0].facts[0]
    return holder


def test_a_mandate_for_another_modality_makes_no_letter(session: Session) -> None:
    case = confirmed_case(session, "m1")
    voice_and_face(session, a_mandate_for(["artwork"], [], "A. Clerk"))
    with pytest.raises(NoticeRefused, match=r"Ada Example now \(face\): no valid mandate covers this modality"):
        draft(session, case)


def test_a_letter_says_which_mandate_covers_what(session: Session) -> None:
    voice_and_face(session, a_mandate_for(["face"], [], "F. Face"), a_mandate_for(["artwork"], [], "D. Drawing"))
    drawn = a_row("m3", "cv1", "ada")
    drawn.modality = Modality.ARTWORK
    session.add(drawn)
    session.flush()
    review(session, "m3", Decision.CONFIRM, "R. Iyer", "drawn after her", AT)
    said = authority(draft(session, confirmed_case(session, "m1")))
    artwork, face = said.split("; mandate")
    assert artwork.startswith("mandate for the artwork: ")
    assert artwork.endswith("taken by D. Drawing")
    assert face.startswith(" for the face: ")
    assert face.endswith("taken by F. Face")


@pytest.mark.parametrize(
    ("terms", "where"),
    [
        (LetterTerms(jurisdiction="California"), "for US"),
        (LetterTerms(jurisdiction="Georgia", territory="us-ga"), "for US"),
        (LetterTerms(jurisdiction="the State of Georgia, USA"), "for US"),
    ],
)
def test_a_letter_within_the_mandates_territory_states_it(session: Session, terms: LetterTerms, where: str) -> None:
    voice_and_face(session, a_mandate_for([], ["US"], "A. Clerk"))
    notice = draft(session, confirmed_case(session, "m1"), terms)
    assert authority(notice).endswith(where)
    assert not [blank for blank in notice.missing if "covers US only" in blank]


@pytest.mark.parametrize(
    "terms", [LetterTerms(jurisdiction="Germany"), LetterTerms(territory="DE"), LetterTerms(jurisdiction="Ontario, Canada")]
)
def test_a_letter_outside_the_mandates_territory_is_refused(session: Session, terms: LetterTerms) -> None:
    voice_and_face(session, a_mandate_for([], ["US"], "A. Clerk"))
    case = confirmed_case(session, "m1")
    with pytest.raises(NoticeRefused, match=r"Ada Example in .*: the mandate covers US only"):
        draft(session, case, terms)


@pytest.mark.parametrize("jurisdiction", ["", "Georgia", "the high seas"])
def test_where_the_letters_place_is_unknown_it_asks_for_it(session: Session, jurisdiction: str) -> None:
    voice_and_face(session, a_mandate_for([], ["US"], "A. Clerk"))
    notice = draft(session, confirmed_case(session, "m1"), LetterTerms(jurisdiction=jurisdiction))
    assert "place whose law applies: the mandate for Ada Example covers US only" in notice.missing


def test_a_letter_names_one_place(session: Session) -> None:
    case = confirmed_case(session, "m1")
    with pytest.raises(NoticeRefused, match="California is US-CA, and not DE"):
        draft(session, case, LetterTerms(jurisdiction="California", territory="DE"))
