"""A key that another program guards: the client of a security module (PKCS#11), or of a service that signs.

The program gets the SHA-256 of what is to be signed on its standard input, 32 bytes, and writes the signature (ECDSA on P-256,
DER) to its standard output. Nothing else that it says is read, kept or logged: it may be a secret.
"""

import hashlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from registry.private import make_folder, put
from reports.signing.errors import KeyUnusable, SignerFailed
from reports.signing.forms import certificate, certified_key, fingerprint, in_der, in_pem, is_signed, low_s
from reports.signing.signer import Attestation, Kind

LONGEST = 72
"""Bytes of a signature on P-256 in DER, at most."""


class CommandSigner:
    """See Signer. command: a program and its words, which runs without a shell. public_pem: of the key that it signs with.
    seconds: that one signature may take. folder: where the key's certificate is kept, since the program may give another
    signature each time.

    Raises KeyUnusable for what is no public key on P-256.
    """

    def __init__(self, command: Sequence[str], public_pem: bytes, seconds: float, folder: Path) -> None:
        self._command, self._seconds, self._folder = tuple(command), seconds, folder
        self._made: dict[bytes, bytes] = {}
        self._public = public_pem
        self._fingerprint = fingerprint(public_pem)
        if self._fingerprint is None:
            raise KeyUnusable("The public key of the sign command is no P-256 key in PEM.", "Mend evidence.public_key.")

    @property
    def public_pem(self) -> bytes:
        """See Signer."""
        return self._public

    @property
    def fingerprint(self) -> str:
        """See Signer."""
        return self._fingerprint or ""

    @property
    def attestation(self) -> Attestation:
        """See Signer."""
        return Attestation(self.fingerprint, Kind.COMMAND)

    @property
    def certificate(self) -> bytes:
        """See Signer. Made once and kept in the folder."""
        return in_der(self.certificate_pem)

    @property
    def certificate_pem(self) -> bytes:
        """See Signer."""
        kept = self._folder / f"evidence-certificate-{self.fingerprint[:16]}.pem"
        with suppress(OSError):
            held = kept.read_bytes()
            if fingerprint(certified_key(held)) == self._fingerprint:
                return held
        made = in_pem(certificate(self._public, self.sign))
        make_folder(self._folder)
        put(kept, made, replace=True)
        return made

    def sign(self, content: bytes) -> bytes:
        """See Signer. Asks once for the same content."""
        digest = hashlib.sha256(content).digest()
        if digest not in self._made:
            self._made[digest] = self._checked(self._ask(digest), content)
        return self._made[digest]

    def _checked(self, answer: bytes, content: bytes) -> bytes:
        """What was answered in the one form that is taken, if it is a signature of the key."""
        with suppress(ValueError):
            made = low_s(answer)
            if is_signed(self._public, made, content):
                return made
        raise self._failed("answered with what is no signature by the key in evidence.public_key")

    def _ask(self, digest: bytes) -> bytes:
        try:
            child = subprocess.Popen(  # noqa: S603
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
            )
        except OSError as error:
            raise self._failed("cannot be started") from error
        with child:
            try:
                return self._answer(child, digest)
            except BaseException:
                # It may have started others, which would keep its output open.
                with suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGKILL)
                raise

    def _answer(self, child: subprocess.Popen[bytes], digest: bytes) -> bytes:
        ends = time.monotonic() + self._seconds
        asked, answers = child.stdin, child.stdout
        if asked is None or answers is None:
            raise self._failed("cannot be asked")
        with suppress(BrokenPipeError):
            asked.write(digest)
            asked.close()
        answer = self._read(answers, ends)
        try:
            status = child.wait(max(0.0, ends - time.monotonic()))
        except subprocess.TimeoutExpired as error:
            raise self._late() from error
        if status:
            raise self._failed(f"ended with {status}")
        return answer

    def _read(self, stream: IO[bytes], ends: float) -> bytes:
        """All that it answers, in time, and no more than a signature has."""
        answer = b""
        with selectors.DefaultSelector() as ready:
            ready.register(stream, selectors.EVENT_READ)
            while True:
                if not ready.select(max(0.0, ends - time.monotonic())):
                    raise self._late()
                piece = os.read(stream.fileno(), LONGEST + 1)
                if not piece:
                    return answer
                answer += piece
                if len(answer) > LONGEST:
                    raise self._failed("answered with more than a signature has")

    def _late(self) -> SignerFailed:
        return self._failed(f"did not answer within {self._seconds:g} seconds")

    def _failed(self, what: str) -> SignerFailed:
        # Its words may hold a PIN: its name alone is said.
        name, advice = Path(self._command[0]).name, "Run it by hand to see why; nothing was sealed."
        return SignerFailed(f"The sign command {name!r} {what}.", advice, retryable=True)
