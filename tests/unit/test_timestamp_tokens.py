"""Timestamp tokens: what holds, and each thing that does not, by its name."""

import hashlib
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import cms, tsp
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from reports.signing.errors import Fault, RootsUnusable, TokenRefused
from reports.signing.tokens import Question, Token, question, read_token, roots_of
from tests.support.timestamp_authority import STAMPING, Authority, Issuer, another_certificate, between, needs_openssl, root

CONTENT = b'{"schema": "semblance-capture-1"}'

pytestmark = needs_openssl


@pytest.fixture(scope="module")
def above() -> Issuer:
    return root()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory, above: Issuer) -> Authority:
    middle = between(above)
    return Authority(tmp_path_factory.mktemp("tsa"), middle, middle)


@pytest.fixture(scope="module")
def asked() -> Question:
    return question(CONTENT)


@pytest.fixture(scope="module")
def reply(authority: Authority, asked: Question) -> bytes:
    return authority.reply(asked.request)


def fault(*given: object, **known: object) -> Fault:
    with pytest.raises(TokenRefused) as refused:
        read_token(*given, **known)  # type: ignore[arg-type]
    return refused.value.fault


def test_a_token_says_when_and_who(reply: bytes, asked: Question, above: Issuer) -> None:
    token = read_token(reply, CONTENT, roots_of(above.pem), nonce=asked.nonce)
    assert abs(token.at - datetime.now(UTC)) < timedelta(minutes=1)
    assert (token.signer, token.policy) == ("CN=Clock of Tests", "1.2.3.4.1")


def test_other_bytes_are_refused(reply: bytes, above: Issuer) -> None:
    assert fault(reply, CONTENT + b" ", roots_of(above.pem)) is Fault.WRONG_IMPRINT


def test_the_answer_to_another_question_is_refused(reply: bytes, above: Issuer) -> None:
    assert fault(reply, CONTENT, roots_of(above.pem), nonce=question(CONTENT).nonce) is Fault.WRONG_NONCE


def test_a_foreign_root_is_refused_also_where_the_token_brings_it(tmp_path: Path, asked: Question, above: Issuer) -> None:
    foreign = root()
    reply = Authority(tmp_path, foreign, foreign).reply(asked.request)
    assert len(tsp.TimeStampResp.load(reply)["time_stamp_token"]["content"]["certificates"]) == 2
    assert read_token(reply, CONTENT, roots_of(foreign.pem)).signer == "CN=Clock of Tests"
    assert fault(reply, CONTENT, roots_of(above.pem)) is Fault.FOREIGN_ROOT


def test_a_root_of_the_same_name_is_another(reply: bytes) -> None:
    assert fault(reply, CONTENT, roots_of(root().pem)) is Fault.FOREIGN_ROOT


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_time_at_which_nobody_asked_is_refused(reply: bytes, above: Issuer, hours: float) -> None:
    then = datetime.now(UTC) + timedelta(hours=hours)
    assert fault(reply, CONTENT, roots_of(above.pem), between=(then, then)) is Fault.WRONG_TIME


@pytest.mark.parametrize("days", [(-10, -1), (1, 10)])
def test_a_certificate_that_was_not_valid_then_is_refused(
    tmp_path: Path, asked: Question, above: Issuer, days: tuple[float, float]
) -> None:
    reply = Authority(tmp_path, above, days=days).reply(asked.request)
    assert fault(reply, CONTENT, roots_of(above.pem)) is Fault.NOT_VALID_THEN


@pytest.mark.parametrize("usage", [(ExtendedKeyUsageOID.SERVER_AUTH,), (*STAMPING, ExtendedKeyUsageOID.SERVER_AUTH)])
def test_a_certificate_for_something_else_is_refused(
    tmp_path: Path, asked: Question, above: Issuer, usage: tuple[object, ...]
) -> None:
    """OpenSSL makes no such token: the certificate inside is exchanged for one with the same key, name and number."""
    authority = Authority(tmp_path, above)
    answer = tsp.TimeStampResp.load(authority.reply(asked.request))
    other = another_certificate(authority, above, usage).public_bytes(Encoding.DER)
    signed = answer["time_stamp_token"]["content"]
    signed["certificates"] = cms.CertificateSet([cms.CertificateChoices.load(other)])
    # Under the signature stands the digest of the certificate that signed.
    assert fault(answer.dump(), CONTENT, roots_of(above.pem)) is Fault.NO_SIGNER
    for attribute in signed["signer_infos"][0]["signed_attrs"]:
        if attribute["type"].native == "signing_certificate_v2":
            attribute["values"][0]["certs"][0]["cert_hash"] = hashlib.sha256(other).digest()
    assert fault(answer.dump(force=True), CONTENT, roots_of(above.pem)) is Fault.WRONG_KEY_USAGE


def test_a_refusal_of_the_authority_is_no_token(authority: Authority, above: Issuer) -> None:
    refused = authority.reply(question(CONTENT).request[:-3] + b"abc")
    assert fault(refused, CONTENT, roots_of(above.pem)) in (Fault.NOT_GRANTED, Fault.UNREADABLE)


@pytest.mark.parametrize("rubbish", [b"", b"<html>busy</html>", b"\x30\x03\x02\x01\x00", b"\x30\x80", b"\x30" * 5000])
def test_rubbish_is_no_token(rubbish: bytes, above: Issuer) -> None:
    assert fault(rubbish, CONTENT, roots_of(above.pem)) in (Fault.UNREADABLE, Fault.NOT_GRANTED, Fault.NO_SIGNER)


def test_a_changed_token_is_refused_or_says_the_same(reply: bytes, asked: Question, above: Issuer) -> None:
    """Parts of a reply lie outside the signature and say nothing; nothing that it does say can be changed."""
    chance, whole = random.Random(13), read_token(reply, CONTENT, roots_of(above.pem), nonce=asked.nonce)
    refused = 0
    for place in chance.sample(range(len(reply)), 400):
        changed = bytearray(reply)
        changed[place] ^= 1 << chance.randrange(8)
        told = told_by(bytes(changed), asked, above)
        assert told in (None, whole), place
        refused += told is None
    assert refused > 380


def test_a_certificate_whose_number_is_negative_signs_nothing(reply: bytes, asked: Question, above: Issuer) -> None:
    held = tsp.TimeStampResp.load(reply)["time_stamp_token"]["content"]["certificates"]
    numbers = [one.chosen["tbs_certificate"]["serial_number"].dump() for one in held]
    changed = reply
    for number in numbers:
        changed = changed.replace(number, number[:2] + bytes([number[2] | 0x80]) + number[3:])
    assert changed != reply
    assert fault(changed, CONTENT, roots_of(above.pem)) is Fault.NO_SIGNER


def told_by(reply: bytes, asked: Question, above: Issuer) -> Token | None:
    try:
        return read_token(reply, CONTENT, roots_of(above.pem), nonce=asked.nonce)
    except TokenRefused:
        return None


def test_a_file_without_a_certificate_is_told_of() -> None:
    with pytest.raises(RootsUnusable, match="holds none"):
        roots_of(b"no certificate")
