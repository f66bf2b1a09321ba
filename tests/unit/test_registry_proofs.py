"""What may stand as a proof is found out by its bytes."""

import contextlib
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.proofs import KINDS, LARGEST, MandateRefused, check_proof, read_proof
from tests.support.proofs import PDF

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40) + b"IEND\xaeB`\x82"
JPEG = b"\xff\xd8\xff\xe0" + bytes(60) + b"\xff\xd9"


def packed(**files: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return held.getvalue()


DOCX = packed(**{"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w:document/>"})
ODT = packed(mimetype=b"application/vnd.oasis.opendocument.text")
ASIC = packed(mimetype=b"application/vnd.etsi.asic-e+zip")
CMS = bytes.fromhex("3082012a06092a864886f70d010702a0820119") + bytes(200)

TAKEN = {
    "consent.pdf": PDF,
    "SCAN.PNG": PNG,
    "scan.jpeg": JPEG,
    "scan.tif": b"II*\x00" + bytes(60),
    "scan.webp": b"RIFF\x10\x00\x00\x00WEBPVP8 ",
    "phone.heic": b"\x00\x00\x00\x18ftypheic" + bytes(40),
    "consent.docx": DOCX,
    "consent.odt": ODT,
    "signed.asice": ASIC,
    "signed.p7m": CMS,
    "mail.eml": "From: Ada\r\n\r\nJe suis d'accord, à tout.\r\n".encode("latin-1"),
    "note.txt": "我同意。".encode("utf-16"),
    "consent.pdf.signed": PDF,
    "consent": b"I agree.\n",
    "note.rtf": b"{\\rtf1 I agree}",
    "signed.xml": b'<?xml version="1.0"?><consent/>',
}

REFUSED = {
    ("consent.pdf", b"I agree.\n"): "is called .pdf, and is a text",
    ("consent.pdf", DOCX): "is called .pdf, and is a DOCX document",
    ("consent.docx", PDF): "is called .docx, and is a PDF",
    ("scan.jpg", PNG): "is called .jpg, and is a PNG picture",
    ("roster.xlsx", b"I agree.\n"): "is called .xlsx",
    ("consent.pdf", b""): "is empty",
    ("consent.txt", b" \r\n\t\n"): "is empty",
    ("zeros.pdf", bytes(5000)): "is empty",
    ("consent.pdf", PDF[:40]): "cut off",
    ("scan.png", PNG[:30]): "cut off",
    ("program", b"\x7fELF\x02\x01\x01" + bytes(80)): "of no kind",
    ("all.zip", packed(a=b"1")): "of no kind",
    ("bomb.docx", b"PK\x03\x04" + bytes(100)): "of no kind",
    ("page.txt", b"<!DOCTYPE html><script>document.write('I agree')</script>"): "of no kind",
    ("big.txt", b"a" * (LARGEST + 1)): "larger than 32 MiB",
}


@pytest.mark.parametrize("name", TAKEN)
def test_what_a_person_can_read_is_taken(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(TAKEN[name])
    assert read_proof(tmp_path / name) == TAKEN[name]


@pytest.mark.parametrize(("name", "content"), REFUSED, ids=lambda value: value if isinstance(value, str) else "")
def test_what_is_not_what_it_is_called_is_refused_and_told_why(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(MandateRefused, match=REFUSED[name, content]) as refused:
        read_proof(tmp_path / name)
    assert refused.value.remedy


@given(st.sampled_from(KINDS), st.text("ab \n.,é我", min_size=1).filter(str.strip))
def test_a_text_is_a_proof_under_no_other_name_than_a_texts(kind: object, text: str) -> None:
    suffix = kind.suffixes[0]  # type: ignore[attr-defined]
    if suffix == ".txt":
        assert check_proof(text.encode(), f"consent{suffix}").suffixes[0] == ".txt"
    else:
        with pytest.raises(MandateRefused):
            check_proof(text.encode(), f"consent{suffix}")


@given(st.binary(max_size=3000), st.sampled_from(["", "a.pdf", "a.docx", "a.p7m", "a.txt"]))
def test_whatever_the_bytes_are_the_answer_is_a_kind_or_a_refusal(content: bytes, name: str) -> None:
    for shaped in (content, b"PK\x03\x04" + content, DOCX[: len(content)] + content, b"%PDF-1.4" + content):
        with contextlib.suppress(MandateRefused):
            assert check_proof(shaped, name) in KINDS
