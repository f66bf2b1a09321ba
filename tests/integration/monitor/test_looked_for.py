"""What is looked at again, and what is not: counted by the rows of scans."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, col, func, select

from crawler.videos import Capture
from monitor.enrolment import enrol_file
from monitor.recognisers import build_recognisers, recogniser_spec
from monitor.runs.once import run_once
from monitor.wiring import ERASERS
from monitor.workspace import Workspace
from registry.db import now
from registry.erase import erase_subject
from registry.kinds import SubjectKind
from registry.licences import add_licence
from registry.mandates import Basis, Terms, add_mandate, declare_own, list_mandates, revoke_mandate
from registry.parties import find_party
from registry.subjects import add_subject, find_subject, rename_subject
from reports.coverage import coverage_of
from reports.looked_for import LookedFor
from reports.matches import MatchRow, Scan
from reports.week import week_of
from tests.support.drawn_clips import figure, save
from tests.support.loopback_site import Site
from tests.support.prepared import Prepared
from tests.support.watched_site import BEGIN, watched_before

CAPTURES = 3
Change = Callable[[Workspace, Session], None]


def begin(workspace: Workspace, _: Site) -> None:
    assert run_once(workspace).scanned == CAPTURES


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    """Three videos, one with Figure 1 and one with Figure 3; looked at once for Figure 1 and Figure 2."""
    with watched_before(tmp_path_factory.mktemp("before"), [1, None, 3], [1, 2], begin) as made:
        yield made


@pytest.fixture
def site(before: Prepared) -> Site:
    return before.site


def looks(workspace: Workspace) -> list[tuple[str, str, object]]:
    with workspace.session() as session:
        return [(scan.id, scan.capture_id, scan.scanned_at) for scan in session.exec(select(Scan).order_by(col(Scan.id)))]


def enrol(workspace: Workspace, session: Session, seed: int, folder: Path) -> None:
    subject = add_subject(session, find_party(session, "Studio"), f"Figure {seed}", SubjectKind.CHARACTER)
    declare_own(session, workspace.vault, subject, verified_by="R. Reader", starts_at=BEGIN)
    recognisers = build_recognisers(recogniser_spec(workspace.settings))
    enrol_file(workspace, session, recognisers, subject, save(folder / f"new{seed}.png", figure(seed)))
    session.commit()


def _licence(_: Workspace, session: Session) -> None:
    add_licence(session, find_subject(session, "Figure 1"), "Somebody", BEGIN)


def _second_mandate(workspace: Workspace, session: Session) -> None:
    subject = find_subject(session, "Figure 1")
    add_mandate(session, workspace.vault, subject, b"a signed paper, and more", verified_by="R. Reader", starts_at=BEGIN)


def _consent(workspace: Workspace, session: Session) -> None:
    subject, terms = find_subject(session, "Figure 1"), Terms(Basis.CONSENT)
    add_mandate(session, workspace.vault, subject, b"a signed paper: yes", verified_by="R. Reader", starts_at=BEGIN, terms=terms)


def _end(_: Workspace, session: Session) -> None:
    for mandate in list_mandates(session, find_subject(session, "Figure 1")):
        revoke_mandate(session, mandate.id, now())


def _edit_party(_: Workspace, session: Session) -> None:
    party = find_party(session, "Studio")
    party.email, party.commercial = "rights@studio.example", False
    session.add(party)


def _rename(_: Workspace, session: Session) -> None:
    rename_subject(session, find_subject(session, "Figure 2"), "Figure Two")


def _erase(workspace: Workspace, session: Session) -> None:
    erase_subject(session, workspace.vault, find_subject(session, "Figure 2"), now(), "asked for it", also=ERASERS)


@pytest.mark.parametrize("change", [_licence, _second_mandate, _consent, _end, _edit_party, _rename, _erase])
def test_what_adds_nobody_has_nothing_looked_at_again(workspace: Workspace, change: Change) -> None:
    before = looks(workspace)
    with workspace.session() as session:
        change(workspace, session)
        session.commit()
    assert run_once(workspace).scanned == 0
    assert looks(workspace) == before


def test_whoever_is_new_is_looked_for_in_what_was_captured_of_late(workspace: Workspace, tmp_path: Path) -> None:
    with workspace.session() as session:
        found = session.exec(select(MatchRow.id)).all()
        old = session.exec(select(Capture).where(col(Capture.final_url).endswith("/1.mp4"))).one()
        old.captured_at = now() - timedelta(days=workspace.settings.scan.again_days + 1)
        session.add(old)
        session.commit()
        old_id = old.id
        enrol(workspace, session, 3, tmp_path)
    summary = run_once(workspace)
    assert (summary.scanned, summary.new_matches, summary.not_again) == (2, 1, 1)
    with workspace.session() as session:
        assert set(found) < set(session.exec(select(MatchRow.id)))
        first, last = (session.exec(select(which(col(Scan.gallery_number)))).one() for which in (func.min, func.max))
        assert 1 < last - first < now().timestamp() * 1_000_000 - first  # moments, and not how many galleries there were
        again = [scan.capture_id for scan in session.exec(select(Scan).where(Scan.gallery_number == last))]
        assert len(again) == 2
        assert old_id not in again
        assert coverage_of(session, week_of(now())).not_again == 1
    summary = run_once(workspace)
    assert (summary.scanned, summary.not_again) == (0, 1)


def test_whoever_comes_back_is_looked_for_again(workspace: Workspace) -> None:
    with workspace.session() as session:
        _end(workspace, session)
        session.commit()
    assert run_once(workspace).scanned == 0
    with workspace.session() as session:
        _second_mandate(workspace, session)
        session.commit()
    assert run_once(workspace).scanned == CAPTURES
    assert run_once(workspace).scanned == 0


def test_of_the_erased_nothing_says_that_they_were_looked_for(workspace: Workspace) -> None:
    with workspace.session() as session:
        gone = find_subject(session, "Figure 2").id
        assert session.exec(select(LookedFor).where(LookedFor.subject_id == gone)).all()
        _erase(workspace, session)
        assert not session.exec(select(LookedFor).where(LookedFor.subject_id == gone)).all()


def test_what_an_earlier_version_looked_at_is_not_looked_at_again(workspace: Workspace) -> None:
    with workspace.session() as session:
        for row in [*session.exec(select(LookedFor)), *session.exec(select(Scan))]:
            if isinstance(row, Scan):
                row.gallery_number = None
                session.add(row)
            else:
                session.delete(row)
        session.commit()
    assert run_once(workspace).scanned == 0
