"""PostgreSQL's own wall: what a statement is told that goes round all of the code, as the role of accounts or of their views."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session as AnySession

from monitor.workspace import Workspace, init_workspace, open_workspace
from registry.accounts import AccessRefused, Role
from registry.kinds import PartyKind, SubjectKind
from registry.parties import Party, add_party, find_party
from registry.subjects import Subject, add_subject
from registry.tenancy import AccountSession
from registry.tenancy.connection import wall_of
from registry.tenancy.postgres_plan import ACCOUNT, SEEING
from registry.tenancy.postgres_statements import read_statement
from tests.support.postgres_server import Server
from tests.support.tenancy.two_parties import CLASSES, JOINED, OWNED, caller, furnish, others, share

ROUND = [
    "RESET ROLE",
    "SET ROLE NONE",
    "SELECT set_config('role', 'none', false)",
    "SELECT \"set_config\"('role', 'none', false)",
    "SELECT U&\"set\\005fconfig\"('role', 'none', false)",
    "SELECT pg_catalog.set_config('role', 'none', false)",
    "SELECT pg_catalog . /* so */ set_config ('role', 'none', false)",
    "SELECT query_to_xml('SELECT 1', true, true, '')",
    "SELECT 1; RESET ROLE",
    "SELECT $$a$$",
    "SELECT * FROM pg_stat_user_tables",
    'SELECT * FROM "pg_class"',
    "SELECT * FROM information_schema.tables",
    "SELECT 1 INTO TEMPORARY party",
    "WITH gone AS (DELETE FROM party RETURNING id) SELECT id FROM gone",
    "COPY party TO STDOUT",
    "DO 'BEGIN END'",
    "EXPLAIN SELECT 1",
    "LISTEN x",
    "TABLE party",
    "SELECT pg_sleep(1)",
    "SELECT pg_advisory_lock(1)",
    "SELECT lo_create(0)",
    "SELECT E'\\''",
    "SELECT e'a'",
    "SELECT '\\' ; RESET ROLE --'",
    "SELECT 1 --'\n, set_config('role', 'none', true) --'\n",
    "SELECT 1 /*'*/ , set_config('role', 'none', true) /*'*/",
    "SELECT 1 /*'*/ ; RESET ROLE /*'*/",
    'SELECT 1 /*"*/ ; RESET ROLE /*"*/',
    "SELECT 1 /* /*'*/ */ ; RESET ROLE /*'*/",
    "WITH a AS (SELECT 1) /*'*/, d AS (DELETE FROM public.subject RETURNING id) SELECT id FROM d /*'*/",
    "SELECT $q$'$q$ ; RESET ROLE",
    "SELECT $'$ a $'$",
    "",
]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, postgres_server: Server) -> Iterator[Workspace]:
    root = tmp_path_factory.mktemp("policies") / "work"
    postgres_server.begin(root)
    init_workspace(root)
    with open_workspace(root) as workspace:
        with workspace.session() as session:
            for name in ("Alpha", "Beta"):
                furnish(workspace, session, name)
            share(session)
            session.commit()
        # Whoever comes first raises the walls.
        with AccountSession(workspace.engine, caller(workspace)) as session:
            find_party(session, "Alpha union")
        yield workspace


def become(connection: Connection, place: Workspace, role: str, name: str = "Alpha") -> None:
    """What a session of the clerk's is in its transactions, and nothing of the code that stands before it."""
    who = caller(place, name=name)
    said = {"account": who.account_id, "party": who.party_id}
    given = connection.execute(text("SELECT parties, pass FROM public_seen.pass_of(:account, :party)"), said).mappings().one()
    for key, value in (*said.items(), *given.items()):
        connection.execute(text("SELECT set_config(:key, :value, TRUE)"), {"key": f"semblance.{key}", "value": value})
    connection.exec_driver_sql(f"SET LOCAL ROLE {role}")


def keys(connection: Connection, schema: str, table: str) -> set[tuple[Any, ...]]:
    key = ", ".join(f'"{column.name}"' for column in CLASSES[table].__table__.primary_key)  # type: ignore[attr-defined]
    return {tuple(row) for row in connection.exec_driver_sql(f'SELECT {key} FROM {schema}."{table}"')}


@pytest.mark.parametrize("role", [ACCOUNT, SEEING])
def test_promise_9_a_statement_that_goes_round_the_code_is_told_of_its_own_rows_alone(place: Workspace, role: str) -> None:
    schemas = ("public_seen", "public_whole") if role == ACCOUNT else ("public",)
    for table in sorted({*OWNED, *JOINED} - {"audit_entry", "custody_entry", "sign_in"}):
        theirs = others(place, CLASSES[table])
        with place.engine.connect() as connection:
            everything = keys(connection, "public", table)
            become(connection, place, role)
            for schema in schemas:
                told = keys(connection, schema, table)
                assert not told & theirs, table
                if schema == "public_whole":
                    assert not told, table
                elif table in OWNED and everything - theirs:
                    assert told, table


def test_the_tables_themselves_are_shut_to_accounts_and_nothing_is_written_there(place: Workspace) -> None:
    forms = ('SELECT * FROM public."{0}"', 'DELETE FROM public."{0}"', 'TRUNCATE public."{0}"')
    statements = [form.format(table) for table in sorted(CLASSES) for form in forms]
    for statement in (*statements, "SELECT key FROM public_seen.pass_key"):
        with place.engine.connect() as connection:
            become(connection, place, ACCOUNT)
            with pytest.raises(ProgrammingError, match="permission denied"):
                connection.exec_driver_sql(statement)


@pytest.mark.parametrize("schema", ["public_seen", "public_whole"])
def test_settings_that_name_another_account_count_for_nothing_without_its_pass(place: Workspace, schema: str) -> None:
    for party in (caller(place, name="Beta").party_id, "*"):
        with place.engine.connect() as connection:
            become(connection, place, ACCOUNT)
            connection.execute(text("SELECT set_config('semblance.party', :party, TRUE)"), {"party": party})
            connection.execute(text("SELECT set_config('semblance.parties', :party, TRUE)"), {"party": party})
            for table in sorted(OWNED):
                assert connection.exec_driver_sql(f'SELECT count(*) FROM {schema}."{table}"').scalar_one() == 0, table


def test_each_wall_holds_while_the_other_is_down(place: Workspace) -> None:
    with place.engine.connect() as connection:
        names = "SELECT name FROM public_seen.subject"
        connection.exec_driver_sql('ALTER TABLE "subject" DISABLE ROW LEVEL SECURITY')
        become(connection, place, ACCOUNT)
        assert {name.split()[0] for name in connection.exec_driver_sql(names).scalars()} == {"Alpha"}
        connection.rollback()
        connection.exec_driver_sql(f'CREATE VIEW bare AS SELECT * FROM "subject"; ALTER VIEW bare OWNER TO {SEEING}')
        connection.exec_driver_sql(f"GRANT SELECT ON bare TO {ACCOUNT}; GRANT USAGE ON SCHEMA public TO {ACCOUNT}")
        become(connection, place, ACCOUNT)
        assert {name.split()[0] for name in connection.exec_driver_sql("SELECT name FROM bare").scalars()} == {"Alpha"}
        connection.rollback()


def test_a_party_that_an_account_adds_is_its_own_in_the_same_transaction(place: Workspace) -> None:
    with AccountSession(place.engine, caller(place)) as session:
        branch = add_party(session, "Alpha branch", PartyKind.UNION, parent=find_party(session, "Alpha union"))
        added = add_subject(session, branch, "Ada Abara", SubjectKind.PERSON)
        assert session.get(Subject, added.id) is not None
        session.rollback()
        assert session.get(Party, branch.id) is None


def test_what_is_no_partys_own_is_shown_to_whoever_has_a_pass_and_searched_by_its_index(place: Workspace) -> None:
    with place.engine.connect() as connection:
        become(connection, place, ACCOUNT)
        assert connection.exec_driver_sql("SELECT count(*) FROM public_seen.video").scalar_one() > 0
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        asked = "EXPLAIN SELECT id FROM public_seen.video WHERE lower(said) LIKE '%%rooftop%%'"
        assert "ix_video_said_parts" in "".join(connection.exec_driver_sql(asked).scalars())
        connection.execute(text("SELECT set_config('semblance.account', 'somebody', TRUE)"))
        for table in ("video", "sighting", "capture"):
            assert connection.exec_driver_sql(f"SELECT count(*) FROM public_seen.{table}").scalar_one() == 0


def test_the_machines_owner_passes_both(place: Workspace) -> None:
    with place.engine.connect() as connection:
        found = connection.exec_driver_sql('SELECT name FROM "subject"').scalars().all()
    assert {name.split()[0] for name in found} == {"Alpha", "Beta"}


@pytest.mark.parametrize("statement", ROUND)
def test_what_would_change_who_asks_or_reaches_past_the_rows_is_not_sent(statement: str) -> None:
    with pytest.raises(AccessRefused):
        read_statement(statement)


def test_a_session_stays_the_accounts_whatever_fails_or_is_taken_back(place: Workspace) -> None:
    with AccountSession(place.engine, caller(place, Role.ADMIN)) as session:
        connection = AnySession.connection(session)
        for broken in ("SELECT no_such FROM party", "INSERT INTO party (id) VALUES ('x')", "UPDATE party SET name = NULL"):
            within = connection.begin_nested()
            with pytest.raises(Exception, match=r"no_such|party|null"):
                connection.exec_driver_sql(broken)
            within.rollback()
            assert connection.exec_driver_sql("SELECT current_user").scalar_one() == ACCOUNT
            found = connection.exec_driver_sql("SELECT name FROM subject").scalars().all()
            assert {name.split()[0] for name in found} == {"Alpha"}
        session.rollback()


def test_one_statement_is_sent_at_a_time_and_nothing_lasts_that_another_role_did(place: Workspace) -> None:
    with AccountSession(place.engine, caller(place)) as session:
        wall = wall_of(AnySession.connection(session).connection.dbapi_connection)
        # The driver's own cursor: as if the reading of statements had let all of them through.
        with pytest.raises(psycopg.errors.SyntaxError, match="multiple commands"):
            wall.execute_one(wall.cursor(), "SELECT 1; RESET ROLE", (), many=False)
        session.rollback()
        cursor = wall_of(AnySession.connection(session).connection.dbapi_connection).cursor()
        cursor.execute("RESET ROLE")
        cursor.execute("UPDATE public.subject SET name = 'Taken'")
        with pytest.raises(AccessRefused):
            session.commit()
    with place.engine.connect() as connection:
        assert "Taken" not in connection.exec_driver_sql('SELECT name FROM "subject"').scalars().all()


def test_accounts_keep_no_connection_and_nobody_makes_views_in_the_schema_of_the_walls(place: Workspace) -> None:
    held = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
    with place.engine.connect() as connection:
        before = connection.execute(held).scalar_one()
        for number in range(20):
            with AccountSession(place.engine, replace(caller(place), name=f"clerk {number}")) as session:
                assert find_party(session, "Alpha union")
        assert connection.execute(held).scalar_one() <= before + 2
        connection.exec_driver_sql(f"SET LOCAL ROLE {SEEING}")
        with pytest.raises(ProgrammingError, match="permission denied for schema"):
            connection.exec_driver_sql("CREATE VIEW public_seen.own AS SELECT 1")


def test_walls_whose_roles_may_not_use_them_are_raised_anew(place: Workspace) -> None:
    with place.engine.begin() as connection:
        # As pg_dump --no-acl leaves it on a server that has the roles.
        connection.exec_driver_sql(f"REVOKE USAGE ON SCHEMA public_seen FROM {ACCOUNT}")
    with AccountSession(place.engine, replace(caller(place), name="another")) as session:
        assert find_party(session, "Alpha union")
