"""Self-enrolment: what a link to a member's own form must hold, signed, and good until a date."""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from registry.errors import RegistryError
from registry.keys import Keys

PURPOSE = "self-enrolment 1"
LONGEST = 4096


class InvitationRefused(RegistryError):
    """A link that this workspace did not make, that was changed, or that is over."""


@dataclass(frozen=True)
class Invitation:
    """What the form may take: photos and consent of one member of one party. nonce: tells two links of one member apart.

    release: the version of the text that the form shows before (registry.legal.Release); empty where there is none.
    """

    party_id: str
    member: str
    name: str
    expires_at: datetime
    nonce: str
    release: str = ""


def invite(keys: Keys, party_id: str, member: str, name: str, expires_at: datetime, *, release: str = "") -> str:
    """The link's data for a member: letters, digits, - _ and a dot. member: the roster's own number."""
    fields = {"p": party_id, "m": member, "n": name, "e": int(expires_at.timestamp()), "r": secrets.token_hex(8)}
    if release:
        fields["t"] = release
    payload = _coded(json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode())
    return f"{payload}.{_coded(_signature(keys.sealing().derive(PURPOSE)[0], payload))}"


def read_invitation(keys: Keys, text: str, at: datetime) -> Invitation:
    """What a link says. Raises InvitationRefused, and says no more to a forger than to a member who comes late."""
    payload, _, signature = text[:LONGEST].partition(".")
    given = _decoded(signature)
    if not any(hmac.compare_digest(_signature(key, payload), given) for key in keys.ring().derive(PURPOSE)):
        raise _refused()
    fields = json.loads(_decoded(payload))
    expires_at = datetime.fromtimestamp(fields["e"], UTC)
    if expires_at <= at:
        raise _refused()
    return Invitation(fields["p"], fields["m"], fields["n"], expires_at, fields["r"], fields.get("t", ""))


def _signature(key: bytes, payload: str) -> bytes:
    return hmac.new(key, payload.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()


def _coded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii")


def _decoded(text: str) -> bytes:
    try:
        content = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise _refused() from error
    if _coded(content) != text:  # other letters that stand for the same bytes: the link was changed all the same
        raise _refused()
    return content


def _refused() -> InvitationRefused:
    return InvitationRefused("This link is not valid any more.", "Ask whoever sent it for a new one.")
