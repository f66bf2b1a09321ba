"""What every Source must do, whatever it is given."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.sources.base import MAX_TITLE, Page, Source
from crawler.sources.feed import FeedSource
from crawler.sources.kinds import READERS
from crawler.sources.mastodon import MastodonSource
from crawler.sources.page import PageSource
from crawler.sources.peertube import PeerTubeSource
from crawler.sources.reddit import RedditSource
from crawler.sources.sitemap import SitemapSource
from crawler.sources.ytdlp import YtDlpSource

AT = "https://example.org/dir/doc"
TITLES = [
    "<script>alert(1)</script> & <b>bold</b>",
    "🎬 A film 👩‍👩‍👧 🇨🇳",
    "עברית ثم العربية \u202etxet desrever",
    "周杰倫 与 刘德华：人工智能生成",
    'Tom O\'Neill "quoted" ]]> \\ %s {0}',
]


class SourceContract:
    """Inherited by the tests of every implementation."""

    kind = "text/html"

    @pytest.fixture
    def source(self) -> Source:
        raise NotImplementedError

    def document(self, title: str, media: str) -> bytes:
        """A document that shows one video; title and media are to be escaped as the format asks."""
        raise NotImplementedError

    @pytest.mark.parametrize("title", TITLES)
    def test_promise_10_titles_are_kept_as_they_were_sent(self, source: Source, title: str) -> None:
        parsed = source.parse(Page(AT, self.kind, self.document(title, "/v.mp4")))
        assert [(d.title, d.source_id) for d in parsed.discoveries] == [(title, "s1")]

    def test_titles_are_bounded_and_without_control_characters(self, source: Source) -> None:
        (found,) = source.parse(Page(AT, self.kind, self.document("a\tb" + "x" * 5000, "/v.mp4"))).discoveries
        assert len(found.title) == MAX_TITLE
        assert found.title.isprintable()

    def test_addresses_are_absolute_and_canonical(self, source: Source) -> None:
        (found,) = source.parse(Page(AT, self.kind, self.document("t", "../V.mp4?a=1#t=2"))).discoveries
        assert found.media_url == "https://example.org/V.mp4?a=1"

    @pytest.mark.parametrize("media", ["javascript:alert(1)", "http://[", "file:///etc/passwd", "http://a b/", "ftp://x/y.mp4"])
    def test_an_impossible_address_is_an_error_and_no_video(self, source: Source, media: str) -> None:
        parsed = source.parse(Page(AT, self.kind, self.document("t", media)))
        assert parsed.discoveries == ()
        assert parsed.errors

    def test_what_is_read_is_the_same_each_time(self, source: Source) -> None:
        page = Page(AT, self.kind, self.document("t", "/v.mp4"))
        assert source.parse(page) == source.parse(page)

    @pytest.mark.parametrize("body", [b"", b"\x00" * 100, b"\xff\xfe\xfd", b"<", b"<a" * 10_000, b"<a>" * 5_000, b"not markup"])
    def test_promise_10_rubbish_is_survived(self, source: Source, body: bytes) -> None:
        assert source.parse(Page(AT, self.kind, body)).discoveries == ()

    def test_a_document_cut_off_anywhere_is_survived(self, source: Source) -> None:
        body = self.document("t", "/v.mp4")
        for end in range(0, len(body), 7):
            assert len(source.parse(Page(AT, self.kind, body[:end])).discoveries) <= 1


def xml(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


class _Xml(SourceContract):
    kind = "application/xml"

    def test_promise_10_declared_entities_are_not_expanded(self, source: Source) -> None:
        lines = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
        bomb = f'<!DOCTYPE x [<!ENTITY e0 "ha">{lines}<!ENTITY f SYSTEM "file:///etc/passwd">]>'.encode()
        parsed = source.parse(Page(AT, self.kind, bomb + self.document("t", "/v.mp4").replace(b">t<", b">&e11;&f;<")))
        assert parsed.discoveries == ()
        assert any("entities" in error for error in parsed.errors)

    def test_broken_xml_is_an_error_and_keeps_what_came_before(self, source: Source) -> None:
        whole = self.document("t", "/v.mp4")
        parsed = source.parse(Page(AT, self.kind, whole[: whole.rindex(b"</")] + b"<open>&nbsp;"))
        assert len(parsed.discoveries) == 1
        assert any("broken" in error for error in parsed.errors)

    def test_another_kind_of_document_is_an_error(self, source: Source) -> None:
        parsed = source.parse(Page(AT, "text/html", b"<html><body>Please log in</body></html>"))
        assert any("first element is <html>" in error for error in parsed.errors)


class TestFeedSource(_Xml):
    @pytest.fixture
    def source(self) -> Source:
        return FeedSource("s1")

    def document(self, title: str, media: str) -> bytes:
        item = f'<item><title>{xml(title)}</title><enclosure url="{xml(media)}" type="video/mp4" length="1"/></item>'
        return f'<rss version="2.0"><channel><title>c</title>{item}</channel></rss>'.encode()


class TestSitemapSource(_Xml):
    @pytest.fixture
    def source(self) -> Source:
        return SitemapSource("s1")

    def document(self, title: str, media: str) -> bytes:
        return (
            '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
            ' xmlns:video="http://www.google.com/schemas/sitemap-video/1.1"><url><loc>https://example.org/p</loc>'
            f"<video:video><video:title>{xml(title)}</video:title><video:content_loc>{xml(media)}</video:content_loc>"
            "</video:video></url></urlset>"
        ).encode()


class TestPageSource(SourceContract):
    @pytest.fixture
    def source(self) -> Source:
        return PageSource("s1")

    def document(self, title: str, media: str) -> bytes:
        return (
            '<!doctype html><html><head><meta charset="utf-8">'
            f'<meta property="og:title" content="{xml(title)}"></head><body><video src="{xml(media)}"></video></body></html>'
        ).encode()


class _Json(SourceContract):
    kind = "application/json"

    def test_another_kind_of_document_is_an_error(self, source: Source) -> None:
        for body in (b"<html>Please log in</html>", b'{"error": "no"}', b"[[1]]", b"7", b'"x"', b"[" * 100_000):
            assert source.parse(Page(AT, self.kind, body)).discoveries == ()
        assert source.parse(Page(AT, "text/html", b"<html>Please log in</html>")).errors


class TestPeerTubeSource(_Json):
    @pytest.fixture
    def source(self) -> Source:
        return PeerTubeSource("s1")

    def document(self, title: str, media: str) -> bytes:
        return json.dumps({"uuid": "u", "name": title, "files": [{"fileUrl": media}]}).encode()


class TestMastodonSource(_Json):
    @pytest.fixture
    def source(self) -> Source:
        return MastodonSource("s1")

    def document(self, title: str, media: str) -> bytes:
        post = {"id": "1", "content": f"<p>{xml(title)}</p>", "media_attachments": [{"type": "video", "url": media}]}
        return json.dumps([post]).encode()


class TestRedditSource(_Json):
    @pytest.fixture
    def source(self) -> Source:
        return RedditSource("s1")

    def document(self, title: str, media: str) -> bytes:
        post = {"title": title, "secure_media": {"reddit_video": {"hls_url": media}}}
        return json.dumps({"kind": "Listing", "data": {"children": [{"data": post}]}}).encode()


class TestYtDlpSource(_Json):
    @pytest.fixture
    def source(self) -> Source:
        return YtDlpSource("s1")

    def document(self, title: str, media: str) -> bytes:
        return json.dumps({"entries": [{"title": title, "url": media}]}).encode()


@pytest.mark.parametrize("source", [make("s1") for make in READERS.values()])
@given(body=st.binary(max_size=400))
def test_any_bytes_are_survived(source: Source, body: bytes) -> None:
    assert len(source.parse(Page(AT, "", body)).discoveries) <= len(body)
