"""Erasing a subject as people ask for it: what would go and what the law has kept, and then the erasure itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from monitor.wiring import ERASERS, KEEPERS, SEEKERS
from registry.counting import counted
from registry.documents import Document, documents_of
from registry.erase import ErasureReceipt, erase_subject
from registry.errors import NotFound
from registry.licences import list_licences
from registry.mandates import list_mandates
from registry.members import members_of
from registry.receipts import Erasure, receipt
from registry.references import list_references
from registry.subjects import Subject
from registry.template_rows import TemplateRow
from registry.vault.base import Vault
from reports.matches import MatchRow


@dataclass(frozen=True)
class Outlook:
    """What an erasure would do now. documents: reports, letters and bundles on record that were not sent, and go. kept: what
    stays, in words, and on what ground."""

    references: int
    templates: int
    mandates: int
    matches: int
    documents: tuple[str, ...]
    kept: tuple[str, ...]


def outlook(session: Session, subject: Subject) -> Outlook:
    """Read, and nothing changed."""
    references = list_references(session, subject)
    templates = select(func.count()).select_from(TemplateRow)
    held = templates.where(col(TemplateRow.reference_id).in_([each.id for each in references]))
    documents = documents_of(session, subject.id)
    matches = select(func.count()).select_from(MatchRow).where(MatchRow.subject_id == subject.id)
    return Outlook(
        references=len(references),
        templates=session.exec(held).one(),
        mandates=len(list_mandates(session, subject)),
        matches=session.exec(matches).one(),
        documents=tuple(row.path for row in documents if row.sent_at is None),
        kept=tuple(_kept(session, subject, documents)),
    )


def _kept(session: Session, subject: Subject, documents: Sequence[Document]) -> list[str]:
    lines = ["a receipt of the erasure and the subject's id, without the name: proof of the erasure (GDPR Art. 5(2))"]
    if licences := list_licences(session, subject):
        held = counted(len(licences), "licence")
        lines.append(f"{held} by the subject's id, ended: contracts with others (GDPR Art. 17(3)(e))")
    if sent := [row for row in documents if row.sent_at is not None]:
        names = ", ".join(sorted(row.path for row in sent))
        lines.append(f"{counted(len(sent), 'sent document')} ({names}): legal claims (GDPR Art. 17(3)(e))")
    if members := members_of(session, subject.id):
        lines.append(f"{len(members)} keyed digests of a roster's rows, so that no roster enrols them again")
    return [*lines, *(line for keep in KEEPERS for line in keep(session, subject.id))]


def erase(session: Session, vault: Vault, subject: Subject, reason: str, at: datetime) -> ErasureReceipt:
    """As registry.erase.erase_subject, with what all rooms hold. Commits."""
    return erase_subject(session, vault, subject, at, reason, also=ERASERS, keepers=KEEPERS, seekers=SEEKERS)


def receipt_of(session: Session, subject_id: str) -> ErasureReceipt:
    """The receipt of the last erasure of a subject. Raises NotFound."""
    row = session.exec(select(Erasure).where(Erasure.subject_id == subject_id).order_by(col(Erasure.at).desc())).first()
    if row is None:
        raise NotFound("No erasure of such a subject is on record.", "Go to the registry.")
    return receipt(session, row)
