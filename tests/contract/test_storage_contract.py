"""What every kind of database keeps to: order, documents, turns, triggers, upgrades. A further one inherits StorageContract."""

import multiprocessing
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlmodel import Session, col, func, select

import monitor.tables  # noqa: F401  (all tables, as a command has them that brings a database up)
from crawler.custody import CUSTODY, CustodyEntry, append
from crawler.videos import Video
from monitor.migrations import HEAD, open_up_to_date, revision_of
from registry.audit import LOG
from registry.causes import cause_of
from registry.documents import root_of
from registry.errors import Damaged
from registry.names import name_key
from registry.paging import holding
from registry.parties import Party, add_party
from registry.storage.base import DatabaseUnusable
from registry.storage.known import storage_of
from registry.storage.lock import hold
from registry.storage.scrub import scrub
from registry.storage.triggers import _TRIGGERS
from registry.subjects import Subject, add_subject
from registry.tenancy.questions import _DECLARED
from registry.types import PartyKind, SubjectKind
from reports.review import Decision, Review
from tests.support.postgres_server import Server

AT = datetime(2026, 5, 1, 12, tzinfo=UTC)
WRITERS, EACH = 8, 12

Opener = Callable[[], Engine]


def write_in_turn(folder: Path, address: str, who: int) -> None:
    """A process of its own, that adds to both chains."""
    engine = open_up_to_date(folder / "semblance.db", print, address=address)
    for number in range(EACH):
        with Session(engine) as session:
            add_party(session, f"Party {who}-{number}", PartyKind.STUDIO)
            append(session, f"writer {who}", "captured", f"c{who}-{number}", {"n": number}, AT)
            session.commit()
    engine.dispose()


def broken_off(engine: Engine, server: Server) -> None:
    """A change whose connection the server ends in the middle."""
    with Session(engine) as session:
        add_party(session, "Half", PartyKind.STUDIO)
        session.flush()
        serves = session.exec(select(func.pg_backend_pid())).one()
        server.run("psql", "--quiet", "--command", f"SELECT pg_terminate_backend({serves})")
        session.exec(select(Party)).all()


class StorageContract:
    def address(self, request: pytest.FixtureRequest) -> str:
        """Of an empty database; nothing for a file in the folder."""
        raise NotImplementedError

    @pytest.fixture
    def place(self, request: pytest.FixtureRequest) -> str:
        return self.address(request)

    @pytest.fixture
    def again(self, place: str, tmp_path: Path) -> Iterator[Opener]:
        with ExitStack() as stack:

            def opened(**options: Any) -> Engine:
                engine = open_up_to_date(tmp_path / "semblance.db", lambda _: None, address=place, **options)
                stack.callback(engine.dispose)
                return engine

            yield opened

    @pytest.fixture
    def engine(self, again: Opener) -> Engine:
        return again()

    def test_a_new_database_is_this_versions_and_knows_its_folder(self, engine: Engine, again: Opener, tmp_path: Path) -> None:
        with engine.connect() as connection:
            assert revision_of(connection) == HEAD
            assert storage_of(connection).dangling(connection) is None
            assert storage_of(connection).what_is_broken(connection) is None
        with Session(again()) as session:
            assert root_of(session) == tmp_path.resolve()

    def test_what_is_empty_comes_first_and_texts_go_by_their_code_points(self, engine: Engine) -> None:
        with Session(engine) as session:
            party = add_party(session, "Studio", PartyKind.STUDIO)
            for name, at in (("b", None), ("a", AT), ("C", AT + timedelta(days=1)), ("Ä", None)):
                add_subject(session, party, name, SubjectKind.CHARACTER).erased_at = at
            session.commit()
            by_name = list(session.exec(select(Subject.name).order_by(Subject.name)))
            upwards = list(session.exec(select(Subject.name).order_by(col(Subject.erased_at), Subject.name)))
            downwards = list(session.exec(select(Subject.name).order_by(col(Subject.erased_at).desc(), Subject.name)))
        assert by_name == ["C", "a", "b", "Ä"]
        assert (upwards, downwards) == (["b", "Ä", "a", "C"], ["C", "a", "b", "Ä"])

    @pytest.mark.parametrize("text", ["tomb", "TOMB", "100%", "_", "\\", "\\%", "'", "\u6210", "\u00c9", "o\u00eb", "ab c", ""])
    def test_a_text_that_holds_another_is_found_whatever_its_signs_mean_elsewhere(self, engine: Engine, text: str) -> None:
        said = [
            "A tomb",
            "Tombs, 100% real",
            "snake_case",
            "back\\slash",
            "\\%",
            "it's",
            "\u6210\u9f8d",
            "\u00c9t\u00e9",
            "Zo\u00eb",
            "ab c",
            "abc",
            "",
        ]
        with Session(engine) as session:
            for number, each in enumerate(said):
                session.add(Video(id=f"v{number:02}", media_url=f"https://a.example/{number}", title=each))
            session.commit()
            found = session.exec(select(Video.id).where(holding(text, (Video.said,))).order_by(Video.id)).all()
            wanted = [row.id for row in session.exec(select(Video).order_by(Video.id)) if name_key(text) in name_key(row.said)]
        assert found == wanted

    def test_a_kind_that_comes_later_may_have_a_longer_name_than_all_before_it(self, engine: Engine) -> None:
        later = "A_KIND_WITH_A_LONGER_NAME_THAN_ANY_BEFORE"
        with Session(engine) as session:
            add_party(session, "Studio", PartyKind.STUDIO)
            session.commit()
            connection = session.connection()
            connection.execute(text("UPDATE party SET kind = :later"), {"later": later})
            assert connection.execute(text("SELECT kind FROM party")).scalar_one() == later

    def test_a_moment_and_a_large_number_come_back_as_they_were(self, engine: Engine) -> None:
        large = 1_796_000_000_123_456
        with Session(engine) as session:
            asked = text("SELECT CAST(:large AS BIGINT)")
            assert session.connection().execute(asked, {"large": large}).scalar_one() == large
            append(session, "somebody", "captured", "c1", {"标题": "🎬", "deep": [1, None]}, AT)
            party = add_party(session, "Studio", PartyKind.STUDIO)
            party.created_at = AT
            session.commit()
            session.expire_all()
            assert session.exec(select(Party.created_at)).one() == AT
            assert session.exec(select(CustodyEntry.detail)).one() == {"标题": "🎬", "deep": [1, None]}

    def test_whoever_holds_the_database_is_waited_for_and_what_they_wrote_is_read(self, engine: Engine) -> None:
        with Session(engine) as session:
            key = add_party(session, "Studio", PartyKind.STUDIO).id
            session.commit()
        seen: list[str] = []
        waits = threading.Event()

        def second() -> None:
            with Session(engine) as other:
                before = other.get(Party, key)
                assert before is not None
                waits.set()
                hold(other)
                seen.append(before.name)

        with Session(engine) as first:
            hold(first)
            thread = threading.Thread(target=second)
            thread.start()
            waits.wait(60)
            party = first.get(Party, key)
            assert party is not None
            party.name = "Renamed"
            first.add(party)
            first.flush()
            assert not seen
            first.commit()
        thread.join(60)
        assert seen == ["Renamed"]

    def test_what_is_taken_back_to_a_savepoint_leaves_the_rest_alone_in_writing(self, engine: Engine) -> None:
        with Session(engine) as session:
            add_party(session, "Kept", PartyKind.STUDIO)
            with session.begin_nested() as inner:
                add_party(session, "Taken back", PartyKind.STUDIO)
                inner.rollback()
            add_party(session, "Kept, too", PartyKind.STUDIO)
            session.commit()
            assert set(session.exec(select(Party.name))) == {"Kept", "Kept, too"}
            assert LOG.verify(session).ok

    def test_both_chains_stay_whole_while_eight_processes_write(self, engine: Engine, place: str, tmp_path: Path) -> None:
        context = multiprocessing.get_context("fork")
        writers = [context.Process(target=write_in_turn, args=(tmp_path, place, who)) for who in range(WRITERS)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join(300)
        assert [writer.exitcode for writer in writers] == [0] * WRITERS
        with Session(engine) as session:
            assert len(session.exec(select(Party)).all()) == WRITERS * EACH
            custody, log = CUSTODY.verify(session), LOG.verify(session)
        assert (custody.ok, custody.entries) == (True, WRITERS * EACH)
        assert log.ok
        assert log.entries >= 2 * WRITERS * EACH

    @pytest.mark.parametrize("statement", ["UPDATE custody_entry SET actor = 'x'", "DELETE FROM custody_entry"])
    def test_a_chain_is_not_rewritten(self, engine: Engine, statement: str) -> None:
        with Session(engine) as session:
            append(session, "somebody", "captured", "c1", {}, AT)
            session.commit()
            with pytest.raises(IntegrityError, match="the chain of custody is append-only"):
                session.connection().execute(text(statement))
            session.rollback()
            assert CUSTODY.verify(session).entries == 1

    def test_no_decision_is_about_a_match_that_is_not_there(self, engine: Engine) -> None:
        with Session(engine) as session:
            session.add(Review(id=1, match_id="none", decision=Decision.CONFIRM, reviewer="somebody", at=AT, reason=""))
            with pytest.raises(IntegrityError):
                session.flush()

    def test_every_trigger_refuses_under_its_own_name(self, engine: Engine) -> None:
        with engine.connect() as connection:
            there = storage_of(connection).triggers(connection)
        assert set(_TRIGGERS) <= set(there)
        assert storage_of(engine).as_kept(_TRIGGERS) == there

    def test_every_question_is_one_that_the_database_understands(self, engine: Engine) -> None:
        for source, _ in _DECLARED.values():
            sql = storage_of(engine).words(source if isinstance(source, str) else source())
            with engine.connect() as connection:
                statement = text(f"EXPLAIN {sql}")
                connection.execute(statement, dict.fromkeys(statement._bindparams, None))

    def test_one_that_lost_a_trigger_is_refused_until_that_is_put_back(self, engine: Engine, again: Opener) -> None:
        with engine.begin() as connection:
            self.lose(connection, "review", "review_is_not_deleted")
        with pytest.raises(Damaged, match="review_is_not_deleted"):
            again()
        mended = again(restore=True)
        with Session(mended) as session:
            assert LOG.verify(session).ok
        again()

    def lose(self, connection: Any, table: str, name: str) -> None:
        connection.execute(text(f"DROP TRIGGER {name}"))

    def test_one_of_a_newer_version_is_refused_and_left_alone(self, engine: Engine, again: Opener) -> None:
        with engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        with pytest.raises(DatabaseUnusable, match=r"newer version \(revision 9999"):
            again()
        with engine.connect() as connection:
            assert revision_of(connection) == "9999"

    def test_what_was_deleted_is_written_over(self, engine: Engine) -> None:
        with Session(engine) as session:
            add_party(session, "Studio", PartyKind.STUDIO)
            session.commit()
            session.delete(session.exec(select(Party)).one())
            session.commit()
        assert scrub(engine)


class TestSqlite(StorageContract):
    def address(self, request: pytest.FixtureRequest) -> str:
        return ""


class TestPostgres(StorageContract):
    def address(self, request: pytest.FixtureRequest) -> str:
        server: Server = request.getfixturevalue("postgres_server")
        return server.new_database()

    def lose(self, connection: Any, table: str, name: str) -> None:
        connection.execute(text(f"DROP TRIGGER {name} ON {table}"))

    @pytest.mark.parametrize(
        "weakened",
        [
            "ALTER TABLE review DISABLE TRIGGER review_is_not_deleted",
            "DROP TRIGGER review_is_not_deleted_all ON review",
            "CREATE OR REPLACE FUNCTION review_is_not_deleted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'",
        ],
    )
    def test_one_whose_triggers_were_weakened_is_refused(self, engine: Engine, again: Opener, weakened: str) -> None:
        with engine.begin() as connection:
            connection.execute(text(weakened))
        with pytest.raises(Damaged, match="review_is_not_deleted"):
            again()

    def test_a_connection_that_breaks_in_the_middle_of_a_change_is_told_in_plain_words_and_leaves_nothing(
        self, engine: Engine, postgres_server: Server
    ) -> None:
        with pytest.raises(OperationalError) as broken:
            broken_off(engine, postgres_server)
        cause = cause_of(broken.value)
        assert cause is not None
        assert (cause.why, cause.passes) == ("the database server was stopped", True)
        with Session(engine) as session:
            add_party(session, "Whole", PartyKind.STUDIO)
            session.commit()
            assert [party.name for party in session.exec(select(Party))] == ["Whole"]

    def test_what_may_not_be_deleted_may_not_be_truncated(self, engine: Engine) -> None:
        with engine.connect() as connection, pytest.raises(IntegrityError, match="append-only"):
            connection.execute(text("TRUNCATE custody_entry"))

    def test_a_database_that_would_sort_otherwise_is_refused(self, postgres_server: Server, tmp_path: Path) -> None:
        address = postgres_server.new_database("--template=template0", "--encoding=LATIN1", "--locale=C")
        with pytest.raises(DatabaseUnusable, match="keeps text as LATIN1"):
            open_up_to_date(tmp_path / "semblance.db", print, address=address)
