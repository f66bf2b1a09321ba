"""What there is much of: places of the same bytes in the queue, and documents on record."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlmodel import select

from crawler.health import SourceRow, SourceRun
from crawler.types import SourceKind
from crawler.watchlist import list_sources
from monitor.workspace import init_workspace
from registry.accounts import Role
from registry.db import now
from registry.documents import Document
from registry.paging import Part
from registry.subjects import Subject
from reports.document_lines import document_lines
from reports.matches import MatchRow, MatchStatus
from reports.queue_item import MOST_ADDRESSES, queue_item
from tests.support.busy_week import BusyWeek, a_capture, busy_week
from tests.support.console import busy_console


@pytest.fixture
def place(tmp_path: Path) -> BusyWeek:
    init_workspace(tmp_path)
    return busy_week(tmp_path, 3, 3)


def test_of_many_places_the_matchs_own_comes_first_and_all_are_counted(place: BusyWeek) -> None:
    with place.session as session:
        match = session.exec(select(MatchRow)).first()
        assert match
        own = queue_item(session, place.vault, match.id).elsewhere
        with place.vault.as_file(_bytes_of(place, match)) as media:
            content = media.read_bytes()
        for number in range(2 * MOST_ADDRESSES):
            copy = a_capture(place, f"copy{number:02}", number, content)
            copy.captured_at -= timedelta(days=1)
        session.flush()
        found = queue_item(session, place.vault, match.id)
    assert found.elsewhere[0] == own[0]
    assert len(found.elsewhere) == MOST_ADDRESSES
    assert found.elsewhere_more == len(own) + 2 * MOST_ADDRESSES - MOST_ADDRESSES


def _bytes_of(place: BusyWeek, match: MatchRow) -> str:
    from crawler.videos import Capture

    return place.session.get_one(Capture, match.capture_id).media_sha256


def test_a_part_of_many_documents_takes_as_many_statements_as_one_of_few(place: BusyWeek) -> None:
    asked: list[str] = []
    with place.session as session:
        engine = session.get_bind()
        event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
        subject = session.exec(select(Subject.id)).first()
        assert subject
        counts = []
        for number in range(40):
            session.add(
                Document(subject_id=subject, path=f"reports/studio/{number}.pdf", kind="report", made_at=now(), digest="0")
            )
            if number in (1, 39):
                session.flush()
                asked.clear()
                rows = list(document_lines(session, Part(limit=10)).rows)
                counts.append(len(asked))
    assert [line.name for line, _ in rows][:2] == ["39.pdf", "38.pdf"]
    assert counts[0] == counts[1]


def test_sources_with_their_last_looks_take_one_statement_however_many_they_are(place: BusyWeek) -> None:
    asked: list[str] = []
    with place.session as session:
        event.listen(session.get_bind(), "before_cursor_execute", lambda *given: asked.append(given[2]))
        for number in range(5):
            source = SourceRow(
                id=f"many{number}", name=f"Many {number}", kind=SourceKind.FEED, url=f"https://many.example/{number}"
            )
            session.add(source)
            session.flush()
            for day in range(number):
                at = now() - timedelta(days=day)
                session.add(
                    SourceRun(source_id=source.id, started_at=at, ended_at=at, pages=day + 1, videos=0, complete=True, due=1)
                )
        session.flush()
        asked.clear()
        found = [each for each, _ in list_sources(session, Part(search="many")).rows]
    assert [each.look.pages if each.look else None for each in found] == [None, 1, 1, 1, 1]
    assert len(asked) == 1


@pytest.mark.parametrize(("name", "signing_in"), [(None, 1), ("P. Legal", 5)])
def test_the_page_of_a_match_takes_few_statements(tmp_path: Path, name: str | None, signing_in: int) -> None:
    asked: list[str] = []
    with busy_console(tmp_path / "work", 3, 6) as console:
        with console.workspace.session() as session:
            (match_id,) = session.exec(select(MatchRow.id).where(MatchRow.status == MatchStatus.PENDING).limit(1)).all()
        secret = console.cookie(console.account(name, Role.REVIEWER) if name else None)
        event.listen(Engine, "before_cursor_execute", note := lambda *given: asked.append(given[2]))
        try:
            assert console.ask("GET", f"/queue/{match_id}", secret).status == 200
        finally:
            event.remove(Engine, "before_cursor_execute", note)
    # What signing in asks, once for each request, stands beside what the page does.
    assert len(asked) - signing_in <= 11, "\n".join(asked)
