"""What page-validation says of a PDF, without what it says wrongly: of one font, and of streams that end with a line's end."""

import re
from io import BytesIO

from page import ValidationProfile, validate_pdf_bytes
from pyhanko.pdf_utils.generic import Reference
from pyhanko.pdf_utils.reader import PdfFileReader

CJK_FONT = re.compile(r"/[A-Z]{6}\+Noto(Sans|Serif)CJK(sc|tc|jp|kr|hk)-(Regular|Bold)(-Identity-H)?")
_STREAM = re.compile(rb"\d+ \d+ obj\s*(<<.*?>>)\s*stream\r?\n", re.DOTALL)
_LENGTH = re.compile(rb"/Length (\d+)")
_WIDTH = re.compile(r"font object (\d+) (\d+) has rendered CID \d+ width [\d.]+ in its embedded CIDFontType0C program but .*")


def failures_of(pdf: bytes, profile: ValidationProfile) -> list[tuple[str, str]]:
    """Each rule that is broken, with the words for it.

    Of Noto's CJK fonts the checker reads the widths otherwise than other readers do: that is left out for these fonts, which are
    looked up in the PDF by the object that it names, and for no others. Where the last byte of a stream is a carriage return, one
    of a hundred compressed documents, it counts that byte to the line's end that follows: what it says of lengths is left out
    where each stream has the length that it states.
    """
    reader = PdfFileReader(BytesIO(pdf))
    found = [(one.rule_id, one.message) for one in validate_pdf_bytes(pdf, profile=profile).failures]
    told = [(rule, message) for rule, message in found if not _is_of_cjk_widths(reader, rule, message)]
    return [(rule, message) for rule, message in told if not (rule.endswith("STREAM-LENGTH-001") and _lengths_hold(pdf))]


def _lengths_hold(pdf: bytes) -> bool:
    at, streams = 0, 0
    while (stream := _STREAM.search(pdf, at)) is not None:
        stated = _LENGTH.search(stream[1])
        at = stream.end() + int(stated[1]) if stated else len(pdf)
        if re.match(rb"\r?\n?endstream", pdf[at : at + 11]) is None:
            return False
        streams += 1
    return streams > 0


def _is_of_cjk_widths(reader: PdfFileReader, rule: str, message: str) -> bool:
    named = _WIDTH.fullmatch(message)
    if named is None or not rule.endswith("GLYPH-WIDTH-001"):
        return False
    font = reader.get_object(Reference(int(named[1]), int(named[2]), reader))
    return CJK_FONT.fullmatch(str(font["/BaseFont"])) is not None
