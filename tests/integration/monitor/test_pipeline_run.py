"""One run over a real site: from pages to matches."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlmodel import select

from crawler.videos import Capture, Video, VideoState
from monitor.locks import WorkspaceBusy
from monitor.runs.once import run_once
from monitor.workspace import Workspace, alone
from registry.db import now
from registry.kinds import Modality
from registry.licences import add_licence, revoke_licence
from registry.mandates import Basis, Terms, add_mandate, list_mandates, revoke_mandate
from registry.subjects import find_subject
from reports.matches import MatchRow, MatchStatus, Scan
from reports.review import Decision, review
from tests.support.loopback_site import Answer, Site
from tests.support.prepared import Prepared
from tests.support.watched_site import BEGIN, TITLE, watched_before


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    """A workspace that has not run yet."""
    with watched_before(tmp_path_factory.mktemp("before"), [1, None, 3], [1, 2], lambda *_: None) as made:
        yield made


@pytest.fixture
def site(before: Prepared) -> Site:
    return before.site


def matches(workspace: Workspace) -> list[MatchRow]:
    with workspace.session() as session:
        return list(session.exec(select(MatchRow)))


def test_a_run_finds_captures_and_matches_and_a_second_run_changes_nothing(workspace: Workspace) -> None:
    lines: list[str] = []
    first = run_once(workspace, lines.append)
    assert first.problems == []
    assert (first.sources, first.new_videos, first.captured, first.scanned, first.new_matches) == (1, 3, 3, 3, 1)
    assert any(line.startswith("3 of 3. Captured ") for line in lines)
    (match,) = matches(workspace)
    with workspace.session() as session:
        assert match.subject_id == find_subject(session, "Figure 1").id
        video = session.get_one(Video, session.get_one(Capture, match.capture_id).video_id)
        assert video.title == f"{TITLE} 0"
    assert (match.modality, match.status, match.permission_reason) == (
        Modality.ARTWORK,
        MatchStatus.PENDING,
        "no licence names the subject",
    )
    assert 0 <= match.t_start < match.t_end <= 2.1

    second = run_once(workspace)
    assert (second.sources, second.new_videos, second.captured, second.scanned, second.new_matches) == (1, 0, 0, 0, 0)
    assert [row.id for row in matches(workspace)] == [match.id]


def test_one_bad_item_loses_nothing_else(workspace: Workspace, site: Site) -> None:
    site.page("/media/page.mp4", "<html><body>please log in</body></html>")
    site.redirect("/media/away.mp4", "http://169.254.169.254/latest/meta-data/")
    whole = site.routes["/media/0.mp4"]
    assert isinstance(whole, Answer)
    site.file("/media/cut.mp4", whole.body[:600])
    bad = ("missing", "page", "away", "cut")
    videos = "".join(f'<video src="/media/{name}.mp4"></video>' for name in (*bad, "0"))
    site.page("/", f"<html><body>{videos}</body></html>")
    summary = run_once(workspace)
    assert (summary.new_videos, summary.captured, summary.not_captured) == (5, 2, 3)
    assert (summary.scanned, summary.not_readable, summary.new_matches) == (2, 1, 1)
    with workspace.session() as session:
        failures = {video.media_url: video for video in session.exec(select(Video)) if video.state is VideoState.FAILED}
        assert set(failures) == {site.url(f"/media/{name}.mp4") for name in bad[:3]}
        assert all(video.failure and video.remedy for video in failures.values())
        failed = [scan for scan in session.exec(select(Scan)) if scan.failure]
        assert len(failed) == 1
        assert failed[0].remedy
    assert len(summary.problems) == 4


def test_promise_3_a_licensed_use_is_licensed_until_the_licence_is_revoked(workspace: Workspace) -> None:
    with workspace.session() as session:
        licence = add_licence(
            session, find_subject(session, "Figure 1"), "Fan Club", datetime(2026, 1, 1, tzinfo=UTC), host="127.0.0.1"
        )
        session.commit()
        licence_id = licence.id
    run_once(workspace)
    (match,) = matches(workspace)
    assert (match.status, match.licence_id) == (MatchStatus.LICENSED, licence_id)
    with workspace.session() as session:
        revoke_licence(session, licence_id, now())
        session.commit()
    summary = run_once(workspace)
    assert summary.licences_changed == 1
    (match,) = matches(workspace)
    assert (match.status, match.licence_id) == (MatchStatus.PENDING, None)


def end_mandates(workspace: Workspace, name: str) -> None:
    with workspace.session() as session:
        for mandate in list_mandates(session, find_subject(session, name)):
            revoke_mandate(session, mandate.id, now())
        session.commit()


def test_promise_8_revoking_a_mandate_stops_matching_at_once(workspace: Workspace) -> None:
    end_mandates(workspace, "Figure 1")
    summary = run_once(workspace)
    assert (summary.scanned, summary.new_matches) == (3, 0)
    assert matches(workspace) == []
    assert "1 enrolled subject is not looked for" in summary.problems[0]
    with workspace.session() as session:
        subject = find_subject(session, "Figure 1")
        add_mandate(session, workspace.vault, subject, b"signed", verified_by="R. Reader", starts_at=BEGIN)
        session.commit()
    assert run_once(workspace).new_matches == 1


def test_promise_8_a_mandate_that_ends_while_a_scan_is_under_way_keeps_its_finds_out(workspace: Workspace) -> None:
    def end_before_scanning(line: str) -> None:
        if line.startswith("Scanning"):
            end_mandates(workspace, "Figure 1")

    summary = run_once(workspace, end_before_scanning)
    assert (summary.scanned, summary.new_matches) == (2, 0)
    assert matches(workspace) == []
    assert any(problem.startswith("A find of Figure 1 was dropped") for problem in summary.problems)
    assert run_once(workspace).scanned == 1  # the one that was dropped; for what ended nothing is looked at again


def test_a_mandate_for_another_modality_does_not_let_match(workspace: Workspace) -> None:
    end_mandates(workspace, "Figure 1")
    with workspace.session() as session:
        subject = find_subject(session, "Figure 1")
        terms = Terms(scope=[Modality.FACE])
        add_mandate(session, workspace.vault, subject, b"signed", verified_by="R. Reader", starts_at=BEGIN, terms=terms)
        session.commit()
    assert run_once(workspace).new_matches == 0


def test_two_runs_do_not_share_a_workspace(workspace: Workspace) -> None:
    with alone(workspace), pytest.raises(WorkspaceBusy, match="under way"):
        run_once(workspace)


def test_a_run_says_what_was_captured_and_what_was_not(workspace: Workspace, site: Site) -> None:
    site.page("/", '<html><body><video src="/media/0.mp4"></video><video src="/media/missing.mp4"></video></body></html>')
    said: list[str] = []
    summary = run_once(workspace, said.append)
    told = {line.partition(". ")[2] for line in said if " of 2. " in line}
    assert told == {f"Captured {site.url('/media/0.mp4')}", f"Not captured: {site.url('/media/missing.mp4')}"}
    assert "Scanning: 1 capture to go" in said
    assert summary.waiting == summary.new_matches == 1


def test_what_was_captured_and_is_gone_since_is_not_counted_as_not_captured(workspace: Workspace, site: Site) -> None:
    run_once(workspace)
    (match,) = matches(workspace)
    with workspace.session() as session:
        review(session, match.id, Decision.CONFIRM, "R. Viewer", "clear", now())
        session.commit()
    del site.routes["/media/0.mp4"]
    for gone in ([site.url("/media/0.mp4")], []):
        summary = run_once(workspace)
        assert (summary.gone, summary.not_captured, summary.waiting) == (gone, 0, 0)


def test_promise_8_a_consent_that_ends_while_a_run_is_under_way_keeps_its_finds_out(workspace: Workspace) -> None:
    with workspace.session() as session:
        subject, terms = find_subject(session, "Figure 1"), Terms(Basis.CONSENT)
        add_mandate(session, workspace.vault, subject, b"I agree", verified_by="R. Reader", starts_at=BEGIN, terms=terms)
        session.commit()

    def withdraw(line: str) -> None:
        if line.startswith("Scanning"):
            with workspace.session() as session:
                (consent,) = [row for row in list_mandates(session) if row.basis is Basis.CONSENT]
                revoke_mandate(session, consent.id, now())
                session.commit()

    summary = run_once(workspace, withdraw)
    assert (summary.new_matches, matches(workspace)) == (0, [])
    assert any("ended during the scan" in problem for problem in summary.problems)
