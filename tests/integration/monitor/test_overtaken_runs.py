"""A run that was taken for gone, and was only slow, wakes after another has taken its step over: it records nothing of it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import Session, func, select

from crawler.availability import Address, Look
from crawler.videos import Video
from monitor.drivers import driving
from monitor.enrolment import enrol_file
from monitor.recognisers import build_recognisers, recogniser_spec
from monitor.runs.capturing import capture_queue
from monitor.runs.comparing import compare_footage
from monitor.runs.crawling import crawl_sources
from monitor.runs.scanning import scan_captures
from monitor.runs.summary import RunSummary
from monitor.workspace import Workspace, open_workspace
from registry.claims import ClaimLost
from registry.kinds import SubjectKind
from registry.mandates import declare_own
from registry.parties import find_party
from registry.subjects import add_subject
from reports.families.rows import ComparedFootage, FootageCopy, FootageDescriptor
from reports.looked_for import LookedFor
from reports.matches import Scan
from tests.support.drawn_clips import encode, figure, save
from tests.support.loopback_site import Answer, Site
from tests.support.overtaking import end, take_over
from tests.support.shown_films import put_up, shows, smaller
from tests.support.watched_site import BEGIN, make_workspace


def unheard(_: str) -> None:
    """Of what it says nothing is wanted."""


@pytest.fixture(params=["sqlite", "postgresql"])
def workspace(request: pytest.FixtureRequest, tmp_path: Path, site: Site) -> Iterator[Workspace]:
    """One whose source shows two copies of a film, both captured and looked at."""
    more = ""
    if request.param == "postgresql":
        more = f'[database]\nurl = "{request.getfixturevalue("postgres_server").new_database()}"\n'
    make_workspace(tmp_path / "work", site, tmp_path, [1], more)
    encode(tmp_path / "first.mp4", shows(1, 2, 4.0))
    encode(tmp_path / "again.mp4", smaller(shows(1, 2, 4.0)))
    put_up(site, tmp_path / "first.mp4", tmp_path / "again.mp4")
    with open_workspace(tmp_path / "work") as workspace:
        crawl_sources(workspace, RunSummary(), unheard)
        capture_queue(workspace, RunSummary(), unheard)
        scan_captures(workspace, RunSummary(), unheard)
        yield workspace


def count(workspace: Workspace, table: type) -> int:
    with workspace.session() as session:
        return session.exec(select(func.count()).select_from(table)).one()


def page_looks(session: Session) -> list[tuple[str, int]]:
    return [(look.url, look.looks) for look in session.exec(select(Look).where(Look.address == Address.PAGE))]


def test_a_look_at_a_page_is_kept_by_the_run_that_has_the_web(workspace: Workspace, site: Site) -> None:
    with workspace.session() as session:
        for video in session.exec(select(Video)):
            assert video.tried_at is not None
            video.tried_at -= timedelta(days=30)
        session.commit()
        before = dict(page_looks(session))
    path, taken = "/watch/first", []
    page = site.routes[path]
    assert isinstance(page, Answer)

    def slow() -> Answer:
        if not taken:
            taken.append(take_over(workspace.engine, "the web"))
        assert isinstance(page, Answer)
        return page

    site.routes[path] = slow
    with driving(workspace.engine, workspace.root) as driver, pytest.raises(ClaimLost), driver.only("the web") as still_mine:
        capture_queue(workspace, RunSummary(), unheard, still_mine=still_mine)
    with workspace.session() as session:
        assert dict(page_looks(session))[site.url(path)] == before[site.url(path)]
    end(workspace.engine, taken[0])
    # Whoever took it over looks at both pages, once.
    with driving(workspace.engine, workspace.root) as other, other.only("the web") as still_mine:
        with workspace.session() as session:
            for video in session.exec(select(Video)):
                video.tried_at = BEGIN
            session.commit()
        capture_queue(workspace, RunSummary(), unheard, still_mine=still_mine)
    with workspace.session() as session:
        assert dict(page_looks(session))[site.url(path)] == before[site.url(path)] + 1


def test_footage_is_compared_by_the_run_that_has_the_step(workspace: Workspace) -> None:
    taken = []

    def slow(_: str) -> None:
        if not taken:
            taken.append(take_over(workspace.engine, "comparing"))

    late = RunSummary()
    with driving(workspace.engine, workspace.root) as driver, pytest.raises(ClaimLost), driver.only("comparing") as still_mine:
        compare_footage(workspace, late, slow, still_mine)
    assert [count(workspace, table) for table in (FootageDescriptor, ComparedFootage, FootageCopy)] == [0, 0, 0]
    end(workspace.engine, taken[0])
    with driving(workspace.engine, workspace.root) as other, other.only("comparing") as still_mine:
        compare_footage(workspace, RunSummary(), unheard, still_mine)
    assert [count(workspace, table) for table in (FootageDescriptor, ComparedFootage, FootageCopy)] == [2, 2, 1]


def test_who_is_looked_for_is_noted_by_the_run_that_has_the_step(workspace: Workspace, tmp_path: Path) -> None:
    recognisers = build_recognisers(recogniser_spec(workspace.settings))
    with workspace.session() as session:
        subject = add_subject(session, find_party(session, "Studio"), "Figure 2", SubjectKind.CHARACTER)
        declare_own(session, workspace.vault, subject, verified_by="R. Reader", starts_at=BEGIN)
        enrol_file(workspace, session, recognisers, subject, save(tmp_path / "figure2.png", figure(2)))
        session.commit()
    before, taken = count(workspace, LookedFor), []

    def slow(*asked: Any) -> None:
        if not taken and "FROM template" in asked[2]:
            taken.append(take_over(workspace.engine, "who is looked for"))

    event.listen(workspace.engine, "before_cursor_execute", slow)
    with pytest.raises(ClaimLost):
        scan_captures(workspace, RunSummary(), unheard)
    event.remove(workspace.engine, "before_cursor_execute", slow)
    assert (count(workspace, LookedFor), count(workspace, Scan)) == (before, 2)
    end(workspace.engine, taken[0])
    summary = RunSummary()
    scan_captures(workspace, summary, unheard)
    assert (count(workspace, LookedFor), count(workspace, Scan), summary.scanned) == (before + 1, 4, 2)
