"""Promise 9: a party sees its own. Every listing and every id of another party, for the tables of all rooms."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Executable, column, exists, literal_column, table, text, update
from sqlalchemy import select as core_select
from sqlalchemy.orm import Session as AnySession
from sqlalchemy.orm import aliased
from sqlmodel import SQLModel, col, delete, func, select

import monitor.tables  # noqa: F401
from monitor.workspace import Workspace
from registry.accounts import AccessRefused, Caller, Role
from registry.audit import verify_audit
from registry.errors import NotFound
from registry.held_objects import is_needed
from registry.kinds import SubjectKind
from registry.parties import Party, find_party, list_parties
from registry.subjects import Subject, find_subject, list_subjects
from registry.tenancy import MAY_WRITE, RULES, AccountSession
from reports.matches import MatchRow
from tests.support.tenancy.each_database import KINDS, maker
from tests.support.tenancy.two_parties import CLASSES, OWNED, keys_of, others


@pytest.fixture(scope="module", params=KINDS)
def make(request: pytest.FixtureRequest) -> Callable[[Path], None]:
    return maker(request)


def test_every_table_of_every_room_has_a_rule() -> None:
    assert set(CLASSES) == set(SQLModel.metadata.tables) == set(RULES)
    assert set().union(*MAY_WRITE.values()) <= set(OWNED)


@pytest.mark.parametrize("name", sorted(OWNED))
def test_promise_9_no_listing_and_no_id_gives_another_partys_row(place: Workspace, alpha: AccountSession, name: str) -> None:
    table = CLASSES[name]
    foreign = others(place, table)
    assert foreign, f"the test has no row of {name} that is Beta's"
    with place.session() as session:
        own = keys_of(session, table) - foreign
    listed = keys_of(alpha, table)
    assert listed & foreign == set()
    assert listed
    assert listed <= own
    for key in foreign:
        assert alpha.get(table, key if len(key) > 1 else key[0]) is None
    assert alpha.exec(select(func.count()).select_from(table)).one() == len(listed)
    other = aliased(table)
    assert len(alpha.exec(select(other)).all()) == len(listed)
    first = table.__mapper__.primary_key[0]  # type: ignore[attr-defined]
    mapped = getattr(table, table.__mapper__.get_property_by_column(first).key)  # type: ignore[attr-defined]
    assert {key[0] for key in foreign - listed}.isdisjoint(set(alpha.exec(select(mapped))) - {key[0] for key in listed})
    inner = select(mapped).subquery()
    assert len(alpha.exec(select(inner)).all()) == len(listed)
    reached = alpha.exec(select(Party.name).where(exists(select(mapped).where(mapped.in_([key[0] for key in foreign - listed])))))
    unseen = {key[0] for key in foreign} - {key[0] for key in listed}
    assert not unseen or not reached.all() or name in ("case_match", "subject_group_member")
    assert alpha.exec(select(mapped).union_all(select(mapped))).all().__len__() == 2 * len(listed)


@pytest.mark.parametrize("name", sorted(set(OWNED) - {"audit_entry", "custody_entry", "review"}))
def test_promise_9_no_statement_changes_another_partys_row(place: Workspace, alpha: AccountSession, name: str) -> None:
    table = CLASSES[name]
    first = table.__mapper__.primary_key[0]  # type: ignore[attr-defined]
    with pytest.raises(AccessRefused):
        alpha.execute(update(table).values({first.name: "x"}))
    alpha.rollback()
    with place.session() as session:
        before = keys_of(session, table)
    foreign = others(place, table)
    if name in MAY_WRITE[Role.ADMIN]:
        mapped = getattr(table, table.__mapper__.get_property_by_column(first).key)  # type: ignore[attr-defined]
        alpha.execute(delete(table).where(mapped.in_([key[0] for key in foreign])))
        alpha.commit()
    with place.session() as session:
        assert keys_of(session, table) == before


def test_a_join_gives_no_other_partys_row(alpha: AccountSession) -> None:
    joined = select(MatchRow, Subject, Party).join(Subject, col(Subject.id) == MatchRow.subject_id).join(Party)
    assert {party.name for _, _, party in alpha.exec(joined)} == {"Alpha union"}
    crossed = alpha.exec(select(Subject.name, Party.name).where(Subject.name != Party.name))
    assert all(one.startswith("Alpha") and other.startswith("Alpha") for one, other in crossed)


def test_a_table_without_a_rule_gives_nothing(place: Workspace, alpha: AccountSession) -> None:
    everything = "SELECT * FROM alembic_version"
    with place.session() as session:
        assert session.connection().exec_driver_sql(everything).all()
    assert AnySession.connection(alpha).exec_driver_sql(everything).all() == []


def test_bare_sql_is_refused(alpha: AccountSession) -> None:
    with pytest.raises(AccessRefused, match="bare SQL"):
        alpha.execute(text("SELECT * FROM subject"))
    with pytest.raises(AccessRefused, match="bare SQL"):
        alpha.execute(select(SQLModel.metadata.tables["subject"]))
    with pytest.raises(AccessRefused, match="bare connection"):
        alpha.connection()
    assert is_needed(alpha, "0" * 64, private=False)
    with pytest.raises(AccessRefused, match="bare connection"):
        alpha.connection()


PARTIES = SQLModel.metadata.tables["party"]
NAMES = "(SELECT group_concat(name) FROM party)"
BESIDE = {
    "a table's column": select(Subject.name, PARTIES.c.name),
    "a table": select(Subject.name, PARTIES),
    "a table in a condition": select(Subject.name).where(exists(core_select(PARTIES.c.id))),
    "a table in a subquery": select(Subject.name, core_select(PARTIES.c.name).limit(1).scalar_subquery()),
    "the same table in a subquery": select(Party.name, core_select(func.group_concat(PARTIES.c.name)).scalar_subquery()),
    "a table in a common expression": select(Subject.name, core_select(PARTIES.c.name).cte().c.name),
    "a table in a union": core_select(Party.name).union(core_select(PARTIES.c.name)),
    "a table named in text": select(Subject.name, table("party", column("name")).c.name),
    "a column in text": select(Subject.name, literal_column(NAMES)),
    "text": select(Subject.name, text(NAMES)),
    "rows from text": core_select(Party).from_statement(text("SELECT * FROM party")),
    "rows from a table": core_select(Party).from_statement(core_select(PARTIES)),
}


@pytest.mark.parametrize("statement", BESIDE.values(), ids=BESIDE)
def test_promise_9_no_statement_reads_beside_the_mapped_classes(alpha: AccountSession, statement: Executable) -> None:
    with pytest.raises(AccessRefused, match="bare SQL"):
        alpha.execute(statement)


def test_promise_9_nothing_is_written_where_no_rule_and_no_log_sees_it(place: Workspace, alpha: AccountSession) -> None:
    with place.session() as session:
        beta, logged = find_party(session, "Beta union").id, verify_audit(session).entries
    planted = {"id": "planted", "party_id": beta, "name": "Planted", "kind": SubjectKind.PERSON}
    for write in (alpha.bulk_insert_mappings, alpha.bulk_update_mappings):
        with pytest.raises(AccessRefused, match="one by one"):
            write(Subject, [planted])
    with pytest.raises(AccessRefused, match="one by one"):
        alpha.bulk_save_objects([Subject(**planted)])
    with place.session() as session:
        assert session.get(Subject, "planted") is None
        assert verify_audit(session).entries == logged


def test_an_account_sees_its_party_and_all_under_it_as_a_tree(place: Workspace, alpha: AccountSession) -> None:
    assert [(placed.party.name, placed.depth) for placed in list_parties(alpha)] == [("Alpha union", 0), ("Alpha local", 1)]
    with place.session() as session:
        local = find_party(session, "Alpha local").id
    with AccountSession(place.engine, Caller("x", "x", Role.ADMIN, local)) as below:
        assert [placed.party.name for placed in list_parties(below)] == ["Alpha local"]
        assert list_subjects(below) == []
    with AccountSession(place.engine, Caller("x", "x", Role.AUDITOR, None)) as everywhere:
        assert len(list_parties(everywhere)) == 4


def test_what_is_not_there_and_what_is_anothers_are_told_alike(alpha: AccountSession, place: Workspace) -> None:
    with place.session() as session:
        person = find_subject(session, "Beta person").id
    with pytest.raises(NotFound) as foreign:
        find_subject(alpha, person)
    with pytest.raises(NotFound) as absent:
        find_subject(alpha, "0" * 32)
    assert str(foreign.value).replace(person, "") == str(absent.value).replace("0" * 32, "")
