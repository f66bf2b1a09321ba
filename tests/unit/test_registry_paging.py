"""Lists by parts: together they are the whole list, whatever is added and removed meanwhile."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import Session, SQLModel, col, create_engine, select

from registry.audit import AuditEntry
from registry.kinds import PartyKind, SubjectKind
from registry.paging import CursorRefused, Part, cursor_of, listed, listed_of
from registry.parties import Party
from registry.subjects import Subject

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
NAMES = st.lists(st.sampled_from(["Ada", "ada", "Bo \u00c9", "Zo\u00eb", "\u6210\u9f8d", "%_'"]), max_size=12)


def registry(names: list[str]) -> Session:
    engine = create_engine("sqlite://")
    SQLModel.metadata.create_all(engine)
    session = Session(engine)
    session.add(Party(id="p", name="Union", kind=PartyKind.UNION))
    for number, name in enumerate(names):
        add(session, name, number)
    session.flush()
    return session


def add(session: Session, name: str, number: int) -> None:
    at = BEGIN + timedelta(hours=number // 2)
    session.add(Subject(id=f"s{number:03}", party_id="p", name=f"{name} {number}", kind=SubjectKind.PERSON, created_at=at))


def walk(session: Session, size: int, *, backwards: bool = False, search: str = "") -> list[str]:
    found, after = [], None
    while True:
        query = select(Subject)
        by = (col(Subject.created_at), col(Subject.id))
        part = listed(session, query, by, Part(search, size, after), (Subject.name_key,), backwards=backwards)
        rows = list(part.rows)
        found += [row.id for row, _ in rows]
        if not part.more:
            return found
        assert len(rows) == size
        after = rows[-1][1]


@settings(max_examples=40, deadline=None)
@given(NAMES, st.integers(1, 5), st.booleans(), st.sampled_from(["", "ADA", "%", "\u00e9"]))
def test_the_parts_are_the_whole_in_order(names: list[str], size: int, backwards: bool, search: str) -> None:
    with registry(names) as session:
        every = sorted(session.exec(select(Subject)), key=lambda row: (row.created_at, row.id), reverse=backwards)
        wanted = [row.id for row in every if search.casefold() in row.name.casefold()]
        assert walk(session, size, backwards=backwards, search=search) == wanted


def test_what_is_added_or_removed_meanwhile_moves_nothing() -> None:
    with registry(["Ada"] * 8) as session:
        by = (col(Subject.created_at), col(Subject.id))
        first = list(listed(session, select(Subject), by, Part(limit=4)).rows)
        session.delete(first[-1][0])
        add(session, "Early", 0 - 2)
        session.flush()
        rest = listed(session, select(Subject), by, Part(after=first[-1][1]))
        assert [row.id for row, _ in rest.rows] == ["s004", "s005", "s006", "s007"]


def test_a_cursor_of_another_list_is_refused() -> None:
    with registry(["Ada", "Bo"]) as session:
        ((_, cursor), _) = listed(session, select(Subject), (col(Subject.id),), Part(limit=2)).rows
        for wrong in (cursor, "", "x", "bnVsbA", "\u00e9"):
            with pytest.raises(CursorRefused):
                listed(session, select(Subject), (col(Subject.created_at), col(Subject.id)), Part(after=wrong))
        with pytest.raises(CursorRefused):
            listed_of(["a", "b"], str, str, Part(after="c"))


@pytest.mark.parametrize("value", ["5", "x", True, 1.5, 2**63, -(2**63) - 1, None])
def test_a_number_that_is_none_or_is_too_large_is_no_cursor_of_numbered_rows(value: object) -> None:
    with registry(["Ada"]) as session, pytest.raises(CursorRefused):
        listed(session, select(AuditEntry), (col(AuditEntry.seq),), Part(after=cursor_of([value])))


@pytest.mark.parametrize("value", ["2026-01-01T00:00:00", "yesterday", 5])
def test_a_moment_of_no_zone_is_no_cursor(value: object) -> None:
    with registry(["Ada"]) as session, pytest.raises(CursorRefused):
        listed(session, select(Subject), (col(Subject.created_at), col(Subject.id)), Part(after=cursor_of([value, "s"])))


def test_nothing_in_a_text_that_is_searched_for_ends_it() -> None:
    with registry(["Ada", "Bo"]) as session:
        for text in ("\0", "\0Zo", "Ad\0"):
            assert not list(listed(session, select(Subject), (col(Subject.id),), Part(text), (Subject.name_key,)).rows)


def test_a_short_list_goes_the_same_way() -> None:
    letters = ["alpha", "beta", "gamma", "delta"]
    first = listed_of(letters, str, str, Part("A", 2))
    assert ([row for row, _ in first.rows], first.more) == (["alpha", "beta"], 2)
    rest = listed_of(letters, str, str, Part("A", 2, list(first.rows)[-1][1]))
    assert ([row for row, _ in rest.rows], rest.more) == (["gamma", "delta"], 0)
