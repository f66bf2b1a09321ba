"""A list asks only of those matches what permits them that may stand otherwise since all were judged, and misses none of them."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, event
from sqlmodel import Session, select

import monitor.tables  # noqa: F401  (all tables, as a command has them that brings a database up)
from crawler.pages import Statement
from crawler.types import SourceKind
from monitor.migrations import open_up_to_date
from registry.allowances import Allowance
from registry.db import now
from registry.licences import Licence
from registry.parties import Party
from reports.allow_list import allow
from reports.deciding import Judgement, decide_one
from reports.licence_changes import LicencesApplied
from reports.match_lines import match_lines
from reports.matches import MatchRow, MatchStatus, apply_licences, apply_to_found, overdue
from reports.review import Decision, review
from reports.review_batch import Shown, review_all
from tests.support.recorded_matches import AT, a_match, record, stock

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def follow(session: Session, whose: str, at: datetime) -> None:
    """Let the matches of a subject, a party or a capture follow, or with "" all."""
    if whose.startswith("c"):
        apply_to_found(session, whose, at)
    else:
        apply_licences(session, at, **{"s": {"subjects": [whose]}, "p": {"party_id": whose}, "": {}}[whose[:1]])  # type: ignore[arg-type]


days = st.integers(-4, 4)
spans = st.tuples(days, st.integers(1, 5) | st.none())
entries = st.tuples(st.sampled_from(["s1", "s2"]), spans)
allowed = st.tuples(st.sampled_from(["s1", "s2", None]), st.sampled_from(["p1", "p2"]), spans)


@pytest.fixture
def judged(session: Session) -> Session:
    record(session, a_match(), a_match("s2", 5, 7))
    return session


@example([("s1", (-1, None))], [], 0, 1, None, [(-2, "s1")])
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(entries, max_size=3),
    st.lists(allowed, max_size=2),
    days,
    st.integers(-4, 6),
    days | st.none(),
    st.lists(st.tuples(st.integers(-5, 6), st.sampled_from(["s1", "s2", "p1", "p2", "c1", ""])), max_size=4),
)
def test_what_is_overdue_is_what_judging_every_match_anew_finds(
    judged: Session,
    licences: list[tuple[str, tuple[int, int | None]]],
    allowances: list[tuple[str | None, str, tuple[int, int | None]]],
    applied: int,
    later: int,
    page: int | None,
    steps: list[tuple[int, str]],
) -> None:
    """steps: after all were judged, so many days later, or earlier by a clock that was set back, those of one subject, one party
    or one capture alone, or all of them; the clock may go back and forth between them."""
    for subject_id, (start, length) in licences:
        ends_at = None if length is None else AT + (start + length) * DAY
        judged.add(Licence(subject_id=subject_id, licensee="Toys", starts_at=AT + start * DAY, ends_at=ends_at, created_at=AT))
    for about, party_id, (start, length) in allowances:
        own = about if about is None or (about == "s1") == (party_id == "p1") else None
        ends_at = None if length is None else AT + (start + length) * DAY
        starts_at = AT + start * DAY
        judged.add(
            Allowance(
                party_id=party_id,
                subject_id=own,
                host="clips.example",
                allowed_by="J",
                reason="r",
                starts_at=starts_at,
                ends_at=ends_at,
            )
        )
    judged.flush()
    apply_licences(judged, AT + applied * DAY)
    if page is not None and page >= applied:
        seen = AT + page * DAY
        url = "https://elsewhere.example/v1"
        judged.add(
            Statement(
                id="p", video_id="v1", page_url=url, said_by=SourceKind.FEED, own=True, first_seen_at=seen, last_seen_at=seen
            )
        )
        judged.flush()
    for step, name in steps:
        follow(judged, name, AT + (applied + step) * DAY)
    at = AT + (applied + later) * DAY
    found = overdue(judged, at)
    judged.exec(delete(LicencesApplied))
    assert overdue(judged, at) == found
    judged.rollback()


def test_an_entry_that_its_partys_matches_followed_has_none_judged_anew(judged: Session) -> None:
    apply_licences(judged, AT)
    entry = {"party_id": "p1", "host": "fan.example", "allowed_by": "J", "reason": "r", "starts_at": AT + DAY}
    judged.add(Allowance(**entry))
    judged.flush()
    apply_licences(judged, AT + DAY, party_id="p1")
    asked: list[str] = []
    event.listen(judged.get_bind(), "before_cursor_execute", lambda *said: asked.append(said[2]))
    assert overdue(judged, AT + DAY) == {}
    assert not any('FROM "match"' in statement for statement in asked)


def test_where_nothing_turned_no_match_is_read(judged: Session) -> None:
    judged.add(Licence(subject_id="s1", licensee="Toys", starts_at=AT - DAY, ends_at=AT + 9 * DAY))
    judged.flush()
    apply_licences(judged, AT + DAY)
    asked: list[str] = []
    event.listen(judged.get_bind(), "before_cursor_execute", lambda *said: asked.append(said[2]))
    assert overdue(judged, AT + 2 * DAY) == {}
    assert asked
    assert not any('FROM "match"' in statement for statement in asked)
    assert list(overdue(judged, AT + 9 * DAY)) == [judged.exec(select(MatchRow.id).where(MatchRow.subject_id == "s1")).one()]
    assert any('"match"' in statement for statement in asked)


def test_a_clock_that_was_set_back_has_every_match_judged_anew(judged: Session) -> None:
    judged.add(Licence(subject_id="s1", licensee="Toys", starts_at=AT, ends_at=None))
    judged.flush()
    apply_licences(judged, AT + DAY)
    assert len(overdue(judged, AT - DAY)) == 1


def test_judging_some_matches_says_nothing_of_the_others(judged: Session) -> None:
    apply_licences(judged, AT)
    judged.add(Licence(subject_id="s1", licensee="Toys", starts_at=AT + DAY, ends_at=None))
    judged.flush()
    apply_licences(judged, AT + 2 * DAY, subjects=["s2"])
    assert len(overdue(judged, AT + 2 * DAY)) == 1


@pytest.mark.parametrize("some", ["s1", "p1", "c1"])
def test_some_that_were_judged_by_a_moment_that_has_not_come_are_judged_anew(judged: Session, some: str) -> None:
    """The clock went wrong, somebody's licence was followed by it, and it was put right: all had followed before that moment."""
    apply_licences(judged, AT)
    judged.add(Licence(subject_id="s1", licensee="Toys", starts_at=AT + 3 * DAY, ends_at=None, created_at=AT))
    judged.add(Licence(subject_id="s2", licensee="Film", starts_at=AT + DAY, ends_at=None, created_at=AT))
    judged.flush()
    follow(judged, some, AT + 4 * DAY)
    (early,) = judged.exec(select(MatchRow).where(MatchRow.subject_id == "s1"))
    assert early.licence_id
    assert early.id in overdue(judged, AT + 2 * DAY)
    apply_licences(judged, AT + 2 * DAY, subjects=["s1"])
    assert early.licence_id is None
    assert overdue(judged, AT + 2 * DAY).keys() <= {row.id for row in judged.exec(select(MatchRow)) if row.subject_id == "s2"}
    apply_licences(judged, AT + 2 * DAY)
    assert overdue(judged, AT + 2 * DAY) == {}
    assert early.id in overdue(judged, AT + 4 * DAY)


@pytest.mark.parametrize("storage", ["sqlite", "postgresql"])
def test_a_clock_that_was_set_back_and_passes_the_noted_moment_again_misses_nothing(
    storage: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """One that began between the moment that some were judged by meanwhile, and the later one that all had followed before."""
    address = request.getfixturevalue("postgres_server").new_database() if storage == "postgresql" else ""
    engine = open_up_to_date(tmp_path / "semblance.db", lambda _: None, address=address)
    request.addfinalizer(engine.dispose)
    with Session(engine) as session:
        stock(session)
        record(session, a_match(), a_match("s2", 5, 7))
        session.add(Licence(subject_id="s1", licensee="Toys", starts_at=AT + 7 * HOUR, ends_at=None, created_at=AT))
        session.flush()
        apply_licences(session, AT + 10 * HOUR)
        whose, who = session.get_one(Party, "p1"), {"allowed_by": "J", "reason": "r"}
        allow(session, whose, AT + 5 * HOUR, host="nowhere.example", whole_host=True, **who)  # type: ignore[arg-type]
        (mossy,) = session.exec(select(MatchRow).where(MatchRow.subject_id == "s1"))
        assert mossy.licence_id is None
        for hour in (9, 10, 11):
            assert list(overdue(session, AT + hour * HOUR)) == [mossy.id], hour
        apply_licences(session, AT + 11 * HOUR)
        assert mossy.licence_id
        # Others followed only the licences of the moment that the clock was set back from.
        apply_licences(session, AT + 5 * HOUR, subjects=["s2"])
        assert list(overdue(session, AT + 6 * HOUR)) == [mossy.id]
        session.rollback()


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("permitted", ["licence", "allow-list"])
def test_a_reopened_match_stands_as_what_permits_it_by_then_says(judged: Session, many: bool, permitted: str) -> None:
    (mossy,) = judged.exec(select(MatchRow).where(MatchRow.subject_id == "s1"))
    review(judged, mossy.id, Decision.REJECT, "R. Iyer", "a look-alike", AT)
    if permitted == "licence":
        judged.add(Licence(subject_id="s1", licensee="Toys", starts_at=AT, ends_at=None, created_at=AT))
    else:
        judged.add(Allowance(party_id="p1", host="clips.example", allowed_by="J", reason="r", starts_at=AT))
    judged.commit()
    apply_licences(judged, now())
    if many:
        review_all(judged, [Shown(mossy.id, MatchStatus.REJECTED)], Decision.REOPEN, "R. Iyer", "look again", now())
    else:
        (line,) = match_lines(judged, [mossy])
        reopened = decide_one(judged, line, Judgement(Decision.REOPEN, "R. Iyer", "look again", now()))
        assert reopened.status == mossy.status
    expected = (MatchStatus.LICENSED, True, False) if permitted == "licence" else (MatchStatus.PERMITTED, False, True)
    assert (mossy.status, bool(mossy.licence_id), bool(mossy.allowance_id)) == expected
    assert overdue(judged, now()) == {}
