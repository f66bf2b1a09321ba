"""The report in a bundle: it tells the case, keeps the archives' rules, and is signed as a whole for public tools to see."""

import json
import re
import subprocess
from io import BytesIO
from pathlib import Path

import pytest
from asn1crypto import pem
from asn1crypto.x509 import Certificate
from page import ValidationProfile
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from reports.evidence import seal
from reports.evidence.bundle import BundleWriter
from reports.evidence.verify import verify_bundle
from reports.signing.key_file import signing_key
from tests.support.evidence_desk import AT, Workplace, reseal, sign_report
from tests.support.pdf_checks import failures_of
from tests.support.timestamp_authority import needs_openssl
from tests.support.weekly_place import poppler

COMMAND = re.compile(r"^    ((?:\(head|tail|openssl x509) .+report.+)$", re.MULTILINE)
REPORT = "data/report.pdf"


def follow(folder: Path, guide: Path) -> list[subprocess.CompletedProcess[str]]:
    """The guide's commands about the report, as its text has them."""
    commands = COMMAND.findall((guide / "README.txt").read_text())
    assert len(commands) == 3
    return [subprocess.run(one, shell=True, cwd=folder, capture_output=True, text=True, timeout=60) for one in commands]


def printed(file: Path) -> str:
    ran = subprocess.run([poppler("pdftotext"), "-raw", str(file), "-"], capture_output=True, text=True, check=True)
    return ran.stdout


def test_the_report_is_an_archives_and_everybodys_pdf(bundle: Path) -> None:
    report = (bundle / REPORT).read_bytes()
    for profile in (ValidationProfile.PDF_A_3A, ValidationProfile.PDF_UA_1):
        assert failures_of(report, profile) == []


def test_pyhanko_calls_the_signature_whole(bundle: Path) -> None:
    _, _, root = pem.unarmor((bundle / "data/report-key.pem").read_bytes())
    reader = PdfFileReader(BytesIO((bundle / REPORT).read_bytes()))
    (signature,) = reader.embedded_signatures

    status = validate_pdf_signature(signature, ValidationContext(trust_roots=[Certificate.load(root)]))

    assert status.bottom_line
    assert status.coverage.name == "ENTIRE_FILE"
    assert signature.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
    assert signature.sig_object["/M"] == "D:20261118120000Z"
    assert "/Metadata" in reader.root


@needs_openssl
def test_the_guides_commands_about_the_report_run_as_they_stand(bundle: Path) -> None:
    first, second, third = follow(bundle, bundle)

    assert first.stderr.strip().endswith("CMS Verification successful") or "Verification successful" in first.stderr
    assert (second.returncode, second.stdout, third.returncode, third.stdout) == (0, "", 0, "")


@needs_openssl
@pytest.mark.parametrize("where", [0.1, 0.5, 0.999])
def test_a_changed_byte_of_the_report_is_seen_by_openssl_alone(copy: Path, bundle: Path, where: float) -> None:
    content = bytearray((copy / REPORT).read_bytes())
    content[int(len(content) * where)] ^= 1
    (copy / REPORT).write_bytes(content)

    assert any(ran.returncode for ran in follow(copy, bundle))


def test_what_the_case_rests_on_stands_in_it(bundle: Path) -> None:
    told = " ".join(printed(bundle / REPORT).split())
    case = json.loads((bundle / "data/case.json").read_text())
    (match,) = json.loads((bundle / "data/matches.json").read_text())["matches"]
    (mandate,) = case["mandates"]
    for words in (
        *("Larkspur Pictures (studio)", "https://cdn.example/v.mp4", "https://clips.example/v", "Mossy", "by E. Novak"),
        *(case["captures"][0]["media_sha256"], match["id"], mandate["document_sha256"], "0.810; the threshold was 0.400"),
        *("about 0.02 in 1,000 videos without anybody enrolled", "confirmed by R. Iyer", "the same leaf on its head"),
        *("AI label in the file (GB 45438): absent", "captured, tester", "On record for Mossy: no licences."),
        *("Faces of others were not looked for: no pack with a face detector is chosen.", "no timestamp authority was asked"),
    ):
        assert words in told
    assert "secret of another party" not in told
    assert "\u202e" not in told


def test_the_same_case_at_the_same_moment_has_the_same_report(place: Workplace, bundle: Path, tmp_path: Path) -> None:
    made = []
    for name in ("one", "two"):
        BundleWriter(place.session, place.vault, place.case, place.key, "E. Novak", None, AT).write(tmp_path / name)
        made.append((tmp_path / name / REPORT).read_bytes())

    assert made[0] == made[1]


def test_a_report_that_another_key_signed_is_named_though_the_bundle_is_sealed_anew(copy: Path, place: Workplace) -> None:
    other = signing_key(copy.parent / "keys")
    sign_report(copy, other)
    reseal(copy, place.key)
    assert verify_bundle(copy).problems == (("data/report-key.pem", "is not of the key in public.pem"),)

    (copy / "data/report-key.pem").write_bytes(place.key.certificate_pem)
    reseal(copy, place.key)
    assert verify_bundle(copy).problems == ((REPORT, "is not signed as a whole by the key in public.pem"),)


@pytest.mark.parametrize("added", [b"\n", b"%%EOF\n", b"1 0 obj\n<<>>\nendobj\n"])
def test_what_was_added_behind_the_signature_is_named(copy: Path, place: Workplace, added: bytes) -> None:
    (copy / REPORT).write_bytes((copy / REPORT).read_bytes() + added)
    reseal(copy, place.key)

    assert (REPORT, "is not signed as a whole by the key in public.pem") in verify_bundle(copy).problems


@pytest.mark.parametrize("name", [REPORT, f"{REPORT}.p7s", "data/report-key.pem"])
def test_a_report_or_its_signature_that_is_missing_or_another_is_named(copy: Path, place: Workplace, name: str) -> None:
    kept = (copy / name).read_bytes()
    (copy / name).unlink()
    reseal(copy, place.key)
    assert verify_bundle(copy).problems == ((name, "is missing: the case says that there is a report"),)

    (copy / name).write_bytes(kept[: len(kept) // 2])
    reseal(copy, place.key)
    assert [found for found, _ in verify_bundle(copy).problems] == [name]


def test_a_bundle_of_before_there_were_reports_verifies(copy: Path, place: Workplace) -> None:
    case = json.loads((copy / "data/case.json").read_text())
    del case["report"]
    (copy / "data/case.json").write_text(json.dumps(case))
    for name in (seal.REPORT, seal.REPORT_SIGNATURE, seal.REPORT_CERTIFICATE):
        (copy / seal.BAG.at(name)).unlink()
    reseal(copy, place.key)

    assert verify_bundle(copy).ok
