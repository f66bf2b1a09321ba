"""Licences: uses that the rights-holder permitted, and the one function that judges them."""

import ipaddress
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Field, Session, SQLModel, col, select

from registry.db import UtcDateTime, new_id, now
from registry.errors import NotFound, RegistryError
from registry.subjects import Subject
from registry.types import Modality


class LicenceRefused(RegistryError):
    """Terms that no licence can have."""


class Licence(SQLModel, table=True):
    """A permitted use of one subject. An empty condition (modality, host, uploader) permits any.

    starts_at is included, ends_at is not; an absent end is open.
    """

    id: str = Field(default_factory=new_id, primary_key=True)
    subject_id: str = Field(foreign_key="subject.id", index=True)
    licensee: str
    modality: Modality | None = None
    host: str | None = None
    uploader: str | None = None
    starts_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


@dataclass(frozen=True)
class Use:
    """One use of a subject as it was found. host: the page's or the media's host name without a port."""

    subject_id: str
    modality: Modality
    host: str | None = None
    uploader: str | None = None


@dataclass(frozen=True)
class Permission:
    permitted: bool
    licence_id: str | None
    reason: str


def is_permitted(use: Use, licences: Iterable[Licence], at: datetime) -> Permission:
    """Whether a licence permits the use at that moment. Of several that do, the one that runs longest is named."""
    of_subject = [licence for licence in licences if licence.subject_id == use.subject_id]
    if not of_subject:
        return Permission(False, None, "no licence names the subject")
    in_force = [licence for licence in of_subject if _in_force(licence, at)]
    if not in_force:
        return Permission(False, None, f"no licence of the subject is in force ({_ended(of_subject, at)})")
    covering = [licence for licence in in_force if _covers(licence, use)]
    if not covering:
        return Permission(False, None, "no licence in force covers this way of use, host and uploader")
    best = max(covering, key=lambda licence: (licence.ends_at is None, licence.ends_at or at, licence.id))
    return Permission(True, best.id, f"licensed to {best.licensee}")


def _in_force(licence: Licence, at: datetime) -> bool:
    ended = licence.ends_at is not None and licence.ends_at <= at
    revoked = licence.revoked_at is not None and licence.revoked_at <= at
    return licence.starts_at <= at and not ended and not revoked


def _ended(licences: list[Licence], at: datetime) -> str:
    revoked = sum(licence.revoked_at is not None and licence.revoked_at <= at for licence in licences)
    future = sum(licence.starts_at > at for licence in licences)
    return f"{revoked} revoked, {future} not yet begun, {len(licences) - revoked - future} ended"


def _covers(licence: Licence, use: Use) -> bool:
    modality_fits = licence.modality is None or licence.modality == use.modality
    uploader_fits = not licence.uploader or _same_uploader(licence.uploader, use.uploader)
    return modality_fits and uploader_fits and (not licence.host or host_within(use.host, licence.host))


def _same_uploader(one: str, other: str | None) -> bool:
    return other is not None and unicodedata.normalize("NFC", one).strip() == unicodedata.normalize("NFC", other).strip()


def host_within(host: str | None, domain: str) -> bool:
    """Whether host is the domain or lies under it; an address of numbers has nothing under it."""
    if not host:
        return False
    plain, wanted = plain_host(host), plain_host(domain)
    return plain == wanted or (bool(wanted) and not _is_address(plain) and plain.endswith("." + wanted))


def plain_host(host: str) -> str:
    """A host name as it is compared: lower case, in its ASCII form, without the root's dot."""
    bare = host.strip().rstrip(".").lower()
    try:
        return bare.encode("idna").decode("ascii")
    except UnicodeError:
        return bare


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def add_licence(
    session: Session,
    subject: Subject,
    licensee: str,
    starts_at: datetime,
    *,
    ends_at: datetime | None = None,
    modality: Modality | None = None,
    host: str | None = None,
    uploader: str | None = None,
) -> Licence:
    """Record a permitted use. Raises LicenceRefused for terms that could never apply or would cover the whole web."""
    if not licensee.strip():
        raise LicenceRefused("A licence needs a licensee.", "Name who may use the subject.")
    if ends_at is not None and ends_at <= starts_at:
        raise LicenceRefused("The licence would end before it begins.", "Give an end after the start.")
    licence = Licence(
        subject_id=subject.id,
        licensee=licensee.strip(),
        modality=modality,
        host=_checked_host(host) if host else None,
        uploader=uploader.strip() or None if uploader else None,
        starts_at=starts_at,
        ends_at=ends_at,
    )
    session.add(licence)
    session.flush()
    return licence


def _checked_host(host: str) -> str:
    plain = plain_host(host)
    labels = plain.split(".")
    well_formed = all(labels) and not set(plain) & set("/:@?#* ")
    if _is_address(plain) or plain == "localhost" or (well_formed and len(labels) > 1 and not labels[-1].isdigit()):
        return plain
    raise LicenceRefused(f"{host!r} is no host name that a licence can name.", "Give one such as example.org, without https://.")


def find_licence(session: Session, licence_id: str) -> Licence:
    licence = session.get(Licence, licence_id)
    if licence is None:
        raise NotFound(f"There is no licence {licence_id!r}.", "Type `semblance licence list` to see the ids.")
    return licence


def revoke_licence(session: Session, licence_id: str, at: datetime) -> Licence:
    """End the licence at that moment; revoking it again changes nothing."""
    licence = find_licence(session, licence_id)
    if licence.revoked_at is None:
        licence.revoked_at = at
        session.add(licence)
        session.flush()
    return licence


def list_licences(session: Session, subject: Subject | None = None) -> list[Licence]:
    query = select(Licence).order_by(col(Licence.created_at), col(Licence.id))
    return list(session.exec(query if subject is None else query.where(Licence.subject_id == subject.id)))
