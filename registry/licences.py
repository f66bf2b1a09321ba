"""Licences: uses that the rights-holder permitted, and the one function that judges them."""

import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, or_
from sqlalchemy.orm import Mapped
from sqlmodel import Field, Session, SQLModel, col, select

from registry.actions import Action, Step
from registry.db import UtcDateTime, new_id, now
from registry.errors import NotFound, RegistryError
from registry.groups import GroupMember, SubjectGroup, groups_of_all
from registry.hosts import host_within as host_within
from registry.hosts import is_nameable, plain_host
from registry.kinds import BY_NAME_ALONE, covers
from registry.storage.lock import hold
from registry.subjects import AT_ONCE, Subject
from registry.territory import clean_territories, lies_within
from registry.types import Modality
from registry.validity import end_now, valid_at, why_none


class LicenceRefused(RegistryError):
    """Terms that no licence can have."""


class Licence(SQLModel, table=True):
    """A permitted use of one subject or of a group of them. An empty condition permits any; an empty modality any but those that
    are covered by name alone (registry.kinds).

    host: the platform. uploader: the channel. generator: what makes the video. territory: ISO 3166 codes. project: the work it is
    made for. starts_at is included, ends_at is not; an absent end is open.
    """

    __table_args__ = (CheckConstraint("(subject_id IS NULL) <> (group_id IS NULL)", name="licence_of_subject_or_group"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    subject_id: str | None = Field(default=None, foreign_key="subject.id", index=True)
    group_id: str | None = Field(default=None, foreign_key="subject_group.id", index=True)
    licensee: str
    modality: Modality | None = None
    host: str | None = None
    uploader: str | None = None
    generator: str | None = None
    territory: list[str] = Field(default_factory=list, sa_type=JSON)
    project: str | None = None
    starts_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


@dataclass(frozen=True)
class Use:
    """One use of a subject as it was found; what is unknown is empty, and fulfils no condition.

    groups: ids of the groups that the subject is in. host: the page's or the media's host name without a port. generators,
    projects: the names that labels, or title and description, give. territory: the one place where it can be seen.
    party_id: whose subject it is. addresses: of the page and of the media, in their canonical form, the page's first.
    """

    subject_id: str
    modality: Modality
    host: str | None = None
    uploader: str | None = None
    generators: Collection[str] = ()
    territory: str | None = None
    projects: Collection[str] = ()
    groups: Collection[str] = ()
    party_id: str | None = None
    addresses: Sequence[str] = ()


@dataclass(frozen=True)
class Permission:
    """Whether a use is permitted, why or why not, and by which licence or entry of the allow-list (see registry.permissions)."""

    permitted: bool
    licence_id: str | None
    reason: str
    allowance_id: str | None = None

    @property
    def end(self) -> Step:
        """How to end what permits it, where it does not cover this use."""
        if self.allowance_id:
            return Action.REVOKE_ALLOWANCE.of(self.allowance_id)
        return Action.REVOKE_LICENCE.of(self.licence_id or "")


def is_permitted(use: Use, licences: Iterable[Licence], at: datetime) -> Permission:
    """Whether a licence permits the use at that moment. Of several that do, the one that runs longest is named."""
    of_subject = [licence for licence in licences if _names(licence, use)]
    if not of_subject:
        return Permission(False, None, "no licence names the subject")
    in_force = [licence for licence in of_subject if valid_at(licence, at)]
    if not in_force:
        return Permission(False, None, f"no licence of the subject is in force ({why_none(of_subject, at)})")
    covering = [licence for licence in in_force if not _unmet(licence, use)]
    if not covering:
        nearest = min(in_force, key=lambda licence: (len(_unmet(licence, use)), licence.id))
        unmet = ", ".join(_unmet(nearest, use))
        return Permission(False, None, f"no licence in force covers this use: {nearest.licensee} is licensed {unmet}")
    best = max(covering, key=_end_of)
    return Permission(True, best.id, f"licensed to {best.licensee}{_on_whose_word(best)}")


def _end_of(licence: Licence) -> tuple[bool, datetime, str]:
    """By which licences are ordered: one without an end runs longest."""
    return licence.ends_at is None, licence.ends_at or datetime.max, licence.id


def _names(licence: Licence, use: Use) -> bool:
    if licence.group_id is not None:
        return licence.group_id in use.groups
    return licence.subject_id == use.subject_id


def _unmet(licence: Licence, use: Use) -> list[str]:
    """The licence's conditions that the use does not fulfil, in words."""
    conditions = (
        (covers([licence.modality] if licence.modality else (), use.modality), _modality_asked(licence)),
        (not licence.host or host_within(use.host, licence.host), f"on {licence.host} only"),
        (is_among(licence.uploader, [use.uploader] if use.uploader else []), f"in the channel {licence.uploader} only"),
        (is_among(licence.generator, use.generators), f"with the generator {licence.generator} only{_known(use.generators)}"),
        (is_among(licence.project, use.projects), f"for the project {licence.project} only{_known(use.projects)}"),
        (lies_within(use.territory, licence.territory), f"in {', '.join(licence.territory)} only{_known(use.territory)}"),
    )
    return [words for met, words in conditions if not met]


def _modality_asked(licence: Licence) -> str:
    named = licence.modality
    return f"for the modality {named} only" if named else f"without naming the {', the '.join(sorted(BY_NAME_ALONE))}"


def _known(fact: str | Collection[str] | None) -> str:
    return "" if fact else " (which is unknown here)"


def is_among(wanted: str | None, named: Iterable[str]) -> bool:
    """Whether a name that is asked for is one of those given, as they are compared here; nothing asked for is any."""
    return not wanted or any(_plain_text(wanted) == _plain_text(name) for name in named)


def _plain_text(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()


def _on_whose_word(licence: Licence) -> str:
    """A generator and a project are known from what whoever published the video says of it; the reason says so."""
    conditions = (("generator", licence.generator), ("project", licence.project))
    claimed = [f"{what} {name}" for what, name in conditions if name]
    return f" ({' and '.join(claimed)}, as the publisher states)" if claimed else ""


def add_licence(
    session: Session,
    licensed: Subject | SubjectGroup,
    licensee: str,
    starts_at: datetime,
    *,
    ends_at: datetime | None = None,
    modality: Modality | None = None,
    host: str | None = None,
    uploader: str | None = None,
    generator: str | None = None,
    territory: Collection[str] = (),
    project: str | None = None,
) -> Licence:
    """Record a permitted use of a subject, or of whatever is in a group when it is judged; flushed, not committed.

    Raises LicenceRefused for terms that could never apply or would cover the whole web, TerritoryRefused.
    """
    if not licensee.strip():
        raise LicenceRefused("A licence needs a licensee.", "Name who may use the subject.")
    if ends_at is not None and ends_at <= starts_at:
        raise LicenceRefused("The licence would end before it begins.", "Give an end after the start.")
    licence = Licence(
        subject_id=licensed.id if isinstance(licensed, Subject) else None,
        group_id=licensed.id if isinstance(licensed, SubjectGroup) else None,
        licensee=licensee.strip(),
        modality=modality,
        host=_checked_host(host) if host else None,
        uploader=_given(uploader),
        generator=_given(generator),
        territory=clean_territories(territory),
        project=_given(project),
        starts_at=starts_at,
        ends_at=ends_at,
    )
    session.add(licence)
    session.flush()
    return licence


def _given(text: str | None) -> str | None:
    return text.strip() or None if text else None


def _checked_host(host: str) -> str:
    plain = plain_host(host)
    if is_nameable(plain):
        return plain
    raise LicenceRefused(f"{host!r} is no host name that a licence can name.", "Give one such as example.org, without https://.")


def find_licence(session: Session, licence_id: str) -> Licence:
    """The licence with that id. Raises NotFound."""
    licence = session.get(Licence, licence_id)
    if licence is None:
        raise NotFound(f"There is no licence {licence_id!r}.", Action.SEE_LICENCES)
    return licence


def revoke_licence(session: Session, licence_id: str, at: datetime) -> Licence:
    """End the licence at that moment; revoking it again changes nothing, and of two that do so at once the first one counts."""
    hold(session)
    licence = find_licence(session, licence_id)
    end_now(session, licence, at)
    return licence


def list_licences(session: Session, subject: Subject | None = None) -> list[Licence]:
    """All licences, or those of one subject alone, without those of its groups; see licences_about."""
    query = select(Licence).order_by(col(Licence.created_at), col(Licence.id))
    return list(session.exec(query if subject is None else query.where(Licence.subject_id == subject.id)))


def licences_about(session: Session, subject_id: str) -> list[Licence]:
    """The licences that a decision about the subject rests on: its own and those of the groups it is in."""
    groups = select(GroupMember.group_id).where(GroupMember.subject_id == subject_id)
    about = or_(col(Licence.subject_id) == subject_id, col(Licence.group_id).in_(groups))
    return list(session.exec(select(Licence).where(about).order_by(col(Licence.created_at), col(Licence.id))))


def licences_about_all(session: Session, subjects: Collection[str]) -> dict[str, list[Licence]]:
    """As licences_about, of many subjects by their ids, in a few statements for all."""
    in_group: dict[str, list[str]] = {}
    for subject_id, held in groups_of_all(session, subjects).items():
        for group in held:
            in_group.setdefault(group, []).append(subject_id)
    rows = _where_in(session, col(Licence.subject_id), subjects) | _where_in(session, col(Licence.group_id), in_group)
    found: dict[str, list[Licence]] = {subject_id: [] for subject_id in subjects}
    for row in sorted(rows.values(), key=lambda row: (row.created_at, row.id)):
        for subject_id in [row.subject_id] if row.subject_id else in_group[row.group_id or ""]:
            found[subject_id].append(row)
    return found


def _where_in(session: Session, column: Mapped[str] | Mapped[str | None], keys: Iterable[str]) -> dict[str, Licence]:
    """The licences, by their ids, of which a column has one of the keys."""
    wanted, rows = sorted(set(keys)), dict[str, Licence]()
    for first in range(0, len(wanted), AT_ONCE):
        rows |= {row.id: row for row in session.exec(select(Licence).where(column.in_(wanted[first : first + AT_ONCE])))}
    return rows


def covered(session: Session, licence: Licence) -> list[str]:
    """The ids of the subjects that a licence names, or that are in its group now."""
    if licence.group_id is None:
        return [licence.subject_id] if licence.subject_id else []
    return list(session.exec(select(GroupMember.subject_id).where(GroupMember.group_id == licence.group_id)))
