"""Files that registrars have instead of a CSV or an XLSX: told what they are, and how to save what is asked for."""

import zipfile
from pathlib import Path

from monitor.roster.columns import RosterUnreadable

_AS_XLSX = "Open it in the program that made it, save it as Excel Workbook (.xlsx) or as CSV in UTF-8, and give that."
_BEGINNINGS = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Excel file of the old kind (.xls), or one with a password"),
    (b"%PDF", "a PDF"),
    (b"{\\rtf", "a text document (RTF)"),
)
_WORDS = (
    (b"schemas-microsoft-com:office:spreadsheet", "an Excel file of the kind XML Spreadsheet 2003"),
    (b"opendocument", "an OpenDocument file"),
    (b"<html", "a web page, whatever its name ends in"),
    (b"<table", "a web page, whatever its name ends in"),
    (b"begin:vcard", "a file of contacts (vCard)"),
)
_PARTS = (
    ("Index/Document.iwa", "a document of Numbers, Pages or Keynote"),
    ("Index.zip", "a document of Numbers, Pages or Keynote"),
    ("xl/workbook.bin", "an Excel file of the kind Binary Workbook (.xlsb)"),
    ("word/document.xml", "a document of Word"),
    ("content.xml", "an OpenDocument file (.ods)"),
)
_STRICT = b"http://purl.oclc.org/ooxml/spreadsheetml/main"


def refuse_other_formats(path: Path) -> None:
    """Raise RosterUnreadable for a file of a known other kind, and for a workbook of which a part is missing."""
    what = _in_archive(path) if zipfile.is_zipfile(path) else _by_beginning(path)
    if what:
        raise RosterUnreadable(f"{path.name} is {what}, which is not read here.", _AS_XLSX)


def refuse_folders(path: Path) -> None:
    """Raise RosterUnreadable for a document that is a folder, as programs of Apple make them."""
    if path.is_dir() and any((path / part).exists() for part in ("Index.zip", "Index")):
        raise RosterUnreadable(f"{path.name} is a document of Numbers, Pages or Keynote, which is not read here.", _AS_XLSX)


def _by_beginning(path: Path) -> str:
    with path.open("rb") as stream:
        head = stream.read(4096)
    if head.startswith(b"PK\x03\x04"):
        raise RosterUnreadable(
            f"{path.name} is a damaged workbook: it ends before it should.",
            "Copy it here again, or save it anew as .xlsx or CSV.",
        )
    for beginning, what in _BEGINNINGS:
        if head.startswith(beginning):
            return what
    words = head.lower()
    if not words.lstrip(b"\xef\xbb\xbf \r\n\t").startswith((b"<", b"begin:")):
        return ""
    return next((what for word, what in _WORDS if word in words), "")


def _in_archive(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        for part, what in _PARTS:
            if part in names:
                return what
        if "xl/workbook.xml" in names:
            with archive.open("xl/workbook.xml") as stream:
                return "an Excel file of the kind Strict Open XML" if _STRICT in stream.read(4096) else ""
    return ""
