"""Which mandate a letter rests on: for what, and where."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import Session, select

import crawler.health  # noqa: F401  (its tables are named by those of the videos)
from registry.mandates import Mandate
from registry.types import Modality
from reports.errors import NoticeRefused
from reports.notices.base import LetterTerms
from reports.notices.notice import Notice
from reports.notices.stored import letter_of
from reports.review import Decision, review
from tests.support.drafted_notices import AT, a_row, confirmed_case, draft, stock
from tests.support.mandated import a_mandate
from tests.support.new_database import new_database


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with Session(new_database(tmp_path / "semblance.db")) as opened:
        stock(opened)
        yield opened
    opened.get_bind().engine.dispose()


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
