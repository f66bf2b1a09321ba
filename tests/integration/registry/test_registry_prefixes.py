"""An id is found by its first digits, in the index."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Engine, MetaData, String, Table, create_engine, event, insert, select
from sqlmodel import Session

import crawler.health  # noqa: F401  (its tables are named by those of the videos)
from registry.errors import NotFound
from registry.groups import add_group, find_group
from registry.parties import add_party, find_party
from registry.prefixes import begins_with
from registry.subjects import add_subject, find_subject, rename_subject
from registry.types import PartyKind, SubjectKind
from reports.case_lines import find_case
from reports.selection import find_match
from tests.support.new_database import new_database

LABELLED = Table("labelled", MetaData(), Column("id", String, primary_key=True))
SIGNS = st.text(st.characters(codec="utf-8", exclude_characters="\U0010ffff"), max_size=4)


def those_of(ids: set[str], typed: str) -> set[str]:
    """What is found of the ids."""
    with create_engine("sqlite://").begin() as connection:
        LABELLED.create(connection)
        if ids:
            connection.execute(insert(LABELLED), [{"id": each} for each in ids])
        return set(connection.scalars(select(LABELLED.c.id).where(begins_with(LABELLED.c.id, typed))))


@settings(deadline=None)
@given(st.sets(SIGNS | st.sampled_from(["a%", "a_", "ab", "ABC", "abc", "a\\", "é", "\0a"]), max_size=12), SIGNS)
def test_what_begins_with_the_typed_signs_is_found_and_nothing_else(ids: set[str], typed: str) -> None:
    assert those_of(ids, typed) == {each for each in ids if typed and each.startswith(typed)}


def test_half_a_sign_finds_nothing() -> None:
    assert those_of({"ab"}, "\udc80") == set()


@pytest.mark.local("asks SQLite for its plans")
def test_ids_are_searched_in_their_index_and_not_read_whole(tmp_path: Path) -> None:
    engine = new_database(tmp_path / "semblance.db")
    with Session(engine) as session:
        for find in (find_case, find_match):
            with plans_of(engine) as plans, pytest.raises(NotFound):
                find(session, "abc")
            assert plans
            assert all(plan.startswith("SEARCH") and "(id>? AND id<?)" in plan for plan in plans), plans
    engine.dispose()


@contextmanager
def plans_of(engine: Engine) -> Iterator[list[str]]:
    """How SQLite goes about every query that is made within; filled at the end."""
    asked: list[tuple[str, Any]] = []
    plans: list[str] = []

    def note(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        asked.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield plans
    finally:
        event.remove(engine, "before_cursor_execute", note)
    with engine.connect() as connection:
        for statement, parameters in asked:
            plans += [str(row[3]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]


@pytest.mark.local("asks SQLite for its plans")
def test_names_are_searched_in_an_index_and_found_in_any_case(tmp_path: Path) -> None:
    engine = new_database(tmp_path / "semblance.db")
    with Session(engine) as session:
        party = add_party(session, "Große Straße", PartyKind.STUDIO)
        subject = add_subject(session, party, "Zoë", SubjectKind.CHARACTER)
        group = add_group(session, party, "The Crew")
        session.commit()
        ids = party.id, subject.id, group.id
        with plans_of(engine) as plans:
            found = find_party(session, "GROSSE  STRASSE"), find_subject(session, "zoË"), find_group(session, "the crew")
        assert tuple(each.id for each in found) == ids
        by_name = [plan for plan in plans if "name_key=?" in plan]
        assert len(by_name) == 3
        assert not any("SCAN" in plan for plan in plans), plans
    engine.dispose()


def test_a_new_name_is_found_and_the_old_one_is_not(tmp_path: Path) -> None:
    engine = new_database(tmp_path / "semblance.db")
    with Session(engine) as session:
        subject = add_subject(session, add_party(session, "Studio", PartyKind.STUDIO), "Mossy", SubjectKind.CHARACTER)
        rename_subject(session, subject, "Fern")
        assert find_subject(session, "FERN") is subject
        with pytest.raises(NotFound):
            find_subject(session, "Mossy")
    engine.dispose()
