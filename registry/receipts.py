"""Receipts of erasures: what went, what stays and why, and what may lie somewhere still."""

from collections import ChainMap
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import JSON
from sqlmodel import Field, Session, SQLModel, col, select

from registry.blinding import Blinded, blinder
from registry.crypto import KeyAbsent, KeyRefused
from registry.db import UtcDateTime, new_id
from registry.documents import root_of
from registry.remains import lies_there
from registry.subjects import Subject


class Erasure(SQLModel, table=True):
    """That a subject was erased, and nothing that tells whom. digests: of the vault's objects that went; the SHA-256 while they
    go, and afterwards (keyed) a digest with the workspace's secret, by which a photo is known again and found by no guessing.

    paths: the reports, letters and bundles that showed it and were not sent; they go too. kept: what stays, and why. left: what
    could not be removed and may show it still, each with the reason.
    on_request: somebody asked; else the retention policy did it.
    finished_at: when the last byte was gone from the vault and from the database's free pages.
    """

    id: str = Field(default_factory=new_id, primary_key=True)
    subject_id: str = Field(index=True)
    at: datetime = Field(sa_type=UtcDateTime)
    reason: str
    references: int
    templates: int
    mandates: int
    others: int
    digests: list[str] = Field(default_factory=list, sa_type=JSON)
    paths: list[str] = Field(default_factory=list, sa_type=JSON, sa_column_kwargs={"server_default": "[]"})
    kept: list[str] = Field(default_factory=list, sa_type=JSON, sa_column_kwargs={"server_default": "[]"})
    left: list[str] = Field(default_factory=list, sa_type=JSON, sa_column_kwargs={"server_default": "[]"})
    on_request: bool = True
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    keyed: bool = Field(default=False, sa_column_kwargs={"server_default": "0"})


@dataclass(frozen=True)
class ErasureReceipt:
    """What went. finished: nothing is left in any file. Otherwise another process was reading, or making a document, and
    finish_erasures does the rest; or something lies there that left names.
    """

    id: str
    subject_id: str
    at: datetime
    references: int
    templates: int
    mandates: int
    others: int
    digests: tuple[str, ...]
    paths: tuple[str, ...]
    kept: tuple[str, ...]
    left: tuple[str, ...]
    finished: bool


def receipt(session: Session, erasure: Erasure) -> ErasureReceipt:
    """As things stand now."""
    root = root_of(session)
    return ErasureReceipt(
        id=erasure.id,
        subject_id=erasure.subject_id,
        at=erasure.at,
        references=erasure.references,
        templates=erasure.templates,
        mandates=erasure.mandates,
        others=erasure.others,
        digests=tuple(erasure.digests),
        paths=tuple(erasure.paths),
        kept=tuple(erasure.kept),
        left=tuple(erasure.left),
        finished=erasure.finished_at is not None and not any(lies_there(root, line) for line in erasure.left),
    )


def erased_digests(session: Session, party_id: str) -> Mapping[str, datetime]:
    """When the bytes with these SHA-256 went with a subject of the party, because somebody asked. It is asked by a SHA-256, and
    lists none."""
    erasures = select(Erasure).join(Subject, col(Subject.id) == Erasure.subject_id).where(Subject.party_id == party_id)
    erasures = erasures.where(col(Erasure.on_request).is_(True))
    keyed, plain = dict[str, datetime](), dict[str, datetime]()
    for erasure in session.exec(erasures):
        (keyed if erasure.keyed else plain).update(dict.fromkeys(erasure.digests, erasure.at))
    return ChainMap(plain, Blinded(session, keyed))  # type: ignore[arg-type]


def key_digests(session: Session, erasure: Erasure) -> None:
    """Put keyed digests in the place of an erasure's plain ones; without the key nothing changes."""
    # Without the key they stay as they are until it is restored: what can be removed is.
    with suppress(KeyAbsent, KeyRefused):
        blind = blinder(session)
        erasure.digests, erasure.keyed = sorted(map(blind, erasure.digests)), True
        session.add(erasure)
