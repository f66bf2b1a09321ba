"""What somebody can do to a bundle besides changing a byte: public tools notice it by the guide's own commands, and so do we."""

import json
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from monitor.cli.main import main
from reports.evidence.verify import Whose, verify_bundle
from reports.signing.forms import is_signed
from reports.signing.key_file import signing_key
from tests.support.evidence_desk import Workplace, reseal, sign_report

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
COMMAND = re.compile(r"    ((?:find|sha256sum|openssl (?:dgst|pkey)|\(cut) .+)")


@pytest.fixture
def copy(bundle: Path, tmp_path: Path) -> Iterator[Path]:
    yield Path(shutil.copytree(bundle, tmp_path / "bundle"))
    # Python's own way of removing a folder goes as deep as its stack alone.
    subprocess.run(["rm", "-rf", str(tmp_path / "bundle")], check=True)


def guide_complains(folder: Path, guide: Path, locale: str = "C.UTF-8") -> bool:
    """Follow the guide's commands in their order, as its text has them, until one does not answer as it must."""
    missing = [tool for tool in ("find", "sha256sum", "openssl") if shutil.which(tool) is None]
    if missing:
        message = f"{missing} not installed, so the guide was not followed"
        pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)
    text = (guide / "README.txt").read_text()
    commands = [found[1] for line in text.splitlines() if (found := COMMAND.fullmatch(line))]
    assert len(commands) == 6
    environment = {"PATH": os.environ["PATH"], "LC_ALL": locale}
    for number, command in enumerate(commands, 1):
        ran = subprocess.run(command, shell=True, cwd=folder, env=environment, capture_output=True, timeout=60)
        said = ran.stdout + ran.stderr
        if number <= 3 and said:
            return True
        if number in (4, 5) and ran.returncode:
            return True
        if number == 4 and not all(line.endswith(b": OK") for line in ran.stdout.splitlines()):
            return True
        if number == 6 and re.findall(r"^    ([0-9a-f]{64})$", text, re.MULTILINE)[0].encode() not in ran.stdout:
            return True
    return False


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_the_guides_commands_are_content_with_a_whole_bundle(bundle: Path, locale: str) -> None:
    assert not guide_complains(bundle, bundle, locale)


def linked_in(folder: Path) -> str:
    (folder / "data" / "stills" / "more").symlink_to("/etc/hostname")
    return "data/stills/more"


def replaced_by_a_link(folder: Path) -> str:
    (folder / "data/case.json").replace(folder.parent / "elsewhere")
    (folder / "data/case.json").symlink_to(folder.parent / "elsewhere")
    return "data/case.json"


def looped(folder: Path) -> str:
    (folder / "data" / "captures" / "loop").symlink_to("..")
    return "data/captures/loop"


def emptied(folder: Path) -> str:
    (folder / "data" / "captures" / "c9" / "deeper").mkdir(parents=True)
    return "data/captures/c9/deeper"


def added(folder: Path) -> str:
    (folder / "data" / "stills" / "more.png").write_bytes(b"x")
    return "data/stills/more.png"


def added_beside_the_list(folder: Path) -> str:
    (folder / "data" / "stills" / "tagmanifest-sha256.txt").write_bytes(b"x")
    return "data/stills/tagmanifest-sha256.txt"


def hidden(folder: Path) -> str:
    (folder / ".more").write_bytes(b"x")
    return ".more"


def linked_hard(folder: Path) -> str:
    (folder.parent / "other-name").hardlink_to(folder / "data/case.json")
    return "data/case.json"


def linked_hard_within(folder: Path) -> str:
    (folder / "more.json").hardlink_to(folder / "data/case.json")
    return "more.json"


def piped(folder: Path) -> str:
    os.mkfifo(folder / "data" / "references" / "pipe")
    return "data/references/pipe"


def replaced_by_a_pipe(folder: Path) -> str:
    (folder / "data/matches.json").unlink()
    os.mkfifo(folder / "data/matches.json")
    return "data/matches.json"


def listening(folder: Path) -> str:
    with socket.socket(socket.AF_UNIX) as made:
        here = Path.cwd()
        os.chdir(folder)
        made.bind("socket")
        os.chdir(here)
    return "socket"


def a_device(folder: Path) -> str:
    try:
        os.mknod(folder / "zero", 0o600 | 0o020000, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("only root can make a device")
    return "zero"


def named(name: bytes) -> Callable[[Path], str]:
    def make(folder: Path) -> str:
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_bytes(b"x")
        return os.fsdecode(name)

    return make


def in_a_folder_named(name: bytes) -> Callable[[Path], str]:
    def make(folder: Path) -> str:
        path = Path(os.fsdecode(os.fsencode(folder) + b"/" + name))
        path.mkdir()
        (path / "case.json").write_bytes(b"x")
        return os.fsdecode(name)

    return make


def in_capitals(folder: Path) -> str:
    shutil.copy(folder / "data/case.json", folder / "data/CASE.json")
    return "data/case.json"


def buried(folder: Path) -> str:
    here = Path.cwd()
    os.chdir(folder)
    for _ in range(1500):
        Path("d").mkdir()
        os.chdir("d")
    Path("f").write_bytes(b"x")
    os.chdir(here)
    return "d/d/d/d/d/d/d/d/d"


WAYS = {
    "a link": linked_in,
    "a file replaced by a link to its bytes": replaced_by_a_link,
    "a loop": looped,
    "an empty folder": emptied,
    "a file more": added,
    "a file called as the list": added_beside_the_list,
    "a hidden file": hidden,
    "a hard link from outside": linked_hard,
    "a hard link from inside": linked_hard_within,
    "a pipe": piped,
    "a file replaced by a pipe": replaced_by_a_pipe,
    "a socket": listening,
    "a device": a_device,
    "a line break": named(b"a\nb"),
    "a line break in a folder": in_a_folder_named(b"a\n."),
    "a dash": named(b"-rf"),
    "no UTF-8": named(b"\xff\xfe"),
    "a blank": named(b"a b"),
    "a backslash": named(b"a\\b"),
    "another script": named("а.json".encode()),
    "a control character": named(b"a\x1bb"),
    "capitals": in_capitals,
    "deep folders": buried,
}


@pytest.mark.parametrize("way", WAYS)
def test_what_has_no_place_in_a_bundle_is_noticed_by_the_guide_and_named_by_us(copy: Path, bundle: Path, way: str) -> None:
    name = WAYS[way](copy)
    verdict = verify_bundle(copy)
    assert not verdict.ok
    assert name in {file for file, _ in verdict.problems}
    assert guide_complains(copy, bundle)


def test_names_of_any_bytes_are_printed(copy: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (b"\xff\xfe", b"a\nb", b"a\x1b[2Jb"):
        named(name)(copy)
    for options in ([], ["--json"]):
        monkeypatch.setattr("sys.argv", ["semblance", "-w", str(copy.parent), "evidence", "verify", str(copy), *options])
        assert main() == 4
        said = capsys.readouterr().out
        assert "\x1b" not in said
        assert said.isascii()


def other_form(signature: bytes) -> bytes:
    r, s = decode_dss_signature(signature)
    return encode_dss_signature(r, ORDER - s)


def test_the_other_signature_of_the_same_list_is_refused_and_the_guide_says_that_openssl_takes_it(copy: Path) -> None:
    path = copy / "tagmanifest-sha256.txt.sig"
    path.write_bytes(other_form(path.read_bytes()))
    verdict = verify_bundle(copy)
    assert {file for file, _ in verdict.problems} == {"tagmanifest-sha256.txt.sig"}
    assert "larger s" in verdict.problems[0][1]
    assert not guide_complains(copy, copy)
    assert "(r, n - s)" in (copy / "README.txt").read_text()


def test_of_many_signatures_all_have_the_smaller_s_and_no_other_form_holds(place: Workplace) -> None:
    for number in range(40):
        content = str(number).encode()
        signature = place.key.sign(content)
        assert 2 * decode_dss_signature(signature)[1] < ORDER
        assert is_signed(place.key.public_pem, signature, content)
        assert not is_signed(place.key.public_pem, other_form(signature), content)


def longer(signature: bytes) -> bytes:
    """The length of the whole in two bytes, as BER allows."""
    return b"\x30\x81" + signature[1:]


def padded(signature: bytes) -> bytes:
    """A zero more before r."""
    size = signature[3]
    return b"\x30" + bytes([signature[1] + 1]) + b"\x02" + bytes([size + 1]) + b"\x00" + signature[4:]


FORMS = {"bytes after it": lambda s: s + b"\x00", "a long length": longer, "a padded number": padded, "cut off": lambda s: s[:-1]}


@pytest.mark.parametrize("form", FORMS)
def test_a_signature_is_der_to_the_last_byte(copy: Path, place: Workplace, form: str) -> None:
    path = copy / "tagmanifest-sha256.txt.sig"
    path.write_bytes(FORMS[form](path.read_bytes()))
    assert {file for file, _ in verify_bundle(copy).problems} == {"tagmanifest-sha256.txt.sig"}


@pytest.mark.parametrize("larger", [False, True])
def test_a_bundle_of_an_earlier_version_has_either_signature(copy: Path, place: Workplace, larger: bool) -> None:
    case = (copy / "data/case.json").read_text()
    (copy / "data/case.json").write_text(re.sub(r'\n  "signature": "[^"]*",', "", case))
    assert (copy / "data/case.json").read_text() != case
    reseal(copy, place.key)
    if larger:
        path = copy / "tagmanifest-sha256.txt.sig"
        path.write_bytes(other_form(path.read_bytes()))
    assert verify_bundle(copy).ok


def test_a_signed_path_that_leads_out_of_the_bundle_is_named_and_not_opened(copy: Path, place: Workplace) -> None:
    os.mkfifo(copy.parent / "pipe")
    case = (copy / "data/case.json").read_text()
    (copy / "data/case.json").write_text(case.replace("data/captures/c1/capture.warc", "../pipe"))
    (copy / "data" / "captures" / "c1" / "capture.warc").unlink()
    reseal(copy, place.key)
    # Whoever opened the pipe would wait for ever.
    assert "../pipe" in {file for file, _ in verify_bundle(copy).problems}


def forged(bundle: Path, folder: Path) -> Path:
    """The bundle as somebody else would sign it."""
    made, key = Path(shutil.copytree(bundle, folder / "forged")), signing_key(folder / "their-keys")
    (made / "public.pem").write_bytes(key.public_pem)
    (made / "data/matches.json").write_bytes((made / "data/matches.json").read_bytes() + b"\n")
    case = json.loads((made / "data/case.json").read_text())
    (made / "data/case.json").write_text(json.dumps({**case, "signer": {**case["signer"], "fingerprint": key.fingerprint}}))
    sign_report(made, key)
    reseal(made, key)
    return made


def verified(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    monkeypatch.setattr("sys.argv", ["semblance", "-w", str(folder), "evidence", "verify", *map(str, arguments)])
    assert main() == 0
    return capsys.readouterr().out


def test_a_bundle_that_anybody_signed_is_not_called_whole_alone(
    bundle: Path, place: Workplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = forged(bundle, tmp_path)
    assert verify_bundle(made).ok
    assert verify_bundle(made).whose is Whose.UNKNOWN
    said = verified(tmp_path, monkeypatch, capsys, made)
    (first, *_) = (line for line in said.splitlines() if "Nothing was changed" in line)
    assert first.endswith("Not known yet: whose key that is.")
    assert "Anybody can make such a folder" in said
    assert "--fingerprint FINGERPRINT" in said
    assert str(verify_bundle(made).fingerprint) in said
    assert not any(line.startswith("Whole") for line in said.splitlines())
    assert not verify_bundle(made, place.key.fingerprint).ok
    assert '"whose": "unknown"' in verified(tmp_path, monkeypatch, capsys, made, "--json")


def test_whose_key_it_is_is_said_where_it_was_asked_for_or_is_our_own(
    bundle: Path, place: Workplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = verified(tmp_path, monkeypatch, capsys, bundle, "--fingerprint", place.key.fingerprint.upper())
    assert asked.startswith("Whole: ")
    assert "the one that was asked for" in asked
    home = place.out.parent
    own = verified(home, monkeypatch, capsys, bundle)
    assert own.startswith("Whole: ")
    assert f"this workspace's own, in {home / 'keys'}" in own
    assert not (tmp_path / "keys").exists()
    theirs = verified(home, monkeypatch, capsys, forged(bundle, tmp_path))
    assert "Not known yet: whose key that is" in theirs
