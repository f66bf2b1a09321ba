"""A page hides no video behind the name of an encoding that no browser has."""

import codecs

import pytest

from crawler.sources.base import Page
from crawler.sources.page import PageSource

AT = "https://site.example/"
CLIP = '<title>né</title><video src="/clip.mp4"></video>'


def found(content_type: str, body: bytes) -> list[tuple[str, str | None]]:
    return [(each.media_url, each.title) for each in PageSource("s").parse(Page(AT, content_type, body)).discoveries]


NO_BROWSERS = ("utf-32", "utf-32-be", "utf-7", "idna", "punycode", "cp037", "cp500", "rot13", "zlib_codec", "undefined", "x")


@pytest.mark.parametrize("name", NO_BROWSERS)
def test_a_page_in_an_encoding_that_no_browser_has_is_read_as_one_would(name: str) -> None:
    assert found(f"text/html; charset={name}", CLIP.encode()) == [(f"{AT}clip.mp4", "né")]
    assert found("text/html", f"<meta charset={name}>{CLIP}".encode()) == [(f"{AT}clip.mp4", "né")]


def test_long_labels_do_not_stop_the_international_names_codec() -> None:
    assert found("text/html; charset=idna", f"<p>{'a' * 500}</p>{CLIP}".encode()) == [(f"{AT}clip.mp4", "né")]


@pytest.mark.parametrize("name", ["utf-16", "utf-16le", "utf-16be"])
def test_a_page_that_calls_itself_utf_16_in_plain_letters_is_read(name: str) -> None:
    assert found("text/html", f"<meta charset={name}>{CLIP}".encode()) == [(f"{AT}clip.mp4", "né")]


@pytest.mark.parametrize("name", ["latin-1", "windows-1252", "iso-8859-15", "utf-16"])
def test_encodings_that_browsers_have_are_read(name: str) -> None:
    assert found(f"text/html; charset={name}", CLIP.encode(name)) == [(f"{AT}clip.mp4", "né")]


def test_a_mark_at_the_beginning_stands_before_what_is_said() -> None:
    body = codecs.BOM_UTF16_LE + CLIP.encode("utf-16-le")
    assert found("text/html; charset=utf-32", body) == [(f"{AT}clip.mp4", "né")]
