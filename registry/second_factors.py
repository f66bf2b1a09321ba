"""Second factors: one-time codes of an authenticator (TOTP, RFC 6238) with recovery codes, and who must have one.

Whatever is here is read and written by a session of the machine's owner: no account's session sees any of it. The only importer
of pyotp.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

import pyotp
from sqlalchemy import delete, func, insert, update
from sqlmodel import Field, Session, SQLModel, col, select

from registry.accounts import FACTOR_FOR_ALL, AccessRefused, Account
from registry.audit import record
from registry.blinding import blinder
from registry.crypto import sealed_by
from registry.db import UtcDateTime, new_id, now
from registry.errors import Conflict
from registry.keys import Keys, keys_of
from registry.parties import Party
from registry.storage.lock import hold
from registry.tries import key_of, straight

STEP, DRIFT = 30, 1
"""Seconds that a code holds, and by how many steps the authenticator's clock may be off (RFC 6238, 5.2)."""

ISSUER = "Semblance"

CODES, GROUPS = 10, 7
"""Recovery codes of an account, and the groups of four letters each has: 140 random bits, which a plain digest keeps."""

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


class Totp(SQLModel, table=True):
    """An authenticator of an account. sealed: its secret, by the key for data at rest. confirmed_at: when a code of it was first
    given; until then it counts for nothing. last_step: of the last code that was taken; none of it or before is taken again."""

    id: str = Field(default_factory=new_id, primary_key=True)
    account_id: str = Field(foreign_key="account.id", index=True)
    sealed: bytes
    made_at: datetime = Field(sa_type=UtcDateTime)
    confirmed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_step: int = 0


class RecoveryCode(SQLModel, table=True):
    """One recovery code. id: its keyed digest; the code itself is shown once and kept by nobody here."""

    __tablename__ = "recovery_code"

    id: str = Field(primary_key=True)
    account_id: str = Field(foreign_key="account.id", index=True)
    made_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Passkey(SQLModel, table=True):
    """A passkey of an account (registry.passkeys). id: the credential's own, in base64url. public_key: as COSE has it.
    counter: how often it was used, by its own count; 0 for one that does not count."""

    id: str = Field(primary_key=True)
    account_id: str = Field(foreign_key="account.id", index=True)
    name: str
    public_key: bytes
    counter: int = 0
    made_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class FactorRule(SQLModel, table=True):
    """Everybody of that party, and of those under it, needs a second factor."""

    __tablename__ = "factor_rule"

    party_id: str = Field(foreign_key="party.id", primary_key=True)
    since: datetime = Field(sa_type=UtcDateTime)


@dataclass(frozen=True)
class Factors:
    """What an account has beside its password. codes: recovery codes that were not used."""

    totp: bool
    passkeys: int
    codes: int

    @property
    def any(self) -> bool:
        return self.totp or self.passkeys > 0


@dataclass(frozen=True)
class Enrolment:
    """An authenticator that is being set up. uri: for its camera (otpauth://); secret: the same, to be typed."""

    id: str
    uri: str
    secret: str


def factors_of(session: Session, account_id: str) -> Factors:
    """What that account has beside its password."""
    totp, keys, codes = (
        session.exec(select(func.count()).select_from(table).where(*conditions)).one()
        for table, conditions in (
            (Totp, (Totp.account_id == account_id, col(Totp.confirmed_at).is_not(None))),
            (Passkey, (Passkey.account_id == account_id,)),
            (RecoveryCode, (RecoveryCode.account_id == account_id, col(RecoveryCode.used_at).is_(None))),
        )
    )
    return Factors(totp > 0, keys, codes)


def code_key(session: Session, account_id: str) -> str:
    """Under which row tries of an account's codes are counted. No name that somebody types has a line break."""
    return key_of(session, f"code\n{account_id}")


def begin_totp(session: Session, account: Account, at: datetime) -> Enrolment:
    """Set up a new authenticator, in place of one that was never confirmed. Commits. Raises KeyAbsent."""
    key, secret = new_id(), pyotp.random_base32()
    sealed = keys_of(session).sealing().seal(secret.encode(), _context(key))
    straight(session).execute(delete(Totp).where(col(Totp.account_id) == account.id, col(Totp.confirmed_at).is_(None)))
    straight(session).execute(insert(Totp).values(id=key, account_id=account.id, sealed=sealed, made_at=at, last_step=0))
    session.commit()
    return _enrolment(account, key, secret)


def pending_totp(session: Session, account: Account) -> Enrolment:
    """The one that is being set up, as begin_totp gave it. Raises Conflict where there is none."""
    row = _pending(session, account.id)
    return _enrolment(account, row.id, _secret(keys_of(session), row))


def confirm_totp(session: Session, account: Account, code: str, at: datetime) -> tuple[str, ...]:
    """The authenticator that is being set up is in use from now on, and one before no more: the recovery codes, told this once.

    Commits. Raises AccessRefused for a code that is not its own, Conflict where none is being set up.
    """
    hold(session)
    row = _pending(session, account.id)
    step = _step_of(_secret(keys_of(session), row), code, at, row.last_step)
    if step is None:
        session.rollback()
        raise AccessRefused("That is not the code that it shows now.", "Look whether its clock is right, and give the next code.")
    of_account = col(Totp.account_id) == account.id
    straight(session).execute(delete(Totp).where(of_account, col(Totp.id) != row.id))
    straight(session).execute(update(Totp).where(col(Totp.id) == row.id).values(confirmed_at=at, last_step=step))
    record(session, "add", "totp", [row.id], concerns=account.party_id)
    codes = _new_codes(session, account, at)
    session.commit()
    return codes


def new_codes(session: Session, account: Account, at: datetime) -> tuple[str, ...]:
    """Recovery codes in place of all before, told this once. Commits. Raises Conflict without an authenticator."""
    hold(session)
    if not factors_of(session, account.id).totp:
        session.rollback()
        raise Conflict("Recovery codes stand in for an authenticator, and there is none.", "Set one up first.")
    codes = _new_codes(session, account, at)
    session.commit()
    return codes


def take_code(session: Session, account_id: str, code: str, at: datetime) -> str | None:
    """The kind of a right code, which is used with that: "code" or "recovery code"; None for a wrong one. It holds the database,
    so that of two who give one code at once the second is refused; not committed."""
    hold(session)
    row = session.exec(select(Totp).where(Totp.account_id == account_id, col(Totp.confirmed_at).is_not(None))).first()
    if row is not None and (step := _step_of(_secret(keys_of(session), row), code, at, row.last_step)) is not None:
        straight(session).execute(update(Totp).where(col(Totp.id) == row.id).values(last_step=step))
        return "code"
    unused = col(RecoveryCode.id) == _digest(session, account_id, code), col(RecoveryCode.used_at).is_(None)
    found = straight(session).execute(update(RecoveryCode).where(*unused).values(used_at=at))
    return "recovery code" if found.rowcount else None


def remove_totp(session: Session, account: Account) -> None:
    """Take the authenticator and its recovery codes away. Commits. Raises Conflict where the account needs a second factor, and
    has no other."""
    hold(session)
    refuse_last(session, account, factors_of(session, account.id).passkeys)
    _forget(session, account, Totp, RecoveryCode)
    session.commit()


def reset_factors(session: Session, account: Account) -> None:
    """Take all second factors of an account away: it signs in by its password until it has new ones. Not committed."""
    hold(session)
    _forget(session, account, Totp, RecoveryCode, Passkey)


def refuse_last(session: Session, account: Account, left: int) -> None:
    """Raises Conflict where none would be left, and the account's party has everybody have one."""
    if not left and needs_factor(session, account):
        session.rollback()
        raise Conflict("Your party has everybody have a second factor, and this is your only one.", "Add another one first.")


def needs_factor(session: Session, account: Account) -> bool:
    """Whether the account's party, or one above it, has everybody have a second factor, or whoever runs the machine has."""
    if session.get_bind().get_execution_options().get(FACTOR_FOR_ALL):
        return True
    party_id, seen = account.party_id, set[str]()
    while party_id is not None and party_id not in seen:
        seen.add(party_id)
        if session.get(FactorRule, party_id) is not None:
            return True
        party = session.get(Party, party_id)
        party_id = party.parent_id if party else None
    return False


def set_rule(session: Session, party_id: str, *, needed: bool) -> None:
    """Have everybody of a party, and of those under it, need a second factor from their next sign-in on, or no more. Not
    committed."""
    standing = session.get(FactorRule, party_id)
    if needed == (standing is not None):
        return
    session.delete(standing) if standing is not None else session.add(FactorRule(party_id=party_id, since=now()))
    session.flush()


def rules_of(session: Session) -> frozenset[str]:
    """The ids of the parties that have such a rule of their own."""
    return frozenset(session.exec(select(FactorRule.party_id)))


def renew_factor_seals(session: Session) -> int:
    """Seal anew, with the newest key, what another sealed; says how many. Not committed."""
    ring, renewed = keys_of(session).sealing(), 0
    for row in session.exec(select(Totp)).all():
        if sealed_by(row.sealed) != ring.current:
            again = ring.seal(ring.open(row.sealed, _context(row.id)), _context(row.id))
            straight(session).execute(update(Totp).where(col(Totp.id) == row.id).values(sealed=again))
            renewed += 1
    return renewed


def _new_codes(session: Session, account: Account, at: datetime) -> tuple[str, ...]:
    codes = tuple("-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(GROUPS)) for _ in range(CODES))
    straight(session).execute(delete(RecoveryCode).where(col(RecoveryCode.account_id) == account.id))
    for code in codes:
        values = {"id": _digest(session, account.id, code), "account_id": account.id, "made_at": at}
        straight(session).execute(insert(RecoveryCode).values(**values))
    record(session, "add", "recovery_code", [account.id], concerns=account.party_id)
    return codes


def _forget(session: Session, account: Account, *tables: type[Totp | RecoveryCode | Passkey]) -> None:
    for table in tables:
        gone = straight(session).execute(delete(table).where(col(table.account_id) == account.id))
        if gone.rowcount:
            record(session, "remove", str(table.__tablename__), [account.id], concerns=account.party_id)


def _pending(session: Session, account_id: str) -> Totp:
    row = session.exec(select(Totp).where(Totp.account_id == account_id, col(Totp.confirmed_at).is_(None))).first()
    if row is None:
        raise Conflict("No authenticator is being set up.", "Begin anew.")
    return row


def _step_of(secret: str, code: str, at: datetime, last: int) -> int | None:
    """Of which step the code is, if of one that may be taken still."""
    given, step = "".join(code.split()), int(at.timestamp()) // STEP
    totp = pyotp.TOTP(secret, interval=STEP)
    right = [
        each
        for each in range(step - DRIFT, step + DRIFT + 1)
        if hmac.compare_digest(totp.generate_otp(each).encode(), given.encode("utf-8", "surrogatepass")) and each > last
    ]
    return right[0] if right else None


def _enrolment(account: Account, key: str, secret: str) -> Enrolment:
    uri = pyotp.TOTP(secret, interval=STEP).provisioning_uri(name=account.name, issuer_name=ISSUER)
    return Enrolment(key, uri, " ".join(secret[start : start + 4] for start in range(0, len(secret), 4)))


def _secret(keys: Keys, row: Totp) -> str:
    return keys.ring().open(row.sealed, _context(row.id)).decode()


def _context(key: str) -> bytes:
    return f"totp {key}".encode()


def _digest(session: Session, account_id: str, code: str) -> str:
    plain = "".join(letter for letter in code.upper() if letter in _LETTERS)
    return blinder(session)(f"recovery {account_id} {plain}")
