"""Promise 5: what a bundle holds of a capture and says of the models, and when none is made."""

import hashlib
import json
from datetime import timedelta
from pathlib import Path

import cv2
import pytest
from sqlmodel import select
from warcio.archiveiterator import ArchiveIterator

from crawler.custody import append
from crawler.disposal import DISPOSED
from crawler.videos import Capture
from crawler.warc import Resource, warc_chunks
from matcher.packs.spec import FigureModels, FileEntry, ImageInput, Licence, PackSpec, write_spec
from reports.errors import BundleFailed, ChainBroken
from reports.evidence import seal
from reports.evidence.verify import verify_bundle
from reports.issuing import issue_bundle
from reports.matches import MatchRow
from tests.support.evidence_desk import AT, Workplace, drawing, furnish, reseal


def test_the_bundle_holds_the_warc_and_says_what_is_missing(bundle: Path, place: Workplace) -> None:
    capture = place.session.get_one(Capture, "c1")
    (said,) = json.loads((bundle / "data/case.json").read_text())["captures"]
    assert said["files"]["warc"] == {"file": "data/captures/c1/capture.warc", "sha256": capture.warc_sha256}
    assert said["files"]["page"]["sha256"] == capture.page_sha256
    assert said["files"]["page_picture"] == {"absent": "Chromium is not installed."}
    with (bundle / "data/captures/c1/capture.warc").open("rb") as stream:
        records = [(r.rec_type, r.content_stream().read()) for r in ArchiveIterator(stream, check_digests="raise")]
    assert ("resource", (bundle / "data/captures/c1/media.mp4").read_bytes()) in records
    assert "capture.warc" in (bundle / "README.txt").read_text()
    page = (bundle / "index.html").read_text()
    assert "data/captures/c1/capture.warc" in page
    assert "not in this bundle: <bdi>Chromium is not installed.</bdi>" in page


def test_a_picture_of_the_page_is_in_the_bundle_where_there_is_one(tmp_path: Path) -> None:
    made = furnish(tmp_path)
    _, encoded = cv2.imencode(".png", drawing(0))
    capture = made.session.get_one(Capture, "c1")
    capture.screenshot_sha256 = made.vault.put([encoded.tobytes()]).sha256
    made.session.add(capture)
    bundle = issue_bundle(made.session, made.vault, made.case, made.out, made.key, at=AT)
    assert (bundle / "data/captures/c1/page.png").read_bytes() == encoded.tobytes()
    assert verify_bundle(bundle).ok
    made.session.close()


@pytest.mark.parametrize("content", [b"", b"not a WARC", b"WARC/1.1\r\nWARC-Type: response\r\n\r\n"])
def test_a_resealed_warc_without_the_media_is_found(copy: Path, place: Workplace, content: bytes) -> None:
    (copy / "data/captures/c1/capture.warc").write_bytes(content)
    case = json.loads((copy / "data/case.json").read_text())
    case["captures"][0]["files"]["warc"]["sha256"] = hashlib.sha256(content).hexdigest()
    (copy / "data/case.json").write_text(json.dumps(case))
    reseal(copy, place.key)
    assert verify_bundle(copy).problems == (
        ("data/captures/c1/capture.warc", "holds no answer whose payload is the captured media"),
    )


def test_a_warc_whose_record_only_says_that_it_is_the_media_is_found(copy: Path, place: Workplace) -> None:
    media = seal.digest(copy / "data/captures/c1/media.mp4")
    liar = Resource("https://cdn.example/v.mp4", "video/mp4", lambda: iter([b"other"]), media, 5)
    (copy / "data/captures/c1/capture.warc").write_bytes(b"".join(warc_chunks([], [liar], "E. Novak", AT)))
    case = json.loads((copy / "data/case.json").read_text())
    case["captures"][0]["files"]["warc"]["sha256"] = seal.digest(copy / "data/captures/c1/capture.warc")
    (copy / "data/case.json").write_text(json.dumps(case))
    reseal(copy, place.key)
    assert {file for file, _ in verify_bundle(copy).problems} == {"data/captures/c1/capture.warc"}


def test_models_are_described_as_they_are_known(bundle: Path, tmp_path: Path) -> None:
    (pack,) = json.loads((bundle / "data/matches.json").read_text())["packs"].values()
    assert (pack["at_scan"], pack["installed"]) == ({"sift": {}}, None)
    assert "not looked which pack" in pack["note"]
    made = furnish(tmp_path)
    row = made.session.exec(select(MatchRow)).one()
    model = b"a model"
    digest = hashlib.sha256(model).hexdigest()
    row.pack, row.encoder = "drawn", f"net@{digest[:12]}+eyes"
    made.session.add(row)
    notes = {}
    for state, content in (("removed", None), ("same", model), ("replaced", b"another"), ("damaged", model)):
        if content is not None:
            a_pack(tmp_path / "models" / "drawn", content)
        if state == "damaged":
            (tmp_path / "models" / "drawn" / "net.onnx").write_bytes(b"A model")
        out = issue_bundle(made.session, made.vault, made.case, made.out, made.key, models=tmp_path / "models", at=AT)
        notes[state] = json.loads((out / "data/matches.json").read_text())["packs"]["drawn"]
        assert verify_bundle(out).ok
    assert notes["same"]["at_scan"] == {row.encoder: {"file": "net.onnx", "sha256_begins": digest[:12]}}
    installed = notes["same"]["installed"]
    assert (installed["files"], installed["licence"]) == ({"net.onnx": digest}, {"names": ["MIT"], "commercial": True})
    assert installed["calibrations"] == {"figure": None}
    assert "is the one that is installed" in notes["same"]["note"]
    assert "was replaced since" in notes["replaced"]["note"]
    assert "was removed since" in notes["removed"]["note"]
    assert "damaged" in notes["damaged"]["note"]
    assert notes["removed"]["installed"] is notes["damaged"]["installed"] is None
    made.session.close()


def a_pack(folder: Path, model: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "net.onnx").write_bytes(model)
    colours = ImageInput(name="x", size=32, colour="rgb", layout="nchw")
    spec = PackSpec(
        format=1,
        id="drawn",
        title="Drawn",
        licence=Licence(names=("MIT",), commercial=True, text="as is"),
        files={"net.onnx": FileEntry(sha256=hashlib.sha256(model).hexdigest(), size=len(model))},
        figure=FigureModels(file="net.onnx", dimensions=4, input=colours),
    )
    write_spec(spec, folder)


def test_promise_5_no_evidence_is_made_on_a_broken_chain(tmp_path: Path) -> None:
    made = furnish(tmp_path)
    made.session.connection().exec_driver_sql("DROP TRIGGER custody_entry_no_update")
    made.session.connection().exec_driver_sql("UPDATE custody_entry SET actor = 'x' WHERE seq = 2")
    made.session.commit()
    with pytest.raises(ChainBroken, match="entry 2: its content was changed"):
        issue_bundle(made.session, made.vault, made.case, made.out, made.key)
    assert not made.out.exists()
    made.session.close()


def test_a_capture_that_retention_removed_makes_no_bundle(tmp_path: Path) -> None:
    made = furnish(tmp_path)
    append(made.session, "E. Novak", DISPOSED, "c1", {"why": "its time was over"}, AT + timedelta(days=100))
    with pytest.raises(BundleFailed, match="captured 18 November 2026, 12:00 UTC was removed under the retention policy 26 Feb"):
        issue_bundle(made.session, made.vault, made.case, made.out, made.key)
    made.session.close()
