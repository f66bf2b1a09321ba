"""Letters as this workspace is set up: what looks at their addresses, and under which laws they are written."""

from pathlib import Path

from sqlmodel import Session

from monitor.looking import looker
from monitor.runs.summary import Say
from monitor.wiring import NOTICE_TEMPLATES
from monitor.workspace import Workspace
from registry.errors import ExitCode
from reports import letters
from reports.batches import OutcomeLine
from reports.cases import Case
from reports.errors import ReportsError
from reports.letters import Drafted, DraftedLine
from reports.notices.base import LetterTerms, NoticeTemplate
from reports.notices.lines import WrittenLine


class NoSuchLetter(ReportsError):
    """A law under which no letter is written here."""

    exit_code = ExitCode.WRONG_USE


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
    """See reports.letters.draft_letter_about. say: is told what is looked at."""
    with looker(workspace, say) as looks:
        return letters.draft_letter_about(session, workspace.vault, looks, case, template, terms, drafted_by, out_dir)


def draft_letter(
    workspace: Workspace,
    session: Session,
    case: Case,
    template: NoticeTemplate,
    terms: LetterTerms,
    drafted_by: str,
    out_dir: Path | None,
) -> Drafted:
    """See reports.letters.draft_letter."""
    with looker(workspace) as looks:
        return letters.draft_letter(session, workspace.vault, looks, case, template, terms, drafted_by, out_dir)


def draft_letters(
    workspace: Workspace,
    session: Session,
    template: NoticeTemplate,
    terms: LetterTerms,
    drafted_by: str,
    out_dir: Path | None,
    say: Say = lambda _: None,
) -> list[OutcomeLine]:
    """See reports.letters.draft_letters. say: is told what is looked at."""
    with looker(workspace, say) as looks:
        return letters.draft_letters(session, workspace.vault, looks, template, terms, drafted_by, out_dir)


def approve_letter(
    workspace: Workspace, session: Session, notice_id: str, approved_by: str, out_dir: Path | None, say: Say = lambda _: None
) -> WrittenLine:
    """See reports.letters.approve_letter. say: is told what is looked at."""
    with looker(workspace, say) as looks:
        return letters.approve_letter(session, workspace.vault, looks, notice_id, approved_by, out_dir)
