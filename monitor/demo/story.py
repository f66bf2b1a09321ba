"""What the demonstration does, step by step, through the same functions as the commands."""

import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlmodel import Session, col, select

from crawler.types import SourceKind
from crawler.videos import Capture, Video
from crawler.watchlist import watch
from monitor.bundles import bundle_of
from monitor.cli.output import end_progress, progress_line, shown
from monitor.demo.clips import write_clips
from monitor.demo.pictures import load_photos, write_references
from monitor.demo.registrations import CAST, REVIEWER, register
from monitor.demo.site import DemoSite, open_site
from monitor.letters import draft_letter
from monitor.misses import rates_in_words
from monitor.recognisers import build_recognisers, prepare_packs, recogniser_spec
from monitor.runs.capturing import guard_policy
from monitor.runs.once import run_once
from monitor.runs.summary import RunSummary
from monitor.settings import FILE_NAME
from monitor.workspace import Workspace, init_workspace, open_workspace
from registry.db import now
from registry.errors import ExitCode, SemblanceError
from registry.parties import Party
from registry.subjects import Subject
from registry.types import Use
from reports.case_lines import cases_named
from reports.cases import Case, video_of
from reports.evidence.verify import Verdict, verify_bundle
from reports.issuing import issue_weekly
from reports.matches import MatchRow, MatchStatus, Scan
from reports.notices.base import FairUse, LetterTerms
from reports.notices.publicity import CeaseAndDesist
from reports.notices.writing import WrittenNotice
from reports.render.plain import span
from reports.review import Decision
from reports.review_batch import Shown, review_all
from reports.week import week_of
from reports.weekly_files import WrittenReport

Echo = Callable[[str], None]

MARKER = ".semblance-demo"
OWN = ("pictures", "clips", "workspace", MARKER)
"""All that a demonstration leaves in its folder; nothing else is ever removed there."""

SETTINGS = """\
# The workspace of a demonstration.
[operator]
name = "Demonstration desk"
contact = "demonstration@example.invalid"

[crawl]
allowed_networks = ["127.0.0.0/8"]   # the demonstration's own site
delay_seconds = 0.0
max_seconds = 120.0

[capture]
screenshots = false
"""


class DemoRefused(SemblanceError):
    """A folder in which a demonstration would disturb something."""


@dataclass(frozen=True)
class CaseFiles:
    """What was made of one case. concerning: whom it is about, as the registry names them."""

    case_id: str
    concerning: str
    bundle: Path
    verdict: Verdict
    letter: WrittenNotice


@dataclass(frozen=True)
class DemoOutcome:
    """matches: how many there are of each status. found: each in words. passers_by: appearances and matches in the clip of
    strangers."""

    matches: Mapping[MatchStatus, int]
    found: tuple[str, ...]
    passers_by: tuple[int, int]
    report: WrittenReport
    cases: tuple[CaseFiles, ...]
    problems: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        return ExitCode.DONE if all(case.verdict.ok for case in self.cases) else ExitCode.DAMAGED


def perform(out: Path, echo: Echo) -> DemoOutcome:
    """Run the whole demonstration in a folder of its own. Raises DemoRefused, or PackError when the models cannot be had."""
    root = _prepared(out)
    echo("1  Drawing, filming and encoding: a studio's fox and seal, an astronaut, an actor, and strangers.")
    photos = load_photos()
    references = write_references(root / "pictures", photos)
    clips = write_clips(root / "clips", photos)
    init_workspace(root / "workspace")
    (root / "workspace" / FILE_NAME).write_text(SETTINGS, encoding="utf-8")
    with open_workspace(root / "workspace") as workspace, open_site(clips) as site:
        with _progress() as say:
            prepare_packs(workspace.settings, say)
            _enrol(workspace, references, site)
        echo(f"2  Enrolled {len(CAST)} subjects of three parties, with mandates, and a licence for one channel.")
        with _progress() as say:
            summary = run_once(workspace, say)
        _tell_run(summary, site, echo)
        with workspace.session() as session:
            outcome = _report(workspace, session, summary, echo)
            session.commit()
    _tell_outcome(root, outcome, echo)
    return outcome


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    try:
        yield progress_line()
    finally:
        end_progress()


def _prepared(out: Path) -> Path:
    """An empty folder for the demonstration; an earlier one's leavings go. Raises DemoRefused."""
    if out.exists() and not out.is_dir():
        raise DemoRefused(f"{shown(out)} is not a folder.", "Name another with --out.")
    if out.is_dir() and any(out.iterdir()) and not (out / MARKER).is_file():
        raise DemoRefused(f"{shown(out)} holds something else.", "Name an empty or a new folder with --out.")
    try:
        for name in OWN:
            if (out / name).is_dir():
                shutil.rmtree(out / name)
        out.mkdir(parents=True, exist_ok=True)
        (out / MARKER).write_text("This folder was made by `semblance demo`, which may empty it again.\n", encoding="utf-8")
    except OSError as error:
        raise DemoRefused(f"{shown(out)} cannot be written to: {error.strerror}.", "Name another folder with --out.") from error
    return out.absolute()


def _enrol(workspace: Workspace, references: Mapping[str, Path], site: DemoSite) -> None:
    recognisers = build_recognisers(recogniser_spec(workspace.settings))
    with workspace.session() as session:
        register(workspace, session, recognisers, references)
        watch_site(workspace, session, site)
        session.commit()


def watch_site(workspace: Workspace, session: Session, site: DemoSite) -> None:
    """Put the demonstration's sources on the watch list, as `semblance source add` does. Does not commit."""
    sources = (
        ("Advertisements", SourceKind.FEED, site.feed),
        ("A video site", SourceKind.SITEMAP, site.sitemap),
        ("A channel", SourceKind.PAGE, site.channel),
        ("A closed channel", SourceKind.PAGE, site.closed_channel),
    )
    policy = guard_policy(workspace.settings)
    for name, kind, url in sources:
        watch(session, name, url, kind, policy)


def _tell_run(summary: RunSummary, site: DemoSite, echo: Echo) -> None:
    echo(f"3  Crawled {summary.sources} sources of {site.base}: {summary.new_videos} videos found, {summary.captured} captured.")
    echo(f"4  Looked at {summary.scanned} of them: {summary.new_matches} matches.")
    for problem in summary.problems:
        echo(f"     not seen: {shown(problem)}")


def _report(workspace: Workspace, session: Session, summary: RunSummary, echo: Echo) -> DemoOutcome:
    confirmed = _review(session)
    echo(f"5  {REVIEWER} confirmed {confirmed} matches, each with a reason, and left the rest for you.")
    cases = tuple(_case_files(workspace, session, case) for case in cases_named(session))
    echo(f"6  Sealed the evidence of {len(cases)} cases, looked at their addresses again and drafted a letter for each.")
    at = now().replace(microsecond=0)  # documents are dated to the second
    rates = rates_in_words(session, workspace.settings, at)
    written = issue_weekly(session, workspace.vault, week_of(at), at, None, rates=rates).written
    statuses = list(session.exec(select(MatchRow.status)))
    counted = {status: statuses.count(status) for status in MatchStatus}
    return DemoOutcome(counted, _found(session), _passers_by(session), written, cases, tuple(summary.problems))


def _found(session: Session) -> tuple[str, ...]:
    query = select(MatchRow, Subject.name, Video.title).join(Subject, col(Subject.id) == MatchRow.subject_id)
    query = query.join(Capture, col(Capture.id) == MatchRow.capture_id).join(Video, col(Video.id) == Capture.video_id)
    return tuple(
        f"{match.status.value:<9}  {name:<13}  {span(match.t_start, match.t_end)}  {match.score:.2f}  in: {title}"
        for match, name, title in session.exec(query.order_by(col(Video.title), col(MatchRow.t_start)))
    )


def _review(session: Session) -> int:
    """Confirm what was found, but for one subject: somebody has to have something left to decide."""
    pending = session.exec(select(MatchRow).where(MatchRow.status == MatchStatus.PENDING).order_by(col(MatchRow.id))).all()
    left = session.exec(select(Subject.id).where(Subject.name == CAST["actor"].name)).one()
    chosen = [match for match in pending if match.subject_id != left]
    seen = [Shown(match.id, match.status) for match in chosen]
    why = "Seen beside the reference: the same, and not licensed."
    return len(review_all(session, seen, Decision.CONFIRM, REVIEWER, why, now()).done)


def _case_files(workspace: Workspace, session: Session, case: Case) -> CaseFiles:
    made = bundle_of(workspace, session, case, None)
    at = now().replace(microsecond=0)  # documents are dated to the second
    terms = LetterTerms(
        jurisdiction="California",
        recipient=video_of(session, case).uploader,
        purpose="advertising",
        exceptions="None of news, comment, parody or satire applies: the video advertises goods.",
        deadline=(at + timedelta(days=7)).date(),
        fair_use=FairUse(REVIEWER, at.date(), "The video advertises goods and says nothing about the work."),
        use=Use.COMMERCIAL,
    )
    letter = draft_letter(workspace, session, case, CeaseAndDesist(), terms, REVIEWER, None).written
    party = session.get_one(Party, case.party_id).name
    return CaseFiles(case.id, party, made.bundle, verify_bundle(made.bundle, made.fingerprint), letter)


def _passers_by(session: Session) -> tuple[int, int]:
    capture = session.exec(select(Capture).join(Video).where(col(Video.media_url).endswith("/passers-by.mp4"))).one()
    seen = session.exec(select(Scan.appearances).where(Scan.capture_id == capture.id)).one()
    return seen, len(session.exec(select(MatchRow.id).where(MatchRow.capture_id == capture.id)).all())


def _tell_outcome(root: Path, outcome: DemoOutcome, echo: Echo) -> None:
    count = outcome.matches
    seen, matched = outcome.passers_by
    workspace = root / "workspace"
    echo("")
    echo(
        f"{sum(count.values())} matches: {count[MatchStatus.CONFIRMED]} confirmed, {count[MatchStatus.LICENSED]} licensed, "
        f"{count[MatchStatus.PENDING]} waiting for a decision."
    )
    for line in outcome.found:
        echo(f"  {shown(line)}")
    echo(f"{seen} appearances of strangers were seen, {matched} matched; nothing of the others was kept.")
    echo(f"{len(outcome.problems)} gaps are stated in the report: what could not be seen is said, not passed over.")
    echo("")
    echo(f"Weekly report   {shown(outcome.report.pdf)}")
    echo(f"  as a page     {shown(outcome.report.html)}")
    echo(f"  its figures   {shown(outcome.report.xlsx)}")
    echo(f"  for programs  {shown(outcome.report.json)}")
    for case in outcome.cases:
        echo(f"{shown(case.concerning)}")
        echo(f"  evidence      {shown(case.bundle)}")
        whole = f"whole: {case.verdict.files} files are as they were signed" if case.verdict.ok else "DAMAGED"
        echo(f"  verified      {whole}")
        echo(f"  letter        {shown(case.letter.pdf)}")
        echo(f"  to edit       {shown(case.letter.docx)}")
        echo(f"  its stills    {shown(case.letter.enclosures)}")
    echo("")
    program = "semblance" if shutil.which("semblance") else sys.argv[0]
    echo("Next, type:")
    echo(f"  {program} -w {shown(workspace)} review list")
    echo(f"  {program} -w {shown(workspace)} serve --open   # the same queue in a browser")
    for case in outcome.cases[:1]:
        echo(f"  {program} evidence verify {shown(case.bundle)}")
    echo(f"  {program} scan {shown(root / 'clips')} --references {shown(root / 'pictures')} --html page.html")
