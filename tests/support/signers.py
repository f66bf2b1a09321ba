"""Programs that guard a key: OpenSSL over a file, and a security module in software (SoftHSM) by PKCS#11."""

import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from reports.signing.command import CommandSigner
from tests.support.outside_tools import tool

PIN = "1234-a-secret"


def openssl_key(folder: Path) -> tuple[list[str], Path]:
    """A command that signs with a new key of OpenSSL's, and the file with its public key."""
    folder.mkdir(parents=True, exist_ok=True)
    openssl, private, public = tool("openssl"), folder / "private.pem", folder / "public.pem"
    subprocess.run([openssl, "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", str(private)], check=True)
    subprocess.run([openssl, "pkey", "-in", str(private), "-pubout", "-out", str(public)], check=True)
    return [openssl, "pkeyutl", "-sign", "-inkey", str(private)], public


def by_openssl(folder: Path, seconds: float = 60) -> CommandSigner:
    command, public = openssl_key(folder)
    return CommandSigner(command, public.read_bytes(), seconds, folder / "keys")


def by_token(folder: Path, monkeypatch: pytest.MonkeyPatch) -> CommandSigner:
    """A key that was made in a token of SoftHSM, and signs there."""
    (folder / "tokens").mkdir(parents=True)
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(folder / "softhsm2.conf"))
    monkeypatch.setenv("TOKEN_PIN", PIN)
    start = [tool("softhsm2-util"), "--init-token", "--free", "--label", "evidence", "--so-pin", PIN, "--pin", PIN]
    subprocess.run(start, check=True, capture_output=True)
    asked = [tool("pkcs11-tool"), "--module", str(module()), "--token-label", "evidence", "--login", "--pin", "env:TOKEN_PIN"]
    made = [*asked, "--keypairgen", "--key-type", "EC:prime256v1", "--label", "seal", "--id", "01"]
    subprocess.run(made, check=True, capture_output=True)
    read = [*asked, "--read-object", "--type", "pubkey", "--id", "01", "--output-file", str(folder / "public.der")]
    subprocess.run(read, check=True, capture_output=True)
    public = load_der_public_key((folder / "public.der").read_bytes()).public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    )
    sign = [*asked, "--sign", "--mechanism", "ECDSA", "--signature-format", "openssl", "--id", "01"]
    return CommandSigner(sign, public, 60, folder / "keys")


def module() -> Path:
    """SoftHSM's library for PKCS#11."""
    return next(found for place in ("/usr/lib", "/usr/local/lib") for found in sorted(Path(place).rglob("libsofthsm2.so")))
