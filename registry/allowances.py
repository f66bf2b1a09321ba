"""The allow-list: channels, hosts and addresses where a party lets its subjects be shown, without a licence to anybody."""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlmodel import JSON, Field, Session, SQLModel, col, select

from registry.actions import Action
from registry.db import UtcDateTime, new_id, now
from registry.errors import NotFound, RegistryError
from registry.hosts import host_within, is_nameable, plain_host
from registry.kinds import Modality, covers
from registry.licences import Use, is_among
from registry.parties import Party
from registry.storage.lock import hold
from registry.subjects import Subject
from registry.validity import end_now, valid_at


class AllowanceRefused(RegistryError):
    """An entry that would allow nothing, or more than anybody meant."""


class Allowance(SQLModel, table=True):
    """One entry of a party's allow-list, for one of its subjects or for all of them, also future ones.

    It names an address, or an uploader, a host, or an uploader on a host. modalities: the ways of use that it is for, empty for
    all but those that are covered by name alone (registry.kinds). allowed_by, reason: who let it be, and why. starts_at
    is included, ends_at is not; an absent end is open.
    """

    id: str = Field(default_factory=new_id, primary_key=True)
    party_id: str = Field(foreign_key="party.id", index=True)
    subject_id: str | None = Field(default=None, foreign_key="subject.id", index=True)
    uploader: str | None = None
    host: str | None = None
    address: str | None = None
    modalities: list[str] = Field(default_factory=list, sa_type=JSON)
    allowed_by: str
    reason: str
    starts_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)

    @property
    def place(self) -> str:
        """What it allows, in words."""
        named = f", for {' and '.join(self.modalities)} only" if self.modalities else ""
        return self._where + named

    @property
    def _where(self) -> str:
        if self.address:
            return self.address
        if self.uploader:
            return f"the channel {self.uploader} on {self.host or 'any host'}"
        return f"everything on {self.host}"


def allowance_of(use: Use, allowances: Iterable[Allowance], at: datetime) -> Allowance | None:
    """The entry that allows the use at that moment; of several the one that runs longest. What is unknown fulfils nothing."""
    allowing = [row for row in allowances if valid_at(row, at) and _is_about(row, use) and _is_there(row, use)]
    return max(allowing, key=lambda row: (row.ends_at is None, row.ends_at or at, row.id), default=None)


def _is_about(row: Allowance, use: Use) -> bool:
    is_of = row.party_id == use.party_id and row.subject_id in (None, use.subject_id)
    return is_of and covers(row.modalities, use.modality)


def _is_there(row: Allowance, use: Use) -> bool:
    return names_place(row, use.host, use.uploader, use.addresses)


def names_place(row: Allowance, host: str | None, uploader: str | None, addresses: Collection[str]) -> bool:
    """Whether an entry, whether or not it is in force, is about what that uploader shows on that host, at those addresses."""
    if row.address:
        return row.address in addresses
    if not row.uploader and not row.host:
        return False
    on_host = not row.host or host_within(host, row.host)
    return on_host and is_among(row.uploader, [uploader] if uploader else [])


def add_allowance(
    session: Session,
    party: Party,
    *,
    allowed_by: str,
    reason: str,
    starts_at: datetime,
    ends_at: datetime | None = None,
    subject: Subject | None = None,
    uploader: str | None = None,
    host: str | None = None,
    address: str | None = None,
    modalities: Collection[Modality] = (),
    any_host: bool = False,
    whole_host: bool = False,
) -> Allowance:
    """Add an entry; flushed, not committed. address: as uses spell it. Raises AllowanceRefused.

    An uploader without a host is allowed on every host, where others may have the same name, and a host without an uploader
    whatever anybody publishes there: any_host and whole_host say that it is meant. Without modalities: all but the voice.
    """
    given = {"uploader": uploader, "host": host, "address": address}
    named = {what: text.strip() for what, text in given.items() if text and text.strip()}
    _check_named(named, any_host, whole_host)
    _check_entry(party, subject, allowed_by, reason, starts_at, ends_at)
    row = Allowance(
        party_id=party.id,
        subject_id=subject.id if subject else None,
        uploader=named.get("uploader"),
        host=_checked_host(named["host"]) if "host" in named else None,
        address=named.get("address"),
        modalities=sorted({modality.value for modality in modalities}),
        allowed_by=allowed_by.strip(),
        reason=reason.strip(),
        starts_at=starts_at,
        ends_at=ends_at,
    )
    session.add(row)
    session.flush()
    return row


def _check_named(named: dict[str, str], any_host: bool, whole_host: bool) -> None:
    if not named or ("address" in named and len(named) > 1):
        raise AllowanceRefused("It is not said what to allow.", Action.NAME_USE)
    if set(named) == {"uploader"} and not any_host:
        raise AllowanceRefused("Others may have that name on other hosts.", Action.NAME_HOST)
    if set(named) == {"host"} and not whole_host:
        raise AllowanceRefused(
            f"That would allow whatever anybody publishes on {named['host']}.",
            Action.NAME_CHANNEL,
        )


def _check_entry(
    party: Party, subject: Subject | None, allowed_by: str, reason: str, starts_at: datetime, ends_at: datetime | None
) -> None:
    if subject is not None and subject.party_id != party.id:
        raise AllowanceRefused(f"{subject.name} is not {party.name}'s.", "Name a subject of the party.")
    if not allowed_by.strip() or not reason.strip():
        raise AllowanceRefused("An entry needs the name of who allows it, and a reason.", Action.NAME_DECIDER)
    if ends_at is not None and ends_at <= starts_at:
        raise AllowanceRefused("The entry would end before it begins.", "Give an end after now.")


def _checked_host(host: str) -> str:
    plain = plain_host(host)
    if is_nameable(plain):
        return plain
    raise AllowanceRefused(f"{host!r} is no host name.", "Give one such as example.org, without https://.")


def find_allowance(session: Session, allowance_id: str) -> Allowance:
    """The allow-list's entry with that id. Raises NotFound."""
    row = session.get(Allowance, allowance_id)
    if row is None:
        raise NotFound(f"There is no entry {allowance_id!r}.", Action.SEE_ALLOWANCES)
    return row


def revoke_allowance(session: Session, allowance_id: str, at: datetime) -> Allowance:
    """End the entry at that moment; revoking it again changes nothing, and of two that do so at once the first one counts."""
    hold(session)
    row = find_allowance(session, allowance_id)
    end_now(session, row, at)
    return row


def list_allowances(session: Session, party_id: str | None = None) -> list[Allowance]:
    """All entries, or those of one party."""
    query = select(Allowance).order_by(col(Allowance.created_at), col(Allowance.id))
    return list(session.exec(query if party_id is None else query.where(Allowance.party_id == party_id)))


def end_allowances_of(session: Session, subject_id: str, at: datetime) -> None:
    """End what is allowed of one subject alone; flushed, not committed."""
    for row in session.exec(select(Allowance).where(Allowance.subject_id == subject_id)):
        end_now(session, row, at)
