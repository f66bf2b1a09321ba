"""Letters from looking to files: the one way for every face and for the demonstration."""

from dataclasses import dataclass
from pathlib import Path

from sqlmodel import Session

from monitor.looking import look_at_case
from monitor.runs.summary import Say
from monitor.wiring import NOTICE_TEMPLATES
from monitor.workspace import Workspace
from registry.db import now
from registry.errors import ExitCode
from reports.batches import Made, OutcomeLine, each, outcome_line
from reports.case_lines import cases_named, find_case
from reports.cases import Case, confirmed_matches
from reports.errors import ReportsError
from reports.issuing import issue_notice
from reports.notices.approval import approve_notice
from reports.notices.base import LetterTerms, NoticeTemplate
from reports.notices.drafts import draft_notice
from reports.notices.grounds import earlier_decisions
from reports.notices.lines import WrittenLine, written_line
from reports.notices.notice import Notice, find_notice, notices_of
from reports.notices.rivals import rival_claims
from reports.notices.stored import letter_of
from reports.notices.warned import ground_warnings
from reports.notices.writing import WrittenNotice


class NoSuchLetter(ReportsError):
    """A law under which no letter is written here."""

    exit_code = ExitCode.WRONG_USE


@dataclass(frozen=True)
class Drafted:
    """warnings: what was decided otherwise before the confirmations that the letter rests on, that another party claims the same
    right, and which laws were not checked for long. What is left out of the letter, the letter itself knows (Letter.left)."""

    notice: Notice
    written: WrittenNotice
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class DraftedLine:
    """A letter that was just drafted. licences: the licensees of those that were considered, by whom."""

    letter: WrittenLine
    licences: list[str]
    considered_by: str


def letter_under(law: str) -> NoticeTemplate:
    """The letter under a law, by its short name. Raises NoSuchLetter."""
    if law not in NOTICE_TEMPLATES:
        raise NoSuchLetter(f"There is no letter under {law!r}.", f"Give one of: {', '.join(NOTICE_TEMPLATES)}.")
    return NOTICE_TEMPLATES[law]()


def draft_letter_about(
    workspace: Workspace,
    session: Session,
    case: str,
    template: NoticeTemplate,
    terms: LetterTerms,
    drafted_by: str,
    out_dir: Path | None,
    say: Say = lambda _: None,
) -> DraftedLine:
    """As draft_letter, of a case by its id or the first digits of one. Raises NotFound."""
    made = draft_letter(workspace, session, find_case(session, case), template, terms, drafted_by, out_dir, say)
    letter = written_line(made.notice, made.written, list(made.warnings))
    return DraftedLine(letter, [entry["licensee"] for entry in made.notice.licences], made.notice.licences_by)


def draft_letter(
    workspace: Workspace,
    session: Session,
    case: Case,
    template: NoticeTemplate,
    terms: LetterTerms,
    drafted_by: str,
    out_dir: Path | None,
    say: Say = lambda _: None,
) -> Drafted:
    """Look at every address of the case, then draft a letter of what was seen, and write it. Commits; see draft_notice."""
    since = look_at_case(workspace, session, case, say)
    notice = draft_notice(session, workspace.vault, case, template, terms, drafted_by, now(), since)
    written = issue_notice(session, workspace.vault, notice, out_dir)
    return Drafted(notice, written, warnings_of(session, notice))


def warnings_of(session: Session, notice: Notice) -> tuple[str, ...]:
    """What whoever sends a letter should know, as of now: see Drafted."""
    before, rivals = earlier_decisions(session, notice.stated.get("reviews", [])), rival_claims(session, notice, now())
    return (*before, *rivals, *ground_warnings(notice))


def draft_letters(
    workspace: Workspace,
    session: Session,
    template: NoticeTemplate,
    terms: LetterTerms,
    drafted_by: str,
    out_dir: Path | None,
    say: Say = lambda _: None,
) -> list[OutcomeLine]:
    """A letter about every case that has none under this law about the same matches, each by draft_letter."""

    def draft(case: Case) -> Made:
        matches = {match.id for match in confirmed_matches(session, case)}
        before = [notice for notice in notices_of(session, case) if notice.law == template.law]
        if any(set(notice.match_ids) == matches for notice in before):
            return Made(case.id, ())
        made = draft_letter(workspace, session, case, template, terms, drafted_by, out_dir, say)
        return Made(case.id, (made.written.docx, made.written.pdf), made.notice, (*made.warnings, *letter_of(made.notice).left))

    return [outcome_line(outcome) for outcome in each(session, cases_named(session), draft)]


def approve_letter(
    workspace: Workspace, session: Session, notice_id: str, approved_by: str, out_dir: Path | None, say: Say = lambda _: None
) -> WrittenLine:
    """Look again, then approve a draft and write the letter as it goes out. Commits; see approve_notice. Raises NotFound."""
    notice = find_notice(session, notice_id)
    since = look_at_case(workspace, session, session.get_one(Case, notice.case_id), say)
    approve_notice(session, notice, approved_by, now(), since)
    written = issue_notice(session, workspace.vault, notice, out_dir)
    return written_line(notice, written, rival_claims(session, notice, now()))
