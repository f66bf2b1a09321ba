"""Bundles and their reports are stated by authorities, which whoever gets one sees with OpenSSL alone."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from page import ValidationProfile
from pyhanko.pdf_utils.reader import PdfFileReader

from reports.evidence import seal
from reports.evidence.bundle import BundleWriter
from reports.evidence.verify import verify_bundle
from reports.issuing import issue_bundle
from reports.signing.timestamper import HttpTimestamper
from tests.support.evidence_desk import AT, Workplace, reseal
from tests.support.pdf_checks import failures_of
from tests.support.timestamp_authority import Authority, Issuer, Served, needs_openssl, root, served

pytestmark = needs_openssl

ASKED = re.compile(r"^    (openssl (?:ts -verify|dgst) .+)$", re.MULTILINE)
TOKEN = "tagmanifest-sha256.txt.clock.tsr"


@pytest.fixture(scope="module")
def above() -> Issuer:
    return root()


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory, above: Issuer) -> Iterator[Served]:
    with served(Authority(tmp_path_factory.mktemp("tsa"), above)) as authority:
        yield authority


def asking(clock: Served, above: Issuer) -> HttpTimestamper:
    return HttpTimestamper("clock", above.pem, clock.url, 20)


def export(place: Workplace, *authorities: HttpTimestamper, at: datetime = AT) -> Path:
    return issue_bundle(
        place.session, place.vault, place.case, place.out, place.key, operator="E. Novak", at=at, authorities=authorities
    )


@pytest.fixture(scope="module")
def bundle(place: Workplace, clock: Served, above: Issuer) -> Path:
    return export(place, asking(clock, above))


def follow(folder: Path, guide: Path) -> list[bool]:
    """Whether each of the guide's questions about signatures and timestamps is answered as it says."""
    asked = ASKED.findall((guide / "README.txt").read_text())
    ran = [subprocess.run(one, shell=True, cwd=folder, capture_output=True, text=True) for one in asked]
    return [one.returncode == 0 and bool(re.search("Verif(ied|ication:) OK", one.stdout + one.stderr)) for one in ran]


def test_openssl_alone_sees_when_there_was_the_bundle(bundle: Path, place: Workplace) -> None:
    assert follow(bundle, bundle) == [True] * 4
    verdict = verify_bundle(bundle, place.key.fingerprint)
    assert verdict.problems == ()
    assert [(one.about, one.authority) for one in verdict.timestamps] == [
        ("the report", "clock"),
        ("the list that is signed", "clock"),
    ]


def test_the_guides_other_commands_are_content_with_a_stamped_bundle_and_notice_what_is_added(copy: Path) -> None:
    text = (copy / "README.txt").read_text()
    silent = re.findall(r"^    ((?:find|\(cut) .+)$", text, re.MULTILINE)
    (sums,) = re.findall(r"^    (sha256sum .+)$", text, re.MULTILINE)
    assert len(silent) == 3
    assert "".join(said(one, copy) for one in silent) == ""
    assert all(line.endswith(": OK") for line in said(sums, copy).splitlines())
    assert f"{TOKEN}: OK" in said(sums, copy)

    shutil.copy(copy / TOKEN, copy / "tagmanifest-sha256.txt.other.tsr")
    assert "tagmanifest-sha256.txt.other.tsr" in said(silent[2], copy)


def said(command: str, folder: Path) -> str:
    ran = subprocess.run(command, shell=True, cwd=folder, capture_output=True, text=True)
    return ran.stdout + ran.stderr


def test_the_report_has_its_token_and_stays_an_archives_pdf(bundle: Path) -> None:
    report = (bundle / "data/report.pdf").read_bytes()
    (signature,) = PdfFileReader(BytesIO(report)).embedded_signatures
    assert [one["type"].native for one in signature.signer_info["unsigned_attrs"]] == ["signature_time_stamp_token"]
    for profile in (ValidationProfile.PDF_A_3A, ValidationProfile.PDF_UA_1):
        assert failures_of(report, profile) == []


def test_the_same_case_at_the_same_moment_is_the_same_bytes_and_nobody_is_asked_again(
    place: Workplace, clock: Served, above: Issuer, tmp_path: Path
) -> None:
    first = BundleWriter(place.session, place.vault, place.case, place.key, "E. Novak", None, AT, [asking(clock, above)])
    first.write(tmp_path / "one")
    first.stamper.keep()
    place.session.commit()
    before = len(clock.asked)

    again = BundleWriter(place.session, place.vault, place.case, place.key, "E. Novak", None, AT, [asking(clock, above)])
    again.write(tmp_path / "two")

    files = seal.walk(tmp_path / "one").files
    assert TOKEN in files
    assert files == seal.walk(tmp_path / "two").files
    assert [name for name in files if (tmp_path / "one" / name).read_bytes() != (tmp_path / "two" / name).read_bytes()] == []
    assert len(clock.asked) == before


@pytest.mark.parametrize("trouble", ["down", "rubbish"])
def test_an_authority_in_trouble_holds_up_nothing_and_the_bundle_says_so(
    place: Workplace, clock: Served, above: Issuer, trouble: str
) -> None:
    clock.says, clock.status = (b"<html>try later</html>", 200) if trouble == "rubbish" else (None, 503)
    try:
        made = export(place, asking(clock, above), at=AT + timedelta(hours=1))
    finally:
        clock.says, clock.status = None, 200

    (said,) = json.loads((made / "data/case.json").read_text())["seal_timestamps"]
    assert said["absent"].startswith("not yet timestamped: ")
    assert "not yet timestamped" in (made / "README.txt").read_text()
    assert "not yet timestamped" in (made / "index.html").read_text()
    assert verify_bundle(made).ok
    assert not seal.younger(seal.walk(made).files)


def test_of_two_authorities_one_that_is_down_hinders_not_the_other(place: Workplace, clock: Served, above: Issuer) -> None:
    made = export(place, HttpTimestamper("away", above.pem, "http://127.0.0.1:9/", 5), asking(clock, above))

    verdict = verify_bundle(made)
    assert (verdict.problems, {one.authority for one in verdict.timestamps}) == ((), {"clock"})
    assert follow(made, made) == [True] * 4
    assert f"{verdict.files} files that the two lists name" in (made / "README.txt").read_text()


@pytest.mark.parametrize("name", [TOKEN, seal.STAMPS, f"{seal.STAMPS}.sig"])
def test_what_is_younger_than_the_signed_list_is_missed_when_it_goes(copy: Path, name: str) -> None:
    (copy / name).unlink()
    assert verify_bundle(copy).problems == ((name, "is missing: the case says that it was timestamped"),)


def test_every_byte_of_what_is_younger_counts(copy: Path) -> None:
    for name in (TOKEN, seal.STAMPS, f"{seal.STAMPS}.sig"):
        kept = (copy / name).read_bytes()
        for position in range(0, len(kept), max(1, len(kept) // 40)):
            changed = bytearray(kept)
            changed[position] ^= 1 << position % 8
            (copy / name).write_bytes(changed)
            assert not verify_bundle(copy).ok, (name, position)
        (copy / name).write_bytes(kept)
    assert verify_bundle(copy).ok


def test_a_token_of_another_bundle_or_of_nobody_asked_is_named(
    copy: Path, place: Workplace, clock: Served, above: Issuer
) -> None:
    other = export(place, asking(clock, above))
    shutil.copy(other / TOKEN, copy / TOKEN)
    digest = seal.digest(copy / TOKEN)
    (copy / seal.STAMPS).write_bytes(seal.sums_text({TOKEN: digest}))
    (copy / f"{seal.STAMPS}.sig").write_bytes(place.key.sign((copy / seal.STAMPS).read_bytes()))
    assert verify_bundle(copy).problems == ((TOKEN, "is no timestamp of the list that is signed: it is about other bytes"),)

    shutil.copy(other / TOKEN, copy / "tagmanifest-sha256.txt.another.tsr")
    assert ("tagmanifest-sha256.txt.another.tsr", "was added: the case does not tell of it") in verify_bundle(copy).problems


def test_a_token_of_the_report_that_is_about_something_else_is_named(copy: Path, place: Workplace) -> None:
    shutil.copy(copy / TOKEN, copy / "data/report.pdf.tsr")
    reseal(copy, place.key)
    problems = dict(verify_bundle(copy).problems)
    assert problems["data/report.pdf.tsr"] == "is no timestamp of the report: it is about other bytes"
