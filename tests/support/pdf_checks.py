"""What page-validation says of a PDF, without what it says wrongly of one font alone."""

import re
from io import BytesIO

from page import ValidationProfile, validate_pdf_bytes
from pyhanko.pdf_utils.generic import Reference
from pyhanko.pdf_utils.reader import PdfFileReader

CJK_FONT = re.compile(r"/[A-Z]{6}\+Noto(Sans|Serif)CJK(sc|tc|jp|kr|hk)-(Regular|Bold)(-Identity-H)?")
_WIDTH = re.compile(r"font object (\d+) (\d+) has rendered CID \d+ width [\d.]+ in its embedded CIDFontType0C program but .*")


def failures_of(pdf: bytes, profile: ValidationProfile) -> list[tuple[str, str]]:
    """Each rule that is broken, with the words for it.

    Of Noto's CJK fonts the checker reads the widths otherwise than other readers do: that is left out for these fonts, which are
    looked up in the PDF by the object that it names, and for no others.
    """
    reader = PdfFileReader(BytesIO(pdf))
    found = [(one.rule_id, one.message) for one in validate_pdf_bytes(pdf, profile=profile).failures]
    return [(rule, message) for rule, message in found if not _is_of_cjk_widths(reader, rule, message)]


def _is_of_cjk_widths(reader: PdfFileReader, rule: str, message: str) -> bool:
    named = _WIDTH.fullmatch(message)
    if named is None or not rule.endswith("GLYPH-WIDTH-001"):
        return False
    font = reader.get_object(Reference(int(named[1]), int(named[2]), reader))
    return CJK_FONT.fullmatch(str(font["/BaseFont"])) is not None
