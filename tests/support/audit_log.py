"""Reading the audit log as it stands."""

from sqlmodel import Session

from registry.audit import AuditEntry
from registry.audit_listing import listed_entries
from registry.paging import Part


def list_entries(session: Session, *, table: str | None = None, row: str | None = None, last: int = 50) -> list[AuditEntry]:
    """The last entries, oldest first; of one table or about one row where given."""
    found = listed_entries(session, Part(limit=last), table=table, row=row)
    return [entry for entry, _ in found.rows][::-1]
