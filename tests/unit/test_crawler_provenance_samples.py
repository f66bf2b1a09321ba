"""Every sample of provenance labels, and what a finding may say."""

import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.provenance.base import LabelFinding
from crawler.provenance.labels import LabelReader, read_labels
from crawler.provenance.words import generator_words, words_finding
from crawler.provenance.xmp import property_values, xmp_packets
from crawler.videos import LabelOutcome
from tests.support.labelled_files import box, element, mkv, mp4

P, A, I, U = LabelOutcome.PRESENT, LabelOutcome.ABSENT, LabelOutcome.INVALID, LabelOutcome.UNKNOWN  # noqa: E741

# name: (AIGC label, C2PA manifest, IPTC digital source type, whether any of them says AI). A manifest that is "present" is whole
# and signed by a certificate of no known list; "invalid" fails its verification; "unknown" lies elsewhere or cannot be read.
SAMPLES = {
    "aigc/aigc_broken_json.mp4": (I, A, A, False),
    "aigc/aigc_label1.mkv": (P, U, U, True),
    "aigc/aigc_label1_mdta.mp4": (P, A, A, True),
    "aigc/aigc_label3_suspected_mdta.mp4": (P, A, A, True),
    "aigc/aigc_stripped.mp4": (A, A, A, False),
    "aigc/iptc_compositeWithTrainedAlgorithmicMedia.jpg": (A, A, P, True),
    "aigc/iptc_digitalCapture.jpg": (A, A, P, False),
    "aigc/iptc_trainedAlgorithmicMedia.jpg": (A, A, P, True),
    "aigc/iptc_trainedAlgorithmicMedia_uuidbox.mp4": (A, A, P, True),
    "aigc/nolabel_real.mp4": (A, A, A, False),
    "aigc/tc260_aigc_xmp.jpg": (P, A, A, True),
    # The signed hash of the file's boxes is not that of the file.
    "c2pa/100kb-signed.mp4": (A, I, I, False),
    "c2pa/100kb.mp4": (A, A, A, False),
    "c2pa/C.jpg": (A, P, P, False),
    "c2pa/CA.jpg": (A, P, A, False),
    "c2pa/CACA.jpg": (A, P, A, False),
    "c2pa/CA__v443318.jpg": (A, P, A, False),
    # Signed with a certificate that C2PA does not admit for signing.
    "c2pa/CA__v5ecf04.jpg": (A, I, A, False),
    "c2pa/CA__v9f2234.jpg": (A, I, A, False),
    "c2pa/CA__v9fc5fb.jpg": (A, P, A, False),
    "c2pa/CA_ct.jpg": (A, P, A, False),
    # Their own claim holds, an ingredient's signature was broken when it was taken in.
    "c2pa/CIE-sig-CA.jpg": (A, P, P, False),
    "c2pa/CIE-sig-CA__v040dcc.jpg": (A, P, A, False),
    "c2pa/CIE-sig-CA__v682603.jpg": (A, P, P, False),
    "c2pa/CIE-sig-CA__va2b839.jpg": (A, P, P, False),
    # The ingredient's broken signature was not recorded when it was taken in, or the certificate is not admitted.
    "c2pa/CIE-sig-CA__v176b96.jpg": (A, I, I, False),
    "c2pa/CIE-sig-CA__v400d27.jpg": (A, I, I, False),
    "c2pa/CIE-sig-CA__v4f34b8.jpg": (A, I, A, False),
    "c2pa/C__v3f9e0a.jpg": (A, P, P, False),
    "c2pa/C__va68a51.jpg": (A, P, P, False),
    "c2pa/C__vddf3a9.jpg": (A, P, A, False),
    "c2pa/E-sig-CA.jpg": (A, I, A, False),
    "c2pa/E-sig-CA__v43551b.jpg": (A, I, A, False),
    "c2pa/E-sig-CA__v66ff0e.jpg": (A, I, A, False),
    "c2pa/E-sig-CA__v857724.jpg": (A, I, A, False),
    "c2pa/E-sig-CA__vfb354a.jpg": (A, I, A, False),
    "c2pa/IMG_0003__va2582f.jpg": (A, A, A, False),
    "c2pa/L1.png": (A, A, A, False),
    "c2pa/L1@2x.png": (A, A, A, False),
    "c2pa/P1000827.jpg": (A, A, A, False),
    "c2pa/Text frame.png": (A, A, A, False),
    "c2pa/Text frame@2x.png": (A, A, A, False),
    "c2pa/XCA.jpg": (A, I, A, False),
    "c2pa/XCA__v82e91b.jpg": (A, I, A, False),
    "c2pa/XCA__va97f0d.jpg": (A, I, A, False),
    "c2pa/XCA__vb3b950.jpg": (A, I, A, False),
    "c2pa/XCA__vd224d8.jpg": (A, I, A, False),
    "c2pa/XCA__vee4afd.jpg": (A, I, A, False),
    "c2pa/api_test_C.jpg": (A, P, P, False),
    "c2pa/boxhash.jpg": (A, P, A, False),
    "c2pa/c2pa.thumbnail.claim.jpeg": (A, A, A, False),
    "c2pa/c2pa_logo.png": (A, A, A, False),
    "c2pa/cloud.jpg": (A, U, A, False),
    "c2pa/cloudx.jpg": (A, U, A, False),
    "c2pa/curiosity-selfie.webp": (A, A, A, False),
    # The first piece of a stream: the hashes of the pieces that follow cannot hold without them.
    "c2pa/dashinit.mp4": (A, I, A, False),
    "c2pa/empty.jpg": (A, A, A, False),
    "c2pa/libpng-test_with_url.png": (A, U, A, False),
    "c2pa/mars.webp": (A, A, A, False),
    "c2pa/nested_moov_1000.mp4": (A, A, A, False),
    "c2pa/no_alg.jpg": (A, I, A, False),
    "c2pa/no_manifest.jpg": (A, A, A, False),
    "c2pa/ocsp.jpg": (A, P, P, True),
    "c2pa/sample1.png": (A, A, A, False),
    "c2pa/sample1.webp": (A, A, A, False),
    "c2pa/test.webp": (A, A, A, False),
    "c2pa/test_lossless.webp": (A, A, A, False),
    "c2pa/test_xmp.webp": (A, A, A, False),
    "c2pa/update_manifest.jpg": (A, P, A, False),
}


def findings(path: Path, platform: str | None = None, *texts: str) -> dict[str, LabelFinding]:
    return {finding.kind: finding for finding in read_labels(path, platform, texts)}


def test_the_table_lists_every_sample(shared_data: Path) -> None:
    files = [path for path in (shared_data / "provenance").rglob("*") if path.is_file() and path.suffix != ".txt"]
    assert {f"{path.parent.name}/{path.name}" for path in files} == set(SAMPLES)


@pytest.fixture(scope="module")
def samples(shared_data: Path) -> Iterator[LabelReader]:
    with LabelReader(shared_data / "provenance") as reader:
        yield reader


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_gives_what_its_name_says(shared_data: Path, samples: LabelReader, name: str) -> None:
    found = {finding.kind: finding for finding in samples.read(shared_data / "provenance" / name, None)}
    *outcomes, says_ai = SAMPLES[name]
    assert [found[kind].outcome for kind in ("aigc", "c2pa", "iptc")] == outcomes, found
    assert any(found[kind].says_ai for kind in ("aigc", "c2pa", "iptc")) is says_ai
    assert all(finding.detail and finding.detail.isprintable() for finding in found.values())


def test_a_manifest_that_lies_elsewhere_is_named_and_not_fetched(shared_data: Path) -> None:
    detail = findings(shared_data / "provenance" / "c2pa" / "cloud.jpg")["c2pa"].detail
    assert detail.startswith("The C2PA manifest lies elsewhere and was not fetched: https://")


def test_what_fails_is_named(shared_data: Path) -> None:
    detail = findings(shared_data / "provenance" / "c2pa" / "XCA.jpg")["c2pa"].detail
    assert "assertion.dataHash.mismatch" in detail


def test_a_flipped_byte_makes_a_manifest_invalid(shared_data: Path, tmp_path: Path) -> None:
    body = bytearray((shared_data / "provenance" / "c2pa" / "C.jpg").read_bytes())
    body[-1000] ^= 1
    changed = tmp_path / "changed.jpg"
    changed.write_bytes(body)
    assert findings(changed)["c2pa"].outcome is LabelOutcome.INVALID


def written(tmp_path: Path, body: bytes) -> Path:
    path = tmp_path / "media"
    path.write_bytes(body)
    return path


def test_ai_without_a_label_is_a_finding_of_its_own_and_never_a_verdict(tmp_path: Path) -> None:
    bare = written(tmp_path, mp4(key=b"other"))
    assert findings(bare, None, "A holiday")["unlabelled"].outcome is U
    assert findings(bare, None, "Made with Seedance 2.0")["unlabelled"].outcome is P
    assert findings(bare, "ai-generated: yes", "")["unlabelled"].outcome is P
    assert not findings(bare, "ai-generated: yes", "")["unlabelled"].says_ai
    labelled = written(tmp_path, mp4())
    assert findings(labelled, None, "Made with Seedance")["unlabelled"].outcome is A
    broken = written(tmp_path, mp4(b"{"))
    assert findings(broken, None, "Made with Seedance")["unlabelled"].outcome is P
    cut_off = written(tmp_path, mp4(key=b"other")[:-20])
    assert findings(cut_off, None, "Made with Seedance")["unlabelled"].outcome is U
    assert findings(written(tmp_path, mkv()), None, "Seedance")["unlabelled"].outcome is A
    without = element("1A45DFA3", b"\x42\x82\x88matroska") + element("18538067", b"")
    assert findings(written(tmp_path, without), None, "Seedance")["unlabelled"].outcome is P


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Made with Sora2", ["Sora"]),
        ("#kling #runway", ["Kling", "Runway"]),
        ("WAN2.1 test", ["Wan"]),
        ("刘德华 即梦AI生成", ["即梦", "AI 生成"]),
        ("可灵 3.0", ["可灵"]),
        ("Film généré par IA", ["généré par IA"]),
        ("Видео сгенерировано ИИ", ["сгенерировано ИИ"]),
        ("인공지능 생성 영상", ["인공지능 생성"]),
        ("فيديو مولد بالذكاء الاصطناعي", ["مولد بالذكاء الاصطناعي"]),
        ("Ai Generated short", ["AI generated"]),
        ("Want to wander: a veoria runwayed story", []),
        ("Vladivostok 2019", []),
    ],
)
def test_generators_are_found_as_words(text: str, words: list[str]) -> None:
    assert generator_words(text) == words


def test_no_title_is_no_absence() -> None:
    assert words_finding(["", ""]).outcome is U
    assert words_finding(["A title", ""]).outcome is A
    assert words_finding(["A title", ""]).detail == "The title names no generator."


def test_where_a_word_stands_is_said_and_a_name_of_the_uploader_is_no_place() -> None:
    assert words_finding(["Made with Sora", "Sora and Kling"]).detail == "The title says: Sora. The caption says: Sora, Kling"
    assert words_finding(["A film", "by Kling"]).detail == "The caption says: Kling"
    assert words_finding(["A film", "of the sea", "Sora Fan Club"]).outcome is A


def test_who_names_ai_is_said_where_no_label_does(tmp_path: Path) -> None:
    path = written(tmp_path, box(b"ftyp", b"isom") + box(b"moov", b"") + box(b"mdat", b""))
    said = findings(path, None, "A film", "made with Kling")["unlabelled"].detail
    assert said.startswith("AI is named by the caption,")


XMP = (
    '<?xpacket begin=""?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description xmlns:e="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">{}</rdf:Description></rdf:RDF></x:xmpmeta>'
)


@pytest.mark.parametrize(
    "inside",
    [
        "<e:DigitalSourceType>http://x/trainedAlgorithmicMedia</e:DigitalSourceType>",
        '<e:DigitalSourceType rdf:resource="http://x/trainedAlgorithmicMedia"/>',
        "<e:DigitalSourceType><rdf:Bag><rdf:li>http://x/trainedAlgorithmicMedia</rdf:li></rdf:Bag></e:DigitalSourceType>",
    ],
)
def test_a_property_is_read_however_it_is_written(inside: str) -> None:
    assert property_values(XMP.format(inside).encode(), "digitalsourcetype") == ["http://x/trainedAlgorithmicMedia"]


@pytest.mark.parametrize("packed", [False, True])
def test_xmp_in_png_is_read(tmp_path: Path, packed: bool) -> None:
    text = zlib.compress(b"<x/>") if packed else b"<x/>"
    body = b"XML:com.adobe.xmp\0" + bytes([packed, 0]) + b"\0\0" + text
    chunk = len(body).to_bytes(4, "big") + b"iTXt" + body + b"\0" * 4
    end = b"\0\0\0\0IEND\0\0\0\0"
    assert list(xmp_packets(written(tmp_path, b"\x89PNG\r\n\x1a\n" + chunk + end), "image/png")) == [b"<x/>"]


def test_xmp_in_a_films_user_data_is_read(tmp_path: Path) -> None:
    body = box(b"ftyp", b"isom") + box(b"moov", box(b"udta", box(b"XMP_", b"<x/>")))
    assert list(xmp_packets(written(tmp_path, body), "video/mp4")) == [b"<x/>"]
