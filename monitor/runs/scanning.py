"""Looking at what was captured, and putting on record what was found in it."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from itertools import groupby

from sqlmodel import Session, func, select

from crawler.videos import Capture
from matcher.types import Gallery, Match, Recogniser, ScanResult
from monitor.engine.base import Engine, Looked
from monitor.engine.choosing import engine_of
from monitor.enrolment import renew_templates
from monitor.identities import compare_subjects
from monitor.recognisers import build_recognisers, prepare_packs, recogniser_spec
from monitor.runs.gallery import Eligible, eligible, load_gallery, looked_for, not_looked_for, wanted_templates
from monitor.runs.summary import RunSummary, Say
from monitor.workspace import Workspace
from registry.audit import record
from registry.db import now
from registry.kinds import Modality
from registry.portrayals import list_portrayals, roles
from registry.standing import standing_of
from registry.storage.lock import hold
from registry.subjects import Subject
from reports.cases import renew_cases
from reports.character_claims import claims
from reports.joining import join_decided
from reports.looked_for import adopt_scans, not_looked_again, note_looked_for, owed
from reports.matches import MatchRow, apply_to_found
from reports.recording import record_scan
from reports.render.plain import looked_part


def scan_captures(workspace: Workspace, summary: RunSummary, say: Say, engine: Engine | None = None) -> None:
    """Look at every capture that was not looked at, and at those of the last days that were before somebody was looked for who is
    now. What ends, and what is decided or permitted, has nothing looked at again.

    engine: what does the looking; the one of the settings where none is given.
    """
    with workspace.session() as session:
        prepare_packs(workspace.settings, say)
        spec = recogniser_spec(workspace.settings)
        recognisers = build_recognisers(spec)
        summary.problems += renew_templates(workspace, session, recognisers)[1]
        compare_subjects(workspace, recognisers)
        found = eligible(session, recognisers)
        wanted = wanted_templates(session, recognisers, found)
        said, steps = not_looked_for(session, found, len(wanted))
        summary.problems += said
        summary.steps += steps
        if not wanted:
            return
        for reach in found.who.reaches:
            say(f"{reach}; letters are for there only.")
        noted = note_looked_for(session, wanted, found.at)
        load = cache(lambda: _loaded(session, recognisers, found))
        if noted.begun:
            adopt_scans(session, load().digest, noted.number)
        since = found.at - timedelta(days=workspace.settings.scan.again_days)
        waiting = owed(session, noted.number, since)
        summary.not_again = not_looked_again(session, before=since)
        # Of the same moment as what was noted: whoever may be looked for no more by now is judged when the find is recorded.
        loaded = load() if waiting else None
        session.commit()
        say(_to_go(len(waiting)))
        if loaded is None:
            return
        look = _Look(loaded.digest, noted.number)
        objects = {digest: list(captures) for digest, captures in groupby(waiting, key=lambda capture: capture.media_sha256)}
        with closing((engine or engine_of(workspace)).scan(spec, loaded.gallery, list(objects))) as every:
            for looked in every:
                _take_in(session, looked, objects[looked.sha256], look, summary)
                say(_to_go(len(waiting) - summary.scanned))


@dataclass(frozen=True)
class _Loaded:
    """Who is looked for, and the digest of that; see reports.looked_for."""

    gallery: Gallery
    digest: str


def _loaded(session: Session, recognisers: Sequence[Recogniser], found: Eligible) -> _Loaded:
    gallery = load_gallery(session, recognisers, found)
    return _Loaded(gallery, looked_for(gallery, recognisers))


@dataclass(frozen=True)
class _Look:
    """The gallery that is looked with: its digest, and its number; see reports.looked_for."""

    digest: str
    number: int


def _take_in(session: Session, looked: Looked, captures: Sequence[Capture], look: _Look, summary: RunSummary) -> None:
    """What the engine found in an object, of which these captures are."""
    if looked.refused is not None:
        summary.problems.append(str(looked.refused))
    if looked.result is not None:
        _record_all(session, captures, _with_claims(session, looked.result), look, summary)


def _to_go(captures: int) -> str:
    return f"Scanning: {captures} {'capture' if captures == 1 else 'captures'} to go"


def _record_all(session: Session, captures: Sequence[Capture], result: ScanResult, look: _Look, summary: RunSummary) -> None:
    for capture in captures:
        _record(session, capture, result, look, summary)
    if result.failure is not None:
        summary.problems.append(f"Not scanned: {captures[0].final_url}: {result.failure.what} {result.failure.remedy}")
    if result.in_part:
        seen = f"Looked at in part ({looked_part(result.share, result.frames_looked_at)})"
        summary.problems.append(f"{seen}: {captures[0].final_url}: {' '.join(result.unseen)}")


def _record(session: Session, capture: Capture, result: ScanResult, look: _Look, summary: RunSummary) -> None:
    # Nobody else writes from here to the commit: what ends is on record before the find, which is then dropped, or after it.
    hold(session)
    if ended := _ended(session, result):
        _drop(session, ended, summary)
        return
    before = _matches(session)
    record_scan(session, capture, result, look.digest, now(), look.number)
    if result.matches:
        # In the same transaction: a licensed use is at no moment on record as an open one.
        summary.licences_changed += apply_to_found(session, capture.id, now())
        joined = join_decided(session, capture, now())
        if joined:
            # What was confirmed of the same bytes elsewhere is confirmed here, too, and belongs into its case.
            renew_cases(session)
        summary.joined += [f"{each.address}: {each.decision.said}, as the same bytes elsewhere" for each in joined]
    session.commit()
    summary.scanned += 1
    summary.not_readable += result.failure is not None
    summary.in_part += result.in_part
    summary.new_matches += _matches(session) - before


def _with_claims(session: Session, result: ScanResult) -> ScanResult:
    """The result with what it means for the characters that a matched person plays, where somebody may act for them."""
    played = roles(list_portrayals(session))
    every = claims(result.matches, played)
    kept = (match for match in every if match in result.matches or _may_act(session, match.subject_id, match.appearance.modality))
    return replace(result, matches=tuple(kept))


def _ended(session: Session, result: ScanResult) -> dict[str, list[Match]]:
    """By subject, the finds of those who could be acted for when the gallery was loaded, and cannot now."""
    ended: dict[str, list[Match]] = {}
    for match in result.matches:
        if not _may_act(session, match.subject_id, match.appearance.modality):
            ended.setdefault(match.subject_id, []).append(match)
    return ended


def _drop(session: Session, ended: Mapping[str, Sequence[Match]], summary: RunSummary) -> None:
    """Nothing of the capture is recorded: it stays in the queue. The run and the audit log say of whom it was."""
    for subject_id, finds in ended.items():
        subject = session.get_one(Subject, subject_id)
        why = standing_of(session, subject, now(), finds[0].appearance.modality).reason
        record(session, "drop finds", "subject", [subject_id], {"finds": len(finds)}, concerns=subject.party_id)
        said = f"A find of {subject.name} was dropped, since the right to look for them ended during the scan ({why})."
        summary.problems.append(f"{said} The next run looks again, for everybody else.")
    session.commit()


def _may_act(session: Session, subject_id: str, modality: Modality) -> bool:
    return standing_of(session, session.get_one(Subject, subject_id), now(), modality).allowed


def _matches(session: Session) -> int:
    return session.exec(select(func.count()).select_from(MatchRow)).one()
