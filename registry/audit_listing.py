"""Lists of the audit log's entries."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String, cast
from sqlmodel import Session, col, func, select

from registry.audit import AuditEntry
from registry.paging import Listed, Part, cursor_of, listed, values_of
from registry.tenancy import SHOWN_AS, ask, caller_of, declare

_BY = (col(AuditEntry.seq),)
_COLUMNS = tuple(column.name for column in AuditEntry.__table__.columns if column.name != "seq")  # type: ignore[attr-defined]
_JSON = frozenset(column.name for column in AuditEntry.__table__.columns if isinstance(column.type, JSON))  # type: ignore[attr-defined]


def listed_entries(session: Session, part: Part, *, table: str | None = None, row: str | None = None) -> Listed[AuditEntry]:
    """Entries, the last one first; of one table or about one row where given; see registry.paging."""
    caller, whole = caller_of(session), table is None and row is None and not part.search
    if caller is not None and caller.party_id is not None and whole and part.limit is not None:
        return _own(session, part.limit, part.after)
    query = select(AuditEntry)
    if table is not None:
        query = query.where(AuditEntry.table_name == table)
    if row is not None:
        # Keys are kept as JSON, in which one stands between quotation marks of its own.
        query = query.where(func.instr(cast(col(AuditEntry.row_ids), String), json.dumps(row)) > 0)
    searched = (AuditEntry.who, AuditEntry.why, AuditEntry.table_name, AuditEntry.action)
    return listed(session, query, _BY, part, searched, backwards=True)


def _own(session: Session, limit: int, after: str | None) -> Listed[AuditEntry]:
    """An account's entries are numbered among themselves. Which they are is found by indexes alone, and only those that are
    listed are read: by the view, which numbers them, each page would read them all."""
    before = values_of(after, _BY)[0].value if after is not None else None
    if before is not None and before < 1:
        return Listed([])
    return ask(session, _LAST, {"limit": limit, "before": before}, limit)


def _told(rows: Iterator[Sequence[Any]], limit: int) -> Listed[AuditEntry]:
    entries, number = list[AuditEntry](), 0
    for total, first, *values in rows:
        number = min(total, first) - len(entries)
        entries.append(_entry(number, dict(zip(_COLUMNS, values, strict=True))))
    return Listed([(entry, cursor_of([entry.seq])) for entry in entries], number - 1 if len(entries) == limit else 0)


def _entry(number: int, values: Mapping[str, Any]) -> AuditEntry:
    read = {name: json.loads(value) if name in _JSON and isinstance(value, str) else value for name, value in values.items()}
    return AuditEntry(**{**read, "seq": number, "at": datetime.fromisoformat(values["at"])})


_SHOWN = ", ".join(SHOWN_AS["audit_entry"].get(name, f'"{name}"') for name in _COLUMNS)
# Everybody's entries, of which it tells those that the session's parties wrote or that concern them, as their view shows them.
_LAST = declare(
    f"""
    WITH own (seq) AS (
        SELECT seq FROM main.audit_entry WHERE concerns IN (SELECT id FROM party)
        UNION SELECT seq FROM main.audit_entry WHERE party_id IN (SELECT id FROM party)
    ), counted (total) AS (SELECT count(*) FROM own)
    SELECT (SELECT total FROM counted), COALESCE(:before - 1, (SELECT total FROM counted)), {_SHOWN} FROM main.audit_entry
    WHERE seq IN (
        SELECT seq FROM own ORDER BY seq DESC LIMIT :limit
        OFFSET (SELECT CASE WHEN :before <= total THEN total - :before + 1 ELSE 0 END FROM counted)
    ) ORDER BY seq DESC
    """,  # noqa: S608 (names of ours)
    _told,
)
