"""What each kind of source reads: small documents as sites send them."""

import gzip
import json
from datetime import UTC, datetime

import pytest

from crawler.sources.base import MAX_FOUND, Page, Parsed, plain, when
from crawler.sources.feed import FeedSource
from crawler.sources.markup import MAX_MARKUP
from crawler.sources.page import PageSource
from crawler.sources.sitemap import SitemapSource
from crawler.types import Discovery, SourceKind

AT = "https://site.example/list"


def feed(text: str) -> Parsed:
    return FeedSource("s").parse(Page(AT, "application/xml", text.encode()))


def sitemap(body: bytes) -> Parsed:
    return SitemapSource("s").parse(Page(AT, "application/xml", body))


def page(text: str, url: str = AT, content_type: str = "text/html; charset=utf-8") -> Parsed:
    return PageSource("s").parse(Page(url, content_type, text.encode()))


def ld(data: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(data)}</script>'


def test_rss_item_with_an_enclosure() -> None:
    parsed = feed(
        """<?xml version="1.0"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>C</title><item>
        <title><![CDATA[A & <i>B</i>]]></title><link>https://site.example/p/1</link><description>About</description>
        <dc:creator>Someone</dc:creator><pubDate>Sat, 21 Nov 2026 10:00:00 +0100</pubDate>
        <enclosure url="https://cdn.example/1.mp4" type="video/mp4" length="5"/></item></channel></rss>"""
    )
    assert parsed.discoveries == (
        Discovery(
            "s",
            "https://cdn.example/1.mp4",
            "https://site.example/p/1",
            "A & <i>B</i>",
            "About",
            "Someone",
            datetime(2026, 11, 21, 9, tzinfo=UTC),
        ),
    )
    # Its page may show more than the feed names.
    assert [f.url for f in parsed.follow] == ["https://site.example/p/1"]
    assert parsed.errors == ()


def test_media_rss_takes_the_default_or_the_largest_rendition() -> None:
    parsed = feed(
        """<rss xmlns:media="http://search.yahoo.com/mrss/"><channel>
        <item><link>/a</link><media:group><media:title>T</media:title><media:credit>U</media:credit>
        <media:content url="/low.mp4" type="video/mp4" bitrate="100"/>
        <media:content url="/high.mp4" type="video/mp4" bitrate="900"/>
        <media:content url="/a.jpg" type="image/jpeg" bitrate="9999"/></media:group></item>
        <item><media:content url="/one" medium="video"/><media:content url="/two" medium="video" isDefault="true"/></item>
        </channel></rss>"""
    )
    assert [(d.media_url, d.title, d.uploader) for d in parsed.discoveries] == [
        ("https://site.example/high.mp4", "T", "U"),
        ("https://site.example/two", "", ""),
    ]


def test_atom_entry_with_an_enclosure_and_one_that_leads_to_a_page() -> None:
    parsed = feed(
        """<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>One</title><author><name>Ann</name></author>
        <published>2026-11-20T08:00:00Z</published><link href="/p1"/>
        <link rel="enclosure" type="video/webm" href="/1.webm"/></entry>
        <entry><title>Two</title><link rel="self" href="/x"/><link rel="alternate" href="/p2"/></entry></feed>"""
    )
    (found,) = parsed.discoveries
    assert (found.media_url, found.page_url, found.uploader) == (
        "https://site.example/1.webm",
        "https://site.example/p1",
        "Ann",
    )
    assert found.published_at == datetime(2026, 11, 20, 8, tzinfo=UTC)
    assert [(f.url, f.kind) for f in parsed.follow] == [
        ("https://site.example/p2", SourceKind.PAGE),
        ("https://site.example/p1", SourceKind.PAGE),
    ]


def test_a_podcast_leads_to_its_pages_and_a_guid_may_be_the_link() -> None:
    parsed = feed(
        """<rss><channel><item><enclosure url="/1.mp3" type="audio/mpeg"/><guid>https://site.example/g</guid></item>
        <item><guid isPermaLink="false">tag:1</guid></item></channel></rss>"""
    )
    assert parsed.discoveries == ()
    assert [f.url for f in parsed.follow] == ["https://site.example/g"]


def test_a_feed_of_too_many_videos_says_that_some_were_left_out() -> None:
    items = "".join(f'<item><enclosure url="/{n}.mp4" type="video/mp4"/></item>' for n in range(MAX_FOUND + 5))
    parsed = feed(f"<rss><channel>{items}</channel></rss>")
    assert len(parsed.discoveries) == MAX_FOUND
    assert any("left out" in error for error in parsed.errors)


def test_a_sitemap_index_leads_to_sitemaps_and_a_list_to_pages() -> None:
    index = sitemap(b"<sitemapindex><sitemap><loc>/a.xml</loc></sitemap><sitemap><loc> /b.xml.gz </loc></sitemap></sitemapindex>")
    assert [(f.url, f.kind) for f in index.follow] == [
        ("https://site.example/a.xml", SourceKind.SITEMAP),
        ("https://site.example/b.xml.gz", SourceKind.SITEMAP),
    ]
    pages = sitemap(gzip.compress(b"<urlset><url><loc>/p1</loc></url><url><loc>/p1</loc></url></urlset>"))
    assert [(f.url, f.kind) for f in pages.follow] == [("https://site.example/p1", SourceKind.PAGE)]


def test_a_video_sitemap_needs_no_page_to_be_read() -> None:
    parsed = sitemap(
        b"""<urlset xmlns:video="http://www.google.com/schemas/sitemap-video/1.1">
        <url><loc>/p1</loc><video:video><video:title>T</video:title><video:description>D</video:description>
        <video:content_loc>/1.mp4</video:content_loc><video:uploader info="/u">U</video:uploader>
        <video:publication_date>2026-11-20T08:00:00+00:00</video:publication_date></video:video></url>
        <url><loc>/p2</loc><video:video><video:player_loc>/embed/2</video:player_loc></video:video></url></urlset>"""
    )
    assert parsed.discoveries == (
        Discovery(
            "s",
            "https://site.example/1.mp4",
            "https://site.example/p1",
            "T",
            "D",
            "U",
            datetime(2026, 11, 20, 8, tzinfo=UTC),
        ),
    )
    assert [f.url for f in parsed.follow] == ["https://site.example/p2"]


def test_the_page_of_a_video_that_a_sitemap_names_by_its_player_is_read_though_another_one_has_a_file() -> None:
    videos = "<video:content_loc>/1.mp4</video:content_loc>", "<video:player_loc>/embed/2</video:player_loc>"
    inside = "".join(f"<video:video>{video}</video:video>" for video in videos)
    parsed = sitemap(f'<urlset xmlns:video="v"><url><loc>/p1</loc>{inside}</url></urlset>'.encode())
    assert [found.media_url for found in parsed.discoveries] == ["https://site.example/1.mp4"]
    assert [link.url for link in parsed.follow] == ["https://site.example/p1"]


def test_promise_10_a_gzip_bomb_is_not_unpacked() -> None:
    parsed = sitemap(gzip.compress(b"<urlset>" + b" " * (MAX_MARKUP + 1)))
    assert parsed.errors == (f"The document is larger than {MAX_MARKUP:,} bytes.",)


VIDEO = {
    "@type": "VideoObject",
    "name": "N",
    "description": "D",
    "contentUrl": "/v.mp4",
    "uploadDate": "2026-11-20",
    "author": {"@type": "Person", "name": "Ann"},
}


@pytest.mark.parametrize(
    "data",
    [
        VIDEO,
        [{"@type": "WebPage"}, VIDEO],
        {"@context": "https://schema.org", "@graph": [{"@type": "WebSite"}, VIDEO]},
        {"@type": "NewsArticle", "video": [VIDEO]},
        {"@type": "WebPage", "mainEntity": {"@type": "ItemList", "itemListElement": [{"item": VIDEO}]}},
        {**VIDEO, "@type": ["Thing", "schema:VideoObject"]},
        {**VIDEO, "@type": "http://schema.org/VideoObject", "author": None, "creator": ["Ann"]},
    ],
)
def test_json_ld_wherever_it_is_nested(data: object) -> None:
    assert page(ld(data)).discoveries == (
        Discovery(
            "s",
            "https://site.example/v.mp4",
            AT,
            "N",
            "D",
            "Ann",
            datetime(2026, 11, 20, tzinfo=UTC),
            date_note='The date is stated without a time zone ("2026-11-20"); it counts as UTC.',
        ),
    )


@pytest.mark.parametrize(
    "broken", ["{", "[" * 100_000, '{"@type": "VideoObject", "contentUrl": 5}', "null", '{"@type": {"a": [1]}}', '"\\ud800"']
)
def test_promise_10_broken_json_ld_loses_nothing_else(broken: str) -> None:
    parsed = page(f'<script type="application/ld+json">{broken}</script>{ld(VIDEO)}')
    assert [d.title for d in parsed.discoveries] == ["N"]


def test_broken_json_ld_is_an_error() -> None:
    assert any("JSON-LD is broken" in error for error in page('<script type="application/ld+json">{"a":</script>').errors)


def test_one_video_told_three_ways_is_one_video() -> None:
    parsed = page(
        f"""<base href="/media/"><title>T</title><meta property="og:video" content="v.mp4">
        <meta name="author" content="Someone">{ld({**VIDEO, "contentUrl": "v.mp4", "author": None})}
        <video><source src="v.mp4" type="video/mp4"><source src="v.webm" type="video/webm"></video>"""
    )
    assert [(d.media_url, d.title, d.uploader) for d in parsed.discoveries] == [
        ("https://site.example/media/v.mp4", "N", "Someone")
    ]


def test_open_graph_prefers_the_secure_address_and_leaves_out_players() -> None:
    both = '<meta property="og:video" content="http://x.example/v.mp4"><meta property="og:video:secure_url" content="https://x.example/v.mp4">'
    assert [d.media_url for d in page(both).discoveries] == ["https://x.example/v.mp4"]
    player = '<meta property="og:video" content="/embed/1"><meta property="og:video:type" content="text/html">'
    assert page(player).discoveries == ()


def test_a_file_is_preferred_to_a_playlist_and_a_playlist_to_nothing() -> None:
    playlist = '<source src="a.m3u8" type="application/x-mpegURL">'
    assert [d.media_url for d in page(f'<video>{playlist}<source src="a.mp4"></video>').discoveries] == [
        "https://site.example/a.mp4"
    ]
    assert [d.media_url for d in page(f"<video>{playlist}</video>").discoveries] == ["https://site.example/a.m3u8"]


def test_a_video_element_that_lives_in_the_browser_only_is_left_out() -> None:
    assert page('<video src="blob:https://site.example/1"></video>').discoveries == ()


def test_links_to_files_are_videos_and_other_links_lead_on() -> None:
    parsed = page('<a href="clip.MP4?x=1">A <b>dancer</b></a><a href="/next">n</a><a href="mailto:a@b.c">m</a><a href="#x">y</a>')
    assert [(d.media_url, d.title) for d in parsed.discoveries] == [("https://site.example/clip.MP4?x=1", "A dancer")]
    assert [f.url for f in parsed.follow] == ["https://site.example/next"]
    assert parsed.errors == ()


def test_a_link_that_turns_out_to_be_a_video_is_one() -> None:
    parsed = page("", "https://site.example/watch?v=1", "video/mp4")
    assert [d.media_url for d in parsed.discoveries] == ["https://site.example/watch?v=1"]


@pytest.mark.parametrize(
    ("html", "label"),
    [
        (
            ld({**VIDEO, "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"}),
            "digitalSourceType: http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
        ),
        (
            ld({**VIDEO, "digitalSourceType": {"@id": "https://schema.org/TrainedAlgorithmicMediaDigitalSource"}}),
            "digitalSourceType: https://schema.org/TrainedAlgorithmicMediaDigitalSource",
        ),
        ('<meta name="ai-generated" content="true"><video src="v.mp4">', "ai-generated: true"),
        ('<meta name="ai-generated" content="false"><video src="v.mp4">', None),
        (ld({**VIDEO, "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"}), None),
        (ld({**VIDEO, "description": "AI-generated, they say"}), None),
    ],
)
def test_only_a_statement_in_structured_data_is_a_platform_label(html: str, label: str | None) -> None:
    assert [d.platform_label for d in page(html).discoveries] == [label]


def test_a_page_in_shift_jis_is_read_as_such() -> None:
    body = '<meta charset="shift_jis"><title>日本語の動画</title><video src="v.mp4"></video>'.encode("shift_jis")
    assert [d.title for d in PageSource("s").parse(Page(AT, "text/html", body)).discoveries] == ["日本語の動画"]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC)),
        ("2026-11-20T10:00:00+02:00", datetime(2026, 11, 20, 8, tzinfo=UTC)),
        ("Fri, 20 Nov 2026 08:00:00 GMT", datetime(2026, 11, 20, 8, tzinfo=UTC)),
        ("yesterday", None),
        ("0001-01-01", None),
        ("9999-12-31T23:59:59-23:00", None),
        ("", None),
        (5, None),
        ("Fri, 99 Nov 99999999999 08:00:00 GMT", None),
    ],
)
def test_dates(text: object, moment: datetime | None) -> None:
    assert when(text) == moment


def test_unpaired_surrogates_and_nulls_go() -> None:
    assert plain("a\ud800b\x00c\u200dd", 10) == "abc\u200dd"
