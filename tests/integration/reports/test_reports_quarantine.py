"""References that bring in strangers: set aside by reviewers' rejections, and back when those are reopened."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from crawler.videos import Capture
from matcher.types import Gallery, Match
from monitor.cli.actions import typed
from monitor.recognisers import build_recognisers, recogniser_spec
from monitor.runs.gallery import load_gallery
from monitor.runs.scanning import scan_captures
from monitor.runs.summary import RunSummary
from monitor.workspace import Workspace, open_workspace
from registry.erase import erase_subject
from registry.kinds import Modality
from registry.references import list_references
from registry.removal import remove_reference
from registry.subjects import find_subject
from reports.erasure import erase_matches
from reports.matches import MatchRow, MatchStatus
from reports.quarantine import REJECTED_VIDEOS, quarantined
from reports.recording import record_scan
from reports.review import Decision, review
from tests.support.loopback_site import open_site
from tests.support.recorded_matches import AT, a_capture, a_match, a_result, a_video
from tests.support.watched_site import make_workspace


def drawn(match: Match, reference_id: str) -> Match:
    """The match as one of that reference, which is a drawing."""
    return replace(match, reference_id=reference_id, appearance=replace(match.appearance, modality=Modality.ARTWORK))


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """Figures 1 and 2 enrolled, and one match of Figure 1 in each of five videos."""
    with open_site() as site:
        make_workspace(tmp_path / "work", site, tmp_path, [1, 2])
    with open_workspace(tmp_path / "work") as workspace:
        with workspace.session() as session:
            subject = find_subject(session, "Figure 1")
            (reference,) = list_references(session, subject)
            match = drawn(a_match(subject.id), reference.id)
            for number in range(5):
                session.add(a_video(f"v{number}"))
                session.flush()
                session.add(a_capture(f"c{number}", f"v{number}", f"{number:064}"))
                session.flush()
                record_scan(session, session.get_one(Capture, f"c{number}"), a_result(match), "g1", AT)
            session.commit()
        yield workspace


def decide(session: Session, number: int, decision: Decision, subject_id: str | None = None) -> None:
    of = () if subject_id is None else (MatchRow.subject_id == subject_id,)
    row = session.exec(select(MatchRow).where(MatchRow.capture_id == f"c{number}", *of)).one()
    review(session, row.id, decision, "R. Iyer", "looked at it", AT)
    session.commit()


def looked_for(workspace: Workspace, session: Session) -> set[str]:
    gallery: Gallery = load_gallery(session, build_recognisers(recogniser_spec(workspace.settings)))
    return {gallery.subjects[template.subject_id].name for template in gallery.templates}


def problems(workspace: Workspace) -> str:
    summary = RunSummary()
    scan_captures(workspace, summary, lambda _: None)
    return "\n".join((*summary.problems, typed(summary.steps)))


def test_rejections_in_three_videos_set_a_reference_aside_and_the_run_says_so(workspace: Workspace) -> None:
    with workspace.session() as session:
        for number in range(REJECTED_VIDEOS):
            assert quarantined(session) == []
            assert looked_for(workspace, session) == {"Figure 1", "Figure 2"}
            decide(session, number, Decision.REJECT)
        (found,) = quarantined(session)
        assert (found.rejected, found.confirmed) == (REJECTED_VIDEOS, 0)
        assert looked_for(workspace, session) == {"Figure 2"}
    said = problems(workspace)
    assert "Figure 1 is in quarantine" in said
    assert f"rejected in {REJECTED_VIDEOS} videos" in said
    assert "semblance reference list" in said


def test_what_is_rejected_of_one_way_is_looked_for_in_the_others(workspace: Workspace) -> None:
    """A clip's music may be everybody's, and its pictures are the party's all the same."""
    with workspace.session() as session:
        for row in session.exec(select(MatchRow)).all():
            row.modality = Modality.SOUND
            session.add(row)
        session.commit()
        for number in range(REJECTED_VIDEOS):
            decide(session, number, Decision.REJECT)
        (found,) = quarantined(session)
        assert found.modality is Modality.SOUND
        assert looked_for(workspace, session) == {"Figure 1", "Figure 2"}
    assert "Figure 1 is in quarantine for the sound" in problems(workspace)


def test_a_character_that_is_rejected_leaves_the_photo_of_who_plays_it_alone(workspace: Workspace) -> None:
    """That it was not in the role is another party's affair, and says nothing of whose photo it is."""
    with workspace.session() as session:
        for row in session.exec(select(MatchRow)).all():
            claim = {"id": f"claim-{row.id}", "subject_id": "captain", "status": MatchStatus.REJECTED}
            session.add(MatchRow(**{**row.model_dump(), **claim}))
        session.commit()
        assert quarantined(session) == []
        assert looked_for(workspace, session) == {"Figure 1", "Figure 2"}
        for number in range(REJECTED_VIDEOS):
            decide(session, number, Decision.REJECT, find_subject(session, "Figure 1").id)
        (found,) = quarantined(session)
        assert (found.subject_id, found.rejected) == (find_subject(session, "Figure 1").id, REJECTED_VIDEOS)
    assert "rejected in 3 videos" in problems(workspace)


def test_a_review_that_is_reopened_brings_the_reference_back(workspace: Workspace) -> None:
    with workspace.session() as session:
        for number in range(REJECTED_VIDEOS):
            decide(session, number, Decision.REJECT)
        decide(session, 0, Decision.REOPEN)
        assert quarantined(session) == []
        assert looked_for(workspace, session) == {"Figure 1", "Figure 2"}
    assert "quarantine" not in problems(workspace)


def test_several_matches_rejected_in_one_video_count_once(workspace: Workspace) -> None:
    with workspace.session() as session:
        rows = session.exec(select(MatchRow)).all()
        session.add(a_capture("again", "v0"))
        session.flush()
        match = drawn(a_match(rows[0].subject_id, 5.0, 7.0), rows[0].reference_id)
        record_scan(session, session.get_one(Capture, "again"), a_result(match), "g1", AT)
        for row in session.exec(select(MatchRow).where(col(MatchRow.capture_id).in_(["again", "c0", "c1"]))).all():
            review(session, row.id, Decision.REJECT, "R. Iyer", "no", AT)
        session.commit()
        assert quarantined(session) == []


def test_a_reference_that_is_confirmed_as_often_as_rejected_stays(workspace: Workspace) -> None:
    with workspace.session() as session:
        confirmed = set(range(5)) - set(range(REJECTED_VIDEOS))
        for number in range(REJECTED_VIDEOS):
            decide(session, number, Decision.REJECT)
        for number in confirmed:
            decide(session, number, Decision.CONFIRM)
        (found,) = quarantined(session)
        assert (found.rejected, found.confirmed) == (3, 2)
        decide(session, 0, Decision.CONFIRM)
        assert quarantined(session) == []


@pytest.mark.parametrize("how", ["erased", "replaced"])
def test_of_a_reference_that_is_gone_nothing_is_said_any_more(workspace: Workspace, how: str) -> None:
    with workspace.session() as session:
        for number in range(REJECTED_VIDEOS):
            decide(session, number, Decision.REJECT)
        subject = find_subject(session, "Figure 1")
        if how == "erased":
            erase_subject(session, workspace.vault, subject, AT, "their wish", also=[erase_matches])
        else:
            remove_reference(session, workspace.vault, list_references(session, subject)[0])
        session.commit()
        assert quarantined(session) == []
        assert looked_for(workspace, session) == {"Figure 2"}
    assert "quarantine" not in problems(workspace)


def test_the_same_bytes_at_three_addresses_are_one_rejection(workspace: Workspace) -> None:
    with workspace.session() as session:
        for capture in session.exec(select(Capture)).all():
            capture.media_sha256 = "f" * 64
            session.add(capture)
        session.commit()
        decide(session, 0, Decision.REJECT)
        assert {row.status for row in session.exec(select(MatchRow))} == {MatchStatus.REJECTED}
        assert quarantined(session) == []
