"""A bundle in one file: the same bundle, verified without unpacking it, and every byte of the file counts."""

import random
import re
import shutil
import stat
import subprocess
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import bagit
import pytest
from sqlmodel import select

from registry.documents import Document, digest_of
from reports.documents import seek_bundles
from reports.evidence import seal
from reports.evidence.bundle import BundleWriter
from reports.evidence.verify import verify_bundle
from reports.evidence.zip_form import Entry, ending, local_header
from reports.evidence.zipped import Opened, opened_zip, write_zip
from reports.issuing import issue_bundle
from tests.support.evidence_desk import AT, Workplace
from tests.support.outside_tools import tool

FLIPS = 1000


@pytest.fixture(scope="module")
def bundle(place: Workplace) -> Path:
    return issue_bundle(place.session, place.vault, place.case, place.out, place.key, operator="E. Novak", at=AT, as_zip=True)


@pytest.fixture
def copy(bundle: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(bundle, tmp_path / "bundle.zip"))


def test_a_bundle_in_one_file_verifies_as_it_is(bundle: Path, place: Workplace, tmp_path: Path) -> None:
    before = set(bundle.parent.iterdir())
    verdict = verify_bundle(bundle, place.key.fingerprint)
    assert (verdict.problems, verdict.ok, verdict.whose.value) == ((), True, "expected")
    assert set(bundle.parent.iterdir()) == before
    assert bundle.name == f"case-{place.case.id[:12]}-20261118T120000Z.zip"
    assert stat.S_IMODE(bundle.stat().st_mode) == 0o600


def test_the_same_case_at_the_same_moment_is_the_same_file(place: Workplace, tmp_path: Path) -> None:
    for name in ("one", "two"):
        BundleWriter(place.session, place.vault, place.case, place.key, "E. Novak", None, AT).write(tmp_path / name)
        write_zip(tmp_path / name, tmp_path / f"{name}.zip", "case")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_unpacked_it_is_the_folder_and_the_guides_commands_hold(bundle: Path, place: Workplace, tmp_path: Path) -> None:
    subprocess.run([tool("unzip"), "-q", str(bundle), "-d", str(tmp_path)], check=True)
    (folder,) = tmp_path.iterdir()
    assert folder.name == bundle.stem
    text = (folder / "README.txt").read_text()
    assert "unzip" in text
    commands = re.findall(r"^    ((?:find|\(cut|sha256sum|openssl|\(head|tail) .+)$", text, re.MULTILINE)
    ran = [subprocess.run(one, shell=True, cwd=folder, capture_output=True, text=True) for one in commands if "FILE" not in one]
    assert len(ran) == 9
    assert [one.stderr for one in ran if one.returncode] == []
    assert [one.stdout for one in ran[:3]] == ["", "", ""]
    assert all(line.endswith(": OK") for line in ran[3].stdout.splitlines())
    assert ran[4].stdout == "Verified OK\n"
    assert ran[5].stdout.startswith(place.key.fingerprint)
    assert verify_bundle(folder, place.key.fingerprint).ok
    assert bagit.Bag(str(folder)).validate()


def test_a_zip_is_on_record_and_found_when_its_subject_is_erased(bundle: Path, place: Workplace, tmp_path: Path) -> None:
    row = place.session.exec(select(Document).where(Document.digest == digest_of(bundle))).one()
    assert row.kind == "evidence bundle"
    strange = tmp_path / "other.zip"
    strange.write_bytes(b"no zip")
    assert list(seek_bundles([bundle, strange], "s1")) == [bundle]
    assert list(seek_bundles([bundle, strange], "s2")) == []


def test_a_second_zip_takes_a_name_of_its_own(bundle: Path, place: Workplace) -> None:
    again = issue_bundle(place.session, place.vault, place.case, place.out, place.key, at=AT, as_zip=True)
    assert again.name == f"{bundle.stem}-2.zip"
    assert verify_bundle(again).ok


def test_promise_5_a_thousand_flipped_bytes_of_the_file_are_found(copy: Path) -> None:
    chance = random.Random("zip")
    content = copy.read_bytes()
    with zipfile.ZipFile(copy) as archive:
        heads = [place for info in archive.infolist() for place in range(info.header_offset, info.header_offset + 30)]
        behind = range(archive.start_dir, len(content))
    chosen = [*chance.sample(heads, 200), *chance.sample(behind, 300)]
    chosen += [chance.randrange(len(content)) for _ in range(FLIPS - len(chosen))]
    missed = []
    for place in chosen:
        changed = content[place] ^ 1 << chance.randrange(8)
        with copy.open("r+b") as stream:
            stream.seek(place)
            stream.write(bytes([changed]))
            stream.flush()
            if verify_bundle(copy).ok:
                missed.append(place)
            stream.seek(place)
            stream.write(content[place : place + 1])
    assert missed == []
    assert verify_bundle(copy).ok


def rewritten(file: Path, day: tuple[int, int, int] = (1980, 1, 1), kind: int = zipfile.ZIP_STORED) -> None:
    """As another tool would write the same files."""
    with zipfile.ZipFile(file) as archive:
        held = [(info, archive.read(info)) for info in archive.infolist()]
    with zipfile.ZipFile(file, "w") as out:
        for info, content in held:
            info.compress_type, info.date_time = kind, (*day, 0, 0, 0)
            out.writestr(info, content)


def added(name: str, content: bytes = b"x", mode: int = 0o100600) -> Callable[[Path], None]:
    def add(file: Path) -> None:
        with zipfile.ZipFile(file, "a") as archive:
            info = zipfile.ZipInfo(name.format(base=archive.namelist()[0].split("/")[0]))
            info.external_attr = mode << 16
            archive.writestr(info, content)

    return add


def encrypted(file: Path) -> None:
    content = bytearray(file.read_bytes())
    with zipfile.ZipFile(file) as archive:
        start = archive.start_dir
    content[start + 8] |= 1
    file.write_bytes(content)


def put_before(file: Path) -> None:
    file.write_bytes(b"#!/bin/sh\n" + file.read_bytes())


def put_behind(file: Path) -> None:
    file.write_bytes(file.read_bytes() + b"more")


def compressed(file: Path) -> None:
    rewritten(file, kind=zipfile.ZIP_DEFLATED)


def bomb(file: Path) -> None:
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{archive.namelist()[0].split('/')[0]}/data/bomb", bytes(64 << 20))


def with_comment(file: Path) -> None:
    with zipfile.ZipFile(file, "a") as archive:
        archive.comment = b"hello"


def with_times(file: Path) -> None:
    rewritten(file, (2020, 1, 1))


def with_huge_directory(file: Path) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(30_000):
            archive.writestr(zipfile.ZipInfo(f"case/data/{number:0>120}"), b"")


def many(file: Path) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(20_001):
            archive.writestr(zipfile.ZipInfo(f"case/{number}"), b"")


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (added("{base}/data/case.json"), "data/case.json: is in the zip twice"),
        (added("{base}/data/CASE.json"), "data/case.json: differs from data/CASE.json in capitals alone"),
        (added("{base}/data/caf\u00e9"), "data/café: has a name that no file of a bundle has"),
        (added("{base}/data/cafe\u0301"), "data/cafe\u0301: has a name that no file of a bundle has"),
        (added("{base}/../../outside"), "../../outside: leads out of the bundle"),
        (added("/etc/cron.d/x"), "/etc/cron.d/x: leads out of the bundle"),
        (added("C:/x"), "C:/x: leads out of the bundle"),
        (added("{base}/data/a\\..\\b"), "data/a\\..\\b: has a name that no file of a bundle has"),
        (added("other/data/x"), "other/data/x: lies outside the bundle's folder case-"),
        (added("{base}/data/link", b"/etc/passwd", 0o120777), "data/link: is a link, not a file"),
        (added("{base}/empty/", b""), "empty/: is a folder by itself, which no bundle's zip has"),
        (added("{base}/data/more.txt"), "bundle.zip: has a directory that is not as it was written"),
        (added("{base}/zzz.txt"), "zzz.txt: was added: tagmanifest-sha256.txt does not list it"),
        (encrypted, "README.txt: is encrypted"),
        (put_before, "README.txt: the zip has something before or between its files"),
        (put_behind, "bundle.zip: is no zip, or has something behind its end"),
        (with_comment, "bundle.zip: is no zip, or has something behind its end"),
        (compressed, "README.txt: is compressed: a bundle's files are stored as they are"),
        (bomb, "data/bomb: is compressed: a bundle's files are stored as they are"),
        (with_times, "README.txt: its header was changed"),
        (with_huge_directory, "bundle.zip: has a directory that is larger than any bundle's"),
        (many, "bundle.zip: has more files than any bundle"),
    ],
)
def test_what_a_hostile_zip_does_is_refused_by_name(copy: Path, change: Callable[[Path], None], said: str) -> None:
    change(copy)
    verdict = verify_bundle(copy)
    told = [f"{name.removeprefix(f'{copy.parent}/')}: {what}" for name, what in verdict.problems]
    assert [line for line in told if line.startswith(said)], told
    assert not verdict.ok


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\5\6" + bytes(18), b"%PDF-1.7\n", bytes(100), b"PK\3\4" * 30])
def test_what_is_no_zip_is_no_bundle(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.zip").write_bytes(content)
    assert len(verify_bundle(tmp_path / "x.zip").problems) == 1


def test_a_file_that_is_taken_out_or_another_in_its_place_is_found(bundle: Path, tmp_path: Path) -> None:
    subprocess.run([tool("unzip"), "-q", str(bundle), "-d", str(tmp_path)], check=True)
    folder = tmp_path / bundle.stem
    (folder / "data/case.json").rename(tmp_path / "kept")
    write_zip(folder, tmp_path / "without.zip", "case")
    assert ("data/case.json", "is missing") in verify_bundle(tmp_path / "without.zip").problems
    (folder / "data/case.json").write_bytes((tmp_path / "kept").read_bytes().replace(b"Novak", b"Nobody"))
    write_zip(folder, tmp_path / "other.zip", "case")
    assert [name for name, _ in verify_bundle(tmp_path / "other.zip").problems] == ["data/case.json"]


def test_it_is_written_and_verified_piece_by_piece(bundle: Path, tmp_path: Path) -> None:
    subprocess.run([tool("unzip"), "-q", str(bundle), "-d", str(tmp_path)], check=True)
    folder = tmp_path / bundle.stem
    with (folder / "data/large").open("wb") as stream:
        stream.truncate(300 << 20)
    tracemalloc.start()
    write_zip(folder, tmp_path / "large.zip", "case")
    problems = verify_bundle(tmp_path / "large.zip").problems
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert problems == (("data/large", "was added: manifest-sha256.txt does not list it"),)
    assert most < 40 << 20


def test_files_and_places_beyond_four_gigabytes_are_written_as_other_tools_read_them(tmp_path: Path) -> None:
    sizes = {"data/a": 5 << 30, "data/b": 3, "data/c": 0x100000000, "data/d": 0xFFFFFFFE}
    made: list[Entry] = []
    file = tmp_path / "x.zip"
    with file.open("wb") as out:
        for name, size in sizes.items():
            entry = Entry(name.encode(), size, zlib.crc32(bytes(3)) if size == 3 else 0, out.tell())
            made.append(entry)
            out.write(local_header(entry))
            out.seek(size, 1)
        out.write(ending(made, out.tell()))
    with zipfile.ZipFile(file) as archive:
        assert {info.filename: info.file_size for info in archive.infolist()} == sizes
        assert archive.read("data/b") == bytes(3)
    listed = subprocess.run([tool("unzip"), "-l", str(file)], capture_output=True, text=True, check=True).stdout
    assert all(re.search(rf"{size} .* {name}", listed) for name, size in sizes.items())
    with opened_zip(file, in_folder=False) as found:
        assert isinstance(found, Opened)
        assert found.contents == seal.Contents(tuple(sizes), ())
