"""Which law a letter cites follows what is on record of the person, and what whoever drafts says of the use; it stays so until
it goes out."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from monitor.cli.main import app
from registry.db import now
from registry.lives import note_life
from registry.mandates import add_mandate
from registry.parties import Party
from registry.subjects import add_subject, find_subject
from registry.types import Life, SubjectKind, Use
from reports.errors import NoticeRefused
from reports.notices.lines import notice_view
from reports.notices.notice import Notice
from reports.notices.stored import letter_of
from reports.notices.warned import ground_warnings
from tests.support.console import served
from tests.support.letters_desk import FULL, Furnish, LettersDesk, docx_text


def of_a_person(desk: LettersDesk) -> None:
    """A confirmed use of a person of whose life nothing is on record."""
    with desk.workspace.session() as session:
        party = session.get_one(Party, find_subject(session, "Mascot").party_id)
        person = add_subject(session, party, "Ada Example", SubjectKind.PERSON)
        document, starts = b"I authorise the studio to act for me. " * 4, datetime(2026, 1, 1, tzinfo=UTC)
        add_mandate(session, desk.workspace.vault, person, document, verified_by="R. Reader", starts_at=starts)
        session.commit()
        desk.subject_id = person.id
    desk.post("/first")
    desk.decide(desk.capture())


@pytest.fixture(scope="module")
def beginning() -> Furnish:
    return of_a_person


def lives(desk: LettersDesk, life: Life, died_on: date | None = None, domicile: str = "") -> None:
    with desk.workspace.session() as session:
        note_life(session, desk.subject(session), life, died_on, domicile, now().date())
        session.commit()


COMMERCIAL = replace(FULL, use=Use.COMMERCIAL)


def test_a_letter_about_somebody_of_whom_it_is_not_known_asks_and_is_not_approved(desk: LettersDesk) -> None:
    notice = desk.draft(COMMERCIAL).notice
    assert "whether the person is living or deceased: Ada Example" in notice.missing
    with pytest.raises(NoticeRefused, match="whether the person is living or deceased: Ada Example"):
        desk.approve(notice)


def test_the_letter_about_the_living_goes_out_with_their_statute_alone(desk: LettersDesk) -> None:
    lives(desk, Life.LIVING)
    approved, written = desk.approve(desk.draft(COMMERCIAL).notice)
    text = docx_text(Path(written.docx))
    assert "Cal. Civ. Code § 3344 " in text
    assert "3344.1" not in text
    assert "to be completed" not in text
    assert approved.stated["use"] == "commercial"
    assert [ground["id"] for ground in approved.stated["grounds"]] == ["cal_3344", "lanham_43a"]
    assert approved.stated["grounds"][0]["status"] == "in force"


def test_a_draft_about_somebody_who_died_meanwhile_is_not_approved(desk: LettersDesk) -> None:
    lives(desk, Life.LIVING)
    notice = desk.draft(COMMERCIAL).notice
    lives(desk, Life.DECEASED, date(2026, 10, 1))
    with pytest.raises(NoticeRefused, match="deceased on 2026-10-01; it was: living"):
        desk.approve(notice)


def test_who_drafts_is_told_why_the_law_of_the_place_is_not_cited(desk: LettersDesk) -> None:
    lives(desk, Life.DECEASED, domicile="US-CA")
    made = desk.draft(replace(COMMERCIAL, jurisdiction="New York"))
    assert any("domiciled in New York" in left for left in letter_of(made.notice).left)
    with desk.workspace.session() as session:
        assert notice_view(session, made.notice.id).left == list(letter_of(made.notice).left)
    with served(desk.workspace) as console:
        page = console.ask("GET", f"/letters/{made.notice.id}", console.cookie(None)).text
    assert "What is not in it, and why" in page
    assert "domiciled in New York" in page
    shown = CliRunner().invoke(app, ["--workspace", str(desk.workspace.root), "notice", "show", made.notice.id])
    assert "domiciled in New York" in " ".join(shown.output.split())
    assert "50-f" not in "".join(str(letter_of(made.notice).sections))


def test_a_ground_that_nobody_checked_for_90_days_warns_by_the_day_of_drafting(desk: LettersDesk) -> None:
    lives(desk, Life.LIVING)
    stated = desk.draft(COMMERCIAL).notice.stated
    early, late = (Notice(case_id="k", law="publicity", drafted_by="x", drafted_at=at, stated=stated) for at in DAYS)
    assert ground_warnings(early) == []
    assert any("§ 3344 was last checked on 2026-11-01" in warning for warning in ground_warnings(late))


DAYS = (datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 2, 1, tzinfo=UTC))


def test_commands_name_the_law_and_list_the_laws(desk: LettersDesk) -> None:
    def typed(*words: str) -> str:
        done = CliRunner().invoke(app, ["--workspace", str(desk.workspace.root), *words])
        assert done.exit_code == 0, done.output
        return done.output

    def refused(*words: str) -> str:
        done = CliRunner().invoke(app, ["--workspace", str(desk.workspace.root), *words])
        assert isinstance(done.exception, NoticeRefused)
        return str(done.exception)

    with desk.workspace.session() as session:
        case = desk.case(session).id
        session.commit()
    lives(desk, Life.DECEASED)
    draft = ("notice", "draft", case, "--by", "C. Ounsel", "--jurisdiction", "California", "--out", str(desk.out))
    assert "protects the living" in refused(*draft, "--law", "cal_3344")
    assert "a bill on the calendar" in refused(*draft, "--law", "no_fakes")
    considered = ("--fair-use-by", "C. Ounsel", "--fair-use-on", "2026-01-05", "--fair-use-reason", "No comment.")
    assert "a bare likeness" in refused(*draft, "--law", "dmca", *considered)
    typed(*draft, "--law", "cal_3344_1", "--use", "expressive")
    (notice,) = desk.notices()
    assert (notice.law, notice.stated["use"]) == ("cal_3344_1", "expressive")
    laws = {line["law"]: line for line in json.loads(typed("notice", "laws", "--json"))}
    assert (laws["no_fakes"]["status"], laws["cal_3344"]["checked_on"]) == ("bill", "2026-11-01")
    said = typed("notice", "laws")
    assert "ny_50_51: Right of privacy of living people, New York." in said
    assert "No letter rests on it: it is written from memory" in said
