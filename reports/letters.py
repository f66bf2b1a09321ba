"""Letters from the case to the files: the one way for every face and for the demonstration. Each looks, drafts and writes."""

from dataclasses import dataclass
from pathlib import Path

from sqlmodel import Session

from crawler.looking import Looker
from registry.db import now
from registry.vault.base import Vault
from reports.batches import Made, OutcomeLine, each, outcome_line
from reports.case_lines import cases_named, find_case
from reports.cases import Case, confirmed_matches
from reports.issuing import issue_draft, issue_notice
from reports.notices.approval import approve_notice
from reports.notices.base import LetterTerms, NoticeTemplate
from reports.notices.grounds import earlier_decisions
from reports.notices.lines import WrittenLine, written_line
from reports.notices.notice import Notice, find_notice, notices_of
from reports.notices.places import look_at_case
from reports.notices.rivals import rival_claims
from reports.notices.stored import letter_of
from reports.notices.warned import ground_warnings
from reports.notices.writing import WrittenNotice


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


def draft_letter_about(
    session: Session,
    vault: Vault,
    looker: Looker,
    case: str,
    template: NoticeTemplate,
    terms: LetterTerms,
    drafted_by: str,
    out_dir: Path | None,
) -> DraftedLine:
    """As draft_letter, of a case by its id or the first digits of one. Raises NotFound."""
    made = draft_letter(session, vault, looker, find_case(session, case), template, terms, drafted_by, out_dir)
    letter = written_line(made.notice, made.written, list(made.warnings))
    return DraftedLine(letter, [entry["licensee"] for entry in made.notice.licences], made.notice.licences_by)


def draft_letter(
    session: Session,
    vault: Vault,
    looker: Looker,
    case: Case,
    template: NoticeTemplate,
    terms: LetterTerms,
    drafted_by: str,
    out_dir: Path | None,
) -> Drafted:
    """Look at every address of the case, then draft a letter of what was seen, and write it. Commits; see draft_notice."""
    looked = look_at_case(session, case, looker)
    made = issue_draft(session, vault, case, template, terms, drafted_by, looked, out_dir)
    return Drafted(made.notice, made.written, warnings_of(session, made.notice))


def warnings_of(session: Session, notice: Notice) -> tuple[str, ...]:
    """What whoever sends a letter should know, as of now: see Drafted."""
    before, rivals = earlier_decisions(session, notice.stated.get("reviews", [])), rival_claims(session, notice, now())
    return (*before, *rivals, *ground_warnings(notice))


def draft_letters(
    session: Session,
    vault: Vault,
    looker: Looker,
    template: NoticeTemplate,
    terms: LetterTerms,
    drafted_by: str,
    out_dir: Path | None,
) -> list[OutcomeLine]:
    """A letter about every case that has none under this law about the same matches, each by draft_letter."""

    def draft(case: Case) -> Made:
        matches = {match.id for match in confirmed_matches(session, case)}
        before = [notice for notice in notices_of(session, case) if notice.law == template.law]
        if any(set(notice.match_ids) == matches for notice in before):
            return Made(case.id, ())
        made = draft_letter(session, vault, looker, case, template, terms, drafted_by, out_dir)
        return Made(case.id, (made.written.docx, made.written.pdf), made.notice, (*made.warnings, *letter_of(made.notice).left))

    return [outcome_line(outcome) for outcome in each(session, cases_named(session), draft)]


def approve_letter(
    session: Session, vault: Vault, looker: Looker, notice_id: str, approved_by: str, out_dir: Path | None
) -> WrittenLine:
    """Look again, then approve a draft and write the letter as it goes out. Commits; see approve_notice. Raises NotFound."""
    notice = find_notice(session, notice_id)
    looked = look_at_case(session, session.get_one(Case, notice.case_id), looker)
    approve_notice(session, notice, approved_by, now(), looked)
    written = issue_notice(session, vault, notice, out_dir)
    return written_line(notice, written, rival_claims(session, notice, now()))
