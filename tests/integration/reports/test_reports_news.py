"""The weekly report tells what went, was replaced, came back or was renamed, and each video says what is known of it now."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import col, select

from monitor.runs.once import run_once
from monitor.workspace import Workspace, open_workspace
from registry.db import now
from reports.matches import MatchRow
from reports.review import Decision, review
from reports.week import week_of
from reports.weekly import WeeklyReport, weekly_report
from reports.weekly_files import write_weekly
from tests.support.loopback_site import Site
from tests.support.one_match import before, name_post, site
from tests.support.prepared import Prepared
from tests.support.watched_site import make_workspace, publish

__all__ = ["before", "site"]


@pytest.fixture
def workspace(before: Prepared, tmp_path: Path) -> Iterator[Workspace]:
    """The one match is confirmed."""
    with before.opened(tmp_path) as opened:
        with opened.session() as session:
            first = session.exec(select(MatchRow).order_by(col(MatchRow.found_at))).one()
            review(session, first.id, Decision.CONFIRM, "R. Viewer", "clear", now())
            session.commit()
        yield opened


def report(workspace: Workspace) -> WeeklyReport:
    with workspace.session() as session:
        return weekly_report(session, workspace.vault, week_of(now()), now())


def told(workspace: Workspace) -> dict[str, str]:
    """The week's news by address, the last of each."""
    return {line.url: line.said for line in report(workspace).news}


def test_nothing_happened_is_no_news_and_the_look_is_named(workspace: Workspace) -> None:
    run_once(workspace)
    made = report(workspace)
    assert made.news == ()
    (block,) = made.blocks
    assert block.availability.startswith("Seen on ")


def test_what_went_and_came_back_is_told(workspace: Workspace, site: Site) -> None:
    media, page = site.url("/media/0.mp4"), site.url("/watch/0")
    kept = {path: site.routes.pop(path) for path in ("/media/0.mp4", "/watch/0")}
    del site.routes["/media/1.mp4"]
    run_once(workspace)
    said = told(workspace)
    assert said.keys() == {media, page}  # what nothing was matched in is nobody's news
    assert said[media].startswith("The video was not there any more on ")
    again = run_once(workspace)
    assert (again.gone, again.not_captured) == ([], 0)  # told already
    assert [problem for problem in again.problems if media in problem] == []
    assert "answered 404" in said[page]
    (block,) = report(workspace).blocks
    assert block.availability.startswith("Gone since ")
    site.routes |= kept
    run_once(workspace)
    said = told(workspace)
    assert said[media].startswith("The video came back: it was there again on ")
    assert said[page].startswith("The page showed the video again on ")


def test_other_bytes_in_its_place_are_told_and_printed(workspace: Workspace, site: Site, tmp_path: Path) -> None:
    site.routes["/media/0.mp4"] = site.routes["/media/1.mp4"]
    run_once(workspace)
    media = site.url("/media/0.mp4")
    assert told(workspace)[media].startswith("Other bytes stood in the video's place on ")
    made = report(workspace)
    assert made.blocks[0].availability.startswith("Replaced since ")
    page = write_weekly(made, tmp_path).html.read_text("utf-8")
    assert "Other bytes stood in the video&#39;s place on " in page
    assert "What went, was replaced, came back this week" in page


def test_bytes_that_return_are_not_called_others(workspace: Workspace, site: Site) -> None:
    first = site.routes["/media/0.mp4"]
    site.routes["/media/0.mp4"] = site.routes["/media/1.mp4"]
    run_once(workspace)
    site.routes["/media/0.mp4"] = first
    run_once(workspace)
    assert told(workspace)[site.url("/media/0.mp4")].startswith("The bytes that stood there before were there again on ")
    assert report(workspace).blocks[0].availability.startswith("Seen on ")


def test_a_new_name_a_new_page_and_a_copy_are_told(workspace: Workspace, site: Site) -> None:
    name_post(site, "Another name")
    site.page("/watch/2", '<html><head><title>Second</title></head><body><video src="/media/0.mp4"></video></body></html>')
    site.routes["/media/copy.mp4"] = site.routes["/media/0.mp4"]
    site.page("/watch/3", '<html><head><title>Copy</title></head><body><video src="/media/copy.mp4"></video></body></html>')
    site.page("/", "".join(f'<a href="/watch/{number}">{number}</a>' for number in range(4)))
    run_once(workspace)
    said = told(workspace)
    assert "“Another name”" in said[site.url("/watch/0")]
    assert "it was “A post”" in said[site.url("/watch/0")]
    assert said[site.url("/watch/2")].startswith("Another page shows the video")
    assert "The same bytes that were confirmed on" in said[site.url("/media/copy.mp4")]


def test_a_page_that_shows_the_same_bytes_under_another_name_is_not_gone(workspace: Workspace, site: Site) -> None:
    site.routes["/media/again.mp4"] = site.routes.pop("/media/0.mp4")
    site.page("/watch/0", '<html><head><title>A post</title></head><body><video src="/media/again.mp4"></video></body></html>')
    run_once(workspace)
    made = report(workspace)
    assert {line.url for line in made.news} == {site.url("/media/0.mp4"), site.url("/media/again.mp4")}
    (block,) = made.blocks
    assert [(page.url, page.gone) for page in block.pages] == [(site.url("/watch/0"), "")]
    site.routes.pop("/media/again.mp4")
    site.page("/watch/0", "<html><body>nothing</body></html>")
    run_once(workspace)
    assert told(workspace)[site.url("/watch/0")].startswith("The page did not show the video any more on ")


def test_what_is_said_of_a_video_ends_in_one_full_stop_and_names_no_author_who_is_not_stated(
    workspace: Workspace, site: Site, tmp_path: Path
) -> None:
    del site.routes["/media/0.mp4"]
    run_once(workspace)
    page = write_weekly(report(workspace), tmp_path).html.read_text("utf-8")
    assert "there is nothing at this address." in page
    assert "there is nothing at this address.." not in page
    assert "Author not stated, date of publication not known." in page


def test_pages_that_were_found_together_with_the_video_are_no_news(tmp_path: Path, site: Site) -> None:
    (tmp_path / "clips").mkdir()
    publish(site, tmp_path / "clips", [1])
    site.page("/post/again", '<html><head><title>Again</title></head><body><video src="/media/0.mp4"></video></body></html>')
    site.page("/", '<html><body><a href="/watch/0">1</a><a href="/post/again">2</a></body></html>')
    make_workspace(tmp_path / "work", site, tmp_path / "clips", [1])
    with open_workspace(tmp_path / "work") as workspace:
        run_once(workspace)
        made = report(workspace)
        assert len(made.blocks[0].pages) == 2
        assert made.news == ()
