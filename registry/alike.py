"""Who stands alike: subjects whose mandates come to the same at a moment, so that one of them is judged for all.

A union's members are thousands, and their mandates of a few kinds: reading each one's dates, scopes and territories took longer
than everything else that a page about all of them does.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import Any, NamedTuple

from sqlalchemy import String, case, cast
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from registry.kinds import SubjectKind
from registry.mandates import Mandate, mandates_of
from registry.parties import Party
from registry.subjects import Subject, subjects_of
from registry.validity import in_force


class Named(NamedTuple):
    """A subject as it is named where it is looked for."""

    id: str
    name: str
    kind: SubjectKind
    party_id: str


@dataclass(frozen=True)
class Alike:
    """Subjects whose mandates differ in nothing that decides whether they may be acted for, and where.

    one: the first of them; mandates: those that a decision about it rests on. Documents, dates and names differ from each to
    each. every: all of them, by their ids.
    """

    party: Party
    one: Subject
    mandates: list[Mandate]
    every: list[str]


def who_stands_alike(session: Session, at: datetime) -> tuple[list[Named], list[Alike]]:
    """All subjects by name, without the erased ones, and the same in kinds of those that stand alike at that moment; in a few
    statements for all."""
    own, groups, subjects = _own(session, at), defaultdict[Any, list[str]](list), list[Named]()
    for key, name, kind, *about in _subjects(session, at):
        subjects.append(Named(key, name, SubjectKind[kind], about[0]))
        groups[kind, *about, own.get(key)].append(key)
    return subjects, list(_with_one_read(session, list(groups.values())))


def _with_one_read(session: Session, groups: list[list[str]]) -> Iterator[Alike]:
    ones = subjects_of(session, [every[0] for every in groups])
    held = mandates_of(session, ones.values())
    parties = {party.id: party for party in session.exec(select(Party))}
    for every in groups:
        one = ones[every[0]]
        yield Alike(parties[one.party_id], one, held[one.id], every)


def _own(session: Session, at: datetime) -> Mapping[str, str]:
    """What decides of each subject's own mandates, as one text. Those of a whole party are its subjects' all the same."""
    texts: tuple[Any, ...] = (
        *(cast(col(column), String) for column in (Mandate.basis, Mandate.scope, Mandate.territory)),
        case((col(Mandate.guardian) != "", "by a guardian"), else_=""),
        case((in_force(Mandate, at), "in force"), else_=""),
    )
    shape = reduce(lambda one, other: one + " " + other, texts)
    own = sql_select(col(Mandate.subject_id), shape).where(col(Mandate.subject_id).is_not(None))
    found: dict[str, str] = {}
    for key, each in session.execute(own):
        # In whatever order: several mandates in another one make a kind more, which is judged for itself.
        found[key] = f"{found[key]}\n{each}" if key in found else each
    return found


def _subjects(session: Session, at: datetime) -> Iterable[Any]:
    """Id, name, kind as it is stored, party, whether under age, whether they left: None where nothing of that is on record."""
    columns: tuple[Any, ...] = (Subject.id, Subject.name, cast(col(Subject.kind), String), Subject.party_id)
    about = col(Subject.minor_until) > at, col(Subject.left_at) <= at
    living = sql_select(*columns, *about).where(col(Subject.erased_at).is_(None))
    return session.execute(living.order_by(col(Subject.name), col(Subject.id)))
