"""Drafts of certifications (FRE 902(13), 902(14)): they state what is on record, and leave the rest to whoever signs."""

import hashlib
import io
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
import pytest
from page import ValidationProfile
from sqlmodel import select

from crawler.custody import CustodyEntry, append
from crawler.videos import Capture
from registry.canonical_json import canonical_json
from registry.documents import Document
from reports.batches import Made, export_all
from reports.errors import BundleFailed, ChainBroken, NotConfirmed
from reports.evidence.certificate import certificates
from reports.evidence.contents import CaseFile, case_file, case_json, matches_json
from reports.evidence.seal import digest
from reports.issuing import issue_bundle, issue_certificates
from reports.matches import MatchRow
from reports.notices.blanks import runs
from reports.review import Decision, review
from tests.support.evidence_desk import AT, Workplace, furnish
from tests.support.pdf_checks import failures_of
from tests.support.weekly_place import poppler

NAMES = [f"certificate-902-{rule}-{{case}}-20261118T120000Z.{kind}" for rule in (13, 14) for kind in ("docx", "pdf")]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Workplace]:
    made = furnish(tmp_path)
    yield made
    made.session.close()
    made.session.get_bind().engine.dispose()


@pytest.fixture
def bundle(place: Workplace) -> Path:
    return issue_bundle(place.session, place.vault, place.case, place.out, place.key, operator="E. Novak", at=AT)


def drafted(place: Workplace) -> list[Path]:
    return issue_certificates(place.session, place.vault, place.case, place.out, at=AT)


def printed(file: Path) -> str:
    if file.suffix == ".pdf":
        made = subprocess.run([poppler("pdftotext"), "-raw", str(file), "-"], capture_output=True, text=True, check=True)
        return " ".join(made.stdout.split())
    document = docx.Document(io.BytesIO(file.read_bytes()))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return " ".join(" ".join([*(one.text for one in document.paragraphs), *cells]).split())


def test_each_draft_states_what_is_on_record_in_both_forms(place: Workplace, bundle: Path) -> None:
    files = drafted(place)
    assert [file.name for file in files] == [name.format(case=place.case.id[:12]) for name in NAMES]
    capture, row = place.session.get_one(Capture, "c1"), place.session.exec(select(CustodyEntry)).all()[-1]
    always = [bundle.name, digest(bundle / "tagmanifest-sha256.txt"), place.key.fingerprint, "DRAFT", "902(11)", "28 U.S.C. 1746"]
    always += ["by E. Novak", "Larkspur Pictures", f"exported by {row.actor}", "to be completed: full name"]
    always += ["I declare under penalty of perjury that the foregoing is true and correct."]
    always += ["I declare under penalty of perjury under the laws of the United States of America that the foregoing is true"]
    copied = [
        capture.media_sha256,
        capture.page_sha256,
        capture.warc_sha256,
        capture.manifest_sha256,
        "https://cdn.example/v.mp4",
    ]
    copied += ["to be completed: outcome of the comparison", "no timestamp authority was asked", "tester"]
    process = ["0.810; the threshold was 0.400", "about 0.02 in 1,000 videos without anybody enrolled", "confirmed by R. Iyer"]
    process += [
        "to be completed: how it is known that the system worked as it should",
        "Mossy",
        "It was not looked which pack is installed",
    ]
    for file in files:
        told = printed(file)
        for words in (*always, *(process if "-13-" in file.name else copied)):
            assert str(words) in told, (file.name, words)
        assert "\u202e" not in told
        assert "secret of another party" not in told


def test_blanks_are_named_and_nothing_else_is_left_open(place: Workplace, bundle: Path) -> None:
    for draft in certificates(place.session, place.vault, place.case, None, AT):
        texts = [*draft.declaration, *draft.signature, *(line for section in draft.sections for line in section.paragraphs)]
        blanks = {piece for text in texts for piece, is_blank in runs(text) if is_blank}
        assert blanks == {f"[to be completed: {what}]" for what in draft.missing}
        assert {"full name", "position and employer", "date", "signature"} <= set(draft.missing)


def test_the_drafts_keep_the_archives_rules_and_are_on_record(place: Workplace, bundle: Path) -> None:
    files = drafted(place)
    for file in files:
        if file.suffix == ".pdf":
            assert failures_of(file.read_bytes(), ValidationProfile.PDF_UA_1) == []
    rows = place.session.exec(select(Document).where(Document.kind == "certificate")).all()
    assert {Path(row.path).name for row in rows} == {file.name for file in files}
    again = drafted(place)
    assert not {file.name for file in again} & {file.name for file in files}


def test_nothing_is_certified_of_a_case_without_a_bundle_or_that_changed_since(place: Workplace) -> None:
    with pytest.raises(BundleFailed, match="has no bundle"):
        drafted(place)
    issue_bundle(place.session, place.vault, place.case, place.out, place.key, at=AT)
    assert drafted(place)
    (match,) = certificates(place.session, place.vault, place.case, None, AT)[0].sections[3].blocks
    assert match.heading.startswith("Match ")
    place.session.get_one(Capture, "c1").final_url = "https://elsewhere.example/v.mp4"
    place.session.commit()
    with pytest.raises(BundleFailed, match="changed since its last bundle"):
        drafted(place)


def test_a_bundle_that_an_earlier_version_made_of_what_is_on_record_still_counts(place: Workplace) -> None:
    """No match of the case has a likelihood ratio, of which that version said nothing."""
    held = case_file(place.session, place.case)
    told = {"case_id": place.case.id, "bundle": "earlier", "contents_sha256": without_ratios(held)}
    append(place.session, "tester", "exported", "c1", {**told, "seal_sha256": "0" * 64, "key": place.key.fingerprint}, AT)
    place.session.commit()
    assert certificates(place.session, place.vault, place.case, None, AT)
    (made,) = export_all(place.session, place.vault, [place.case], place.out, place.key, operator="E. Novak")
    assert isinstance(made, Made)
    assert made.documents == ()


def without_ratios(held: CaseFile) -> str:
    """The digest of what a bundle says, as the last version took it that knew no likelihood ratios, commit 89eb845."""
    case = case_json(held, "", held.case.opened_at)
    said = {key: value for key, value in case.items() if key not in ("tool", "addresses")}
    said["addresses"] = [
        {"media_url": one["media_url"], "state": one["availability"]["state"], "pages": lasting(one["pages"])}
        for one in case["addresses"]
    ]
    said["captures"] = [{k: v for k, v in one.items() if k not in ("scans", "timestamps")} for one in case["captures"]]
    matches = matches_json(held, {})
    for ratio in ("likelihood_ratio", "ratio_least", "ratio_most"):
        matches["meaning"].pop(ratio, None)
        for one in matches["matches"]:
            del one[ratio]
    return hashlib.sha256(canonical_json({"case": said, "matches": matches})).hexdigest()


def lasting(pages: list[dict[str, Any]]) -> list[tuple[object, ...]]:
    return [(one["url"], one["title"], one["uploader"], one["look"] and one["look"]["outcome"]) for one in pages]


def test_nothing_is_certified_on_a_broken_chain(place: Workplace, bundle: Path) -> None:
    connection = place.session.connection()
    for (name,) in connection.exec_driver_sql(
        "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'custody_entry'"
    ).all():
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
    connection.exec_driver_sql("UPDATE custody_entry SET actor = 'somebody else' WHERE seq = 1")
    place.session.commit()
    place.session.expire_all()
    with pytest.raises(ChainBroken):
        drafted(place)


def test_promise_2_nothing_is_certified_of_what_is_no_longer_confirmed(place: Workplace, bundle: Path) -> None:
    match_id = certificates(place.session, place.vault, place.case, None, AT)[0].sections[3].blocks[0].heading.split()[1]
    row = next(one for one in place.session.exec(select(MatchRow)) if one.id.startswith(match_id))
    review(place.session, row.id, Decision.REOPEN, "R. Iyer", "second thoughts", AT)
    with pytest.raises(NotConfirmed):
        drafted(place)
