# ruff: noqa: E501
"""Players and their settings, embeds of other places, moving pictures: what a page shows otherwise than by a plain <video>."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.sources.base import Page, Parsed
from crawler.sources.embeds import plays_nothing, watch_address
from crawler.sources.feed import FeedSource
from crawler.sources.page import PageSource
from crawler.types import SourceKind, TakenBy

AT = "https://site.example/post/1/"
SEEN = datetime(2026, 11, 20, 12, tzinfo=UTC)


def page(html: str, url: str = AT) -> Parsed:
    return PageSource("s").parse(Page(url, "text/html; charset=utf-8", html.encode(), SEEN))


def media(html: str) -> list[str]:
    return [found.media_url.removeprefix("https://site.example") for found in page(html).discoveries]


@pytest.mark.parametrize(
    ("address", "watched"),
    [
        ("https://www.youtube.com/embed/abcdef-_123?rel=0", "https://www.youtube.com/watch?v=abcdef-_123"),
        ("https://www.youtube-nocookie.com/embed/abcdef-_123", "https://www.youtube.com/watch?v=abcdef-_123"),
        ("https://www.youtube.com/embed/videoseries?list=PL1", None),
        ("https://player.vimeo.com/video/123456?h=abc1", "https://vimeo.com/123456/abc1"),
        ("https://geo.dailymotion.com/player/x1.html?video=x8abc", "https://www.dailymotion.com/video/x8abc"),
        ("https://www.tiktok.com/embed/v2/7123", "https://www.tiktok.com/@_/video/7123"),
        ("https://player.bilibili.com/player.html?bvid=BV1xx411c7mD", "https://www.bilibili.com/video/BV1xx411c7mD"),
        ("https://platform.twitter.com/embed/Tweet.html?id=99", "https://x.com/i/status/99"),
        ("https://player.twitch.tv/?video=v55&parent=x", "https://www.twitch.tv/videos/55"),
        ("https://player.twitch.tv/?channel=somebody", None),
        ("https://rumble.com/embed/v4abc/?pub=4", "https://rumble.com/embed/v4abc"),
        ("https://tube.anywhere.example/videos/embed/9c9de5e8", "https://tube.anywhere.example/w/9c9de5e8"),
        ("https://vk.com/video_ext.php?oid=-1&id=2&hash=3", "https://vk.com/video-1_2"),
        ("https://youtube.com.evil.example/embed/abcdef", None),
        ("http://[", None),
    ],
)
def test_a_players_address_is_that_of_the_page_to_watch(address: str, watched: str | None) -> None:
    assert watch_address(address) == watched


def test_an_embed_has_the_fields_of_the_article_that_embeds_it() -> None:
    article = '<article><h1>On tour</h1><a rel="author">Ann</a><time datetime="2026-03-01T00:00:00Z">d</time>{}</article>'
    for player in (
        '<iframe src="//www.youtube.com/embed/abcdef-_123"></iframe>',
        '<iframe loading="lazy" data-src="https://www.youtube.com/embed/abcdef-_123"></iframe>',
        '<lite-youtube videoid="abcdef-_123"></lite-youtube>',
        '<figure class="wp-block-embed"><div class="wp-block-embed__wrapper">https://youtu.be/abcdef-_123</div></figure>',
        '<oembed url="https://www.youtube.com/watch?v=abcdef-_123"></oembed>',
        '<noscript><iframe src="https://www.youtube.com/embed/abcdef-_123"></iframe></noscript>',
    ):
        (found,) = page(article.format(player)).discoveries
        assert (found.media_url, found.via) == ("https://www.youtube.com/watch?v=abcdef-_123", TakenBy.YTDLP)
        assert (found.title, found.uploader, found.page_url) == ("On tour", "Ann", AT)


def test_quoted_posts_are_videos_of_their_platforms() -> None:
    tweet = '<blockquote class="twitter-tweet"><p>Look</p><a href="https://twitter.com/a/status/12">then</a></blockquote>'
    tiktok = '<blockquote class="tiktok-embed" cite="https://www.tiktok.com/@a.b/video/34"><section>x</section></blockquote>'
    assert [found.media_url for found in page(tweet + tiktok).discoveries] == [
        "https://x.com/i/status/12",
        "https://www.tiktok.com/@a.b/video/34",
    ]


def test_a_player_of_an_unknown_host_is_said_once_and_a_map_is_not() -> None:
    unknown = '<iframe src="https://player.unknown.example/1"></iframe><iframe src="https://player.unknown.example/2"></iframe>'
    parsed = page(
        unknown + '<iframe src="https://www.google.com/maps/embed?pb=1"></iframe><iframe width="1" src="//t.example/x"></iframe>'
    )
    assert parsed.notes == ("The page embeds a player of player.unknown.example, which was not looked into.",)
    assert plays_nothing("https://open.spotify.com/embed/track/1")


def test_a_player_of_the_same_site_is_read_as_part_of_the_page() -> None:
    html = '<article><h1>Own player</h1><span class="author">Ann</span><iframe src="/player/7"></iframe></article>'
    (link,) = [link for link in page(html).follow if link.shown_on is not None]
    assert (link.url, link.kind) == ("https://site.example/player/7", SourceKind.PAGE)
    inside = Page(link.url, "text/html", b"<title>Player</title><video src='/7.mp4'></video>", SEEN, link.shown_on)
    (found,) = PageSource("s").parse(inside).discoveries
    assert (found.media_url, found.page_url) == ("https://site.example/7.mp4", AT)
    assert (found.title, found.uploader) == ("Own player", "Ann")


@pytest.mark.parametrize(
    "html",
    [
        '<div data-video-url="/v.mp4"></div>',
        """<video data-setup='{"sources": [{"src": "/v.mp4", "type": "video/mp4"}]}'></video>""",
        """<div class="flowplayer" data-item='{"sources": [{"type": "video/webm", "src": "/v.mp4"}]}'></div>""",
        '<video data-src="/v.mp4"></video>',
        '<template><video src="/v.mp4"></video></template>',
        '<object data="/v.mp4" type="video/mp4"></object>',
        '<object type="application/x-shockwave-flash" data="/p.swf"><param name="flashvars" value="a=1&amp;file=/v.mp4"></object>',
        '<embed src="/v.mp4">',
        '<script>jwplayer("x").setup({"file": "https:\\/\\/site.example\\/v.mp4", "image": "/v.jpg"});</script>',
        """<script>flowplayer('#p', { clip: { sources: [{ type: 'video/mp4', src: '/v.mp4' }] } })</script>""",
        '<script type="application/json">{"player": {"sources": [{"file": "/v.mp4"}, {"file": "/v.webm"}]}}</script>',
        '<amp-video src="/v.mp4"></amp-video>',
        '<video><source src="/v.mp4#t=0.5"><source src="/v.webm"><track src="/v.vtt"><a href="/v.mp4">v</a></video>',
    ],
)
def test_a_players_settings_name_one_video(html: str) -> None:
    assert media(f"<article><h1>T</h1>{html}</article>") == ["/v.mp4"]


def test_wordpress_shortcode_is_one_video_and_its_address_stays_what_it_is() -> None:
    html = '<video class="wp-video-shortcode"><source type="video/mp4" src="/v.mp4?_=1" /><a href="/v.mp4">https://site.example/v.mp4</a></video>'
    assert media(html) == ["/v.mp4?_=1"]


def test_a_playlist_gives_each_track_with_its_own_title() -> None:
    tracks = [
        {"src": "/a.mp4", "type": "video/mp4", "title": "The harbour", "caption": "", "description": "At dawn"},
        {"src": "/b.mp4", "type": "video/mp4", "title": "b"},
    ]
    script = (
        f'<script type="application/json" class="wp-playlist-script">{json.dumps({"type": "video", "tracks": tracks})}</script>'
    )
    found = page(
        f"<article><h1>Reel</h1><span class='author'>Ann</span><div class='wp-playlist'>{script}</div></article>"
    ).discoveries
    assert [(each.title, each.uploader, each.description) for each in found] == [
        ("The harbour", "Ann", "At dawn"),
        ("Reel", "Ann", ""),
    ]


def test_words_to_press_on_are_no_title() -> None:
    html = "<article><h1>Harbour at dawn</h1><a href='/v.mp4'>{}</a></article>"
    for words in ("Watch here", "Download (12 MB)", "v.mp4", "▶ Play video", "观看视频"):
        assert [found.title for found in page(html.format(words)).discoveries] == ["Harbour at dawn"]
    several = "<article><h1>Two</h1><figure><video src='/1.mp4'></video><figcaption>First</figcaption></figure><video src='/2.mp4' title='Second'></video></article>"
    assert [found.title for found in page(several).discoveries] == ["First", "Second"]


def test_the_sites_name_is_no_part_of_the_title() -> None:
    head = '<title>Harbour — at dawn | My Site</title><meta property="og:site_name" content="My Site">'
    assert page(f"{head}<video src=v.mp4></video>").discoveries[0].title == "Harbour — at dawn"
    assert page("<title>Sora - a test</title><video src=v.mp4></video>").discoveries[0].title == "Sora - a test"


def test_gifs_in_the_content_may_move_and_icons_do_not() -> None:
    html = '<nav><img src="/nav.gif"></nav><article><h1>T</h1><img src="/wave.gif"><img src="/dot.gif" width="16"><img src="/p.webp"></article>'
    parsed = page(html)
    assert [found.media_url for found in parsed.discoveries] == ["https://site.example/wave.gif"]
    assert parsed.notes == ("WebP and AVIF pictures are shown, which may move; they were not looked into.",)


@pytest.mark.parametrize(
    ("stated", "moment", "note"),
    [
        ("2026-03-01T08:00:00+09:00", datetime(2026, 2, 28, 23, tzinfo=UTC), ""),
        ("2026-03-01T08:00:00", datetime(2026, 3, 1, 8, tzinfo=UTC), "without a time zone"),
        ("2031-01-01T00:00:00Z", None, "in the future"),
        ("2026-13-45", None, "is no date"),
    ],
)
def test_what_is_odd_about_a_date_is_said_and_no_date_is_made_up(stated: str, moment: datetime | None, note: str) -> None:
    html = f'<article><h1>T</h1><time class="published" datetime="{stated}">d</time><video src="v.mp4"></video></article>'
    (found,) = page(html).discoveries
    assert found.published_at == moment
    assert note in found.date_note


def test_the_date_of_a_change_is_not_taken_for_that_of_publication() -> None:
    html = (
        '<article><h1>T</h1><time class="updated" datetime="2026-05-01T00:00:00Z">d</time>{}<video src="v.mp4"></video></article>'
    )
    (found,) = page(html.format('<time class="published" datetime="2026-03-01T00:00:00Z">d</time>')).discoveries
    assert found.published_at == datetime(2026, 3, 1, tzinfo=UTC)
    assert "date of the last change" in page(html.format("")).discoveries[0].date_note


def test_an_author_is_found_through_the_graph_and_an_address_is_no_name() -> None:
    graph = {
        "@graph": [
            {"@type": "Person", "@id": "/#ann", "name": "Ann"},
            {"@type": "WebSite", "name": "My Site"},
            {"@type": "NewsArticle", "headline": "T", "author": {"@id": "/#ann"}, "datePublished": "2026-03-01T00:00:00Z"},
        ]
    }
    html = f'<meta property="article:author" content="https://x.example/u"><script type="application/ld+json">{json.dumps(graph)}</script>'
    (found,) = page(f"{html}<video src=v.mp4></video>").discoveries
    assert (found.title, found.uploader, found.published_at) == ("T", "Ann", datetime(2026, 3, 1, tzinfo=UTC))
    assert (
        page('<meta property="article:author" content="https://x.example/u"><video src=v.mp4></video>').discoveries[0].uploader
        == ""
    )


@pytest.mark.parametrize(
    ("byline", "name"),
    [
        ("<p>By Ann Lee</p>", "Ann Lee"),
        ("<small>Posted by ann99 on 3 May 2026</small>", "ann99"),
        ("<p>By the river she sat and wept</p>", ""),
        ('<span class="byline">von <a href="/u">Jörg Müller</a> | 3. Mai 2026</span>', "Jörg Müller"),
        ('<div class="vcard"><span class="fn">Ann</span></div>', "Ann"),
        (
            '<span class="author-avatar">A</span><span itemprop="author" itemscope><meta itemprop="name" content="Ann"></span>',
            "Ann",
        ),
        ('<a rel="author" href="/u">View all posts by Ann Lee</a>', "Ann Lee"),
        ('<section id="comments"><article class="comment"><b class="fn">Troll</b></article></section>', ""),
    ],
)
def test_bylines(byline: str, name: str) -> None:
    (found,) = page(f"<article><h1>T</h1>{byline}<video src='v.mp4'></video></article>").discoveries
    assert found.uploader == name


def test_the_html_of_a_feeds_item_shows_its_videos() -> None:
    html = "<p>x</p><video src='/a.mp4'></video><a href='/b.mp4'>Watch here</a><iframe src='https://www.youtube.com/embed/abcdef-_123'></iframe>"
    escaped = html.replace("<", "&lt;")
    rss = (
        '<rss xmlns:content="c" xmlns:dc="d"><channel><item><title>T</title><link>https://site.example/p</link><dc:creator>Ann</dc:creator>'
        f"<pubDate>Fri, 20 Nov 2026 08:00:00 GMT</pubDate><content:encoded>{escaped}</content:encoded></item></channel></rss>"
    )
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><author><name>Ann</name></author><entry><title>T</title><link href="https://site.example/p"/>'
        f'<published>2026-11-20T08:00:00Z</published><content type="html">{escaped}</content></entry></feed>'
    )
    item = {
        "url": "https://site.example/p",
        "title": "T",
        "authors": [{"name": "Ann"}],
        "content_html": html,
        "date_published": "2026-11-20T08:00:00Z",
    }
    json_feed = json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [item]})
    for body in (rss, atom, json_feed):
        parsed = FeedSource("s").parse(Page("https://site.example/feed", "text/xml", body.encode(), SEEN))
        assert [found.media_url for found in parsed.discoveries] == [
            "https://site.example/a.mp4",
            "https://site.example/b.mp4",
            "https://www.youtube.com/watch?v=abcdef-_123",
        ]
        for found in parsed.discoveries:
            assert (found.title, found.uploader, found.page_url) == ("T", "Ann", "https://site.example/p")
            assert found.published_at == datetime(2026, 11, 20, 8, tzinfo=UTC)
        assert [link.url for link in parsed.follow] == ["https://site.example/p"]


def test_one_file_in_two_articles_of_a_page_has_both_pages() -> None:
    html = "".join(f"<article><h2><a href='/p/{n}'>T{n}</a></h2><video src='/same.mp4'></video></article>" for n in (1, 2))
    assert [(found.title, found.page_url) for found in page(html).discoveries] == [
        ("T1", "https://site.example/p/1"),
        ("T2", "https://site.example/p/2"),
    ]


@pytest.mark.parametrize(
    ("piece", "count", "said"),
    [
        ("<a href='/p{n}'>x</a>", 20_000, "links to more than 5000 documents"),
        ("<video src='/{n}.mp4'></video>", 20_000, "lists more than 2000 videos"),
        ("<h2>t{n}</h2><time>2026-01-01</time><video src='/{n}.mp4'></video><hr>", 5_000, "lists more than 2000 videos"),
        ("<article><h2><a href='/p{n}'>t</a></h2><video src='/{n}.mp4'></video></article>", 5_000, "lists more than 2000 videos"),
        ("<iframe src='https://www.youtube.com/embed/abcdef{n}'></iframe>", 5_000, "embeds more than 2000 players"),
        ("<script>x={{file: '/{n}.mp4'}}</script>", 5_000, "lists more than 2000 videos"),
        ("<div class='author post'>", 20_000, "nested more than 250 deep"),
    ],
)
def test_promise_10_a_page_of_too_much_says_what_was_left_out(piece: str, count: int, said: str) -> None:
    parsed = page("".join(piece.format(n=n) for n in range(count)))
    assert any(said in error for error in parsed.errors)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            (
                *(
                    "<article>",
                    "</article>",
                    "<div class='post'>",
                    "</div>",
                    "<h1>a",
                    "</h1>",
                    "<h2>b</h2>",
                    "<hr>",
                    "<figure>",
                    "<video>",
                ),
                *(
                    "<video src='/1.mp4'></video>",
                    "<a href='/2.mp4'>x",
                    "<time datetime='2026-01-01'>",
                    "<p>By Ann</p>",
                    "<aside>",
                    "</aside>",
                ),
                *(
                    "<iframe src='/p'></iframe>",
                    "<div itemscope itemtype='https://schema.org/VideoObject'>",
                    "<template>",
                    "<body>",
                    "<base href='::'>",
                ),
                '<script type="application/ld+json">{"@type":["VideoObject"],"contentUrl":"/1.mp4","author":[{"@id":5},[]],"name":{}}</script>',
                '<script type="application/ld+json">{"@type":"Article","@id":"x","author":{"@id":"x"},"url":[1],"headline":5}</script>',
                *(
                    '<div data-setup=\'{"sources": [{"src": 5}, 7], "file": "a.mp4"}\'>',
                    "<meta property='og:title' content=' - '>",
                ),
            )
        ),
        max_size=25,
    )
)
def test_promise_10_no_heap_of_markup_raises_or_reads_differently(pieces: list[str]) -> None:
    assert page("".join(pieces)) == page("".join(pieces))


def test_the_name_of_the_site_is_no_title_of_a_post_without_one() -> None:
    head = '<title>My Site</title><link rel="alternate" type="application/rss+xml" title="My Site » Feed" href="/feed">'
    assert page(f"{head}<main><video src=v.mp4></video></main>").discoveries[0].title == ""


def test_the_one_article_of_a_page_lends_nothing_to_videos_in_boxes_beside_it() -> None:
    box = '<div class="box"><div><video src="/{0}.mp4"></video></div><div><h3>Film {0}</h3></div></div>'
    article = '<article><h2>The third</h2><video src="/3.mp4"></video><a rel="author" href="/x">Ann</a><time datetime="2026-03-03"></time></article>'
    page = f"<title>All films</title><main>{box.format(1)}{box.format(2)}{article}</main>"
    found = PageSource("s").parse(Page("https://films.example/", "text/html", page.encode())).discoveries
    said = {each.media_url[-5:]: (each.uploader, each.published_at is not None) for each in found}
    assert said == {"1.mp4": ("", False), "2.mp4": ("", False), "3.mp4": ("Ann", True)}
