"""Promise 5: a bundle stands alone, public tools verify it, and one flipped byte anywhere fails it by name."""

import json
import os
import random
import shutil
import stat
import subprocess
from pathlib import Path

import bagit
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import select

import crawler.health  # noqa: F401  (its tables are named by those of the videos)
from crawler.custody import CustodyEntry, append, verify_chain
from crawler.videos import Capture
from matcher.media import read_picture
from registry.canonical_json import canonical_json
from reports.errors import EvidenceMissing, NotConfirmed
from reports.evidence import seal
from reports.evidence.bundle import BundleWriter
from reports.evidence.stills import BOX_COLOUR
from reports.evidence.verify import verify_bundle
from reports.issuing import issue_bundle
from reports.matches import MatchRow
from reports.review import Decision, review
from tests.support.evidence_desk import AT, TITLE, Workplace, drawing, furnish, reseal

LISTS = ("manifest-sha256.txt", "tagmanifest-sha256.txt")


def test_promise_5_public_tools_alone_verify_the_bundle(bundle: Path, place: Workplace) -> None:
    missing = [tool for tool in ("sha256sum", "openssl") if shutil.which(tool) is None]
    if missing:
        message = f"{missing} not installed, so nothing but this project verified the bundle"
        pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
    for command, answer in (
        ("sha256sum -c manifest-sha256.txt tagmanifest-sha256.txt", "README.txt: OK"),
        (
            "openssl dgst -sha256 -verify public.pem -signature tagmanifest-sha256.txt.sig tagmanifest-sha256.txt",
            "Verified OK",
        ),
        ("openssl pkey -pubin -in public.pem -outform DER | sha256sum", place.key.fingerprint),
    ):
        assert command in (bundle / "README.txt").read_text()
        ran = subprocess.run(command, shell=True, cwd=bundle, env=environment, capture_output=True, text=True, check=True)
        assert answer in ran.stdout


def test_a_whole_bundle_verifies_and_says_whose_key_it_is(bundle: Path, place: Workplace) -> None:
    verdict = verify_bundle(bundle, place.key.fingerprint.upper())
    assert (verdict.ok, verdict.problems, verdict.fingerprint) == (True, (), place.key.fingerprint)
    assert verdict.files == sum(len((bundle / name).read_text().splitlines()) for name in LISTS)


def test_another_key_than_the_expected_one_fails(bundle: Path) -> None:
    verdict = verify_bundle(bundle, "0" * 64)
    assert verdict.problems == (("public.pem", "is not the key that was expected"),)


def flip(path: Path, position: int, bit: int) -> bytes:
    before = path.read_bytes()
    changed = bytearray(before)
    changed[position % len(changed)] ^= 1 << bit
    path.write_bytes(bytes(changed))
    return before


def test_promise_5_one_flipped_byte_in_any_file_fails_and_names_it(copy: Path) -> None:
    chance = random.Random(5)
    names = seal.walk(copy).files
    assert len(names) >= 14
    for name in names:
        for _ in range(4):
            before = flip(copy / name, chance.randrange(1 << 30), chance.randrange(8))
            verdict = verify_bundle(copy)
            assert not verdict.ok
            assert {file for file, _ in verdict.problems} == {name}
            (copy / name).write_bytes(before)
    assert verify_bundle(copy).ok


@pytest.fixture(scope="module")
def flipped(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(bundle, tmp_path_factory.mktemp("flips") / "bundle"))


@settings(max_examples=120, deadline=None)
@given(
    st.sampled_from([*LISTS, "tagmanifest-sha256.txt.sig", "public.pem", "bagit.txt", "data/custody.jsonl"]),
    st.integers(0, 1 << 16),
    st.integers(0, 7),
)
def test_promise_5_every_byte_of_the_seal_itself_counts(flipped: Path, name: str, position: int, bit: int) -> None:
    before = flip(flipped / name, position, bit)
    try:
        verdict = verify_bundle(flipped)
        assert (verdict.ok, {file for file, _ in verdict.problems}) == (False, {name})
    finally:
        (flipped / name).write_bytes(before)


def test_a_bundle_is_a_bag_to_whoever_keeps_bags(copy: Path, place: Workplace) -> None:
    bag = bagit.Bag(str(copy))
    assert bag.validate()
    assert bag.info["External-Identifier"] == place.case.id
    flip(copy / "data/case.json", 40, 1)
    assert not bagit.Bag(str(copy)).is_valid()


def test_the_same_case_at_the_same_moment_is_the_same_bytes(place: Workplace, tmp_path: Path) -> None:
    for name in ("one", "two"):
        BundleWriter(place.session, place.vault, place.case, place.key, "E. Novak", None, AT).write(tmp_path / name)
    files = seal.walk(tmp_path / "one").files
    assert files == seal.walk(tmp_path / "two").files
    assert [name for name in files if (tmp_path / "one" / name).read_bytes() != (tmp_path / "two" / name).read_bytes()] == []


def as_earlier_versions_laid_it_out(folder: Path, place: Workplace) -> Path:
    for path in (folder / "data").iterdir():
        path.rename(folder / path.name)
    (folder / "data").rmdir()
    for name in ("case.json", "matches.json"):
        (folder / name).write_text((folder / name).read_text().replace('"data/', '"'))
    for name in ("bagit.txt", "bag-info.txt", *LISTS, "tagmanifest-sha256.txt.sig"):
        (folder / name).unlink()
    (folder / "SHA256SUMS").touch()
    reseal(folder, place.key)
    return folder


def test_bundles_of_earlier_versions_are_verified_as_before(copy: Path, place: Workplace) -> None:
    folder = as_earlier_versions_laid_it_out(copy, place)
    assert verify_bundle(folder, place.key.fingerprint).problems == ()
    for name in seal.walk(folder).files:
        before = flip(folder / name, 7, 2)
        assert {file for file, _ in verify_bundle(folder).problems} == {name}
        (folder / name).write_bytes(before)


def test_a_bundle_of_neither_layout_is_no_bundle(copy: Path) -> None:
    (copy / "bagit.txt").unlink()
    assert not verify_bundle(copy).ok
    (copy / "SHA256SUMS").write_bytes((copy / "tagmanifest-sha256.txt").read_bytes())
    (copy / "SHA256SUMS.sig").write_bytes((copy / "tagmanifest-sha256.txt.sig").read_bytes())
    assert not verify_bundle(copy).ok


def test_a_missing_file_is_named(copy: Path) -> None:
    for name in seal.walk(copy).files:
        content = (copy / name).read_bytes()
        (copy / name).unlink()
        assert name in {file for file, _ in verify_bundle(copy).problems}
        (copy / name).write_bytes(content)


def test_added_files_folders_and_links_are_named(copy: Path) -> None:
    (copy / "data" / "stills" / "more.png").write_bytes(b"x")
    (copy / "empty").mkdir()
    (copy / "link").symlink_to("/etc/hostname")
    os.mkfifo(copy / "pipe")
    problems = dict(verify_bundle(copy).problems)
    assert set(problems) == {"data/stills/more.png", "empty", "link", "pipe"}
    assert "was added" in problems["data/stills/more.png"]


def test_a_file_replaced_by_a_link_to_the_same_bytes_fails(copy: Path, bundle: Path) -> None:
    (copy / "data/case.json").unlink()
    (copy / "data/case.json").symlink_to(bundle / "data/case.json")
    assert "data/case.json" in {file for file, _ in verify_bundle(copy).problems}


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe\n", b"0" * 64 + b"  ../outside\n", b"0" * 64 + b"  /etc/passwd\n"])
def test_a_foreign_list_fails_without_a_crash(copy: Path, content: bytes) -> None:
    for name in LISTS:
        before = (copy / name).read_bytes()
        (copy / name).write_bytes(content)
        assert name in {file for file, _ in verify_bundle(copy).problems}
        (copy / name).write_bytes(before)


def test_nothing_is_not_a_bundle(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "empty", tmp_path / "absent"):
        assert not verify_bundle(path).ok


def test_a_rewritten_and_resealed_custody_entry_is_still_found(copy: Path, place: Workplace) -> None:
    lines = [json.loads(line) for line in (copy / "data/custody.jsonl").read_text().splitlines()]
    lines[0]["actor"] = "somebody else"
    (copy / "data/custody.jsonl").write_bytes(b"".join(canonical_json(line) + b"\n" for line in lines))
    reseal(copy, place.key)
    assert {file for file, _ in verify_bundle(copy).problems} == {"data/custody.jsonl"}


def test_media_that_is_not_the_captured_one_is_found_even_when_resealed(copy: Path, place: Workplace) -> None:
    (copy / "data" / "captures" / "c1" / "media.mp4").write_bytes(b"another video")
    reseal(copy, place.key)
    assert {file for file, _ in verify_bundle(copy).problems} == {"data/captures/c1/media.mp4"}


SHAPES = [b"[" * 100_000, b"null", b'{"captures": [3]}', b'{"captures": 3}', b"\xff", b'{"seq": "x"}', b"{}", b""]


@pytest.mark.parametrize("content", SHAPES)
@pytest.mark.parametrize("name", ["data/case.json", "data/custody.jsonl"])
def test_a_resealed_bundle_of_any_shape_is_refused(copy: Path, place: Workplace, name: str, content: bytes) -> None:
    (copy / name).write_bytes(content)
    reseal(copy, place.key)
    assert {file for file, _ in verify_bundle(copy).problems} == {name}


def test_a_chain_of_bare_links_tells_nothing_and_is_refused(copy: Path, place: Workplace) -> None:
    (copy / "data/custody.jsonl").write_bytes(canonical_json({"seq": 1, "previous": "0" * 64, "sha256": "1" * 64}) + b"\n")
    reseal(copy, place.key)
    assert {file for file, _ in verify_bundle(copy).problems} == {"data/custody.jsonl"}


def test_the_bundle_holds_what_was_captured_and_why_it_was_confirmed(bundle: Path, place: Workplace) -> None:
    capture = place.session.get_one(Capture, "c1")
    assert seal.digest(bundle / "data/captures/c1/media.mp4") == capture.media_sha256
    assert (bundle / "data/captures/c1/page.html.txt").read_bytes() == b"<html><script>alert(1)</script></html>"
    assert (bundle / "data/captures/c1/manifest.json").read_bytes().startswith(b'{"capture": "c1"')
    (match,) = json.loads((bundle / "data/matches.json").read_text())["matches"]
    assert (match["score"], match["threshold"], match["expected_false_matches"]) == (0.81, 0.4, 0.02)
    assert match["reviews"][0]["reason"] == "the same leaf on its head"
    case = json.loads((bundle / "data/case.json").read_text())
    assert (case["video"]["title"], case["exported_by"], case["claimant"]["name"]) == (TITLE, "E. Novak", "Larkspur Pictures")
    assert case["captures"][0]["provenance_labels"] == [{"kind": "aigc", "outcome": "absent", "detail": ""}]


def test_a_bundle_is_for_its_owner_alone_until_it_is_handed_out(bundle: Path) -> None:
    assert stat.S_IMODE(bundle.stat().st_mode) == 0o700


def test_stills_are_cut_from_the_captured_media_with_and_without_the_box(bundle: Path) -> None:
    (match,) = json.loads((bundle / "data/matches.json").read_text())["matches"]
    assert [still["t"] for still in match["stills"]] == [0.2, 0.8, 1.6]
    for still in match["stills"]:
        plain, boxed = read_picture(bundle / still["plain"]), read_picture(bundle / still["with_box"])
        assert np.abs(plain.astype(int) - drawing(round(still["t"] * 50)).astype(int)).mean() < 4
        assert not (plain == BOX_COLOUR).all(axis=2).any()
        assert (boxed == BOX_COLOUR).all(axis=2).sum() > 200


def test_the_page_is_escaped_and_fetches_nothing(bundle: Path) -> None:
    page = (bundle / "index.html").read_text()
    assert "&lt;b&gt;../../etc/passwd⟨U+202E⟩&lt;/b&gt; 中文" in page
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page
    assert "<script" not in page
    assert 'src="http' not in page


def test_promise_9_the_chain_tells_nothing_of_other_captures(bundle: Path) -> None:
    entries = [json.loads(line) for line in (bundle / "data/custody.jsonl").read_text().splitlines()]
    assert [entry.get("capture_id") for entry in entries] == ["c1", None, "c1"]
    assert "secret of another party" not in (bundle / "data/custody.jsonl").read_text()


def test_the_export_enters_the_chain_of_custody(place: Workplace, bundle: Path) -> None:
    entry = place.session.exec(select(CustodyEntry).where(CustodyEntry.action == "exported")).first()
    assert entry is not None
    assert (entry.actor, entry.detail["bundle"]) == ("E. Novak", bundle.name)
    assert entry.detail["seal_sha256"] == seal.digest(bundle / "tagmanifest-sha256.txt")
    assert verify_chain(place.session) is None


def test_promise_9_the_chain_tells_nothing_of_another_partys_export(place: Workplace) -> None:
    append(place.session, "E. Novak", "exported", "c1", {"case_id": "another party's case"}, AT)
    again = issue_bundle(place.session, place.vault, place.case, place.out, place.key, at=AT)
    assert "another party's" not in (again / "data/custody.jsonl").read_text()
    assert verify_bundle(again).ok


def test_names_in_the_bundle_come_from_us_and_a_second_export_takes_its_own_folder(place: Workplace, bundle: Path) -> None:
    for name in seal.walk(bundle).files:
        assert name.isascii()
        assert "passwd" not in name
    again = issue_bundle(place.session, place.vault, place.case, place.out, place.key, at=AT)
    assert again != bundle
    assert verify_bundle(again).ok
    assert [path.name for path in place.out.iterdir() if path.name.startswith(".")] == []


def test_promise_2_a_case_with_a_reopened_match_exports_nothing(tmp_path: Path) -> None:
    made = furnish(tmp_path)
    row = made.session.exec(select(MatchRow)).one()
    review(made.session, row.id, Decision.REOPEN, "R. Iyer", "second thoughts", AT)
    with pytest.raises(NotConfirmed):
        issue_bundle(made.session, made.vault, made.case, made.out, made.key)
    assert not made.out.exists() or list(made.out.iterdir()) == []
    made.session.close()


def test_damaged_media_in_the_vault_makes_no_bundle(tmp_path: Path) -> None:
    made = furnish(tmp_path)
    with made.vault.as_file(made.session.get_one(Capture, "c1").media_sha256) as media:
        media.chmod(0o600)
        flip(media, 100, 3)
    with pytest.raises(EvidenceMissing, match="changed"):
        issue_bundle(made.session, made.vault, made.case, made.out, made.key)
    assert not made.out.exists()
    assert list((tmp_path / "staging").iterdir()) == []
    made.session.close()


@pytest.mark.parametrize("name", ["SHA256SUMS", "SHA256SUMS.sig"])
def test_lists_of_another_layout_hide_nothing(copy: Path, name: str) -> None:
    (copy / name).write_bytes(bytes(5000))
    assert verify_bundle(copy).problems == ((name, "was added: it is of another kind of bundle"),)
