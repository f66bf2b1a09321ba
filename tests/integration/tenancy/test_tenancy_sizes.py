"""How much of a database is looked through for an account's page: as much as the account has, whatever others have."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlmodel import Session

from monitor.workspace import Workspace, init_workspace, open_workspace
from registry.accounts import Caller, Role, add_account
from registry.kinds import PartyKind, SubjectKind
from registry.paging import Part
from registry.parties import Party, add_party
from registry.references import listed_subjects
from registry.subjects import Subject
from registry.tenancy import AccountSession, plan
from registry.tenancy.connection import wall_of

OTHERS = 3000


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    init_workspace(tmp_path / "work")
    with open_workspace(tmp_path / "work") as workspace:
        yield workspace


def enter(session: Session, party: Party, count: int) -> None:
    named = (f"{party.name} {number}" for number in range(count))
    session.add_all(Subject(party_id=party.id, name=name, kind=SubjectKind.PERSON) for name in named)


def steps(session: AccountSession, ask: Callable[[], object]) -> int:
    """How many steps SQLite's machine takes for it, in hundreds."""
    wall = wall_of(Session.connection(session).connection.dbapi_connection)
    assert wall is not None
    taken: list[None] = []
    real = wall._real  # type: ignore[attr-defined]
    real.set_progress_handler(lambda: taken.append(None), 100)
    try:
        ask()
    finally:
        real.set_progress_handler(None, 0)
    return len(taken)


def page_steps(workspace: Workspace, caller: Caller) -> int:
    with AccountSession(workspace.engine, caller) as session:
        page = list(listed_subjects(session, Part(limit=10, counted_to=10)).rows)
        assert len(page) == 10
        return steps(session, lambda: list(listed_subjects(session, Part(limit=10, counted_to=10)).rows))


def a_clerk(workspace: Workspace, name: str, count: int) -> Caller:
    with workspace.session() as session:
        party = add_party(session, name, PartyKind.UNION)
        enter(session, party, count)
        row = add_account(session, f"{name} clerk", Role.ADMIN, "a sentence of several words", party)
        session.commit()
        return Caller(row.id, row.name, row.role, row.party_id)


def test_a_small_partys_page_takes_no_more_for_what_another_has(workspace: Workspace) -> None:
    small = a_clerk(workspace, "Small", 30)
    alone = page_steps(workspace, small)
    a_clerk(workspace, "Large", OTHERS)
    # Where a hundred begins is by chance: one more or less says nothing.
    assert alone - 2 < page_steps(workspace, small) < 1.2 * alone + 10


def test_a_large_partys_page_is_not_all_that_it_has(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    first = page_steps(workspace, a_clerk(workspace, "Large", OTHERS))
    monkeypatch.setattr(plan, "MANY", OTHERS)
    sorted_ones = page_steps(workspace, a_clerk(workspace, "Other", OTHERS))
    assert 2 * first < sorted_ones
