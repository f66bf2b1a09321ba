"""Strangers' words in everything that is printed: the page, the PDF, the letter, a line of a terminal."""

import io
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from unicodedata import category
from zipfile import ZipFile

from lxml import etree, html

from fuzz.target import Target, documents, promise
from matcher.types import Failure
from reports.notices.base import Block, Letter, Section
from reports.render.docx import letter_docx
from reports.render.emoji import name_emoji
from reports.render.glyphs import ascii_only
from reports.render.html import render_html
from reports.render.pdf import coverage, render_pdf
from reports.render.plain import JOINERS, show_unseen

_AT = datetime(2026, 11, 20, tzinfo=UTC)
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _seen(text: str, keep: frozenset[str] | set[str] = frozenset()) -> bool:
    return all(c in keep or category(c) not in _UNSEEN for c in text)


def _plain(data: bytes) -> None:
    text = _text(data)
    promise(_seen(show_unseen(text)), f"it stays unseen: {text!r}")
    promise(_seen(show_unseen(text, keep=JOINERS), JOINERS), f"it stays unseen: {text!r}")
    promise(all(ord(c) < 0x250 or c in "⟨⟩" for c in ascii_only(text)), f"the last resort prints more: {text!r}")
    name_emoji(text, lambda _: False)
    coverage().printable(text)


def _page(data: bytes) -> None:
    """Words in all places of a page: the page has the elements that it has with harmless ones, and no word is lost."""
    text = _text(data)
    made = _scan_page(text)
    promise(_shape(made) == _plain_shape(), f"the words became markup: {text!r}")


def _scan_page(text: str) -> bytes:
    file = {
        "name": text,
        "failure": Failure(text, text),
        "about": text,
        "appearances": 0,
        "matches": (),
        "warnings": (text,),
        "in_part": "",
    }
    whole = {**file, "failure": None, "in_part": text or "x"}
    counts = {"found": 0, "failed": 1, "in_part": 1}
    data = {"files": [file, whole], **counts, "subjects": {}, "score_says": text, "version": text}
    return render_html("scan", data)


def _shape(page: bytes) -> list[tuple[object, tuple[str, ...]]]:
    tree = html.fromstring(page, parser=html.HTMLParser(encoding="utf-8"))
    return [(element.tag, tuple(element.attrib)) for element in tree.iter()]


@cache
def _plain_shape() -> list[tuple[object, tuple[str, ...]]]:
    return _shape(_scan_page("words"))


def _pdf(data: bytes) -> None:
    with TemporaryDirectory() as folder:
        made = render_pdf("specimen", {"title": "A specimen", "lines": _text(data).split("\n")}, {}, _AT, Path(folder))
    promise(made.startswith(b"%PDF-1.7"), "it is no PDF")


def _letter(data: bytes) -> None:
    """Words in all places of a letter: a well-formed document, whose words are those that were given."""
    text = _text(data)
    made = letter_docx(_letter_of(text), _AT, {})
    with ZipFile(io.BytesIO(made)) as archive:
        body = etree.fromstring(archive.read("word/document.xml"))
    said = "".join(body.itertext())
    plain = re.sub(r"\s", "", show_unseen(text, keep=JOINERS))
    promise(plain in re.sub(r"\s", "", said), f"words were lost: {text!r}")


def _letter_of(text: str) -> Letter:
    block = Block(text, (text,), ((text, text),))
    section = Section(text, (text,), (("Title", text),), (text,), (text,), (block,))
    lines = (text,)
    return Letter("dmca", "A letter", "0" * 32, date(2026, 11, 20), lines, lines, text, text, (section,), lines, lines, ())


def _seeds() -> Iterable[bytes]:
    names = ("plain", "emoji", "addresses", "pdf")
    yield from documents(*(f"unit/test_reports_{name}.py" for name in names), least=2)
    yield "<script>\"&amp;' {{ 7*7 }} {% raw %} \u202e\u2066 \U0001f468\u200d\U0001f469 中文 שלום".encode()
    yield b'#panic("no") *b* _i_ $x$ `raw` <label> @ref // c \\ #read("/etc/passwd")\n</w:t><w:p/>\x00\x0b\xff\xed\xa0\x80'


_WORDS = (
    b"<script>",
    b"]]>",
    b"{{",
    b"{%",
    b"&#",
    b"\xe2\x80\xae",
    b"\xf0\x9f\x91\xa8",
    b"\xe2\x80\x8d",
    b"#read(",
    b"\xef\xbf\xbe",
)

TARGETS = (
    Target("words.plain", _plain, _seeds, _WORDS, 4096),
    Target("words.page", _page, _seeds, _WORDS, 4096),
    Target("words.letter", _letter, _seeds, _WORDS, 2048),
    Target("words.pdf", _pdf, _seeds, _WORDS, 2048),
)
