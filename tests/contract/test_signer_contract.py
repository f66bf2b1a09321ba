"""Every signer: its signatures are its key's, to this project and to OpenSSL, in one form, and the same for the same content."""

import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from reports.signing.forms import certified_key, fingerprint, is_signed
from reports.signing.key_file import signing_key
from reports.signing.signer import Kind, Signer
from tests.support.outside_tools import tool
from tests.support.signers import by_openssl, by_token

HALF = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551 // 2


class SignerContract:
    kind: Kind

    @pytest.fixture
    def signer(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Signer:
        raise NotImplementedError

    @pytest.mark.parametrize("content", [b"", b"a list of digests\n", bytes(range(256)) * 4096])
    def test_what_it_signs_holds_here_and_with_openssl(self, signer: Signer, tmp_path: Path, content: bytes) -> None:
        made = signer.sign(content)
        assert is_signed(signer.public_pem, made, content)
        assert not is_signed(signer.public_pem, made, content + b".")
        for name, data in (("key", signer.public_pem), ("sig", made), ("content", content)):
            (tmp_path / name).write_bytes(data)
        command = [tool("openssl"), "dgst", "-sha256", "-verify", "key", "-signature", "sig", "content"]
        assert subprocess.run(command, cwd=tmp_path, capture_output=True, text=True).stdout == "Verified OK\n"

    def test_of_two_forms_the_one_with_the_smaller_s_is_given(self, signer: Signer) -> None:
        assert all(decode_dss_signature(signer.sign(b"%d" % number))[1] <= HALF for number in range(6))

    def test_it_gives_one_signature_for_the_same_content_as_long_as_it_lives(self, signer: Signer) -> None:
        assert signer.sign(b"x") == signer.sign(b"x")
        assert signer.sign(b"x") != signer.sign(b"y")

    def test_it_says_which_key_it_has_and_where_it_lies(self, signer: Signer) -> None:
        assert signer.fingerprint == fingerprint(signer.public_pem)
        assert (signer.attestation.fingerprint, signer.attestation.kind) == (signer.fingerprint, self.kind)

    def test_its_certificate_is_of_its_key_and_always_the_same(self, signer: Signer) -> None:
        held = x509.load_der_x509_certificate(signer.certificate)
        held.verify_directly_issued_by(held)
        assert fingerprint(certified_key(signer.certificate_pem)) == signer.fingerprint
        assert signer.certificate == signer.certificate


class TestKeyFile(SignerContract):
    kind = Kind.FILE

    @pytest.fixture
    def signer(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Signer:
        return signing_key(tmp_path / "keys")


class TestOpensslCommand(SignerContract):
    kind = Kind.COMMAND

    @pytest.fixture
    def signer(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Signer:
        return by_openssl(tmp_path / "signer")


class TestSecurityModule(SignerContract):
    """SoftHSM by PKCS#11, asked by pkcs11-tool: the key never leaves it."""

    kind = Kind.COMMAND

    @pytest.fixture
    def signer(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Signer:
        return by_token(tmp_path / "token", monkeypatch)
