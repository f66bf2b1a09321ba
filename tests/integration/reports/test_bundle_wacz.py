"""The page of a capture as a web archive: other people's readers take it, and it is the record of the sealed WARC."""

import io
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from cdxj_indexer.main import CDXJIndexer
from hypothesis import given
from hypothesis import strategies as st
from surt import surt
from warcio.archiveiterator import ArchiveIterator

from crawler.videos import Capture
from reports.evidence.seal import digest
from reports.evidence.verify import verify_bundle
from reports.evidence.wacz import searchable, write_wacz
from reports.evidence.zipped import write_zip
from reports.issuing import issue_bundle
from tests.support.evidence_desk import AT, Workplace, furnish, reseal

WACZ = "data/captures/c1/page.wacz"
PAGE = b"<html><script>alert(1)</script></html>"
URL = "https://clips.example/Watch?v=1&a=2"


def test_its_makers_own_validator_takes_it(bundle: Path) -> None:
    command = [str(Path(sys.executable).with_name("wacz")), "validate", "-f", str(bundle / WACZ)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.returncode, "Validation succeeded" in ran.stdout) == (0, True), ran.stdout + ran.stderr


def test_an_independent_reader_finds_the_page_by_the_index(bundle: Path, place: Workplace) -> None:
    with zipfile.ZipFile(bundle / WACZ) as archive:
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}
        package = json.loads(archive.read("datapackage.json"))
        assert (package["profile"], package["wacz_version"], package["mainPageUrl"]) == ("data-package", "1.1.1", URL)
        head, page = (json.loads(line) for line in archive.read("pages/pages.jsonl").splitlines())
        assert (head["format"], page["url"], page["ts"]) == ("json-pages-1.0", URL, "2026-11-18T12:00:00Z")
        lines = archive.read("indexes/index.cdxj").decode().splitlines()
        found = next(said for said in (json.loads(line.split(" ", 2)[2]) for line in lines) if said["mime"] == "text/html")
        warc = archive.read(f"archive/{found['filename']}")
        begins, length = int(found["offset"]), int(found["length"])
        record = next(iter(ArchiveIterator(io.BytesIO(warc[begins : begins + length]))))
        assert (record.rec_type, record.http_headers.get_statuscode()) == ("response", "200")
        assert record.content_stream().read() == PAGE
        assert warc in (bundle / "data/captures/c1/capture.warc").read_bytes()
    media = place.session.get_one(Capture, "c1").media_sha256
    assert media not in warc.decode()


def test_the_index_is_what_the_makers_own_indexer_makes(bundle: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(bundle / WACZ) as archive:
        archive.extract("archive/page.warc", tmp_path)
        ours = archive.read("indexes/index.cdxj").decode()
    made = tmp_path / "index.cdxj"
    CDXJIndexer(str(made), str(tmp_path / "archive/page.warc")).process_all()
    assert [told(line) for line in ours.splitlines()] == [told(line) for line in sorted(made.read_text().splitlines())]
    assert len(ours.splitlines()) == 3


def told(line: str) -> tuple[str, str, dict[str, str]]:
    key, at, said = line.split(" ", 2)
    return key, at, json.loads(said)


@given(
    st.sampled_from(["http", "https"]),
    st.sampled_from(["Example.com", "www.example.co.uk", "127.0.0.1", "a.b-c.example"]),
    st.sampled_from(["", ":80", ":443", ":8080"]),
    st.lists(st.text("aB3-_.", min_size=1, max_size=4).filter(lambda part: part.strip(".")), max_size=3).map("/".join),
    st.lists(st.sampled_from(["a=1", "B=2", "z", "a=0"]), max_size=3),
)
def test_addresses_are_sorted_as_other_indexes_do(scheme: str, host: str, port: str, path: str, query: list[str]) -> None:
    url = f"{scheme}://{host}{port}/{path}{'?' if query else ''}{'&'.join(query)}"
    assert searchable(url) == surt(url)


def test_the_same_capture_gives_the_same_bytes(bundle: Path, place: Workplace, tmp_path: Path) -> None:
    capture = place.session.get_one(Capture, "c1")
    for name in ("one", "two"):
        assert write_wacz(bundle / "data/captures/c1/capture.warc", capture, tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes() == (bundle / WACZ).read_bytes()


def test_a_warc_without_the_page_gives_none_and_the_bundle_says_so(tmp_path: Path, place: Workplace) -> None:
    made = furnish(tmp_path)
    capture = made.session.get_one(Capture, "c1")
    capture.page_sha256 = made.vault.put([b"another page"]).sha256
    made.session.commit()
    folder = issue_bundle(made.session, made.vault, made.case, made.out, made.key, at=AT)
    files = json.loads((folder / "data/case.json").read_text())["captures"][0]["files"]
    assert files["wacz"] == {"absent": "The WARC holds no answer with the page."}
    assert verify_bundle(folder).ok
    made.session.close()


def changed(copy: Path, name: str, change: bytes | None, also: bool) -> None:
    """Write the archive anew with another file, as somebody who knows how would; also: with lists that say so."""
    folder = copy.parent / "wacz"
    shutil.unpack_archive(copy / WACZ, folder, "zip")
    if change is None:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(change)
    if also:
        package = json.loads((folder / "datapackage.json").read_text())
        for one in package["resources"]:
            one["hash"] = f"sha256:{digest(folder / one['path'])}"
        (folder / "datapackage.json").write_text(json.dumps(package))
        (folder / "datapackage-digest.json").write_text(
            json.dumps({"path": "datapackage.json", "hash": f"sha256:{digest(folder / 'datapackage.json')}"})
        )
    (copy / WACZ).unlink()
    write_zip(folder, copy / WACZ)


def seal_anew(copy: Path, place: Workplace) -> None:
    case = json.loads((copy / "data/case.json").read_text())
    case["captures"][0]["files"]["wacz"]["sha256"] = digest(copy / WACZ)
    (copy / "data/case.json").write_text(json.dumps(case))
    reseal(copy, place.key)


@pytest.mark.parametrize(
    ("name", "content", "also", "said"),
    [
        ("archive/page.warc", b"WARC", False, "does not hold what its datapackage.json lists"),
        ("archive/page.warc", b"WARC", True, "cannot be read as a web archive"),
        ("archive/page.warc", b"", True, "holds no answer whose payload is the captured page"),
        ("pages/pages.jsonl", None, False, "does not hold what a page's archive holds"),
        ("more.txt", b"x", False, "does not hold what a page's archive holds"),
        ("datapackage.json", b"{}", False, "has another datapackage.json than its datapackage-digest.json says"),
    ],
)
def test_another_archive_is_named_though_the_bundle_is_sealed_anew(
    copy: Path, place: Workplace, name: str, content: bytes | None, also: bool, said: str
) -> None:
    changed(copy, name, content, also)
    seal_anew(copy, place)
    assert verify_bundle(copy).problems == ((WACZ, said),)


@pytest.mark.parametrize("what", [b"accept: text/html", b"203.0.113.7:443", b"HTTP/1.1 200 OK"])
def test_a_record_that_is_not_in_the_sealed_warc_is_named(copy: Path, place: Workplace, what: bytes) -> None:
    with zipfile.ZipFile(copy / WACZ) as archive:
        warc = archive.read("archive/page.warc")
    assert what in warc
    changed(copy, "archive/page.warc", warc.replace(what, what[:-1] + b"8"), True)
    seal_anew(copy, place)
    assert verify_bundle(copy).problems == ((WACZ, "has a record that is not in data/captures/c1/capture.warc"),)


@pytest.mark.parametrize("name", ["archive/page.warc", "datapackage.json"])
def test_bytes_with_another_checksum_are_named_and_end_no_verdict(copy: Path, place: Workplace, name: str) -> None:
    with zipfile.ZipFile(copy / WACZ) as archive:
        content = archive.read(name)
    whole = (copy / WACZ).read_bytes()
    assert whole.count(content) == 1
    (copy / WACZ).write_bytes(whole.replace(content, content[:-1] + bytes([content[-1] ^ 1])))
    seal_anew(copy, place)
    assert verify_bundle(copy).problems == ((WACZ, "holds bytes with another checksum than it states"),)
