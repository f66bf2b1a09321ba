"""What the database says of the vault's objects."""

from collections.abc import Collection, Iterator, Sequence
from functools import partial
from typing import Any

from sqlalchemy import Column, Table, inspect, select
from sqlmodel import Session, SQLModel

from registry.db import SAID_ONLY
from registry.invitations import Invitation, InvitedPhoto
from registry.mandates import Mandate
from registry.references import Reference
from registry.storage.tables import all_tables
from registry.tenancy import ask, declare, refuse_accounts, whether_any
from registry.vault.base import Vault

PRIVATE: tuple[type[SQLModel], ...] = (Reference, Mandate, Invitation, InvitedPhoto)
"""The tables whose objects lie sealed. Those of all others were captured from the public web and lie in the clear."""

_AT_ONCE = 500


def is_needed(session: Session, sha256: str, *, private: bool) -> bool:
    """Whether a row of any room names the private object of that digest, or the one that is not: every column whose name
    ends in sha256 may."""
    return ask(session, _IS_NEEDED[private], {"sha256": sha256})


def _needing(private: bool) -> str:
    columns = _columns(PRIVATE if private else (), () if private else PRIVATE)
    # The registry by itself has no table whose objects lie in the clear.
    named = ["SELECT 1 WHERE 1 = 0"]
    named += [f'SELECT 1 FROM main."{column.table.name}" WHERE "{column.name}" = :sha256' for column in columns]  # noqa: S608
    return f"{' UNION ALL '.join(named)} LIMIT 1"


# Also what another party needs is kept; which one, and what for, is not told.
_IS_NEEDED = {private: declare(partial(_needing, private), whether_any) for private in (True, False)}


def forget_waste(session: Session, vault: Vault) -> int:
    """Remove the private objects that somebody who is gone put or released, and that no row names; says how many."""
    with vault.announced.left() as digests:
        waste = sorted(digests - _named_private(session, sorted(digests)))
        for digest in waste:
            vault.delete(digest, private=True)
    return len(waste)


def _named_private(session: Session, digests: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(digests), _AT_ONCE):
        some = digests[start : start + _AT_ONCE]
        for column in _columns(PRIVATE, ()):
            found |= {row[0] for row in session.connection().execute(select(column).where(column.in_(some)))}
    return found


def public_digests(session: Session, *, but: Collection[type[SQLModel]]) -> set[str]:
    """Of every object in the clear that rows name, those of the tables in but left out. Not for accounts."""
    refuse_accounts(session, "Listing what everybody's rows need")
    columns = _columns((), (*PRIVATE, *but))
    return {digest for column in columns for (digest,) in session.connection().execute(select(column).where(column.is_not(None)))}


def named_objects(session: Session, *, private: bool) -> Iterator[str]:
    """The digests of the private objects that rows name, or of those that are not, without an order; some more than once. Not
    for accounts."""
    refuse_accounts(session, "Listing what everybody's rows need")
    for column in _columns(PRIVATE if private else (), () if private else PRIVATE):
        for (digest,) in session.connection().execute(select(column).where(column.is_not(None)).distinct()):
            yield digest


def _columns(only: Collection[type[SQLModel]], but: Collection[type[SQLModel]]) -> list[Column[Any]]:
    left_out = _tables(but)
    # Where it is known which tables are meant, no others are loaded.
    return [column for table in _tables(only) or all_tables() if table not in left_out for column in _digest_columns(table)]


def _tables(models: Collection[type[SQLModel]]) -> list[Table]:
    return [inspect(model).local_table for model in models]


def _digest_columns(table: Table) -> list[Column[Any]]:
    return [column for column in table.columns if column.name.endswith("sha256") and SAID_ONLY not in column.info]
