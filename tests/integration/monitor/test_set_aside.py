"""What was set aside since every run ended at it: people see it, and have it looked at once more, however old it is."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select

from crawler.videos import Capture
from monitor.runs.capturing import capture_queue
from monitor.runs.crawling import crawl_sources
from monitor.runs.scan_queue import SCAN
from monitor.runs.scanning import scan_captures
from monitor.runs.summary import RunSummary
from monitor.workspace import Workspace
from registry.accounts import Role, add_account, issue_token
from registry.actions import Action
from registry.audit import AuditEntry
from registry.claims import ENDINGS, Wanted, claim
from registry.db import now
from registry.parties import find_party
from reports.looked_for import not_looked_again
from reports.matches import Scan
from reports.render.weekly import weekly_html
from reports.week import week_of
from reports.weekly import weekly_report
from tests.support.command_desk import Desk
from tests.support.loopback_site import Site
from tests.support.watched_site import watched


@pytest.fixture
def workspace(tmp_path: Path, site: Site) -> Iterator[Workspace]:
    """One with two addresses of one film, which ended every run that looked at it, and another film."""
    with watched(tmp_path, site, [1, 1, None], [1]) as workspace:
        site.routes["/media/1.mp4"] = site.routes["/media/0.mp4"]
        crawl_sources(workspace, RunSummary(), lambda _: None)
        capture_queue(workspace, RunSummary(), lambda _: None)
        yield workspace


def end_runs_at(workspace: Workspace, digest: str) -> None:
    for number in range(ENDINGS + 1):
        with Session(workspace.engine) as session:
            claim(session, SCAN, [digest], Wanted(f"{number}", 40.0, gone=[f"{number - 1}"]), 1, now())
            session.commit()


def scan(workspace: Workspace) -> RunSummary:
    summary = RunSummary()
    scan_captures(workspace, summary, lambda _: None)
    return summary


def week(workspace: Workspace) -> str:
    with workspace.session() as session:
        return weekly_html(weekly_report(session, workspace.vault, week_of(now()), now())).decode()


def test_what_was_set_aside_is_shown_and_looked_at_once_more_when_the_machines_owner_asks(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = Desk(workspace.root, monkeypatch, capsys)
    assert "could be read" in desk.run("capture", "unread").stdout
    with workspace.session() as session:
        captures = session.exec(select(Capture).order_by(Capture.final_url)).all()
        film, copy, other = (capture.id for capture in captures)
        digest = captures[0].media_sha256
        assert captures[1].media_sha256 == digest
    end_runs_at(workspace, digest)
    first = scan(workspace)
    assert (first.scanned, first.not_readable, first.new_matches) == (3, 2, 0)
    assert Action.LOOK_AT_UNREAD in [step.action for step in first.steps]
    assert "whoever runs the machine can have it looked at again" in week(workspace)
    listed = desk.json("capture", "unread")
    assert {(row["id"], row["again"]) for row in listed} == {(film, False), (copy, False)}
    assert listed[0]["reason"].startswith("Each run that looked at it ended")
    # Nothing is looked at anew by itself, and what is older than again_days is when somebody asks.
    with workspace.session() as session:
        for capture in session.exec(select(Capture)):
            capture.captured_at -= timedelta(days=400)
        session.commit()
    assert scan(workspace).scanned == 0
    assert "2 captures wait" in desk.run("capture", "again", film[:12]).stdout
    assert {row["again"] for row in desk.json("capture", "unread")} == {True}
    with workspace.session() as session:
        asked = session.exec(select(AuditEntry).where(AuditEntry.action == "look again")).all()
        assert {key for entry in asked for key in entry.row_ids} == {film, copy}
        assert not_looked_again(session) == 0
    again = scan(workspace)
    assert (again.scanned, again.not_readable, again.new_matches) == (2, 0, 2)
    assert desk.json("capture", "unread") == []
    assert scan(workspace).scanned == 0
    refused = desk.run("capture", "again", other, code=2).stderr
    assert "could not be read" in refused
    assert "semblance capture unread" in refused


def test_what_was_asked_for_is_looked_at_once_with_whatever_gallery_it_is_by_then(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = Desk(workspace.root, monkeypatch, capsys)
    with workspace.session() as session:
        digest = session.exec(select(Capture).order_by(Capture.final_url)).all()[0].media_sha256
    end_runs_at(workspace, digest)
    scan(workspace)
    (film, _) = desk.json("capture", "unread")
    desk.run("capture", "again", film["id"])
    with workspace.session() as session:
        for row in session.exec(select(Scan).where(Scan.capture_id == film["id"])):
            session.delete(row)
            session.add(Scan.model_validate({**row.model_dump(), "id": "of another", "gallery_digest": "another gallery"}))
        session.commit()
    assert scan(workspace).scanned == 2
    with workspace.session() as session:
        assert len(session.exec(select(Scan).where(Scan.capture_id == film["id"])).all()) == 2
    assert scan(workspace).scanned == 0


def test_no_account_has_anything_looked_at_again(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with workspace.session() as session:
        account = add_account(session, "clerk", Role.ADMIN, "a sentence of several words", find_party(session, "Studio"))
        secret = issue_token(session, account, "cli")[1]
        session.commit()
        (capture, *_) = session.exec(select(Capture.id))
    desk = Desk(workspace.root, monkeypatch, capsys)
    monkeypatch.setenv("SEMBLANCE_TOKEN", secret)
    for words in (("unread",), ("again", capture)):
        assert "whoever runs this machine" in desk.run("capture", *words, code=2).stderr.lower()
