"""The chain of custody: an append-only list in which every entry holds the digest of the one before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, Session, SQLModel, col, select

from registry.accounts import AccessRefused
from registry.audit import record
from registry.chain import Chain, ChainVerdict
from registry.db import SAID_ONLY, UtcDateTime
from registry.tenancy import ask, caller_of, declare, refuse_readers, whether_any

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


CUSTODY = Chain(CustodyEntry, digest="sha256", title="the chain of custody", tolerance=WORK)


def entry_digest(
    seq: int, at: datetime, actor: str, action: str, capture_id: str, detail: Mapping[str, Any], previous: str
) -> str:
    """The SHA-256 of an entry in 64 hex digits."""
    fields = {
        "seq": seq,
        "at": at,
        "actor": actor,
        "action": action,
        "capture_id": capture_id,
        "detail": dict(detail),
        "previous": previous,
    }
    return CUSTODY.digest_of(fields)


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
    fields = {"at": at, "actor": actor, "action": action, "capture_id": capture_id, "detail": dict(detail)}
    (made,) = CUSTODY.add(session, [fields])
    record(session, "add", "custody_entry", [str(made["seq"])])
    if caller_of(session) is None:
        return session.get_one(CustodyEntry, made["seq"])
    # Not by its number: an account's session has its own.
    return session.exec(select(CustodyEntry).where(CustodyEntry.sha256 == made["sha256"])).one()


def _check_may_append(session: Session, capture_id: str, detail: Mapping[str, Any]) -> None:
    """An account adds to what is its own, where its role makes documents, which the chain notes."""
    if caller_of(session) is None:
        return
    refuse_readers(session, "document")
    if not ask(session, _IS_OWN, {"capture_id": capture_id, "case_id": detail.get("case_id")}):
        raise AccessRefused("That would be about a capture or a case in which nothing is yours.", "Name one of yours.")


def chain_verdict(session: Session, noted_head: str | None = None) -> ChainVerdict:
    """See Chain.verify."""
    return CUSTODY.verify(session, noted_head)


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
