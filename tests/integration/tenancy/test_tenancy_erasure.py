"""An account erases its own, whole, and the receipt tells it nothing of another party that names the same person."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlmodel import select

from monitor.wiring import ERASERS, KEEPERS, SEEKERS
from monitor.workspace import Workspace
from registry.accounts import Role
from registry.db import now
from registry.erase import erase_subject
from registry.kinds import SubjectKind
from registry.parties import find_party
from registry.subjects import add_subject, find_subject
from registry.tenancy import AccountSession
from reports.review import Review
from tests.support.tenancy.each_database import KINDS, maker
from tests.support.tenancy.two_parties import caller


@pytest.fixture(scope="module", params=KINDS)
def make(request: pytest.FixtureRequest) -> Callable[[Path], None]:
    return maker(request)


def test_an_account_erases_what_reviewers_wrote_and_is_told_nothing_of_others(place: Workspace) -> None:
    with place.session() as session:
        add_subject(session, find_party(session, "Beta union"), "Alpha person", SubjectKind.PERSON)
        session.commit()
    with AccountSession(place.engine, caller(place, Role.REGISTRAR)) as alpha:
        person = find_subject(alpha, "Alpha person")
        receipt = erase_subject(alpha, place.vault, person, now(), "asked for", ERASERS, KEEPERS, SEEKERS)
        assert not any("of subject that name" in line for line in receipt.kept)
        assert any("without what they wrote" in line for line in receipt.kept)
    with place.session() as session:
        assert sorted(row.reason for row in session.exec(select(Review))) == ["", "Beta"]
        assert find_subject(session, "Alpha person").party_id == find_party(session, "Beta union").id
