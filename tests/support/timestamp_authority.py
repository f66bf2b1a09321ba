"""A timestamp authority of one's own on loopback: certificates made here, answers by ``openssl ts``."""

import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

STAMPING = (ExtendedKeyUsageOID.TIME_STAMPING,)
_CONFIG = """\
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
default_policy = 1.2.3.4.1
digests = sha256, sha512
signer_digest = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
"""


@dataclass
class Issuer:
    """A certificate and its key, which sign others."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)


def root(name: str = "Root of Tests") -> Issuer:
    key = ec.generate_private_key(ec.SECP256R1())
    return Issuer(_certificate(name, key, None, x509.BasicConstraints(ca=True, path_length=None)), key)


def between(over: Issuer, name: str = "Between of Tests") -> Issuer:
    """An authority under another that signs certificates."""
    key = ec.generate_private_key(ec.SECP256R1())
    return Issuer(_certificate(name, key, over, x509.BasicConstraints(ca=True, path_length=0)), key)


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: Issuer | None,
    *extensions: x509.ExtensionType,
    days: tuple[float, float] = (-10, 300),
    number: int | None = None,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer, by = (key, subject) if issuer is None else (issuer.key, issuer.certificate.subject)
    at = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by)
        .public_key(key.public_key())
        .serial_number(number or x509.random_serial_number())
        .not_valid_before(at + timedelta(days=days[0]))
        .not_valid_after(at + timedelta(days=days[1]))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    for extension in extensions:
        made = made.add_extension(extension, critical=True)
    return made.sign(signer, hashes.SHA256())


def another_certificate(authority: "Authority", issuer: Issuer, usage: tuple[x509.ObjectIdentifier, ...]) -> x509.Certificate:
    """One with the key, the name and the number of the authority's own, for another use."""
    number = authority.certificate.serial_number
    return _certificate("Clock of Tests", authority.key, issuer, x509.ExtendedKeyUsage(list(usage)), number=number)


class Authority:
    """Answers questions with its own certificate, issued by an issuer whose chain it sends along.

    usage: what its certificate is for. days: from when to when it is valid, from now.
    """

    def __init__(
        self,
        folder: Path,
        issuer: Issuer,
        *chain: Issuer,
        usage: tuple[x509.ObjectIdentifier, ...] = STAMPING,
        days: tuple[float, float] = (-10, 300),
    ) -> None:
        self.folder = folder
        key = ec.generate_private_key(ec.SECP256R1())
        own = _certificate("Clock of Tests", key, issuer, x509.ExtendedKeyUsage(list(usage)), days=days)
        self.key, self.certificate = key, own
        (folder / "serial").write_text("01\n")
        (folder / "tsa.cnf").write_text(_CONFIG.format(folder=folder))
        (folder / "tsa.pem").write_bytes(own.public_bytes(Encoding.PEM))
        (folder / "chain.pem").write_bytes(b"".join(above.pem for above in chain))
        (folder / "tsa.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        self._lock = threading.Lock()

    def reply(self, request: bytes) -> bytes:
        """The whole answer in DER."""
        with self._lock, tempfile.TemporaryDirectory(dir=self.folder) as folder:
            asked, answered = Path(folder) / "q.tsq", Path(folder) / "a.tsr"
            asked.write_bytes(request)
            with_chain = ["-chain", f"{self.folder}/chain.pem"] if (self.folder / "chain.pem").stat().st_size else []
            subprocess.run(
                [
                    *("openssl", "ts", "-reply", "-config", f"{self.folder}/tsa.cnf", "-queryfile", str(asked)),
                    *(
                        "-signer",
                        f"{self.folder}/tsa.pem",
                        "-inkey",
                        f"{self.folder}/tsa.key",
                        *with_chain,
                        "-out",
                        str(answered),
                    ),
                ],
                check=True,
                capture_output=True,
            )
            return answered.read_bytes()


@dataclass
class Served:
    """An authority at an address. says: what it answers in place of a token, while it is set. asked: the questions so far."""

    url: str
    says: bytes | None = None
    status: int = 200
    asked: list[bytes] = field(default_factory=list)


@contextmanager
def served(authority: Authority) -> Iterator[Served]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = self.rfile.read(int(self.headers["Content-Length"]))
            state.asked.append(request)
            answer = state.says if state.says is not None else authority.reply(request)
            self.send_response(state.status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state = Served(f"http://127.0.0.1:{server.server_address[1]}/tsa")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


needs_openssl = pytest.mark.skipif(
    shutil.which("openssl") is None and os.environ.get("CI") != "true",
    reason="openssl, which answers as an authority, is absent",
)
