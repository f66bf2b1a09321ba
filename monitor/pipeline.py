"""One run: crawl, capture, scan, record, judge. Every step finds its own earlier result, so a run may end at any moment."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path

from sqlmodel import Session, func, select

from crawler.crawl import CrawlOptions, crawl
from crawler.errors import CrawlerError
from crawler.health import record_run, specs
from crawler.pages import record_discovery
from crawler.types import Discovery, SourceReport, SourceSpec
from crawler.videos import Capture, Video
from matcher.rates import comparisons
from matcher.types import Gallery, GallerySubject, Recogniser, ScanResult
from monitor.capturing import capture_queue, document_limits, guard_policy
from monitor.enrolment import renew_templates
from monitor.identities import compare_subjects
from monitor.scanner import scan_all
from monitor.settings import Settings
from monitor.wiring import SEEKERS, build_recognisers, prepare_packs, recogniser_spec
from monitor.workspace import Workspace, alone
from registry.db import now
from registry.erase import finish_erasures
from registry.errors import RegistryError
from registry.kinds import Modality
from registry.portrayals import list_portrayals, roles
from registry.references import Reference
from registry.standing import Matchable, matchable_in, standing_of
from registry.subjects import Subject
from registry.template_rows import named_templates
from registry.templates import gallery_digest, load_gallery_templates
from registry.tenancy import refuse_accounts
from reports.cases import renew_cases
from reports.claims import claim_played, claims
from reports.joining import join_decided
from reports.looked_for import adopt_scans, not_looked_again, note_looked_for, owed
from reports.matches import MatchRow, MatchStatus, apply_licences, content_id, record_scan
from reports.quarantine import Quarantined, quarantined
from reports.render.plain import percent

Say = Callable[[str], None]
"""Takes one line of progress at a time; it may hold strangers' texts."""


@dataclass
class RunSummary:
    """What one run did.

    gone, replaced, back: the addresses at which a captured video is not seen any more, other bytes stand, or what was gone is
    seen again. in_part: captures that were looked at, but not all of them. joined: new addresses of bytes that were
    decided on. waiting: matches that await a person, new or not. problems: in words, what could not be done; nothing else was
    lost by it.
    """

    began_at: datetime = field(default_factory=now)
    sources: int = 0
    incomplete_sources: int = 0
    new_videos: int = 0
    captured: int = 0
    unchanged: int = 0
    not_captured: int = 0
    scanned: int = 0
    not_readable: int = 0
    in_part: int = 0
    not_again: int = 0
    new_matches: int = 0
    licences_changed: int = 0
    waiting: int = 0
    gone: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    back: list[str] = field(default_factory=list)
    joined: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def run_once(workspace: Workspace, say: Say = lambda _: None) -> RunSummary:
    """All that there is to do now, for all parties.

    Raises WorkspaceBusy, AccessRefused for an account, or PackError once everything is captured.
    """
    summary = RunSummary()
    with workspace.session() as session:
        refuse_accounts(session, "A run")
    with alone(workspace):
        with workspace.session() as session:
            finish_erasures(session, workspace.vault, SEEKERS)
        crawl_sources(workspace, summary, say)
        capture_queue(workspace, summary, say)
        scan_captures(workspace, summary, say)
        judge(workspace, summary)
    return summary


def crawl_options(settings: Settings, cache: Path | None = None) -> CrawlOptions:
    """cache: where pages are kept from one crawl to the next."""
    crawl = settings.crawl
    return CrawlOptions(
        contact=settings.operator.contact,
        max_pages=crawl.max_pages,
        max_depth=crawl.max_depth,
        delay=crawl.delay_seconds,
        max_seconds=crawl.max_seconds,
        cache="" if cache is None else str(cache),
        youtube_key=crawl.youtube_key.get_secret_value(),
        listing_limit=crawl.listing_limit,
        document=document_limits(settings),
    )


def crawl_sources(workspace: Workspace, summary: RunSummary, say: Say, wanted: Sequence[SourceSpec] | None = None) -> None:
    """Look through the wanted sources, or all. Each discovery is committed as it comes."""
    with workspace.session() as session:
        refuse_accounts(session, "A crawl")
        sources = list(wanted) if wanted is not None else specs(session)
        before = _count(session, Video)
        for found in crawl(
            sources, guard_policy(workspace.settings), crawl_options(workspace.settings, workspace.cache / "pages.db")
        ):
            if isinstance(found, SourceReport):
                _note_report(session, found, summary, say)
            else:
                _note_discovery(session, found, summary, say)
            session.commit()
        summary.new_videos += _count(session, Video) - before


def _note_report(session: Session, report: SourceReport, summary: RunSummary, say: Say) -> None:
    record_run(session, report)
    summary.sources += 1
    summary.incomplete_sources += not report.complete
    summary.problems += report.errors
    of_due = f" of {report.share.due}" if report.share.due is not None else ""
    say(f"Source {report.reading}: {report.pages}{of_due} pages, {report.unchanged} of them unchanged, {report.videos} videos.")


def _note_discovery(session: Session, discovery: Discovery, summary: RunSummary, say: Say) -> None:
    try:
        record_discovery(session, discovery, now())
    except CrawlerError as error:
        session.rollback()
        summary.problems.append(str(error))
    else:
        say(f"Found {discovery.media_url}")


@dataclass(frozen=True)
class Eligible:
    """Whom one run may look for, as the registry stood at a moment. aside: the references in quarantine."""

    at: datetime
    who: Matchable
    aside: tuple[Quarantined, ...]

    def may(self, recognisers: Sequence[Recogniser]) -> Mapping[str, Mapping[str, Subject]]:
        """By encoder, the subjects that a valid mandate covers for its modality."""
        return {recogniser.encoder: self.who.by_modality[recogniser.modality] for recogniser in recognisers}


def eligible(session: Session, recognisers: Sequence[Recogniser]) -> Eligible:
    at = now()
    return Eligible(at, matchable_in(session, at, {r.modality for r in recognisers}), tuple(quarantined(session)))


def load_gallery(session: Session, recognisers: Sequence[Recogniser], found: Eligible | None = None) -> Gallery:
    """Who and what may be looked for at this moment, with the templates that the recognisers can read.

    A subject is in it with the modalities that a valid mandate covers; a reference in quarantine is not.
    """
    found = found or eligible(session, recognisers)
    allowed, aside = found.may(recognisers), {each.reference_id for each in found.aside}
    templates = load_gallery_templates(session, list(allowed), found.at, found.who.every)
    held = {key: subject for may in allowed.values() for key, subject in may.items()}
    subjects = {key: GallerySubject(key, s.name, s.kind, s.party_id) for key, s in held.items()}
    kept = (t for t in templates if t.subject_id in allowed[t.encoder] and t.reference_id not in aside)
    return Gallery(subjects, tuple(kept))


def wanted_templates(session: Session, recognisers: Sequence[Recogniser], found: Eligible) -> dict[str, str]:
    """What the gallery is made of, each template by an id that changes when it, or what counts as a match, is another one, with
    its subject's id."""
    allowed, aside = found.may(recognisers), {each.reference_id for each in found.aside}
    # How alike they must be is asked of galleries of one and of a thousand: that it rises with every member owes nothing.
    judged = {r.encoder: " ".join(_limits(r, compared) for compared in (1, 1000)) for r in recognisers}
    return {
        content_id(each.reference_id, judged[each.encoder]): each.subject_id
        for each in named_templates(session, list(allowed))
        if each.subject_id in allowed[each.encoder] and each.reference_id not in aside
    }


def _not_looked_for(session: Session, found: Eligible, templates: int) -> list[str]:
    """What to say of the subjects that have references, but no valid mandate."""
    enrolled = set(session.exec(select(Reference.subject_id).distinct()))
    without = enrolled - set(found.who.every)
    said = []
    if without:
        said.append(
            f"{len(without)} enrolled subjects are not looked for: no mandate for them is valid. "
            "Type `semblance mandate add`, or `semblance mandate declare` for a party's own works."
        )
    for each in found.aside:
        subject = session.get(Subject, each.subject_id)
        name = subject.name if subject else "an erased subject"
        said.append(
            f"The reference {each.reference_id[:12]} of {name} is in quarantine: its "
            f"matches were rejected in {each.rejected} videos and confirmed in {each.confirmed}. Look at it with "
            "`semblance reference list`, and replace it, or reopen a review that was wrong."
        )
    if not templates:
        said.append("Nothing was scanned: no subject has a reference and a valid mandate. Type `semblance reference add`.")
    return said


def scan_captures(workspace: Workspace, summary: RunSummary, say: Say) -> None:
    """Look at every capture that was not looked at, and at those of the last days that were before somebody was looked for who is
    now. What ends, and what is decided or permitted, has nothing looked at again."""
    settings = workspace.settings.scan
    with workspace.session() as session:
        prepare_packs(workspace.settings, say)
        spec = recogniser_spec(workspace.settings)
        recognisers = build_recognisers(spec)
        summary.problems += renew_templates(workspace, session, recognisers)[1]
        compare_subjects(workspace, recognisers)
        found = eligible(session, recognisers)
        wanted = wanted_templates(session, recognisers, found)
        summary.problems += _not_looked_for(session, found, len(wanted))
        if not wanted:
            return
        for reach in found.who.reaches:
            say(f"{reach}; letters are for there only.")
        noted = note_looked_for(session, wanted, found.at)
        if noted.begun:
            adopt_scans(session, _looked_for(load_gallery(session, recognisers, found), recognisers), noted.number)
        since = found.at - timedelta(days=settings.again_days)
        waiting = owed(session, noted.number, since)
        summary.not_again = not_looked_again(session, before=since)
        # Of the same moment as what was noted: whoever may be looked for no more by now is judged when the find is recorded.
        gallery = load_gallery(session, recognisers, found) if waiting else None
        session.commit()
        say(_to_go(len(waiting)))
        if gallery is None:
            return
        look = _Look(_looked_for(gallery, recognisers), noted.number)
        media = _media(workspace, waiting, summary)
        results = scan_all(spec, gallery, settings, [path for path, _ in media])
        with closing(results):
            for (_, captures), result in zip(media, results, strict=True):
                _record_all(session, captures, _with_claims(session, result), look, summary)
                say(_to_go(len(waiting) - summary.scanned))


@dataclass(frozen=True)
class _Look:
    """The gallery that is looked with: its digest, and its number; see reports.looked_for."""

    digest: str
    number: int


def _to_go(captures: int) -> str:
    return f"Scanning: {captures} {'capture' if captures == 1 else 'captures'} to go"


def _looked_for(gallery: Gallery, recognisers: Sequence[Recogniser]) -> str:
    """One digest of the gallery and of what counts as a match in it, by which a scan can be made again."""
    limits = sorted(
        _limits(recogniser, comparisons(gallery.references_by(recogniser.encoder, party), recogniser.per_reference))
        for recogniser in recognisers
        for party in gallery.by_party
    )
    return hashlib.sha256("\n".join([gallery_digest(gallery.templates), *limits]).encode()).hexdigest()


def _limits(recogniser: Recogniser, compared: int) -> str:
    rate = recogniser.expected_false_matches(0.5, compared)
    return f"{recogniser.encoder} {recogniser.threshold(compared):.6f} {rate:.6f}"


def _media(workspace: Workspace, waiting: Sequence[Capture], summary: RunSummary) -> list[tuple[Path, list[Capture]]]:
    """The file of each of the objects that wait, with its captures; what the vault does not give up is a problem told."""
    found = []
    for sha256, captures in groupby(waiting, key=lambda capture: capture.media_sha256):
        try:
            found.append((workspace.vault.path(sha256), list(captures)))
        except RegistryError as error:
            summary.problems.append(str(error))
    return found


def _record_all(session: Session, captures: Sequence[Capture], result: ScanResult, look: _Look, summary: RunSummary) -> None:
    for capture in captures:
        _record(session, capture, result, look, summary)
    if result.failure is not None:
        summary.problems.append(f"Not scanned: {captures[0].final_url}: {result.failure.what} {result.failure.remedy}")
    if result.in_part:
        seen = f"Looked at in part ({percent(result.share)})"
        summary.problems.append(f"{seen}: {captures[0].final_url}: {' '.join(result.unseen)}")


def _record(session: Session, capture: Capture, result: ScanResult, look: _Look, summary: RunSummary) -> None:
    if not _still_allowed(session, result):
        # The capture stays in the queue: nothing says that it was looked at.
        summary.problems.append("A mandate ended during the scan: what it covered was dropped, the next run looks again.")
        return
    before = _count(session, MatchRow)
    record_scan(session, capture, result, look.digest, now(), look.number)
    if result.matches:
        # In the same transaction: a licensed use is at no moment on record as an open one.
        summary.licences_changed += apply_licences(session, now(), captures=[capture.id])
        for joined in join_decided(session, capture, now()):
            summary.joined.append(f"{joined.address}: {joined.decision.said}, as the same bytes elsewhere")
    session.commit()
    summary.scanned += 1
    summary.not_readable += result.failure is not None
    summary.in_part += result.in_part
    summary.new_matches += _count(session, MatchRow) - before


def _with_claims(session: Session, result: ScanResult) -> ScanResult:
    """The result with what it means for the characters that a matched person plays, where somebody may act for them."""
    played = roles(list_portrayals(session))
    every = claims(result.matches, played)
    kept = (match for match in every if match in result.matches or _may_act(session, match.subject_id, match.appearance.modality))
    return replace(result, matches=tuple(kept))


def _still_allowed(session: Session, result: ScanResult) -> bool:
    """Whether each subject found may be acted for now, and not only when the gallery was loaded."""
    return all(_may_act(session, match.subject_id, match.appearance.modality) for match in result.matches)


def _may_act(session: Session, subject_id: str, modality: Modality) -> bool:
    return standing_of(session, session.get_one(Subject, subject_id), now(), modality).allowed


def judge(workspace: Workspace, summary: RunSummary) -> None:
    """See that everybody's claims stand, that every match that no person has judged follows the licences of this moment, and that
    every confirmed one has a case."""
    with workspace.session() as session:
        summary.new_matches += claim_played(session, now())
        summary.licences_changed += apply_licences(session, now())
        renew_cases(session)
        pending = select(func.count()).select_from(MatchRow).where(MatchRow.status == MatchStatus.PENDING)
        summary.waiting = session.exec(pending).one()
        session.commit()


def _count(session: Session, table: type[Video] | type[MatchRow]) -> int:
    return session.exec(select(func.count()).select_from(table)).one()
