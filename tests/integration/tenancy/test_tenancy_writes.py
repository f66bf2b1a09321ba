"""What an account writes is its party's, within its role, and in its own name."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlmodel import Session, SQLModel

from crawler import health
from crawler.types import SourceKind
from monitor.workspace import Workspace
from registry.accounts import AccessRefused, Account, Role, add_account
from registry.audit import Actor, acting, verify_audit
from registry.db import now
from registry.errors import Conflict
from registry.licences import Licence, add_licence
from registry.mandates import Mandate
from registry.parties import Party, add_party, find_party
from registry.subjects import Subject, add_subject, find_subject
from registry.tenancy import AccountSession
from registry.types import PartyKind, SubjectKind
from reports.matches import apply_licences
from reports.review import Decision, review
from tests.support.audit_log import list_entries
from tests.support.tenancy.each_database import KINDS, maker
from tests.support.tenancy.two_parties import AT, PASSWORD, caller


@pytest.fixture(scope="module", params=KINDS)
def make(request: pytest.FixtureRequest) -> Callable[[Path], None]:
    return maker(request)


def test_what_is_written_belongs_to_the_account(place: Workspace, alpha: AccountSession) -> None:
    with place.session() as session:
        beta, person = find_party(session, "Beta union").id, find_subject(session, "Beta person").id
    own = find_party(alpha, "Alpha union")
    below = add_party(alpha, "Alpha branch", PartyKind.PERFORMER, parent=own)
    assert add_subject(alpha, below, "Alpha newcomer", SubjectKind.PERSON).party_id == below.id
    alpha.rollback()
    intruders: list[SQLModel] = [
        Party(name="Gamma", kind=PartyKind.UNION),
        Party(name="Gamma", kind=PartyKind.UNION, parent_id=beta),
        Subject(party_id=beta, name="Planted", kind=SubjectKind.PERSON),
        Licence(subject_id=person, licensee="Self", territory=[], starts_at=AT),
        Mandate(party_id=own.id, subject_id=person, document_sha256="0", verified_by="R", starts_at=AT),
        Account(party_id=beta, name="Spy", role=Role.ADMIN, password_hash=""),
        Account(party_id=None, name="Spy", role=Role.ADMIN, password_hash=""),
        health.SourceRow(name="Planted", kind=SourceKind.FEED, url="https://example.org"),
    ]
    for intruder in intruders:
        with pytest.raises(AccessRefused):
            write(alpha, intruder)
        alpha.rollback()
    with pytest.raises(Conflict, match="already"):
        add_party(alpha, "Beta union", PartyKind.UNION, parent=find_party(alpha, "Alpha union"))
    alpha.rollback()
    moved = find_party(alpha, "Alpha local")
    moved.parent_id = beta
    with pytest.raises(AccessRefused):
        write(alpha, moved)
    alpha.rollback()
    given = find_subject(alpha, "Alpha seal")
    given.party_id = beta
    with pytest.raises(AccessRefused):
        write(alpha, given)


def write(session: Session, row: SQLModel) -> None:
    session.add(row)
    session.flush()


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (Role.ADMIN, {"party", "subject", "licence", "review", "account"}),
        (Role.REGISTRAR, {"subject", "licence"}),
        (Role.REVIEWER, {"review"}),
        (Role.AUDITOR, set()),
    ],
)
def test_a_role_writes_what_it_is_for(place: Workspace, role: Role, may: set[str]) -> None:
    def attempt(what: str, session: Session) -> None:
        party, person = find_party(session, "Alpha union"), find_subject(session, "Alpha person")
        if what == "party":
            add_party(session, "Alpha new", PartyKind.PERFORMER, parent=party)
        elif what == "subject":
            add_subject(session, party, "Alpha new", SubjectKind.PERSON)
        elif what == "licence":
            add_licence(session, person, "Fan", AT)
            apply_licences(session, now())
        elif what == "review":
            review(session, "Alpha match", Decision.REOPEN, "Alpha clerk", "look again", now())
        else:
            add_account(session, "Alpha new", Role.ADMIN, PASSWORD, party)

    for what in ("party", "subject", "licence", "review", "account"):
        with AccountSession(place.engine, caller(place, role)) as session:
            if what in may:
                attempt(what, session)
            else:
                with pytest.raises(AccessRefused, match="may not write"):
                    attempt(what, session)
            session.rollback()


def test_an_account_writes_in_its_own_name(place: Workspace, alpha: AccountSession) -> None:
    with acting(Actor("somebody else", "the page of licences")):
        add_licence(alpha, find_subject(alpha, "Alpha person"), "Fan", AT, host="fan.example")
        alpha.commit()
    entry = list_entries(alpha, table="licence")[-1]
    assert (entry.who, entry.why, entry.party_id) == ("Alpha clerk", "the page of licences", alpha.caller.party_id)
    own = {find_party(alpha, name).id for name in ("Alpha union", "Alpha local")}
    assert {entry.concerns for entry in list_entries(alpha, last=10_000)} == own
    with place.session() as session:
        assert find_party(session, "Beta union").id in {entry.concerns for entry in list_entries(session, last=10_000)}
    verdict = verify_audit(alpha)
    assert verdict.ok
    assert verdict.entries == len(list_entries(alpha, last=10_000)), "how many entries others have is not told"
