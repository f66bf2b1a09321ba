"""What can be wrong with a timestamp."""

from enum import StrEnum

from registry.errors import ExitCode
from reports.errors import ReportsError


class Fault(StrEnum):
    """Why a token vouches for nothing."""

    UNREADABLE = "it is no answer of a timestamp authority (RFC 3161)"
    NOT_GRANTED = "the authority did not grant it"
    WRONG_IMPRINT = "it is about other bytes"
    WRONG_NONCE = "it answers another question"
    WRONG_TIME = "it states a time at which it was not asked for"
    NO_SIGNER = "it does not hold the certificate that signed it"
    WRONG_KEY_USAGE = "the certificate that signed it is not one for timestamps alone"
    NOT_VALID_THEN = "the certificate that signed it was not valid at the time that it states"
    FOREIGN_ROOT = "its signature does not lead to a root of the authority"


class TokenRefused(ReportsError):
    """A timestamp token that does not hold; fault says why."""

    exit_code = ExitCode.OUTSIDE_CAUSE

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"The timestamp does not hold: {fault.value}.", "If it comes again, ask the authority.", retryable=True)
        self.fault = fault


class AuthorityAbsent(ReportsError):
    """An authority that did not answer, or not as one."""

    exit_code = ExitCode.OUTSIDE_CAUSE


class RootsUnusable(ReportsError):
    """The certificates by which an authority is known cannot be read."""

    exit_code = ExitCode.OUTSIDE_CAUSE


class KeyUnusable(ReportsError):
    """A signing key that cannot be read or that others can read."""

    exit_code = ExitCode.OUTSIDE_CAUSE


class SignerFailed(ReportsError):
    """A program that guards a key and gave no signature of it."""

    exit_code = ExitCode.OUTSIDE_CAUSE
