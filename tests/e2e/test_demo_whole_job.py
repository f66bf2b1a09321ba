"""The demonstration from its first word to its last, run as a user runs it."""

import base64
import io
import re
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from sqlmodel import select

from matcher.assemble import recognisers_of
from matcher.face.recogniser import FaceRecogniser
from matcher.media import read_picture
from matcher.packs.store import load
from matcher.types import Gallery, GallerySubject
from monitor.demo.story import MARKER, DemoRefused, perform
from monitor.workspace import open_workspace
from registry.documents import documents_in
from registry.keys import keys_of
from registry.templates import TemplateRow, arrays_of
from registry.types import SubjectKind, Template
from reports.evidence.verify import verify_bundle
from tests.support.demonstration import Ran, run_demo
from tests.support.face_vectors import vectors_of


def test_the_demo_ends_well(demo: Ran) -> None:
    assert demo.code == 0, demo.said
    assert "Traceback" not in demo.said


def test_the_demo_finds_what_is_there_and_judges_it(demo: Ran) -> None:
    found = demo.rows(
        "SELECT v.media_url, s.name, m.status FROM match m JOIN capture c ON c.id = m.capture_id"
        " JOIN video v ON v.id = c.video_id JOIN subject s ON s.id = m.subject_id"
    )
    assert {(str(url).rpartition("/")[2], name, status) for url, name, status in found} == {
        ("moon-soda.mp4", "The Astronaut", "CONFIRMED"),
        ("fox-sale.mp4", "Ember the fox", "CONFIRMED"),
        ("fox-sale.mp4", "Emberfox seal", "CONFIRMED"),
        ("bedtime.mp4", "Ember the fox", "LICENSED"),
        ("bedtime.mp4", "Emberfox seal", "LICENSED"),
        ("interview.mp4", "The Actor", "PENDING"),
    }


def test_strangers_are_seen_and_match_nobody(demo: Ran) -> None:
    ((appearances, failure, matches),) = demo.rows(
        "SELECT s.appearances, s.failure, (SELECT count(*) FROM match m WHERE m.capture_id = s.capture_id) FROM scan s"
        " JOIN capture c ON c.id = s.capture_id JOIN video v ON v.id = c.video_id WHERE v.media_url LIKE '%passers-by.mp4'"
    )
    assert (failure, matches) == (None, 0)
    assert isinstance(appearances, int)
    assert appearances >= 3
    assert f"{appearances} appearances of strangers were seen, 0 matched" in demo.said


def test_labels_are_read_from_the_captured_bytes(demo: Ran) -> None:
    labels = demo.rows(
        "SELECT v.media_url, l.outcome FROM label l JOIN capture c ON c.id = l.capture_id JOIN video v ON v.id = c.video_id"
        " WHERE l.kind = 'aigc'"
    )
    assert {(str(url).rpartition("/")[2], outcome) for url, outcome in labels} >= {
        ("fox-sale.mp4", "PRESENT"),
        ("moon-soda.mp4", "ABSENT"),
    }


@pytest.mark.parametrize(
    "gap", ["closed-channel answered 404", "gone.mp4 answered 404", "is no video but a web page", "10.0.0.7"]
)
def test_what_could_not_be_seen_is_said(demo: Ran, gap: str) -> None:
    assert gap in demo.said


def test_the_report_shows_a_strange_title_as_text(demo: Ran) -> None:
    (page,) = (demo.out / "workspace" / "reports").glob("weekly-*.html")
    text = page.read_text("utf-8")
    assert "&lt;b&gt;Moon Soda&lt;/b&gt; 🚀" in text
    assert "<b>Moon Soda" not in text
    assert "宇航员代言" in text
    assert "رائدة الفضاء" in text
    (pdf,) = (demo.out / "workspace" / "reports").glob("weekly-*.pdf")
    assert pdf.read_bytes().startswith(b"%PDF-")


def test_every_case_has_evidence_that_holds_and_a_letter(demo: Ran) -> None:
    reports = demo.out / "workspace" / "reports"
    bundles = sorted(reports.glob("*/case-*"))
    assert {path.parent.name for path in bundles} == {path.parent.name for path in reports.glob("*/notice-*")}
    assert len({path.parent.name for path in bundles}) == 2
    assert len(bundles) == 2
    assert all(verify_bundle(bundle).ok for bundle in bundles)
    assert len(list(reports.glob("*/notice-*.pdf"))) == len(list(reports.glob("*/notice-*.docx"))) == 2
    said = " ".join(demo.said.split())
    assert all(str(path) in said for path in (*bundles, *reports.glob("*/notice-*"), *reports.glob("weekly-*")))


def test_promise_8_every_document_of_the_demo_is_on_record(demo: Ran) -> None:
    recorded = {str(path) for (path,) in demo.rows("SELECT DISTINCT path FROM document WHERE making IS NULL")}
    reports = demo.out / "workspace" / "reports"
    lying = {str(path.relative_to(reports.parent)) for path in documents_in(reports)}
    assert recorded == lying
    assert len(lying) == 12


def test_the_audit_log_of_the_demo_says_what_wrote_and_for_whom(demo: Ran) -> None:
    written = set(demo.rows("SELECT DISTINCT who, why FROM audit_entry WHERE who <> 'semblance'"))
    ((who, why),) = written
    assert (str(who).endswith(" on this machine"), why) == (True, "semblance demo")


def test_a_second_demo_in_the_same_folder_starts_afresh(demo: Ran) -> None:
    copy = demo.out.with_name("again")
    shutil.copytree(demo.out, copy)
    (copy / "notes.txt").write_text("mine", encoding="utf-8")
    again = run_demo(copy, demo.temporary)
    assert again.code == 0, again.said
    assert len(again.rows("SELECT id FROM match")) == len(demo.rows("SELECT id FROM match"))
    assert len(list((copy / "workspace" / "reports").glob("*/case-*"))) == 2
    assert (copy / "notes.txt").read_text("utf-8") == "mine"


def test_a_folder_that_holds_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "workspace").mkdir()
    (tmp_path / "workspace" / "thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(DemoRefused, match="holds something else") as caught:
        perform(tmp_path, print)
    assert "--out" in caught.value.remedy
    assert (tmp_path / "workspace" / "thesis.txt").read_text("utf-8") == "mine"
    assert not (tmp_path / MARKER).exists()


def test_a_file_is_no_folder_for_a_demo(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    with pytest.raises(DemoRefused, match="not a folder"):
        perform(tmp_path / "file", print)


def test_promise_1_no_stranger_is_kept(demo: Ran, open_pack: Path) -> None:
    """No vector of the strangers' faces is in any file of the demonstration, in any form that a program would write it in."""
    (face,) = (r for r in recognisers_of(load(open_pack.parent, open_pack.name)) if isinstance(r, FaceRecogniser))
    arrays = face.enrol(read_picture(demo.out / "pictures" / "astronaut.png"))
    somebody = GallerySubject("somebody", "Somebody", SubjectKind.PERSON)
    gallery = Gallery({"somebody": somebody}, (Template("somebody", "photo", face.encoder, arrays),))
    strangers = vectors_of(face, gallery, demo.out / "clips" / "passers-by.mp4")
    assert len(strangers) >= 20
    # Templates lie sealed; a stranger's among them would be found once they are opened.
    kept = [*contents(demo.out, demo.temporary, demo.log), *unsealed_templates(demo.out / "workspace")]
    hay = b"\n".join(kept)
    assert len(kept) > 50
    # The search has to find what is kept on purpose, or its silence would mean nothing.
    assert in_any_form(arrays["vector"], hay)
    for form in FORMS:
        assert in_any_form(strangers[0], hay + form(strangers[0]))
    assert not [number for number, vector in enumerate(strangers) if in_any_form(vector, hay)]


def unsealed_templates(root: Path) -> list[bytes]:
    with open_workspace(root) as workspace, workspace.session() as session:
        rows, keys = session.exec(select(TemplateRow)).all(), keys_of(session)
        return [array.tobytes() for row in rows for array in arrays_of(row, keys).values()]


def contents(*places: Path) -> Iterator[bytes]:
    """The bytes of every file, and what is packed inside them."""
    for place in places:
        for path in [place] if place.is_file() else sorted(p for p in place.rglob("*") if p.is_file()):
            data = path.read_bytes()
            yield data
            if data.startswith(b"PK"):
                with zipfile.ZipFile(io.BytesIO(data)) as packed:
                    yield from map(packed.read, packed.namelist())
            if data.startswith(b"%PDF"):
                yield from map(unpacked, re.findall(rb"stream\r?\n(.*?)endstream", data, re.DOTALL))


def unpacked(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return stream


LEADING = 6


def in_any_form(vector: np.ndarray, hay: bytes) -> bool:
    for part in (vector[:LEADING], vector[40 : 40 + LEADING]):  # a database's page may end within one of them
        for kind in (np.float32, np.float16, np.float64):
            raw = part.astype(kind).tobytes()
            # Within base64 a value may begin at any of three places of a group of four letters.
            letters = [base64.b64encode(b"\0" * lead + raw)[4 if lead else 0 :][:-4] for lead in range(3)]
            if any(needle in hay for needle in (raw, raw.hex().encode(), *letters)):
                return True
        first, second = digits(part[0]), digits(part[1])
        if first in hay and re.search(re.escape(first) + rb"\d*[^\d-]{1,6}" + re.escape(second), hay):
            return True
    return False


def digits(value: np.float32) -> bytes:
    """The first digits of a number as text, as in JSON or a log."""
    return f"{value:.9f}"[:8].encode()


FORMS = (
    lambda v: v.astype(np.float32).tobytes(),
    lambda v: v.astype(np.float16).tobytes(),
    lambda v: v.astype(np.float64).tobytes(),
    lambda v: base64.b64encode(v.astype(np.float32).tobytes()),
    lambda v: base64.b64encode(b"x" + v.astype(np.float16).tobytes()),
    lambda v: v.tobytes().hex().encode(),
    lambda v: str(v.tolist()).encode(),
    lambda v: " ".join(map(str, v)).encode(),
)
