"""Passkeys: keys that somebody's own device holds and lets nobody use without a finger, a face or a PIN (W3C Web Authentication).

One that was used so is both factors at once. Written by a session of the machine's owner alone. The only importer of webauthn.
"""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, update
from sqlmodel import Session, col, select
from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from registry.account_news import News, tell
from registry.accounts import AccessRefused, Account
from registry.audit import record
from registry.errors import Conflict, NotFound
from registry.half_done import Kind, begin_half, end_half
from registry.names import clean_name
from registry.second_factors import Passkey, factors_of, refuse_last
from registry.storage.lock import hold
from registry.tries import enter, straight

MOST = 20
"""Passkeys of one account."""


NOT_PROVED = (WebAuthnException, ValueError, KeyError, TypeError, AttributeError, RecursionError)
"""What the library raises for an answer that proves nothing, or is none."""


@dataclass(frozen=True)
class Site:
    """Where passkeys are good: rp_id is the host's name, origin the address of its pages, such as https://monitor.example."""

    rp_id: str
    origin: str


@dataclass(frozen=True)
class PasskeyLine:
    """A passkey in a list."""

    id: str
    name: str
    made_at: datetime
    used_at: datetime | None


@dataclass(frozen=True)
class Asked:
    """What a browser is asked. options: as JSON, for navigator.credentials. secret: which the browser holds until it answers."""

    options: str
    secret: str


def passkeys_of(session: Session, account_id: str) -> list[PasskeyLine]:
    """Those of an account, the first one first."""
    rows = session.exec(select(Passkey).where(Passkey.account_id == account_id).order_by(col(Passkey.made_at), col(Passkey.id)))
    return [PasskeyLine(row.id, row.name, row.made_at, row.used_at) for row in rows]


def ask_for_new(session: Session, account: Account, site: Site, at: datetime) -> Asked:
    """Have a browser make a passkey. Commits. Raises Conflict where there are too many."""
    known = passkeys_of(session, account.id)
    _refuse_more(known)
    options = generate_registration_options(
        rp_id=site.rp_id,
        rp_name="Semblance",
        user_name=account.name,
        user_id=account.id.encode(),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(line.id)) for line in known],
    )
    state = {"challenge": bytes_to_base64url(options.challenge)}
    return Asked(options_to_json(options), begin_half(session, Kind.NEW_PASSKEY, at, account_id=account.id, state=state))


def add_passkey(session: Session, account: Account, site: Site, secret: str | None, answer: str, name: str, at: datetime) -> None:
    """Keep the passkey that a browser made. secret: which it held meanwhile. answer: its own, as JSON. Not committed.

    Raises AccessRefused for an answer to something else, Conflict for a passkey that is known.
    """
    held = end_half(session, Kind.NEW_PASSKEY, secret, at)
    if held.account_id != account.id:
        raise AccessRefused("Another account began this.", "Begin anew.")
    try:
        made = verify_registration_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(held.state["challenge"]),
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except NOT_PROVED as error:
        raise _refused() from error
    key = bytes_to_base64url(made.credential_id)
    if not key:
        raise _refused()
    hold(session)
    try:
        # Several may have been begun, when there was room for one.
        _refuse_more(passkeys_of(session, account.id))
    except Conflict:
        session.rollback()
        raise
    if session.get(Passkey, key) is not None:
        session.rollback()
        raise Conflict("This passkey is known already.", "Use it to sign in.")
    values = {"public_key": made.credential_public_key, "counter": made.sign_count, "made_at": at}
    named = clean_name(name, "passkey")
    straight(session).execute(insert(Passkey).values(id=key, account_id=account.id, name=named, **values))
    record(session, "add", "passkey", [key], concerns=account.party_id)
    tell(session, account, News.PASSKEY, account.name, at)


def remove_passkey(session: Session, account: Account, key: str, at: datetime) -> None:
    """Take one away. Not committed. Raises NotFound, and Conflict for the last factor of an account that needs one."""
    hold(session)
    row = session.get(Passkey, key)
    if row is None or row.account_id != account.id:
        raise NotFound("There is no such passkey.", "Look at the list again.")
    factors = factors_of(session, account.id)
    refuse_last(session, account, factors.totp + factors.passkeys - 1)
    straight(session).execute(delete(Passkey).where(col(Passkey.id) == key))
    record(session, "remove", "passkey", [key], concerns=account.party_id)
    tell(session, account, News.REMOVED, account.name, at)


def ask_for_known(session: Session, site: Site, at: datetime) -> Asked:
    """Have a browser prove a passkey that it holds, whosever it is. Commits."""
    options = generate_authentication_options(rp_id=site.rp_id, user_verification=UserVerificationRequirement.REQUIRED)
    state = {"challenge": bytes_to_base64url(options.challenge)}
    return Asked(options_to_json(options), begin_half(session, Kind.PASSKEY, at, state=state))


def proved_by(session: Session, site: Site, secret: str | None, answer: str, at: datetime) -> Account:
    """Whose passkey it is that a browser proved. secret: which it held meanwhile. answer: its own, as JSON. Commits.

    Raises AccessRefused for an answer to something else, of another site, by a key that is not known or whose user was not
    verified, and for one whose count went back: it, or another one, is a copy. The account is told of that.
    """
    held = end_half(session, Kind.PASSKEY, secret, at)
    hold(session)
    row = session.get(Passkey, _id_in(answer))
    if row is None:
        enter(session, "refuse", None, "passkey")
        session.commit()
        raise AccessRefused("This passkey is not known here.", "Sign in by your password, and add it in the settings.")
    account = session.get_one(Account, row.account_id)
    try:
        proof = verify_authentication_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(held.state["challenge"]),
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            credential_public_key=row.public_key,
            # Compared below, once it is known that the key itself says so.
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except NOT_PROVED as error:
        enter(session, "refuse", account, "passkey")
        session.commit()
        raise _refused() from error
    if (proof.new_sign_count or row.counter) and proof.new_sign_count <= row.counter:
        enter(session, "refuse", account, "passkey whose count went back")
        tell(session, account, News.COUNTED_BACK, "", at)
        session.commit()
        raise AccessRefused(
            "This passkey's count went back, as a copy's does: it is refused.", "Sign in in another way, and remove it."
        )
    kept = {"counter": proof.new_sign_count, "used_at": at}
    straight(session).execute(update(Passkey).where(col(Passkey.id) == row.id).values(**kept))
    session.commit()
    return account


def _id_in(answer: str) -> str:
    """Which passkey an answer names; "" where it names none."""
    try:
        said = json.loads(answer)
    except (ValueError, RecursionError):
        return ""
    found = said.get("id") if isinstance(said, dict) else None
    # Base64url has no other letters, and no database takes half of a pair of surrogates.
    return found if isinstance(found, str) and found.isascii() else ""


def _refuse_more(known: list[PasskeyLine]) -> None:
    if len(known) >= MOST:
        raise Conflict(f"An account has {MOST} passkeys at most.", "Remove one that is not used any more.")


def _refused() -> AccessRefused:
    return AccessRefused("The passkey was not proved.", "Try again, and let your device confirm that it is you.")
