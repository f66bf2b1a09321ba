"""Letters from looking to files: the one way for the command line and the demonstration."""

from dataclasses import dataclass
from pathlib import Path

from sqlmodel import Session

from monitor.looking import look_at_case
from monitor.pipeline import Say
from monitor.workspace import Workspace
from registry.db import now
from reports.cases import Case
from reports.issuing import issue_notice
from reports.notices.approval import approve_notice
from reports.notices.base import NoticeTemplate, Terms
from reports.notices.drafts import Notice, draft_notice
from reports.notices.grounds import earlier_decisions
from reports.notices.writing import WrittenNotice


@dataclass(frozen=True)
class Drafted:
    """warnings: what was decided otherwise before the confirmations that the letter rests on."""

    notice: Notice
    written: WrittenNotice
    warnings: tuple[str, ...]


def draft_letter(
    workspace: Workspace,
    session: Session,
    case: Case,
    template: NoticeTemplate,
    terms: Terms,
    drafted_by: str,
    out_dir: Path,
    say: Say = lambda _: None,
) -> Drafted:
    """Look at every address of the case, then draft a letter of what was seen, and write it. Commits; see draft_notice."""
    since = look_at_case(workspace, session, case, say)
    notice = draft_notice(session, workspace.vault, case, template, terms, drafted_by, now(), since)
    written = issue_notice(session, workspace.vault, notice, out_dir)
    return Drafted(notice, written, tuple(earlier_decisions(session, notice.stated["reviews"])))


def approve_letter(
    workspace: Workspace, session: Session, notice: Notice, approved_by: str, out_dir: Path, say: Say = lambda _: None
) -> WrittenNotice:
    """Look again, then approve a draft and write the letter as it goes out. Commits; see approve_notice."""
    since = look_at_case(workspace, session, session.get_one(Case, notice.case_id), say)
    approve_notice(session, notice, approved_by, now(), since)
    return issue_notice(session, workspace.vault, notice, out_dir)
