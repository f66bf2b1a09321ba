"""Promise 9 where rows join several parties: an account lists none, writes none, and is told of its own alone."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlmodel import SQLModel, select

from monitor.workspace import Workspace
from registry.accounts import AccessRefused
from registry.identities import SharedIdentity, held_elsewhere
from registry.subjects import find_subject
from registry.tenancy import MAY_WRITE, AccountSession
from tests.support.tenancy.clerk import Clerk, clerk
from tests.support.tenancy.each_database import KINDS, maker
from tests.support.tenancy.two_parties import JOINED

__all__ = ["clerk"]


@pytest.fixture(scope="module", params=KINDS)
def make(request: pytest.FixtureRequest) -> Callable[[Path], None]:
    return maker(request)


@pytest.mark.parametrize("name", sorted(JOINED))
def test_promise_9_an_account_reads_and_writes_nothing_that_joins_parties(
    place: Workspace, alpha: AccountSession, name: str
) -> None:
    table: type[SQLModel] = JOINED[name]
    with place.session() as session:
        rows = session.exec(select(table)).all()
        assert rows
        copies = [row.model_dump() for row in rows]
    assert alpha.exec(select(table)).all() == []
    assert all(name not in tables for tables in MAY_WRITE.values())
    key = next(iter(table.__mapper__.primary_key)).name  # type: ignore[attr-defined]
    alpha.add(table(**{**copies[0], key: "new"}))
    with pytest.raises(AccessRefused, match="may not write"):
        alpha.flush()


def test_promise_9_an_account_is_told_of_its_own_subject_and_of_nothing_else(
    place: Workspace, alpha: AccountSession, clerk: Clerk
) -> None:
    (held,) = held_elsewhere(alpha)
    assert held.subject_id == find_subject(alpha, "Alpha person").id
    assert held.own_id is None
    code, told = clerk.run("identity", "list", "--json")
    assert code == 0
    (row,) = json.loads(told)
    assert {key: value for key, value in row.items() if key != "since"} == {
        "subject": "Alpha person",
        "held_by": "another party",
        "subject_id": held.subject_id,
    }
    with place.session() as session:
        identity = session.exec(select(SharedIdentity)).one().id
    for command in (["show", identity], ["decide", identity, "two-people", "--by", "me", "--reason", "because"]):
        code, told = clerk.run("identity", *command)
        assert (code, "for whoever runs this machine" in told) == (2, True)
        assert "Beta" not in told
