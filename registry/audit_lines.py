"""What is told of the audit log's entries."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from registry.audit import AuditEntry
from registry.audit_listing import listed_entries
from registry.paging import Listed, Part


@dataclass(frozen=True)
class AuditLine:
    """An entry of the log. rows: the keys of its rows; set: what was set, by column; the others as in AuditEntry."""

    seq: int
    at: datetime
    who: str
    party_id: str | None
    concerns: str | None
    why: str
    action: str
    table: str
    rows: list[str]
    set: Mapping[str, Any]
    digest: str


def audit_lines(session: Session, part: Part, *, table: str | None = None, row: str | None = None) -> Listed[AuditLine]:
    """The last entries, the last one at the end; what is left are earlier ones, and the first cursor goes on to them. See
    audit_listing.listed_entries."""
    found = listed_entries(session, part, table=table, row=row)
    return Listed([(_line(entry), cursor) for entry, cursor in found.rows][::-1], found.more)


def _line(entry: AuditEntry) -> AuditLine:
    return AuditLine(
        seq=entry.seq,
        at=entry.at,
        who=entry.who,
        party_id=entry.party_id,
        concerns=entry.concerns,
        why=entry.why,
        action=entry.action,
        table=entry.table_name,
        rows=entry.row_ids,
        set=entry.detail,
        digest=entry.digest,
    )
