"""The chain of custody: an append-only list in which every entry holds the digest of the one before."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, Session, SQLModel, col, select

from registry.accounts import AccessRefused
from registry.audit import SOMEWHERE, record
from registry.canonical import canonical_json as canonical_json
from registry.clock import Clock, SetBack
from registry.db import UtcDateTime
from registry.holdings import SAID_ONLY
from registry.storage.triggers import forbid
from registry.tenancy import ask, caller_of, declare, nothing, refuse_readers, whether_any

FIRST = "0" * 64
"""What stands in the place of the previous digest in the first entry."""

WORK = timedelta(hours=1)
"""An entry is dated by when its work began, and stands where it ended: of two that are worked on at once, the longer one comes
later with an earlier date. By less than this nothing is said; the audit log, which dates what is written, is read closely."""


class CustodyEntry(SQLModel, table=True):
    """sha256 is over the canonical JSON of all other fields, previous included (64 zeros for the first).

    A party's account sees the entries that it may see numbered among themselves, without previous (rules.SHOWN_AS).
    """

    __tablename__ = "custody_entry"

    seq: int = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    actor: str
    action: str
    capture_id: str = Field(index=True)
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    previous: str
    sha256: str = Field(sa_column_kwargs={"info": {SAID_ONLY: True}})


# The database itself refuses, so that no code and no shell of its user rewrites the record by mistake.
for _change in ("UPDATE", "DELETE"):
    forbid(f"custody_entry_no_{_change.lower()}", f"BEFORE {_change} ON custody_entry", "the chain of custody is append-only")


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def entry_digest(
    seq: int, at: datetime, actor: str, action: str, capture_id: str, detail: Mapping[str, Any], previous: str
) -> str:
    """The SHA-256 of an entry in 64 hex digits."""
    fields = {
        "seq": seq,
        "at": _stamp(at),
        "actor": actor,
        "action": action,
        "capture_id": capture_id,
        "detail": dict(detail),
        "previous": previous,
    }
    return hashlib.sha256(canonical_json(fields)).hexdigest()


# The chain is everybody's: whoever adds to it needs its end.
_LOCK = declare("UPDATE main.custody_entry SET actor = '' WHERE 0", nothing)
_END = declare(
    "SELECT seq, sha256 FROM main.custody_entry ORDER BY seq DESC LIMIT 1", lambda rows: next(iter(list(rows)), (0, FIRST))
)


_COLUMNS = tuple(SQLModel.metadata.tables["custody_entry"].columns.keys())
_ADD = declare(
    f"INSERT INTO main.custody_entry ({', '.join(_COLUMNS)}) VALUES ({', '.join(f':{column}' for column in _COLUMNS)})",  # noqa: S608
    nothing,
)
_IS_OWN = declare(
    """
    SELECT 1 FROM "match" WHERE capture_id = :capture_id
    AND (:case_id IS NULL OR :case_id IN (SELECT id FROM case_file)) LIMIT 1
    """,
    whether_any,
)


def append(session: Session, actor: str, action: str, capture_id: str, detail: Mapping[str, Any], at: datetime) -> CustodyEntry:
    """Add an entry to the end of the chain, within the caller's transaction. Does not commit."""
    _check_may_append(session, capture_id, detail)
    session.flush()
    # No other process adds an entry between the reading and the writing.
    ask(session, _LOCK)
    last, previous = ask(session, _END)
    fields = {"seq": last + 1, "at": _stamp(at), "actor": actor, "action": action, "capture_id": capture_id}
    digest = entry_digest(last + 1, at, actor, action, capture_id, detail, previous)
    ask(session, _ADD, {**fields, "detail": json.dumps(dict(detail)), "previous": previous, "sha256": digest})
    record(session, "add", "custody_entry", [str(last + 1)])
    # Not by its number: an account's session has its own.
    return session.exec(select(CustodyEntry).where(CustodyEntry.sha256 == digest)).one()


def _check_may_append(session: Session, capture_id: str, detail: Mapping[str, Any]) -> None:
    """An account adds to what is its own, where its role makes documents, which the chain notes."""
    if caller_of(session) is None:
        return
    refuse_readers(session, "document")
    if not ask(session, _IS_OWN, {"capture_id": capture_id, "case_id": detail.get("case_id")}):
        raise AccessRefused("That would be about a capture or a case in which nothing is yours.", "Name one of yours.")


@dataclass(frozen=True)
class ChainVerdict:
    """entries: how many are whole from the first on. head: the digest of the last of them. problem: of the first broken one.
    set_back: where among the whole ones the clock was set back, which breaks no chain.

    An account is told that the whole chain holds, or not, and the rest of the entries that it sees; broken is 0 then.
    """

    entries: int
    head: str
    broken: int | None
    problem: str
    set_back: tuple[SetBack, ...] = ()

    @property
    def ok(self) -> bool:
        return self.broken is None


def chain_verdict(session: Session, noted_head: str | None = None) -> ChainVerdict:
    """Read the whole chain. noted_head: a digest that was printed earlier and must still stand in it; only that shows that
    entries at the end were cut off.
    """
    verdict = ask(session, _WHOLE, None, noted_head)
    caller = caller_of(session)
    if caller is None or caller.party_id is None:
        return verdict
    own = session.exec(select(CustodyEntry.at, CustodyEntry.sha256).order_by(col(CustodyEntry.seq))).all()
    clock = Clock(WORK)
    for number, (at, _) in enumerate(own, 1):
        clock.read(number, at)
    head = own[-1][1] if own else FIRST
    return ChainVerdict(len(own), head, None if verdict.ok else 0, "" if verdict.ok else SOMEWHERE, clock.set_back)


def _walk(rows: Iterator[Sequence[Any]], noted_head: str | None) -> ChainVerdict:
    expected, previous, seen = 1, FIRST, noted_head in (None, FIRST)
    clock = Clock(WORK)
    for row in rows:
        entry = dict(zip(_COLUMNS, row, strict=True))
        if problem := _problem(entry, expected, previous):
            return ChainVerdict(expected - 1, previous, expected, problem, clock.set_back)
        clock.read(entry["seq"], datetime.fromisoformat(entry["at"]))
        expected, previous = expected + 1, entry["sha256"]
        seen = seen or entry["sha256"] == noted_head
    if not seen:
        return ChainVerdict(expected - 1, previous, expected, "the chain ends before the noted entry", clock.set_back)
    return ChainVerdict(expected - 1, previous, None, "", clock.set_back)


# The chain is everybody's, and only its wholeness is told.
_WHOLE = declare(f"SELECT {', '.join(_COLUMNS)} FROM main.custody_entry ORDER BY seq", _walk)  # noqa: S608


def _problem(entry: Mapping[str, Any], expected: int, previous: str) -> str:
    """entry: by column, as it is stored."""
    if entry["seq"] != expected:
        return "it is missing"
    if entry["previous"] != previous:
        return "it does not follow from the entry before it"
    return "" if entry["sha256"] == _stored_digest(entry) else "its content was changed"


def _stored_digest(entry: Mapping[str, Any]) -> str | None:
    """The digest that the entry ought to have; None where nothing can have been written like that."""
    fields = {name: value for name, value in entry.items() if name != "sha256"}
    try:
        return hashlib.sha256(canonical_json({**fields, "detail": json.loads(entry["detail"])})).hexdigest()
    except (TypeError, ValueError):
        return None


def verify_chain(session: Session) -> int | None:
    """The number of the first entry that is changed, missing or out of place; None when the chain is whole."""
    return chain_verdict(session).broken


def digest_of(entry: CustodyEntry) -> str:
    """The digest that the entry ought to have."""
    return entry_digest(entry.seq, entry.at, entry.actor, entry.action, entry.capture_id, entry.detail, entry.previous)


def chain_of(session: Session, capture_id: str) -> list[CustodyEntry]:
    """The entries about one capture, oldest first."""
    return list(session.exec(select(CustodyEntry).where(CustodyEntry.capture_id == capture_id).order_by(col(CustodyEntry.seq))))


@dataclass(frozen=True)
class Link:
    """An entry as everybody may know it: its place in the chain, and nothing of what it says."""

    seq: int
    previous: str
    sha256: str


_LINKS = declare(
    """
    SELECT seq, previous, sha256 FROM main.custody_entry WHERE seq BETWEEN
    (SELECT seq FROM main.custody_entry WHERE sha256 = :first) AND (SELECT seq FROM main.custody_entry WHERE sha256 = :last)
    ORDER BY seq
    """,
    lambda rows: [Link(*row) for row in rows],
)


def links_between(session: Session, first: str, last: str) -> list[Link]:
    """The chain from one entry to another, by their digests, both included, whosever captures they are about."""
    return ask(session, _LINKS, {"first": first, "last": last})
