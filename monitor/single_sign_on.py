"""Signing in by another server: OpenID Connect 1.0, the code flow with PKCE. The only importer of authlib and joserfc.

What it says is believed where it is signed by a key that it publishes, by an algorithm that it cannot have somebody else use
(no secret ones, not "none"), and is about this very sign-in.
"""

import base64
import hmac
import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from crawler.errors import CrawlerError
from crawler.fetch.http import ask
from crawler.guard import GuardPolicy
from monitor.settings import Settings
from monitor.settings_serve import SignOnSettings
from registry.accounts import AccessRefused
from registry.errors import ExitCode, SemblanceError

ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA", "Ed25519")
LEEWAY = 60
"""Seconds by which its clock may differ from ours."""

MAX_AGE = 600
"""It is asked to have people prove who they are anew, where it did so longer ago."""

LONGEST = 256 << 10

KEPT_SECONDS = 300.0
"""For how long its description and its keys are believed: anybody can have this server ask for them."""

FAILED_SECONDS = 10.0
"""For how long it is not asked again after it did not answer as it must."""

AGAIN_SECONDS = 30.0
"""How often, at most, its keys are asked for anew where none of those that are kept fits: it may have changed them."""


class SignOnFailed(SemblanceError):
    """The other server cannot be reached, or is not as it must be."""

    exit_code = ExitCode.OUTSIDE_CAUSE


class SignOnRefused(AccessRefused):
    """What came back proves nobody."""


@dataclass(frozen=True)
class Going:
    """A browser that is sent there. url: where to. state: what is kept until it comes back."""

    url: str
    state: Mapping[str, str]


@dataclass(frozen=True)
class Proved:
    """Who it is, as the other server says. proved_at: when they proved it there, where it says so."""

    issuer: str
    subject: str
    proved_at: datetime | None


class SignOn:
    """One such server, as the settings name it. root: of the workspace, for the file of the secret. A server holds one, in any
    number of threads."""

    def __init__(self, settings: Settings, root: Path) -> None:
        self._settings, self._root = settings, root
        self._description = _Kept(self._discovered)
        self._keys = _Kept(self._published)

    @property
    def _held(self) -> SignOnSettings:
        return self._settings.sign_on

    def begin(self, back: str) -> Going:
        """Send a browser there. back: the address at which it comes back. Raises SignOnFailed."""
        found = self._description.get()
        state = {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "verifier")} | {"back": back}
        asked = {
            "response_type": "code",
            "client_id": self._held.client_id,
            "redirect_uri": back,
            "scope": "openid",
            "state": state["state"],
            "nonce": state["nonce"],
            "code_challenge": create_s256_code_challenge(state["verifier"]),
            "code_challenge_method": "S256",
            "max_age": str(MAX_AGE),
        }
        place = found["authorization_endpoint"]
        return Going(f"{place}{'&' if urlsplit(place).query else '?'}{urlencode(asked)}", state)

    def finish(self, kept: Mapping[str, str], answer: Mapping[str, str], at: datetime) -> Proved:
        """Who came back. kept: the state of begin. answer: the parameters of the address. Raises SignOnFailed, SignOnRefused."""
        found = self._description.get()
        if not hmac.compare_digest(answer.get("state", "").encode(), kept["state"].encode()):
            raise _refused("it answers another sign-in")
        if "iss" in answer and answer["iss"] != self._held.issuer:
            raise _refused("it comes from another server")
        if "error" in answer:
            raise _refused("it was refused or given up there")
        given = self._exchange(found, answer.get("code", ""), kept)
        return self._read(given, kept["nonce"], at)

    def _exchange(self, found: Mapping[str, Any], code: str, kept: Mapping[str, str]) -> str:
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": kept["back"],
            "code_verifier": kept["verifier"],
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        secret, known = self._secret(), self._held.client_id
        methods = found.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        if secret and "client_secret_basic" in methods:
            pair = f"{quote(known, safe='')}:{quote(secret, safe='')}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            fields |= {"client_id": known} | ({"client_secret": secret} if secret else {})
        status, body = self._ask(found["token_endpoint"], urlencode(fields).encode(), headers)
        if status != 200:
            raise _refused("the code is wrong, was used already, or is over")
        token = _object(body, found["token_endpoint"]).get("id_token")
        if not isinstance(token, str):
            raise _refused("it names nobody")
        return token

    def _published(self) -> Mapping[str, Any]:
        place = self._description.get()["jwks_uri"]
        status, body = self._ask(place)
        if status != 200:
            raise SignOnFailed("The keys of the other server cannot be read.", "Try again later.")
        return _object(body, place)

    def _decoded(self, token: str) -> jwt.Token:
        """Raises what joserfc does where none of the keys signed it."""
        try:
            return jwt.decode(token, _key_set(self._keys.get()), algorithms=ALGORITHMS)
        except (JoseError, ValueError):
            if not self._keys.forget(AGAIN_SECONDS):
                raise
            return jwt.decode(token, _key_set(self._keys.get()), algorithms=ALGORITHMS)

    def _read(self, token: str, nonce: str, at: datetime) -> Proved:
        params = {"nonce": nonce, "client_id": self._held.client_id}
        options = {
            "iss": {"essential": True, "value": self._held.issuer},
            "aud": {"essential": True, "value": params["client_id"]},
        }
        try:
            read = self._decoded(token)
            claims = CodeIDToken(read.claims, read.header, options, params)
            claims.validate(int(at.timestamp()), LEEWAY)
        except (JoseError, ValueError, TypeError, KeyError, RecursionError, OverflowError) as error:
            raise _refused(_WHY.get(getattr(error, "claim", ""), "it is not signed as it must be")) from error
        if not isinstance(claims["sub"], str) or not claims["sub"]:
            raise _refused("it names nobody")
        proved = claims.get("auth_time")
        if isinstance(proved, int) and proved < 0:
            raise _refused("it gives no time at which somebody can have proved who they are")
        moment = datetime.fromtimestamp(min(proved, at.timestamp()), UTC) if isinstance(proved, int) else None
        return Proved(self._held.issuer, claims["sub"], moment)

    def _discovered(self) -> Mapping[str, Any]:
        issuer = self._held.issuer
        status, body = self._ask(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if status != 200:
            raise SignOnFailed(
                f"{issuer} does not say how it signs people in: it answered with {status}.", "Mend sign_on.issuer."
            )
        found = _object(body, issuer)
        if found.get("issuer") != issuer:
            raise SignOnFailed("The other server names itself otherwise than the settings do.", "Mend sign_on.issuer.")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            place = found.get(name)
            if not isinstance(place, str) or not (place.startswith("https://") or _same_place(place, issuer)):
                raise SignOnFailed(f"{issuer} gives no encrypted address as its {name}.", "Tell whoever runs it.")
        return found

    def _ask(self, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> tuple[int, bytes]:
        policy = GuardPolicy(self._settings.crawl.allowed_networks, None, ("https",), plain_on_loopback=True)
        seconds, sent = self._held.seconds, headers or {"Accept": "application/json"}
        try:
            return ask(url, policy, body=body, headers=sent, max_bytes=LONGEST, max_seconds=seconds)
        except CrawlerError as error:
            raise SignOnFailed(f"The other server cannot be asked. {error.what}", "Try again later, or sign in here.") from error

    def _secret(self) -> str:
        if self._held.client_secret is not None:
            return str(self._held.client_secret.get_secret_value())
        if self._held.client_secret_file is None:
            return ""
        try:
            return Path(self._root / self._held.client_secret_file).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SignOnFailed("The file with the client secret cannot be read.", "Mend sign_on.client_secret_file.") from error


class _Kept:
    """What the other server said of itself, for a while; also that it did not."""

    def __init__(self, ask_for: Callable[[], Mapping[str, Any]]) -> None:
        self._ask_for, self._lock = ask_for, Lock()
        self._said: Mapping[str, Any] | None = None
        self._failed: SignOnFailed | None = None
        self._since = 0.0

    def get(self) -> Mapping[str, Any]:
        """Raises SignOnFailed. Of many who ask at once, one asks the other server."""
        with self._lock:
            age = time.monotonic() - self._since
            if self._said is not None and age < KEPT_SECONDS:
                return self._said
            if self._failed is not None and age < FAILED_SECONDS:
                raise SignOnFailed(self._failed.what, self._failed.remedy)
            self._said = self._failed = None
            try:
                self._said = self._ask_for()
            except SignOnFailed as error:
                self._failed = error
                raise
            finally:
                self._since = time.monotonic()
            return self._said

    def forget(self, after: float) -> bool:
        """Ask anew next time, unless it was asked within so many seconds; says which."""
        with self._lock:
            if time.monotonic() - self._since < after:
                return False
            self._said = self._failed = None
            return True


def _key_set(said: Mapping[str, Any]) -> KeySet:
    return KeySet.import_key_set(said)  # type: ignore[arg-type]


_WHY = {
    "iss": "it comes from another server",
    "aud": "it is meant for somebody else",
    "azp": "it is meant for somebody else",
    "exp": "it is over",
    "nbf": "it is not valid yet",
    "iat": "it comes from the future",
    "nonce": "it answers another sign-in",
}


def _refused(why: str) -> SignOnRefused:
    return SignOnRefused(f"What the other server said signs nobody in: {why}.", "Begin anew, or sign in here.")


def _same_place(place: str, issuer: str) -> bool:
    """Whether it is where the issuer is, which is on this machine where it is plain: the guard lets no other plain one pass."""
    one, other = urlsplit(place), urlsplit(issuer)
    return (one.scheme, one.netloc) == (other.scheme, other.netloc)


def _object(body: bytes, place: str) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise SignOnFailed(f"{place} answers with no JSON.", "Check sign_on.issuer.") from error
    if not isinstance(found, dict):
        raise SignOnFailed(f"{place} answers with no JSON object.", "Check sign_on.issuer.")
    return found
