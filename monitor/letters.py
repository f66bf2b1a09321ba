"""Letters from looking to files: the one way for the command line and the demonstration."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import Session

from monitor.looking import look_at_case
from monitor.runs.summary import Say
from monitor.workspace import Workspace
from registry.db import now
from reports.batches import Made, Outcome, each
from reports.cases import Case, confirmed_matches
from reports.issuing import issue_notice
from reports.notices.approval import approve_notice
from reports.notices.base import LetterTerms, NoticeTemplate
from reports.notices.drafts import draft_notice
from reports.notices.grounds import earlier_decisions
from reports.notices.notice import Notice, notices_of
from reports.notices.rivals import rival_claims
from reports.notices.writing import WrittenNotice


@dataclass(frozen=True)
class Drafted:
    """warnings: what was decided otherwise before the confirmations that the letter rests on, and that another party claims the
    same right.
    """

    notice: Notice
    written: WrittenNotice
    warnings: tuple[str, ...]


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
    warnings = (*earlier_decisions(session, notice.stated["reviews"]), *rival_claims(session, notice, now()))
    return Drafted(notice, written, warnings)


def draft_letters(
    workspace: Workspace,
    session: Session,
    cases: Iterable[Case],
    template: NoticeTemplate,
    terms: LetterTerms,
    drafted_by: str,
    out_dir: Path | None,
    say: Say = lambda _: None,
) -> list[Outcome]:
    """A letter about every case that has none under this law about the same matches, each by draft_letter."""

    def draft(case: Case) -> Made:
        matches = {match.id for match in confirmed_matches(session, case)}
        before = [notice for notice in notices_of(session, case) if notice.law == template.law]
        if any(set(notice.match_ids) == matches for notice in before):
            return Made(case.id, ())
        made = draft_letter(workspace, session, case, template, terms, drafted_by, out_dir, say)
        return Made(case.id, (made.written.docx, made.written.pdf), made.notice, made.warnings)

    return each(session, cases, draft)


def approve_letter(
    workspace: Workspace, session: Session, notice: Notice, approved_by: str, out_dir: Path | None, say: Say = lambda _: None
) -> WrittenNotice:
    """Look again, then approve a draft and write the letter as it goes out. Commits; see approve_notice."""
    since = look_at_case(workspace, session, session.get_one(Case, notice.case_id), say)
    approve_notice(session, notice, approved_by, now(), since)
    return issue_notice(session, workspace.vault, notice, out_dir)
