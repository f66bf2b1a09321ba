"""A letter's draft and its approval say that another party claims the same right, and not which."""

from pathlib import Path

from monitor.letters import draft_letters
from registry.db import now
from registry.identities import SharedIdentity
from registry.kinds import PartyKind, SubjectKind
from registry.mandates import Terms, add_mandate
from registry.parties import add_party
from registry.subjects import add_subject
from reports.character_claims import CONTESTED
from reports.notices.publicity import CeaseAndDesist
from reports.notices.rivals import rival_claims
from tests.support.letters_desk import FULL, LettersDesk
from tests.support.watched_site import BEGIN


def rival(desk: LettersDesk, territory: tuple[str, ...]) -> None:
    with desk.workspace.session() as session:
        party = add_party(session, f"Rival of {territory}", PartyKind.STUDIO)
        subject = add_subject(session, party, "Their Mascot", SubjectKind.CHARACTER)
        terms = Terms(territory=territory)
        add_mandate(session, desk.workspace.vault, subject, b"signed", verified_by="R. Reader", starts_at=BEGIN, terms=terms)
        one, other = sorted((subject.id, desk.subject_id))
        pair = SharedIdentity(one_id=one, other_id=other, one_reference="1", other_reference="2", encoder="enc", likeness=0.9)
        pair.found_at = pair.standing_from = now()
        session.add(pair)
        session.commit()


def test_a_draft_warns_where_another_party_may_act_in_the_letters_place(desk: LettersDesk) -> None:
    assert desk.draft().warnings == ()
    rival(desk, ("GB",))
    assert desk.draft().warnings == ()  # the letter is for California
    rival(desk, ("US",))
    drafted = desk.draft()
    assert drafted.warnings == (f"Mascot: {CONTESTED}.",)
    assert "Rival" not in str(drafted.warnings)
    desk.approve(drafted.notice)
    with desk.workspace.session() as session:
        session.add(drafted.notice)
        assert rival_claims(session, drafted.notice, now()) == [f"Mascot: {CONTESTED}."]


def test_letters_about_all_cases_warn_as_well(desk: LettersDesk) -> None:
    rival(desk, ())
    with desk.workspace.session() as session:
        (made,) = draft_letters(desk.workspace, session, CeaseAndDesist(), FULL, "D. Rafter", desk.out)
    assert (made.what, made.warnings) == ("", [f"Mascot: {CONTESTED}."])
    assert [Path(place).suffix for place in made.documents] == [".docx", ".pdf"]
