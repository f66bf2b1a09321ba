"""What claims keep to on every kind of database. A further one inherits ClaimsContract."""

import multiprocessing
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, func, select

import monitor.tables  # noqa: F401  (all tables, as a command has them that brings a database up)
from monitor.migrations import open_up_to_date
from registry.audit import AuditEntry
from registry.claims import (
    ENDINGS,
    FIRST_WAIT,
    KEPT,
    LONGEST_LEASE,
    LONGEST_WAIT,
    Claimed,
    ClaimLost,
    Wanted,
    check,
    claim,
    finish,
    give_all_back,
    give_back,
    known,
    others,
    put_off,
    renew,
)
from registry.parties import Party, add_party
from registry.types import PartyKind
from tests.support.postgres_server import Server

AT = datetime(2026, 5, 1, 12, tzinfo=UTC)
LEASE = 40.0
KEYS = [f"k{number:03}" for number in range(300)]
WORKERS = 4


def later(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


def take_all(folder: Path, address: str, who: str, told: "multiprocessing.Queue[list[str]]") -> None:
    """A process of its own, that claims and finishes until nothing is left."""
    engine = open_up_to_date(folder / "semblance.db", print, address=address)
    done: list[str] = []
    left = set(KEYS)
    while left:
        with Session(engine) as session:
            given = claim(session, "scan", sorted(left), Wanted(who, LEASE), 7, AT)
            session.commit()
        if not given:
            break
        left -= {each.key for each in given}
        done += [each.key for each in given]
    engine.dispose()
    told.put(done)


class ClaimsContract:
    def address(self, request: pytest.FixtureRequest) -> str:
        """Of an empty database; nothing for a file in the folder."""
        raise NotImplementedError

    @pytest.fixture
    def place(self, request: pytest.FixtureRequest) -> str:
        return self.address(request)

    @pytest.fixture
    def engine(self, place: str, tmp_path: Path) -> Iterator[Engine]:
        engine = open_up_to_date(tmp_path / "semblance.db", lambda _: None, address=place)
        yield engine
        engine.dispose()

    @pytest.fixture
    def session(self, engine: Engine) -> Iterator[Session]:
        with Session(engine) as session:
            yield session

    def take(self, session: Session, who: str, keys: list[str], at: datetime, most: int = 100, **told: object) -> list[Claimed]:
        given = claim(session, "scan", keys, Wanted(who, LEASE, **told), most, at)  # type: ignore[arg-type]
        session.commit()
        return given

    def test_a_key_is_one_holders_until_it_is_finished(self, session: Session) -> None:
        first = self.take(session, "a", KEYS[:5], AT, 3)
        assert [each.key for each in first] == KEYS[:3]
        assert [each.key for each in self.take(session, "b", KEYS[:5], AT)] == KEYS[3:5]
        assert self.take(session, "a", KEYS[:3], AT) == []
        finish(session, first[0])
        session.commit()
        assert [each.key for each in self.take(session, "b", KEYS[:5], AT)] == [KEYS[0]]
        assert others(session, "scan", "b", AT) == 1

    def test_the_result_of_who_was_taken_for_gone_is_refused_with_all_that_it_wrote(self, session: Session) -> None:
        (slow,) = self.take(session, "a", ["k"], AT)
        (new,) = self.take(session, "b", ["k"], later(LEASE))
        assert new.fence > slow.fence
        for settle in (finish, check):
            add_party(session, "Studio", PartyKind.STUDIO)
            with pytest.raises(ClaimLost, match="taken over") as lost:
                settle(session, slow)
            # A run that is made again and again goes on after it.
            assert lost.value.retryable
            session.rollback()
        with pytest.raises(ClaimLost):
            put_off(session, slow, later(LEASE))
        session.rollback()
        assert session.exec(select(func.count()).select_from(Party)).one() == 0
        finish(session, new)
        session.commit()

    def test_who_had_a_key_before_and_has_it_again_needs_the_new_fence(self, session: Session) -> None:
        (before,) = self.take(session, "a", ["k"], AT)
        (between,) = self.take(session, "b", ["k"], later(LEASE))
        finish(session, between)
        session.commit()
        (again,) = self.take(session, "a", ["k"], later(LEASE))
        with pytest.raises(ClaimLost):
            finish(session, before)
        session.rollback()
        finish(session, again)

    def test_a_lease_lasts_while_it_is_renewed_and_an_own_one_that_is_over_is_still_held(self, session: Session) -> None:
        (mine,) = self.take(session, "a", ["k"], AT)
        assert renew(session, "a", LEASE, later(LEASE - 1)) == 1
        assert self.take(session, "b", ["k"], later(LEASE)) == []
        # Nobody came by meanwhile.
        self.take(session, "a", ["other"], later(10 * LEASE))
        finish(session, mine)

    def test_of_who_is_known_to_be_gone_everything_is_free_at_once(self, session: Session) -> None:
        self.take(session, "a", KEYS[:3], AT)
        assert [each.key for each in self.take(session, "b", KEYS[:3], AT, gone=["a"], at_once=1)] == [*KEYS[1:3], KEYS[0]]

    def test_a_key_at_which_three_ended_is_set_aside_and_what_only_waited_beside_it_is_not(self, session: Session) -> None:
        for number in range(ENDINGS):
            given = self.take(session, f"holder {number}", ["bad", "good"], AT, at_once=1, gone=[f"holder {number - 1}"])
            assert {each.key for each in given} == {"bad", "good"}
            # Whoever is at work has done all but the bad one when it ends.
            if given[0].key == "good":
                check(session, given[0])
                give_back(session, given[:1], AT)
                session.commit()
        left = self.take(session, "last", ["bad", "good"], AT, gone=[f"holder {ENDINGS - 1}"])
        assert [each.key for each in left] == ["good"]
        assert {key: said.set_aside for key, said in known(session, "scan", ["bad", "good"], "last").items()} == {"bad": True}
        assert [each.key for each in self.take(session, "endless", ["bad"], AT, endless=True)] == ["bad"]

    def test_what_was_set_aside_is_tried_again_after_days(self, session: Session) -> None:
        for number in range(ENDINGS):
            self.take(session, f"holder {number}", ["bad"], AT, gone=[f"holder {number - 1}"])
        assert self.take(session, "last", ["bad"], AT, gone=[f"holder {ENDINGS - 1}"]) == []
        assert self.take(session, "last", ["bad"], AT + KEPT) == []
        assert len(self.take(session, "last", ["bad"], AT + KEPT + timedelta(seconds=1))) == 1

    def test_what_fails_waits_twice_as_long_each_time_up_to_a_bound_and_a_result_ends_that(self, session: Session) -> None:
        at, waits = AT, []
        for _ in range(14):
            (mine,) = self.take(session, "a", ["k"], at)
            again = put_off(session, mine, at)
            session.commit()
            assert self.take(session, "b", ["k"], again - timedelta(microseconds=1)) == []
            waits.append(again - at)
            at = again
        assert waits[:3] == [FIRST_WAIT, 2 * FIRST_WAIT, 4 * FIRST_WAIT]
        assert waits[-1] == LONGEST_WAIT
        (mine,) = self.take(session, "a", ["k"], at)
        finish(session, mine)
        session.commit()
        (mine,) = self.take(session, "a", ["k"], at)
        assert put_off(session, mine, at) - at == FIRST_WAIT

    def test_what_is_given_back_is_free_at_once_and_counts_nothing(self, session: Session) -> None:
        given = self.take(session, "a", KEYS[:3], AT)
        give_back(session, given[:1], AT)
        session.commit()
        assert [each.key for each in self.take(session, "b", KEYS[:3], AT)] == KEYS[:1]
        give_all_back(session, "a", AT)
        session.commit()
        assert [each.key for each in self.take(session, "b", KEYS[:3], AT)] == KEYS[1:3]
        assert others(session, "scan", "b", AT) == 0

    def test_a_clock_that_was_set_back_holds_nothing_up(self, session: Session) -> None:
        self.take(session, "a", ["k"], AT + timedelta(days=400))
        assert len(self.take(session, "b", ["k"], AT)) == 1
        self.take(session, "c", ["ahead"], AT + LONGEST_LEASE)
        assert len(self.take(session, "b", ["ahead"], AT)) == 1

    def test_no_claim_enters_the_audit_log(self, session: Session) -> None:
        before = session.exec(select(func.count()).select_from(AuditEntry)).one()
        (mine,) = self.take(session, "a", ["k"], AT)
        renew(session, "a", LEASE, AT)
        finish(session, mine)
        session.commit()
        assert session.exec(select(func.count()).select_from(AuditEntry)).one() == before

    def test_several_processes_at_once_are_given_each_key_once(self, engine: Engine, place: str, tmp_path: Path) -> None:
        engine.dispose()
        context = multiprocessing.get_context("fork")
        told: multiprocessing.Queue[list[str]] = context.Queue()
        names = [f"worker {number}" for number in range(WORKERS)]
        workers = [context.Process(target=take_all, args=(tmp_path, place, name, told)) for name in names]
        for worker in workers:
            worker.start()
        done = [told.get(timeout=300) for _ in workers]
        for worker in workers:
            worker.join()
        assert sorted(key for each in done for key in each) == KEYS


class TestSqlite(ClaimsContract):
    def address(self, request: pytest.FixtureRequest) -> str:
        return ""


class TestPostgres(ClaimsContract):
    def address(self, request: pytest.FixtureRequest) -> str:
        server: Server = request.getfixturevalue("postgres_server")
        return server.new_database()
