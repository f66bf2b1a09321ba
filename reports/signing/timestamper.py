"""Whom a time is asked of: any authority that answers RFC 3161 over HTTP."""

import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
from typing import Protocol

from reports.signing.errors import AuthorityAbsent

MOST_BYTES = 1 << 20
"""Of an answer; one with a long chain of certificates has some ten thousand."""

_AT_ONCE = 1 << 14
_QUERY, _REPLY = "application/timestamp-query", "application/timestamp-reply"


class Timestamper(Protocol):
    """An authority that states when it was shown a digest."""

    @property
    def name(self) -> str:
        """What it is called in the settings, on record and in bundles: small letters, digits and hyphens."""

    @property
    def roots(self) -> bytes:
        """The certificates by which its answers are known, in PEM."""

    def ask(self, request: bytes) -> bytes:
        """The whole answer to a question in DER (RFC 3161, 2.4.1), whatever it says. Raises AuthorityAbsent."""


@dataclass(frozen=True)
class HttpTimestamper:
    """An authority by its address (RFC 3161, 3.4). seconds: that one answer may take in all."""

    name: str
    roots: bytes
    url: str
    seconds: float

    def ask(self, request: bytes) -> bytes:
        """See Timestamper."""
        asked = urllib.request.Request(self.url, request, {"Content-Type": _QUERY, "Accept": _REPLY})  # noqa: S310
        try:
            return self._answer(asked)
        except urllib.error.HTTPError as error:
            raise self._absent(f"answered with status {error.code}") from error
        except TimeoutError as error:
            raise self._absent(f"did not answer within {self.seconds:g} seconds") from error
        except (OSError, HTTPException) as error:
            reason = getattr(error, "reason", None)
            if isinstance(reason, TimeoutError):
                raise self._absent(f"did not answer within {self.seconds:g} seconds") from error
            raise self._absent("cannot be reached") from error

    def _answer(self, asked: urllib.request.Request) -> bytes:
        deadline = time.monotonic() + self.seconds
        answer = b""
        # The address is the operator's own, from the settings, which take http and https alone.
        with urllib.request.urlopen(asked, timeout=self.seconds) as stream:  # noqa: S310
            while piece := stream.read1(_AT_ONCE):
                answer += piece
                if len(answer) > MOST_BYTES:
                    raise self._absent("sent more than an answer has")
                if time.monotonic() > deadline:
                    raise TimeoutError
        return answer

    def _absent(self, what: str) -> AuthorityAbsent:
        return AuthorityAbsent(
            f"The timestamp authority {self.name} {what}.", "The next run asks it again; nothing is lost.", retryable=True
        )
