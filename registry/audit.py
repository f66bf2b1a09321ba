"""The audit log: who wrote what, when and why. Every write of every room enters it here, in the same transaction,
but moments that the program notes for itself (reports.licence_changes, registry.sign_in).

The log outlives what it tells of, erased subjects too. It therefore names rows by their ids and says which columns changed;
of new values it keeps only kinds, dates, counts and truths: no name, no text, no vector.
"""

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from itertools import groupby
from typing import Any

from sqlalchemy import JSON, event, inspect
from sqlalchemy.orm import ORMExecuteState
from sqlalchemy.orm import Session as AnySession
from sqlmodel import Field, Session, SQLModel

from registry.canonical_json import canonical_json
from registry.chain import Chain, ChainVerdict, stamp
from registry.db import UtcDateTime, now
from registry.owners import Owners
from registry.tenancy import caller_of, logged

STEP = timedelta(seconds=2)
"""By how much a machine's clock is put right without anybody's doing. Entries are dated as they are written, one by one."""

MOST_ROWS = 1000
WITHHELD = "changed"
_PLAIN = (bool, int, datetime, Enum, type(None))


class AuditEntry(SQLModel, table=True):
    """One write to one table. action: add, change or remove. row_ids: the keys of its rows. detail: what was set, by column.

    party_id: of the account that acted; None for whoever runs this machine. concerns: the party whose rows they are, which sees
    the entry, too; None for nobody's alone, and in entries of earlier versions. digest is over the canonical JSON of all other
    fields, previous included, and concerns and salt only where there is one. salt: random, and told to no account, so that nobody
    finds an entry's seq by trying numbers. A party's account sees its entries numbered among themselves (rules.SHOWN_AS).
    """

    __tablename__ = "audit_entry"

    seq: int = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    who: str
    party_id: str | None = Field(default=None, index=True)
    concerns: str | None = Field(default=None, index=True)
    why: str
    action: str
    table_name: str = Field(index=True)
    row_ids: list[str] = Field(default_factory=list, sa_type=JSON)
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    previous: str
    digest: str
    salt: str | None = None


LOG = Chain(
    AuditEntry,
    digest="digest",
    title="the audit log",
    tolerance=STEP,
    later=frozenset(("concerns", "salt")),
)


@dataclass(frozen=True)
class Actor:
    """Who writes, and why: the command, the page or the step of a run. party_id: of the account that acts."""

    who: str
    why: str
    party_id: str | None = None


_UNNAMED = Actor("unnamed", "")
_ACTOR: ContextVar[Actor | None] = ContextVar("actor", default=None)


@contextmanager
def acting(actor: Actor) -> Iterator[None]:
    """Whatever is written in this context is the actor's."""
    token = _ACTOR.set(actor)
    try:
        yield
    finally:
        _ACTOR.reset(token)


@dataclass(frozen=True)
class _Write:
    action: str
    table: str
    row: str
    detail: Mapping[str, Any]
    concerns: str | None = None

    @property
    def alike(self) -> tuple[str, str, str, bytes]:
        return self.action, self.table, self.concerns or "", canonical_json(self.detail)


@event.listens_for(AnySession, "after_flush")
def _after_flush(session: AnySession, _context: Any) -> None:
    """Rows that were written alike in one flush make one entry."""
    changed = [row for row in session.dirty if session.is_modified(row)]
    rows = [*(("add", row) for row in session.new), *(("change", row) for row in changed)]
    rows += [("remove", row) for row in session.deleted]
    whose = Owners(session)
    writes = []
    for action, row in rows:
        detail = _changes(row) if action == "change" else {}
        writes.append(_Write(action, _table(row), _key(row), detail, whose.of(_table(row), _columns(row))))
    _append(session, writes)


def record(
    session: AnySession,
    action: str,
    table: str,
    rows: Sequence[str],
    detail: Mapping[str, str | int] | None = None,
    *,
    concerns: str | None = None,
) -> None:
    """For what no flush sees: what a question writes (registry.tenancy.questions), by the words add, change and remove, and what
    is no write, such as signing in. detail: no name, no text of anybody's. concerns: the id of the party that sees it, too.
    """
    _append(session, [_Write(action, table, row, detail or {}, concerns) for row in rows], asked=True)


def current_actor() -> Actor:
    """Who acts in this context, as acting said."""
    return _ACTOR.get() or _UNNAMED


@event.listens_for(AnySession, "do_orm_execute")
def _after_statement(state: ORMExecuteState) -> Any:
    """One statement over many rows, which no flush sees."""
    if not (state.is_insert or state.is_update or state.is_delete):
        return None
    result = state.invoke_statement()
    changed = getattr(result, "rowcount", -1)
    if changed:
        action = "add" if state.is_insert else "change" if state.is_update else "remove"
        table = getattr(state.statement, "table", None)
        _append(state.session, [_Write(action, str(getattr(table, "name", "")), "*", {"rows": changed})])
    return result


def _table(row: Any) -> str:
    return str(inspect(row).mapper.local_table.name)


def _key(row: Any) -> str:
    return "/".join(map(str, inspect(row).mapper.primary_key_from_instance(row)))


def _columns(row: Any) -> Mapping[str, Any]:
    """Those that are loaded."""
    loaded: Mapping[str, Any] = inspect(row).dict
    return loaded


def _changes(row: Any) -> dict[str, Any]:
    state = inspect(row)
    return {
        attribute.key: _harmless(attribute.value) if isinstance(attribute.value, _PLAIN) else WITHHELD
        for attribute in state.attrs
        if attribute.history.has_changes()
    }


def _harmless(value: Any) -> Any:
    if isinstance(value, datetime):
        return stamp(value)
    return value.value if isinstance(value, Enum) else value


def _append(session: AnySession, writes: Sequence[_Write], *, asked: bool = False) -> None:
    if not writes:
        return
    actor, at = _actor(session), now()
    made = LOG.add(
        session,
        [
            {
                "at": at,
                "who": actor.who,
                "party_id": actor.party_id,
                "concerns": concerns,
                "why": actor.why,
                "action": action,
                "table_name": table,
                "row_ids": keys,
                "detail": detail,
                "salt": secrets.token_hex(16),
            }
            for action, table, concerns, detail, keys in _grouped(writes)
        ],
    )
    for entry in () if asked else made:
        logged(session, entry["action"], entry["table_name"], entry["row_ids"])


def _actor(session: AnySession) -> Actor:
    """An account that has a session writes as itself, whatever the context says of who."""
    said, caller = current_actor(), caller_of(session)
    return said if caller is None else Actor(caller.name, said.why, caller.party_id)


def _grouped(writes: Iterable[_Write]) -> Iterator[tuple[str, str, str | None, Mapping[str, Any], list[str]]]:
    for (action, table, _, _), group in groupby(sorted(writes, key=lambda write: write.alike), key=lambda write: write.alike):
        members = list(group)
        for start in range(0, len(members), MOST_ROWS):
            part = members[start : start + MOST_ROWS]
            yield action, table, part[0].concerns, dict(part[0].detail), [write.row for write in part]


def verify_audit(session: Session, noted_head: str | None = None) -> ChainVerdict:
    """See Chain.verify."""
    return LOG.verify(session, noted_head)
