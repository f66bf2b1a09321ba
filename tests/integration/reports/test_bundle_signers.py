"""Bundles that another program signs: whole as any other, and nothing half-sealed where that program is in trouble."""

import json
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from monitor.evidence_key import known_fingerprint, own_fingerprint
from monitor.settings import SettingsRefused, load_settings
from monitor.workspace import init_workspace, open_workspace
from reports.evidence.verify import verify_bundle
from reports.issuing import issue_bundle
from reports.signing.command import CommandSigner
from reports.signing.errors import KeyUnusable, SignerFailed
from reports.signing.forms import fingerprint
from reports.signing.key_file import signing_key
from reports.signing.signer import Kind, Signer
from tests.support.evidence_desk import AT, Workplace, furnish, reseal
from tests.support.signers import PIN, by_openssl, by_token, openssl_key


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Workplace]:
    made = furnish(tmp_path / "desk")
    yield made
    made.session.close()
    made.session.get_bind().engine.dispose()


@pytest.fixture(autouse=True)
def _room(tmp_path: Path) -> None:
    (tmp_path / "desk").mkdir()


Make = Callable[[Path, pytest.MonkeyPatch], Signer]


@pytest.mark.parametrize("make", [lambda folder, _: by_openssl(folder), by_token], ids=["openssl", "token"])
def test_a_bundle_that_a_program_signed_is_whole_and_says_so(
    place: Workplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Make
) -> None:
    signer = make(tmp_path / "signer", monkeypatch)
    folder = issue_bundle(place.session, place.vault, place.case, place.out, signer, at=AT)
    verdict = verify_bundle(folder, signer.fingerprint)
    assert (verdict.problems, verdict.attestation) == ((), signer.attestation)
    assert json.loads((folder / "data/case.json").read_text())["signer"] == {"fingerprint": signer.fingerprint, "kind": "command"}
    assert "is guarded by another program" in (folder / "README.txt").read_text()
    assert not [file for file in folder.rglob("*") if file.is_file() and PIN.encode() in file.read_bytes()]
    own = issue_bundle(place.session, place.vault, place.case, place.out, place.key, at=AT)
    assert "lies in a file of the machine" in (own / "README.txt").read_text()
    found = verify_bundle(own).attestation
    assert found is not None
    assert found.kind is Kind.FILE


def test_a_case_that_tells_of_another_key_is_named(place: Workplace) -> None:
    folder = issue_bundle(place.session, place.vault, place.case, place.out, place.key, at=AT)
    case = json.loads((folder / "data/case.json").read_text())
    case["signer"]["fingerprint"] = "0" * 64
    (folder / "data/case.json").write_text(json.dumps(case))
    reseal(folder, place.key)
    assert verify_bundle(folder).problems == (("data/case.json", "says that another key signed than the one in public.pem"),)


def python(words: str) -> list[str]:
    return [sys.executable, "-c", words]


SECRET = "the-secret-pin"
LEFT = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])"


@pytest.mark.parametrize(
    ("command", "seconds", "said"),
    [
        (["/nowhere/signs"], 30, "cannot be started"),
        (python(f"import sys; print({SECRET!r}, file=sys.stderr); print({SECRET!r}); sys.exit(3)"), 30, "ended with 3"),
        (python(f"print({SECRET!r})"), 30, "is no signature by the key"),
        (python("pass"), 30, "is no signature by the key"),
        (python("import os\nwhile True: os.write(1, bytes(4096))"), 30, "answered with more than a signature has"),
        (python("import time; time.sleep(600)"), 1, "did not answer within 1 seconds"),
        (python(LEFT), 1, "did not answer within 1 seconds"),
    ],
)
def test_a_program_in_trouble_is_named_by_its_name_alone_and_nothing_is_sealed(
    place: Workplace, tmp_path: Path, caplog: pytest.LogCaptureFixture, command: list[str], seconds: float, said: str
) -> None:
    _, public = openssl_key(tmp_path / "signer")
    signer = CommandSigner(command, public.read_bytes(), seconds, tmp_path / "keys")
    with pytest.raises(SignerFailed) as caught:
        issue_bundle(place.session, place.vault, place.case, place.out, signer, at=AT)
    assert said in caught.value.what
    assert SECRET not in f"{caught.value} {caught.value.what} {caplog.text}"
    assert not place.out.exists() or list(place.out.iterdir()) == []
    assert list((tmp_path / "desk" / "staging").iterdir()) == []


def test_a_program_with_another_key_signs_nothing(tmp_path: Path) -> None:
    command, _ = openssl_key(tmp_path / "one")
    _, other = openssl_key(tmp_path / "two")
    with pytest.raises(SignerFailed, match="no signature by the key"):
        CommandSigner(command, other.read_bytes(), 30, tmp_path / "keys").sign(b"x")


@pytest.mark.parametrize("content", [b"", b"no key", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"])
def test_what_is_no_public_key_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(KeyUnusable):
        CommandSigner(["true"], content, 30, tmp_path)


def test_the_settings_name_the_program_and_whose_bundles_are_ones_own(tmp_path: Path) -> None:
    root = tmp_path / "place"
    init_workspace(root)
    command, public = openssl_key(tmp_path / "signer")
    words = ", ".join(f'"{word}"' for word in command)
    (root / "semblance.toml").write_text(f'[evidence]\nsign_command = [{words}]\npublic_key = "keys/public.pem"\n')
    with open_workspace(root) as workspace, pytest.raises(KeyUnusable, match="cannot be read"):
        own_fingerprint(workspace)
    assert known_fingerprint(root, load_settings(root)) is None

    (root / "keys/public.pem").write_bytes(public.read_bytes())
    with open_workspace(root) as workspace:
        assert own_fingerprint(workspace) == fingerprint(public.read_bytes())
    assert known_fingerprint(root, load_settings(root)) == fingerprint(public.read_bytes())
    assert not (root / "keys/evidence-signing.pem").exists()

    (root / "semblance.toml").write_text(f"[evidence]\nsign_command = [{words}]\n")
    with pytest.raises(SettingsRefused, match="go together"):
        load_settings(root)


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    first = signing_key(tmp_path / "keys")
    (path,) = (tmp_path / "keys").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert signing_key(tmp_path / "keys").fingerprint == first.fingerprint
    path.chmod(0o644)
    with pytest.raises(KeyUnusable, match="others"):
        signing_key(tmp_path / "keys")
    path.chmod(0o600)
    path.write_bytes(b"no key")
    with pytest.raises(KeyUnusable):
        signing_key(tmp_path / "keys")
