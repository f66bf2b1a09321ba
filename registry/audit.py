"""The audit log: who wrote what, when and why. Every write of every room enters it here, in the same transaction.

The log outlives what it tells of, erased subjects too. It therefore names rows by their ids and says which columns changed;
of new values it keeps only kinds, dates, counts and truths: no name, no text, no vector.
"""

import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from itertools import groupby
from typing import Any

from sqlalchemy import JSON, String, cast, event, inspect
from sqlalchemy.orm import ORMExecuteState
from sqlalchemy.orm import Session as AnySession
from sqlmodel import Field, Session, SQLModel, col, func, select

from registry.canonical import canonical_json
from registry.clock import Clock, SetBack
from registry.db import UtcDateTime, now
from registry.owners import Owners
from registry.paging import Listed, Part, listed
from registry.storage.triggers import forbid
from registry.tenancy import ask, caller_of, declare, logged, nothing

FIRST = "0" * 64
"""What stands in the place of the previous digest in the first entry."""
STEP = timedelta(seconds=2)
"""By how much a machine's clock is put right without anybody's doing. Entries are dated as they are written, one by one."""

SOMEWHERE = "somewhere it does not hold; whoever runs this machine sees where"
"""What an account is told of a chain that is broken."""

MOST_ROWS = 1000
WITHHELD = "changed"
_LATER = frozenset(("concerns", "salt"))
"""Columns that entries of earlier versions do not have."""
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


for _change in ("UPDATE", "DELETE"):
    forbid(f"audit_entry_no_{_change.lower()}", f"BEFORE {_change} ON audit_entry", "the audit log is append-only")


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


_COLUMNS = tuple(SQLModel.metadata.tables["audit_entry"].columns.keys())
_END = declare(
    "SELECT seq, digest FROM main.audit_entry ORDER BY seq DESC LIMIT 1", lambda rows: next(iter(list(rows)), (0, FIRST))
)
_ADD = declare(
    f"INSERT INTO main.audit_entry ({', '.join(_COLUMNS)}) VALUES ({', '.join(f':{column}' for column in _COLUMNS)})",  # noqa: S608
    nothing,
)


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
    session: AnySession, action: str, table: str, rows: Sequence[str], detail: Mapping[str, str | int] | None = None
) -> None:
    """For what no flush sees: what a question writes (registry.tenancy.questions), by the words add, change and remove, and what
    is no write, such as signing in. detail: no name, no text of anybody's.
    """
    _append(session, [_Write(action, table, row, detail or {}) for row in rows], asked=True)


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
        return _stamp(value)
    return value.value if isinstance(value, Enum) else value


def _append(session: AnySession, writes: Sequence[_Write], *, asked: bool = False) -> None:
    """The write before this holds the database's write lock: nobody else adds an entry between the reading and the writing."""
    if not writes:
        return
    seq, previous = ask(session, _END)
    actor, at = _actor(session), now()
    rows: list[dict[str, Any]] = []
    for action, table, concerns, detail, keys in _grouped(writes):
        seq += 1
        row = {
            "seq": seq,
            "at": at,
            "who": actor.who,
            "party_id": actor.party_id,
            "concerns": concerns,
            "why": actor.why,
            "action": action,
            "table_name": table,
            "row_ids": keys,
            "detail": detail,
            "previous": previous,
            "salt": secrets.token_hex(16),
        }
        previous = row["digest"] = _digest(row)
        rows.append({**row, "at": _stamp(at), "row_ids": json.dumps(keys), "detail": json.dumps(detail)})
        if not asked:
            logged(session, action, table, keys)
    ask(session, _ADD, rows)


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


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _digest(fields: Mapping[str, Any]) -> str:
    """The SHA-256 of an entry's fields, but for its digest, in 64 hex digits."""
    said = {name: value for name, value in fields.items() if name != "digest" and (name not in _LATER or value is not None)}
    plain = {name: _stamp(value) if isinstance(value, datetime) else value for name, value in said.items()}
    return hashlib.sha256(canonical_json(plain)).hexdigest()


@dataclass(frozen=True)
class AuditVerdict:
    """entries: how many are whole from the first on. head: the digest of the last of them. problem: of the first broken one.
    set_back: where among the whole ones the clock was set back, which breaks no chain.

    An account is told that the whole chain holds, or not, and the rest of its own entries alone; broken is 0 then.
    """

    entries: int
    head: str
    broken: int | None
    problem: str
    set_back: tuple[SetBack, ...] = ()

    @property
    def ok(self) -> bool:
        return self.broken is None


def verify_audit(session: Session, noted_head: str | None = None) -> AuditVerdict:
    """Read the whole log. noted_head: a digest that was printed earlier and must still stand in it; only that
    shows that entries at the end were cut off.
    """
    verdict = ask(session, _WHOLE, None, noted_head)
    caller = caller_of(session)
    if caller is None or caller.party_id is None:
        return verdict
    own = session.exec(select(AuditEntry.seq, AuditEntry.at, AuditEntry.digest).order_by(col(AuditEntry.seq))).all()
    clock = Clock(STEP)
    for number, (_, at, _) in enumerate(own, 1):
        clock.read(number, at)
    head = own[-1][2] if own else FIRST
    return AuditVerdict(len(own), head, None if verdict.ok else 0, "" if verdict.ok else SOMEWHERE, clock.set_back)


def _walk(rows: Iterator[Sequence[Any]], noted_head: str | None) -> AuditVerdict:
    expected, previous, seen = 1, FIRST, noted_head in (None, FIRST)
    clock = Clock(STEP)
    for row in rows:
        entry = dict(zip(_COLUMNS, row, strict=True))
        problem = _problem(entry, expected, previous)
        if problem:
            return AuditVerdict(expected - 1, previous, entry["seq"] if entry["seq"] > 0 else expected, problem, clock.set_back)
        clock.read(entry["seq"], datetime.fromisoformat(entry["at"]))
        expected, previous = expected + 1, entry["digest"]
        seen = seen or entry["digest"] == noted_head
    if not seen:
        return AuditVerdict(expected - 1, previous, expected, "the log ends before the noted entry", clock.set_back)
    return AuditVerdict(expected - 1, previous, None, "", clock.set_back)


# The chain is everybody's, and only its wholeness is told.
_WHOLE = declare(f"SELECT {', '.join(_COLUMNS)} FROM main.audit_entry ORDER BY seq", _walk)  # noqa: S608


def _problem(entry: Mapping[str, Any], expected: int, previous: str) -> str:
    """entry: by column, as it is stored."""
    if entry["seq"] != expected:
        return f"entry {expected} is missing before it"
    if entry["previous"] != previous:
        return "it does not follow from the entry before it"
    return "" if entry["digest"] == _stored_digest(entry) else "its content was changed"


def _stored_digest(entry: Mapping[str, Any]) -> str | None:
    """The digest that the entry ought to have; None where nothing can have been written like that."""
    try:
        return _digest({**entry, "row_ids": json.loads(entry["row_ids"]), "detail": json.loads(entry["detail"])})
    except (TypeError, ValueError):
        return None


def list_entries(session: Session, *, table: str | None = None, row: str | None = None, last: int = 50) -> list[AuditEntry]:
    """The last entries, oldest first; of one table or about one row where given."""
    found = listed_entries(session, Part(limit=last), table=table, row=row)
    return [entry for entry, _ in found.rows][::-1]


def listed_entries(session: Session, part: Part, *, table: str | None = None, row: str | None = None) -> Listed[AuditEntry]:
    """Entries, the last one first; of one table or about one row where given; see registry.paging."""
    query = select(AuditEntry)
    if table is not None:
        query = query.where(AuditEntry.table_name == table)
    if row is not None:
        # Keys are kept as JSON, in which one stands between quotation marks of its own.
        query = query.where(func.instr(cast(col(AuditEntry.row_ids), String), json.dumps(row)) > 0)
    searched = (AuditEntry.who, AuditEntry.why, AuditEntry.table_name, AuditEntry.action)
    return listed(session, query, (col(AuditEntry.seq),), part, searched, backwards=True)
