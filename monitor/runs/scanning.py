"""Looking at what was captured, and putting on record what was found in it."""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache, partial

from sqlmodel import Session, func, select

from crawler.videos import Capture
from matcher.types import Failure, Gallery, Match, Recogniser, ScanResult
from monitor.drivers import Driver, StillMine, driving
from monitor.engine.base import Engine, Looked
from monitor.engine.choosing import engine_of
from monitor.engine.scanner import failed_result
from monitor.enrolment import renew_templates
from monitor.identities import compare_subjects
from monitor.recognisers import RecogniserSpec, build_recognisers, prepare_packs, recogniser_spec
from monitor.runs.gallery import Eligible, eligible, load_gallery, looked_for, not_looked_for, wanted_templates
from monitor.runs.scan_queue import ScanQueue
from monitor.runs.summary import RunSummary, Say
from monitor.workspace import Workspace
from registry.actions import Action
from registry.audit import record
from registry.claims import ENDINGS, Claimed, ClaimLost, check, finish, put_off
from registry.counting import counted
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
    with driving(workspace.engine, workspace.root) as driver, workspace.session() as session:
        prepare_packs(workspace.settings, say)
        spec = recogniser_spec(workspace.settings)
        # Of several runs the second finds all templates made, and all that is looked for noted.
        with driver.only("who is looked for") as still_mine:
            try:
                owing = _owing(workspace, session, build_recognisers(spec), summary, say, still_mine)
            finally:
                session.rollback()
        if owing is None:
            return
        say(_to_go(len(owing.waiting)))
        if owing.loaded is not None:
            _Scanning(driver, session, summary, say).scan_all(engine or engine_of(workspace), spec, owing.loaded, owing)


@dataclass(frozen=True)
class _Loaded:
    """Who is looked for, and the digest of that; see reports.looked_for."""

    gallery: Gallery
    digest: str


@dataclass(frozen=True)
class _Owing:
    """What waits to be looked at, with the gallery of that number; since: see owed. loaded: None where nothing waits."""

    waiting: Sequence[Capture]
    number: int
    since: datetime
    loaded: _Loaded | None


def _owing(
    workspace: Workspace,
    session: Session,
    recognisers: Sequence[Recogniser],
    summary: RunSummary,
    say: Say,
    still_mine: StillMine,
) -> _Owing | None:
    """Note who is looked for now, and see what that leaves to be looked at; None where there is nobody. Commits.

    still_mine: asked in the transaction that notes it."""
    summary.problems += renew_templates(workspace, session, recognisers)[1]
    compare_subjects(workspace, recognisers)
    found = eligible(session, recognisers)
    wanted = wanted_templates(session, recognisers, found)
    said, steps = not_looked_for(session, found, len(wanted))
    summary.problems += said
    summary.steps += steps
    if not wanted:
        return None
    for reach in found.who.reaches:
        say(f"{reach}; letters are for there only.")
    hold(session)
    still_mine(session)
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
    return _Owing(waiting, noted.number, since, loaded)


def _loaded(session: Session, recognisers: Sequence[Recogniser], found: Eligible) -> _Loaded:
    gallery = load_gallery(session, recognisers, found)
    return _Loaded(gallery, looked_for(gallery, recognisers))


@dataclass(frozen=True)
class _Look:
    """The gallery that is looked with: its digest, and its number; see reports.looked_for."""

    digest: str
    number: int


class _Scanning:
    """One run's part of the looking."""

    def __init__(self, driver: Driver, session: Session, summary: RunSummary, say: Say) -> None:
        self._driver, self._session, self._summary, self._say = driver, session, summary, say

    def scan_all(self, engine: Engine, spec: RecogniserSpec, loaded: _Loaded, owing: _Owing) -> None:
        """Look at what no other run looks at, until nothing is left."""
        look = _Look(loaded.digest, owing.number)
        queue = ScanQueue(self._driver, self._session, owing.waiting, owing.number, owing.since)
        for batch in queue.batches(engine.at_a_time):
            digests = list(batch.captures)
            if batch.set_aside and _LOOK not in self._summary.steps:
                self._summary.steps.append(_LOOK)
            with closing(_not_looked_at(digests) if batch.set_aside else engine.scan(spec, loaded.gallery, digests)) as every:
                for looked in every:
                    captures = batch.captures[looked.sha256]
                    try:
                        queue.to_go -= self._take_in(looked, captures, batch.claims[looked.sha256], look)
                    except ClaimLost:
                        self._session.rollback()
                        queue.lost(looked.sha256)
                    self._say(_to_go(queue.to_go))
        if queue.later:
            which = counted(queue.later, "object")
            self._summary.problems.append(f"{which} could not be had several times, and will be tried again within an hour.")

    def _take_in(self, looked: Looked, captures: Sequence[Capture], claimed: Claimed, look: _Look) -> int:
        """What the engine found in an object, of which these captures are; how many of them it is on record for."""
        before = self._summary.scanned
        if looked.refused is not None:
            self._summary.problems.append(str(looked.refused))
            put_off(self._session, claimed, now())
            self._session.commit()
        if looked.result is not None:
            result = _with_claims(self._session, looked.result)
            _record_all(self._session, captures, result, look, self._summary, claimed)
        return self._summary.scanned - before


_ENDED = Failure(
    f"Each run that looked at it ended, {ENDINGS} of them.",
    "The file is damaged or hostile, or the machine was short of memory: whoever runs the machine can have it looked at again.",
)


_LOOK = Action.LOOK_AT_UNREAD.of("")


def _not_looked_at(digests: Sequence[str]) -> Generator[Looked]:
    """What is said of objects that nobody looks at any more."""
    for sha256 in digests:
        yield Looked(sha256, failed_result(sha256, _ENDED, 0.0))


def _to_go(captures: int) -> str:
    return f"Scanning: {captures} {'capture' if captures == 1 else 'captures'} to go"


def _record_all(
    session: Session, captures: Sequence[Capture], result: ScanResult, look: _Look, summary: RunSummary, claimed: Claimed
) -> None:
    for left, capture in zip(reversed(range(len(captures))), captures, strict=True):
        # With the last of them the object is done.
        _record(session, capture, result, look, summary, partial(_still_mine, claimed=claimed, last=not left))
    if result.failure is not None:
        summary.problems.append(f"Not scanned: {captures[0].final_url}: {result.failure.what} {result.failure.remedy}")
    if result.in_part:
        seen = f"Looked at in part ({looked_part(result.share, result.frames_looked_at)})"
        summary.problems.append(f"{seen}: {captures[0].final_url}: {' '.join(result.unseen)}")


def _still_mine(session: Session, claimed: Claimed, *, last: bool) -> None:
    if last:
        finish(session, claimed)
    else:
        check(session, claimed)


def _record(
    session: Session,
    capture: Capture,
    result: ScanResult,
    look: _Look,
    summary: RunSummary,
    still_mine: Callable[[Session], None],
) -> None:
    # Nobody else writes from here to the commit: what ends is on record before the find, which is then dropped, or after it.
    hold(session)
    still_mine(session)
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
