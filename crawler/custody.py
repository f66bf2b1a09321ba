"""The chain of custody: an append-only list in which every entry holds the digest of the one before."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import JSON, false, update
from sqlmodel import Field, Session, SQLModel, col, select

from registry.canonical import canonical_json as canonical_json
from registry.clock import Clock, SetBack
from registry.db import UtcDateTime
from registry.holdings import SAID_ONLY
from registry.tenancy import unscoped
from registry.triggers import forbid

FIRST = "0" * 64
"""What stands in the place of the previous digest in the first entry."""

WORK = timedelta(hours=1)
"""An entry is dated by when its work began, and stands where it ended: of two that are worked on at once, the longer one comes
later with an earlier date. By less than this nothing is said; the audit log, which dates what is written, is read closely."""


class CustodyEntry(SQLModel, table=True):
    """sha256 is over the canonical JSON of all other fields, previous included (64 zeros for the first)."""

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


def entry_digest(
    seq: int, at: datetime, actor: str, action: str, capture_id: str, detail: Mapping[str, Any], previous: str
) -> str:
    """The SHA-256 of an entry in 64 hex digits."""
    fields = {
        "seq": seq,
        "at": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "actor": actor,
        "action": action,
        "capture_id": capture_id,
        "detail": dict(detail),
        "previous": previous,
    }
    return hashlib.sha256(canonical_json(fields)).hexdigest()


def append(session: Session, actor: str, action: str, capture_id: str, detail: Mapping[str, Any], at: datetime) -> CustodyEntry:
    """Add an entry to the end of the chain, within the caller's transaction. Does not commit."""
    # The chain is everybody's: whoever adds to it needs its end.
    with unscoped(session):
        return _append(session, actor, action, capture_id, detail, at)


def _append(session: Session, actor: str, action: str, capture_id: str, detail: Mapping[str, Any], at: datetime) -> CustodyEntry:
    # Changes nothing, but takes the write lock, so that no other process adds an entry between the reading and the writing.
    session.execute(update(CustodyEntry).where(false()).values(actor=""))
    last = session.exec(select(CustodyEntry).order_by(col(CustodyEntry.seq).desc()).limit(1)).first()
    seq, previous = (last.seq + 1, last.sha256) if last else (1, FIRST)
    digest = entry_digest(seq, at, actor, action, capture_id, detail, previous)
    entry = CustodyEntry(
        seq=seq,
        at=at,
        actor=actor,
        action=action,
        capture_id=capture_id,
        detail=dict(detail),
        previous=previous,
        sha256=digest,
    )
    session.add(entry)
    session.flush()
    return entry


@dataclass(frozen=True)
class ChainVerdict:
    """entries: how many are whole from the first on. head: the digest of the last of them. problem: of the first broken one.
    set_back: where among the whole ones the clock was set back, which breaks no chain."""

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
    # The chain is everybody's, and only its wholeness is told.
    with unscoped(session):
        return _walk(session, noted_head)


def _walk(session: Session, noted_head: str | None) -> ChainVerdict:
    expected, previous, seen = 1, FIRST, noted_head in (None, FIRST)
    clock = Clock(WORK)
    for entry in session.exec(select(CustodyEntry).order_by(col(CustodyEntry.seq)).execution_options(yield_per=1000)):
        if problem := _problem(entry, expected, previous):
            return ChainVerdict(expected - 1, previous, expected, problem, clock.set_back)
        clock.read(entry.seq, entry.at)
        expected, previous = expected + 1, entry.sha256
        seen = seen or entry.sha256 == noted_head
    if not seen:
        return ChainVerdict(expected - 1, previous, expected, "the chain ends before the noted entry", clock.set_back)
    return ChainVerdict(expected - 1, previous, None, "", clock.set_back)


def _problem(entry: CustodyEntry, expected: int, previous: str) -> str:
    if entry.seq != expected:
        return "it is missing"
    if entry.previous != previous:
        return "it does not follow from the entry before it"
    return "" if entry.sha256 == digest_of(entry) else "its content was changed"


def verify_chain(session: Session) -> int | None:
    """The number of the first entry that is changed, missing or out of place; None when the chain is whole."""
    return chain_verdict(session).broken


def digest_of(entry: CustodyEntry) -> str:
    """The digest that the entry ought to have."""
    return entry_digest(entry.seq, entry.at, entry.actor, entry.action, entry.capture_id, entry.detail, entry.previous)


def chain_of(session: Session, capture_id: str) -> list[CustodyEntry]:
    """The entries about one capture, oldest first."""
    return list(session.exec(select(CustodyEntry).where(CustodyEntry.capture_id == capture_id).order_by(col(CustodyEntry.seq))))
