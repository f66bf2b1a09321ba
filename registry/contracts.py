"""Who may ask before they publish: accounts under contract, and how much they asked."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Field, Session, SQLModel, col, select

from registry.accounts import AccessRefused, Account, find_account
from registry.audit import record
from registry.db import UtcDateTime, new_id, now
from registry.errors import Conflict, NotFound, RegistryError
from registry.names import clean_name
from registry.storage.lock import hold
from registry.validity import status_at, valid_at
from registry.views import view_of

DAILY = 1000
"""Questions a day, where a contract says nothing."""

PROBING = 40
"""So many questions in a row that found nobody are told the machine's owner; one that came near counts as NEAR of them."""
NEAR = 3


class OverCap(RegistryError):
    """More questions than a day's."""


class CheckContract(SQLModel, table=True):
    """That an account may ask, under a contract. reference: by which the contract is known.

    licensee: as licences call whoever asks. daily: questions a day. The others as of a licence.
    """

    __tablename__ = "check_contract"

    id: str = Field(default_factory=new_id, primary_key=True)
    account_id: str = Field(foreign_key="account.id", index=True)
    reference: str
    licensee: str
    daily: int
    starts_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class CheckUse(SQLModel, table=True):
    """How much an account asked: on its last day, and in a row without finding anybody. alerted_at: when that was told last."""

    __tablename__ = "check_use"

    account_id: str = Field(foreign_key="account.id", primary_key=True)
    day: str
    asked: int = 0
    in_a_row: int = 0
    alerted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


@dataclass(frozen=True)
class ContractLine:
    """A contract as it is shown. asked: questions of the account's last day. alerted_at: when it seemed to probe, last."""

    id: str
    account: str
    reference: str
    licensee: str
    daily: int
    status: str
    starts_at: datetime
    ends_at: datetime | None
    asked: int
    alerted_at: datetime | None


def add_contract(
    session: Session, account: str, reference: str, licensee: str, daily: int, ends_at: datetime | None
) -> ContractLine:
    """Let an account, by name or id, ask from now on; flushed.

    Raises NotFound, Conflict where it may already, and AccessRefused for an account that sees every party.
    """
    found, at = find_account(session, account), now()
    if found.party_id is None:
        raise AccessRefused(f"{found.name} sees every party.", "Give whoever asks an account of a party of its own.")
    if contract_of(session, found.id, at) is not None:
        raise Conflict(f"{found.name} has a contract already.", "End that one first.")
    row = CheckContract(
        account_id=found.id,
        reference=clean_name(reference, "contract"),
        licensee=clean_name(licensee, "licensee"),
        daily=daily,
        starts_at=at,
        ends_at=ends_at,
    )
    session.add(row)
    session.flush()
    return _line(session, row)


def end_contract(session: Session, contract_id: str) -> ContractLine:
    """From now on the account may not ask; flushed. Raises NotFound."""
    row = session.get(CheckContract, contract_id)
    if row is None:
        raise NotFound(f"There is no contract {contract_id!r}.", "List them to see their ids.")
    row.revoked_at = row.revoked_at or now()
    session.add(row)
    session.flush()
    return _line(session, row)


def contract_lines(session: Session) -> list[ContractLine]:
    """All contracts, the first one first."""
    return [_line(session, row) for row in session.exec(select(CheckContract).order_by(col(CheckContract.starts_at)))]


def contract_of(session: Session, account_id: str, at: datetime) -> CheckContract | None:
    """The contract under which an account may ask at a moment."""
    rows = session.exec(select(CheckContract).where(CheckContract.account_id == account_id))
    return next((row for row in rows if valid_at(row, at)), None)


def count_question(session: Session, contract: CheckContract, at: datetime) -> None:
    """Count a question before it is looked at, and commit: whoever asks many at once gains nothing. Raises OverCap."""
    hold(session)
    use = session.get(CheckUse, contract.account_id) or CheckUse(account_id=contract.account_id, day="")
    today = f"{at:%Y-%m-%d}"
    if use.day != today:
        use.day, use.asked = today, 0
    if use.asked >= contract.daily:
        session.rollback()
        raise OverCap(f"The {contract.daily} questions of today are asked.", "Ask again tomorrow (UTC), or agree on more.")
    use.asked += 1
    session.add(use)
    session.commit()


def note_outcome(session: Session, account_id: str, at: datetime, *, found: bool, near: bool) -> bool:
    """Note whether a question found anybody, commit, and say whether that makes so many in a row that it is told.

    What is told is an entry of the audit log, by the account's id.
    """
    hold(session)
    use = session.get_one(CheckUse, account_id)
    use.in_a_row = 0 if found else use.in_a_row + (NEAR if near else 1)
    alert = use.in_a_row >= PROBING
    if alert:
        record(session, "alert", "check_use", [account_id], {"in_a_row": use.in_a_row})
        use.in_a_row, use.alerted_at = 0, at
    session.add(use)
    session.commit()
    return alert


def alerted(session: Session, since: datetime) -> list[str]:
    """The names of accounts that seemed to probe since a moment."""
    query = select(Account.name).join(CheckUse).where(col(CheckUse.alerted_at) >= since)
    return list(session.exec(query.order_by(Account.name)))


def _line(session: Session, row: CheckContract) -> ContractLine:
    use = session.get(CheckUse, row.account_id)
    return view_of(
        ContractLine,
        row,
        account=session.get_one(Account, row.account_id).name,
        status=status_at(row, now()),
        asked=use.asked if use else 0,
        alerted_at=use.alerted_at if use else None,
    )
