"""Whatever is done to a bundle is found: a thousand flips, and a hundred of each other way, over everything that it holds."""

import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from reports.evidence import seal
from reports.evidence.verify import verify_bundle
from reports.issuing import issue_bundle
from reports.signing.key_file import SigningKey, signing_key
from reports.signing.timestamper import HttpTimestamper
from tests.support.evidence_desk import AT, Workplace, furnish, reseal, sign_report
from tests.support.timestamp_authority import Authority, needs_openssl, root, served

pytestmark = needs_openssl

FLIPS, TIMES = 1000, 100


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    made = furnish(tmp_path_factory.mktemp("desk"))
    yield made
    made.session.close()
    made.session.get_bind().engine.dispose()


@pytest.fixture(scope="module")
def bundle(place: Workplace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    above = root()
    with served(Authority(tmp_path_factory.mktemp("tsa"), above)) as clock:
        asked = HttpTimestamper("clock", above.pem, clock.url, 20)
        made = issue_bundle(place.session, place.vault, place.case, place.out, place.key, at=AT, authorities=[asked])
    return Path(shutil.copytree(made, tmp_path_factory.mktemp("copies") / "bundle"))


@pytest.fixture
def chance(request: pytest.FixtureRequest) -> random.Random:
    return random.Random(request.node.name)


@pytest.fixture(autouse=True)
def _whole_again(bundle: Path) -> Iterator[None]:
    """Each test leaves the bundle as it found it; one that did not would let the next find what it did."""
    yield
    assert verify_bundle(bundle).ok


def test_promise_5_a_thousand_flipped_bytes_are_found_in_their_files(bundle: Path, chance: random.Random) -> None:
    names = seal.walk(bundle).files
    assert {"data/report.pdf", "data/report.pdf.p7s", "tagmanifest-sha256.txt.clock.tsr", seal.STAMPS} <= set(names)
    missed = []
    for _ in range(FLIPS):
        name = chance.choice(names)
        with (bundle / name).open("r+b") as stream:
            place = chance.randrange(os.fstat(stream.fileno()).st_size)
            stream.seek(place)
            before = stream.read(1)
            stream.seek(place)
            stream.write(bytes([before[0] ^ 1 << chance.randrange(8)]))
            stream.flush()
            if name not in {file for file, _ in verify_bundle(bundle).problems}:
                missed.append((name, place))
            stream.seek(place)
            stream.write(before)
    assert missed == []


def test_promise_5_a_hundred_removals_are_found(bundle: Path, chance: random.Random, tmp_path: Path) -> None:
    names = seal.walk(bundle).files
    for _ in range(TIMES):
        name = chance.choice(names)
        (bundle / name).rename(tmp_path / "kept")
        found = verify_bundle(bundle)
        (tmp_path / "kept").rename(bundle / name)
        assert not found.ok, name


def test_promise_5_a_hundred_additions_are_found(bundle: Path, chance: random.Random) -> None:
    folders = [bundle, *(path for path in bundle.rglob("*") if path.is_dir())]
    words = ("more.txt", "timestamps-sha512.txt", "tagmanifest-sha256.txt.other.tsr", "report.pdf", "case.json", ".hidden", "a b")
    for number in range(TIMES):
        added = chance.choice(folders) / f"{number % 10}{chance.choice(words)}"
        if number % 3 == 0:
            added = bundle / f"tagmanifest-sha256.txt.x{number}.tsr"
        added.write_bytes(chance.randbytes(20))
        found = verify_bundle(bundle)
        added.unlink()
        assert not found.ok, added


def test_promise_5_a_hundred_renames_are_found(bundle: Path, chance: random.Random) -> None:
    names = seal.walk(bundle).files
    for number in range(TIMES):
        name = bundle / chance.choice(names)
        other = name.with_name(f"{name.stem}{number}{name.suffix}")
        name.rename(other)
        found = verify_bundle(bundle)
        other.rename(name)
        assert not found.ok, name


def test_promise_5_two_files_that_change_places_are_found_a_hundred_times(bundle: Path, chance: random.Random) -> None:
    names = [name for name in seal.walk(bundle).files if name not in (seal.BAG.inner, seal.BAG.signed)]
    for _ in range(TIMES):
        first, second = (bundle / name for name in chance.sample(names, 2))
        one, other = first.read_bytes(), second.read_bytes()
        first.write_bytes(other)
        second.write_bytes(one)
        found = verify_bundle(bundle)
        first.write_bytes(one)
        second.write_bytes(other)
        assert not found.ok, (first, second)


def test_promise_5_lists_in_a_hundred_other_orders_are_found(bundle: Path, chance: random.Random) -> None:
    for number in range(TIMES):
        file = bundle / (seal.BAG.inner, seal.BAG.signed)[number % 2]
        before = file.read_bytes()
        lines = before.splitlines(keepends=True)
        while b"".join(lines) == before:
            chance.shuffle(lines)
        file.write_bytes(b"".join(lines))
        found = verify_bundle(bundle)
        file.write_bytes(before)
        assert file.name in {name for name, _ in found.problems}


def test_promise_5_a_hundred_links_are_found(bundle: Path, chance: random.Random, tmp_path: Path) -> None:
    names = seal.walk(bundle).files
    for number in range(TIMES):
        name = chance.choice(names)
        kept = tmp_path / "kept"
        (bundle / name).rename(kept)
        if number % 2:
            (bundle / name).symlink_to(kept)
        else:
            (bundle / name).hardlink_to(kept)
        found = verify_bundle(bundle)
        (bundle / name).unlink()
        kept.rename(bundle / name)
        assert name in {file for file, _ in found.problems}


def sealed_by(bundle: Path, key: SigningKey, what: str) -> None:
    """Have somebody else sign this of a bundle, as far as they know how."""
    if what in ("report", "all"):
        sign_report(bundle, key)
    if what in ("key", "all", "list"):
        (bundle / seal.PUBLIC_KEY).write_bytes(key.public_pem)
    if what in ("list", "all", "report"):
        reseal(bundle, key)
    if what == "stamps":
        (bundle / f"{seal.STAMPS}.sig").write_bytes(key.sign((bundle / seal.STAMPS).read_bytes()))
    if what == "signature":
        (bundle / seal.BAG.signature).write_bytes(key.sign((bundle / seal.BAG.signed).read_bytes()))


@pytest.mark.parametrize("what", ["report", "key", "list", "all", "stamps", "signature"])
def test_promise_5_whatever_somebody_else_signs_is_found(bundle: Path, place: Workplace, tmp_path: Path, what: str) -> None:
    for number in range(TIMES // 6 + 1):
        copy = Path(shutil.copytree(bundle, tmp_path / "copy"))
        sealed_by(copy, signing_key(tmp_path / f"keys-{number}"), what)
        assert not verify_bundle(copy, place.key.fingerprint).ok
        shutil.rmtree(copy)
