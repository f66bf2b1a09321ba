"""The same bytes at several addresses are one thing: one decision, one case, and new addresses join it."""

from datetime import UTC, datetime

from sqlmodel import col, select

from crawler.videos import Capture, Video
from monitor.runs.once import run_once
from monitor.runs.summary import RunSummary
from monitor.workspace import Workspace
from registry.db import now
from registry.licences import add_licence
from registry.mandates import list_mandates, revoke_mandate
from registry.subjects import find_subject
from reports.cases import Case, case_matches, videos_of
from reports.matches import MatchRow, MatchStatus
from reports.review import Decision, Review, latest_review, review
from tests.support.cases import open_cases
from tests.support.loopback_site import Site
from tests.support.one_match import before, site

__all__ = ["before", "site"]


def show_copy(site: Site, name: str) -> str:
    """The first video's bytes at another address, on a page of its own that the front page links to."""
    site.routes[f"/media/{name}"] = site.routes["/media/0.mp4"]
    site.page(f"/post/{len(name)}", f'<html><head><title>Again</title></head><video src="/media/{name}"></video></html>')
    links = "".join(f'<a href="{path}">x</a>' for path in site.routes if path.startswith(("/watch", "/post")))
    site.page("/", f"<html><body>{links}</body></html>")
    return site.url(f"/media/{name}")


def decide(workspace: Workspace, decision: Decision, reason: str = "clear") -> None:
    with workspace.session() as session:
        match = session.exec(select(MatchRow).order_by(col(MatchRow.found_at))).first()
        assert match is not None
        review(session, match.id, decision, "R. Viewer", reason, now())
        open_cases(session)
        session.commit()


def state(workspace: Workspace) -> dict[str, MatchStatus]:
    """The match's status at each address."""
    with workspace.session() as session:
        rows = session.exec(select(MatchRow, Video).join(Capture, col(Capture.id) == col(MatchRow.capture_id)).join(Video))
        return {video.media_url: match.status for match, video in rows}


def one_case(workspace: Workspace) -> list[str]:
    """The addresses of the only case there is."""
    with workspace.session() as session:
        (case,) = session.exec(select(Case)).all()
        return [video.media_url for video in videos_of(session, case)]


def test_one_decision_covers_every_address_of_the_same_bytes(workspace: Workspace, site: Site) -> None:
    first, second = site.url("/media/0.mp4"), show_copy(site, "0.mp4?_=1")
    run_once(workspace)
    assert state(workspace) == {first: MatchStatus.PENDING, second: MatchStatus.PENDING}
    decide(workspace, Decision.CONFIRM)
    assert state(workspace) == {first: MatchStatus.CONFIRMED, second: MatchStatus.CONFIRMED}
    assert one_case(workspace) == [first, second]
    with workspace.session() as session:
        (case,) = open_cases(session)
        reviews = [latest_review(session, row.id) for row in case_matches(session, case)]
    assert [found is not None and (found.reviewer, found.reason) for found in reviews] == [("R. Viewer", "clear")] * 2
    decide(workspace, Decision.REOPEN, "a second look")
    assert set(state(workspace).values()) == {MatchStatus.PENDING}
    decide(workspace, Decision.REJECT, "somebody else")
    assert set(state(workspace).values()) == {MatchStatus.REJECTED}


def joined(workspace: Workspace) -> RunSummary:
    return run_once(workspace)


def test_a_new_address_of_something_confirmed_joins_its_case_and_is_told(workspace: Workspace, site: Site) -> None:
    decide(workspace, Decision.CONFIRM, "it is her")
    copy = show_copy(site, "reupload.mp4")
    summary = joined(workspace)
    assert summary.joined == [f"{copy}: confirmed, as the same bytes elsewhere"]
    assert state(workspace)[copy] is MatchStatus.CONFIRMED
    assert one_case(workspace) == [site.url("/media/0.mp4"), copy]
    with workspace.session() as session:
        followed = session.exec(select(Review).where(col(Review.follows).is_not(None))).one()
        original = session.get_one(Review, followed.follows)
        assert (followed.reviewer, followed.reason, followed.at) == (original.reviewer, "it is her", original.at)
        assert followed.joined_at is not None
        assert followed.joined_at > original.at
    assert joined(workspace).joined == []


def test_a_new_address_of_something_rejected_does_not_wait_for_a_person_again(workspace: Workspace, site: Site) -> None:
    decide(workspace, Decision.REJECT, "a look-alike")
    copy = show_copy(site, "again.mp4")
    assert joined(workspace).joined == [f"{copy}: rejected, as the same bytes elsewhere"]
    assert state(workspace)[copy] is MatchStatus.REJECTED


def test_promise_3_a_licensed_address_of_confirmed_bytes_stays_licensed(workspace: Workspace, site: Site) -> None:
    decide(workspace, Decision.CONFIRM)
    with workspace.session() as session:
        subject = find_subject(session, "Figure 1")
        add_licence(session, subject, "The site", datetime(2026, 1, 1, tzinfo=UTC), host="127.0.0.1")
        session.commit()
    copy = show_copy(site, "licensed.mp4")
    assert joined(workspace).joined == []
    assert state(workspace)[copy] is MatchStatus.LICENSED


def test_promise_2_nothing_joins_a_case_for_which_nobody_may_act_any_more(workspace: Workspace, site: Site) -> None:
    decide(workspace, Decision.CONFIRM)
    show_copy(site, "late.mp4")
    with workspace.session() as session:
        for mandate in list_mandates(session, find_subject(session, "Figure 1")):
            revoke_mandate(session, mandate.id, now())
        session.commit()
    assert joined(workspace).joined == []
    assert len(one_case(workspace)) == 1


def test_what_was_reopened_lets_nothing_join(workspace: Workspace, site: Site) -> None:
    decide(workspace, Decision.CONFIRM)
    decide(workspace, Decision.REOPEN, "not sure")
    copy = show_copy(site, "unsure.mp4")
    assert joined(workspace).joined == []
    assert state(workspace)[copy] is MatchStatus.PENDING


def test_promise_3_leave_for_one_use_is_none_for_whoever_publishes_the_same_bytes(workspace: Workspace, site: Site) -> None:
    decide(workspace, Decision.PERMIT, "a fan's work")
    copy = show_copy(site, "advert.mp4")
    assert joined(workspace).joined == []
    assert state(workspace)[copy] is MatchStatus.PENDING


def test_leave_for_a_use_covers_another_address_of_the_file_on_the_same_page(workspace: Workspace, site: Site) -> None:
    decide(workspace, Decision.PERMIT, "a fan's work")
    copy = site.url("/media/0.mp4?_=1")
    site.routes["/media/0.mp4?_=1"] = site.routes["/media/0.mp4"]
    site.page("/watch/0", '<video src="/media/0.mp4?_=1"></video>')
    assert joined(workspace).joined == [f"{copy}: permitted, as the same bytes elsewhere"]
