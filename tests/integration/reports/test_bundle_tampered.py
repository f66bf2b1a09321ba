"""Whatever is done to a bundle is found: a thousand flips, and a hundred of each other way, over everything that it holds."""

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from reports.evidence import seal
from reports.evidence.verify import verify_bundle
from reports.issuing import issue_bundle
from reports.signing.key_file import signing_key
from reports.signing.timestamper import HttpTimestamper
from tests.support.bundle_tampering import CHANGES, RESIGNED, commands_of, contented, sealed_by
from tests.support.evidence_desk import AT, Workplace
from tests.support.timestamp_authority import Authority, needs_openssl, root, served

pytestmark = needs_openssl

FLIPS, TIMES = 1000, 100
SEEN_BY_TOOLS = 3
"""Of each way in the suite; `python -m benchmarks tampering` asks the tools of a hundred."""

NAMED = ("flipped", "reordered", "linked")
"""Ways after which the file itself is named."""


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


def test_changes_reach_every_part_of_a_stamped_bundle(bundle: Path) -> None:
    files = set(seal.walk(bundle).files)
    assert {"data/report.pdf", "data/report.pdf.p7s", "tagmanifest-sha256.txt.clock.tsr", seal.STAMPS} <= files


@pytest.mark.parametrize("way", [way for way in CHANGES if way != "resigned"])
def test_promise_5_a_thousand_flips_and_a_hundred_of_each_other_change_are_found(
    bundle: Path, chance: random.Random, tmp_path: Path, way: str
) -> None:
    missed = []
    for _ in range(FLIPS if way == "flipped" else TIMES):
        with CHANGES[way](bundle, chance, tmp_path) as about:
            found = verify_bundle(bundle)
        if found.ok or (way in NAMED and about not in {file for file, _ in found.problems}):
            missed.append(about)
    assert missed == []


@pytest.mark.parametrize("what", RESIGNED)
def test_promise_5_whatever_somebody_else_signs_is_found(bundle: Path, place: Workplace, tmp_path: Path, what: str) -> None:
    for number in range(TIMES // len(RESIGNED) + 1):
        copy = Path(shutil.copytree(bundle, tmp_path / "copy"))
        sealed_by(copy, signing_key(tmp_path / f"keys-{number}"), what)
        assert not verify_bundle(copy, place.key.fingerprint).ok
        shutil.rmtree(copy)


@pytest.mark.parametrize("way", CHANGES)
def test_promise_5_the_guides_commands_alone_find_every_change(
    bundle: Path, place: Workplace, chance: random.Random, tmp_path: Path, way: str
) -> None:
    commands = commands_of((bundle / "README.txt").read_text())
    assert contented(bundle, commands, place.key.fingerprint)
    for _ in range(SEEN_BY_TOOLS):
        with CHANGES[way](bundle, chance, tmp_path) as about:
            assert not contented(bundle, commands, place.key.fingerprint), about
