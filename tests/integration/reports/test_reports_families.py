"""A family of copies, in everything that is made of it: the console's pages, the week's report, and what is kept and goes."""

from collections.abc import Iterator

import pytest
from sqlmodel import Session, col, func, select

from crawler.videos import Capture, Video
from matcher.footage.copying import Compared
from monitor.runs.once import run_once
from monitor.wiring import ERASERS, KEEPERS, SEEKERS
from monitor.workspace import Workspace, open_workspace
from registry.db import now
from registry.erase import erase_subject
from registry.subjects import find_subject
from reports.cases import Case, case_matches, renew_cases
from reports.deciding import Judgement, decide_one
from reports.families.comparing import ToCompare, record_compared
from reports.families.rows import ComparedFootage, FootageCopy, FootageDescriptor
from reports.match_lines import match_line
from reports.matches import MatchRow, MatchStatus
from reports.review import Decision
from reports.week import week_of
from reports.weekly import weekly_report
from tests.support.console import Console, served
from tests.support.drawn_clips import encode
from tests.support.films import film
from tests.support.loopback_site import open_site
from tests.support.shown_films import put_up, shows, smaller, within
from tests.support.watched_site import make_workspace


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """One video was confirmed; then a smaller copy of it was put up, one in the corner of another film, and a film of its own."""
    folder = tmp_path_factory.mktemp("families")
    with open_site() as site:
        make_workspace(folder / "work", site, folder, [1])
        encode(folder / "first.mp4", shows(1, 2, 6.0))
        encode(folder / "plain.mp4", film(9, 4.0))
        put_up(site, folder / "first.mp4", folder / "plain.mp4")
        with open_workspace(folder / "work") as workspace:
            run_once(workspace)
            with workspace.session() as session:
                line = match_line(session, session.exec(select(MatchRow)).one())
                decide_one(session, line, Judgement(Decision.CONFIRM, "R. Viewer", "It is ours.", now()))
                session.commit()
            encode(folder / "again.mp4", smaller(shows(1, 2, 6.0)))
            encode(folder / "comment.mp4", within(shows(1, 2, 6.0), 4))
            put_up(site, folder / "again.mp4", folder / "comment.mp4")
            run_once(workspace)
            yield workspace


@pytest.fixture(scope="module")
def console(workspace: Workspace) -> Iterator[Console]:
    with served(workspace) as console:
        yield console


def match_in(session: Session, name: str) -> MatchRow:
    of = select(MatchRow).join(Capture).join(Video).where(col(Video.media_url).endswith(f"{name}.mp4"))
    return session.exec(of).one()


def count(session: Session, table: type) -> int:
    return session.exec(select(func.count()).select_from(table)).one()


def test_promise_2_no_copy_is_decided_on_by_its_footage_alone(workspace: Workspace) -> None:
    with workspace.session() as session:
        stood = {name: match_in(session, name).status for name in ("first", "again", "comment")}
        links = session.exec(select(FootageCopy)).all()
    confirmed, pending = MatchStatus.CONFIRMED, MatchStatus.PENDING
    assert stood == {"first": confirmed, "again": pending, "comment": pending}
    assert {link.whole for link in links} == {True, False}


def test_promise_1_nothing_is_kept_of_the_footage_of_a_video_in_which_nothing_is_matched(workspace: Workspace) -> None:
    with workspace.session() as session:
        kept = set(session.exec(select(FootageDescriptor.media_sha256)))
        matched = set(session.exec(select(Capture.media_sha256).join(MatchRow)))
        assert len(set(session.exec(select(Capture.media_sha256)))) == 4
    assert kept == matched
    assert len(kept) == 3


def test_the_page_of_a_match_shows_what_was_decided_of_the_copy(workspace: Workspace, console: Console) -> None:
    with workspace.session() as session:
        waiting = match_in(session, "comment").id
        case_of = match_in(session, "first").id
    page = console.ask("GET", f"/queue/{waiting}", console.cookie(None)).text
    assert "A copy of the video that R. Viewer decided on on" in page
    assert ": confirmed" in page
    assert f'href="/queue/{case_of}"' in page
    assert "/watch/first" in page
    listed = console.ask("GET", "/cases", console.cookie(None)).text
    (case,) = {part.split('"')[0] for part in listed.split('href="/cases/')[1:]}
    page = console.ask("GET", f"/cases/{case}", console.cookie(None)).text
    held, _, outside = page.partition("Copies that are not in this case")
    assert held.count('<li><a href="/queue/') == 1
    assert f"/queue/{waiting}" in outside


def test_the_week_tells_the_family_as_one_campaign(workspace: Workspace) -> None:
    with workspace.session() as session:
        report = weekly_report(session, workspace.vault, week_of(now()), now())
    (family,) = (one for one in report.figures.campaigns if one.why == "footage")
    assert (family.videos, family.media, family.confirmed, family.open_) == (3, 3, 1, 2)
    assert len({line.family for line in report.figures.matches}) == 1


def test_what_a_confirmed_copy_shows_is_one_case_which_is_about_what_it_still_holds(workspace: Workspace) -> None:
    with workspace.session() as session:
        for name, decision in (("again", Decision.CONFIRM), ("first", Decision.PERMIT)):
            line = match_line(session, match_in(session, name))
            decide_one(session, line, Judgement(decision, "R. Viewer", "As I saw it.", now()))
            session.commit()
            renew_cases(session)
            (case,) = session.exec(select(Case))
            held = {row.id for row in case_matches(session, case)}
            expected = {"again"} if name == "first" else {"first", "again"}
            assert held == {match_in(session, each).id for each in expected}
        assert session.get_one(Video, case.video_id).media_url.endswith("again.mp4")


def test_who_is_erased_while_a_video_is_compared_is_not_put_on_record(workspace: Workspace) -> None:
    with workspace.session() as session:
        capture = session.get_one(Capture, match_in(session, "first").capture_id)
        about = ToCompare(capture.media_sha256, capture.id, capture.final_url, ("erased-meanwhile",), 0.0, 6.0)
        assert record_compared(session, about, Compared(None, ()), [], now()) == []
        assert "erased-meanwhile" not in set(session.exec(select(ComparedFootage.subject_id)))


def test_promise_8_what_is_known_of_copies_goes_with_the_subject(workspace: Workspace) -> None:
    """The last of this file: nothing is left of it afterwards."""
    with workspace.session() as session:
        subject = find_subject(session, "Figure 1")
        erase_subject(session, workspace.vault, subject, now(), "asked for", ERASERS, KEEPERS, SEEKERS)
        assert [count(session, table) for table in (FootageCopy, FootageDescriptor, ComparedFootage)] == [0, 0, 0]
