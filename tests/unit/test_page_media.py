# ruff: noqa: E501
"""Whatever way a page names the address of a video, it is found once, or it is said that there is something."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.types import TakenBy
from tests.support.pages import WATCHED, ld, media, page


def state(data: object) -> str:
    return f'<script id="__NEXT_DATA__" type="application/json">{json.dumps(data)}</script>'


def og(*pairs: tuple[str, str]) -> str:
    return "".join(f'<meta property="og:video{name}" content="{value}">' for name, value in pairs)


WAYS = {
    "video": '<video src="{}"></video>',
    "video source": '<video><source src="{}" type="video/mp4"></video>',
    "lazy behind a placeholder": '<video src="blob:https://site.example/1" data-src="{}"></video>',
    "lazy video": '<video data-video-src="{}"></video>',
    "lazy source": '<video><source data-src="{}"></video>',
    "source set": '<video><source srcset="{} 1x" type="video/mp4"></video>',
    "picture": '<picture><source srcset="{} 1x, /still.jpg 2x" type="video/mp4"><img src="/still.jpg"></picture>',
    "image": '<img src="{}">',
    "image data": '<img src="/still.jpg" data-video="{}">',
    "element data": '<div data-mp4="{}"></div>',
    "link data": '<a href="#" data-video-url="{}">play</a>',
    "button": "<button onclick=\"play('{}')\">play</button>",
    "script link": "<a href=\"javascript:play('{}')\">play</a>",
    "body data": '<section><option value="{}">1</option></section>',
    "settings": """<div data-settings='{{"background_video_link":"{}"}}'></div>""",
    "data-setup": """<video data-setup='{{"sources":[{{"src":"{}","type":"video/mp4"}}]}}'></video>""",
    "loose settings": """<div data-player="{{file: '{}'}}"></div>""",
    "own element": '<mux-player src="{}"></mux-player>',
    "link": '<a href="{}">download</a>',
    "area": '<map><area href="{}"></map>',
    "object": '<object data="{}" type="video/mp4"></object>',
    "object movie": '<object type="application/x-shockwave-flash" data="/p.swf"><param name="movie" value="{}"></object>',
    "object src": '<object classid="clsid:02BF25D5"><PARAM NAME="SRC" VALUE="{}"></object>',
    "embed": '<embed src="{}">',
    "embed flash": '<embed src="/p.swf" flashvars="autostart=1&amp;file={}">',
    "frame": '<iframe src="{}"></iframe>',
    "frame query": '<iframe src="https://player.unknown.example/?autoplay=1&amp;file={}"></iframe>',
    "lazy frame": '<iframe src="about:blank" data-src="{}"></iframe>',
    "srcdoc": '<iframe srcdoc="&lt;video src=&quot;{}&quot;>&lt;/video>"></iframe>',
    "noscript": '<noscript><video src="{}"></video></noscript>',
    "template": '<template><video src="{}"></video></template>',
    "script template": '<script type="text/x-handlebars-template"><video src="{}"></video></script>',
    "kept markup": '<div data-html="&lt;video src=&quot;{}&quot;>&lt;/video>"></div>',
    "amp-video": '<amp-video><source src="{}" type="video/mp4"></amp-video>',
    "amp-iframe": '<amp-iframe src="{}"></amp-iframe>',
    "amp-ima-video": '<amp-ima-video data-src="{}"></amp-ima-video>',
    "meta contentUrl": '<div itemscope itemtype="https://schema.org/VideoObject"><meta itemprop="contentUrl" content="{}"></div>',
    "link contentUrl": '<div itemscope itemtype="https://schema.org/VideoObject"><link itemprop="contentURL" href="{}"></div>',
    "anchor contentUrl": '<a itemprop="contentUrl" href="{}">x</a>',
    "text contentUrl": '<div itemscope itemtype="https://schema.org/VideoObject"><span itemprop="contentUrl">{}</span></div>',
    "embedUrl": '<link itemprop="embedUrl" href="{}">',
    "frame embedUrl": '<iframe itemprop="embedUrl" src="{}"></iframe>',
    "RDFa property": '<div vocab="https://schema.org/" typeof="VideoObject"><span property="contentUrl" content="{}"></span></div>',
    "RDFa relation": '<div typeof="schema:VideoObject"><a rel="schema:contentUrl" resource="{}">x</a></div>',
    "preload": '<link rel="preload" as="video" href="{}">',
    "video_src": '<link rel="video_src" href="{}">',
    "alternate": '<link rel="alternate" type="video/mp4" href="{}">',
    "refresh": '<meta http-equiv="refresh" content="0; URL={}">',
    "og:video": '<meta property="og:video" content="{}">',
    "og:video:url": '<meta property="og:video:url" content="{}"><meta property="og:video:type" content="video/mp4">',
    "og:video:secure_url": '<meta property="og:video:secure_url" content="{}">',
    "twitter:player:stream": '<meta name="twitter:player:stream" content="{}">',
    "contentUrl": '<script type="application/ld+json">{{"@type":"VideoObject","contentUrl":"{}"}}</script>',
    "contentUrls": '<script type="application/ld+json">{{"@type":"VideoObject","contentUrl":["https://o.example/other.mp4","{}"]}}</script>',
    "ld embedUrl": '<script type="application/ld+json">{{"@type":"VideoObject","embedUrl":"{}"}}</script>',
    "ld embedUrl beside": '<script type="application/ld+json">{{"@type":"VideoObject","contentUrl":"https://o.example/other.mp4","embedUrl":"{}"}}</script>',
    "ld url": '<script type="application/ld+json">{{"@type":"VideoObject","url":"{}"}}</script>',
    "graph": '<script type="application/ld+json">{{"@graph":[{{"@type":"WebPage"}},{{"@type":"Article","video":{{"@type":"VideoObject","contentUrl":"{}"}}}}]}}</script>',
    "hasPart": '<script type="application/ld+json">{{"@type":"CreativeWork","hasPart":[{{"@type":"Clip","name":"a"}},{{"@type":"VideoObject","contentUrl":"{}"}}]}}</script>',
    "encoding": '<script type="application/ld+json">{{"@type":"VideoObject","name":"n","encoding":[{{"@type":"MediaObject","encodingFormat":"video/mp4","contentUrl":"{}"}}]}}</script>',
    "associatedMedia": '<script type="application/ld+json">{{"@type":"NewsArticle","associatedMedia":{{"@type":"MediaObject","contentUrl":"{}"}}}}</script>',
    "broken lines": '<script type="application/ld+json">{{"@type":"VideoObject","description":"a\nb","contentUrl":"{}"}}</script>',
    "state": '<script type="application/json">{{"props":{{"pageProps":{{"asset":{{"id":5,"playbackUrl":"{}"}}}}}}}}</script>',
    "script": "<script>new Player({{ 'file': '{}' }})</script>",
    "assigned": '<script>document.getElementById("v").src = "{}";</script>',
    "called": '<script>hls.loadSource("{}")</script>',
    "consent": '<script type="text/plain" data-category="media">player.src({{src: "{}"}})</script>',
}
"""How a page may name a file, each with a place for its address."""


@pytest.mark.parametrize("way", WAYS)
def test_a_file_is_found_whatever_names_it(way: str) -> None:
    found = [each for each in media(f"<article><h1>T</h1>{WAYS[way].format('/files/v.mp4')}</article>") if "other" not in each]
    assert found == ["/files/v.mp4"]


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(sorted(WAYS)), st.integers(0, 3)), min_size=1, max_size=6),
    st.sampled_from(("/files/", "https://cdn.example/files/", "//cdn.example/")),
    st.sampled_from((".mp4", ".webm", ".m3u8", ".MOV", ".mp4?token=a1")),
    st.booleans(),
)
def test_in_whatever_ways_a_page_names_files_each_is_found_once(
    ways: list[tuple[str, int]], place: str, ending: str, in_article: bool
) -> None:
    files = {number: f"{place}take{number}of4{ending}" for _, number in ways}
    body = "".join(f"<div>{WAYS[way].format(files[number])}</div>" for way, number in ways)
    html = f"<title>T</title><article><h1>T</h1>{body}</article>" if in_article else f"<title>T</title><h1>T</h1>{body}"
    found = [each.media_url for each in page(html).discoveries]
    expected = {
        ("https:" if file.startswith("//") else "https://site.example" if file.startswith("/") else "") + file
        for file in files.values()
    }
    assert expected <= set(found)
    assert len(found) == len(set(found))
    assert set(found) - expected <= {"https://o.example/other.mp4"}


def test_open_graphs_videos_are_several_and_one_that_is_a_page_hides_no_file() -> None:
    player, file = (
        (("", "/embed/1"), (":type", "text/html"), (":width", "9")),
        (("", "/2.mp4"), (":secure_url", "/2.mp4"), (":type", "video/mp4")),
    )
    assert media(og(*player, *file)) == ["/2.mp4"]
    assert media(og(*file, *player)) == ["/2.mp4"]
    assert media(og(*file, ("", "/3"), (":type", "video/mp4"))) == ["/2.mp4", "/3"]
    assert media(og((":url", "/a.mp4"), (":type", "video/mp4"), (":url", "/b.mp4"), (":type", "video/mp4"))) == [
        "/a.mp4",
        "/b.mp4",
    ]
    assert media(og(("", "/a.mp4"), ("", "/a.webm"))) == ["/a.mp4"]
    assert media(og(("", "/a.mp4")) + '<meta name="twitter:player:stream" content="/b.mp4">') == ["/a.mp4", "/b.mp4"]


def test_a_platforms_player_in_the_head_is_its_video_beside_what_the_page_shows() -> None:
    head = og(("", "https://www.youtube.com/embed/abcdef-_123"), (":type", "text/html"))
    found = page(f"{head}<video src='/1.mp4'></video>").discoveries
    assert [(each.media_url, each.via) for each in found] == [
        ("https://site.example/1.mp4", TakenBy.HTTP),
        (WATCHED, TakenBy.YTDLP),
    ]
    frame = "<iframe src='https://www.youtube.com/embed/abcdef-_123'></iframe>"
    assert [each.media_url for each in page(head + frame).discoveries] == [WATCHED]
    untyped = page(og(("", "https://www.youtube.com/v/abcdef-_123"))).discoveries
    assert [(each.media_url, each.via) for each in untyped] == [(WATCHED, TakenBy.YTDLP)]


def test_the_sites_own_player_in_the_head_is_read_where_nothing_else_is_shown_and_said_otherwise() -> None:
    head = og(("", "/embed/1"), (":type", "text/html"))
    assert [link.url for link in page(head).follow if link.shown_on] == ["https://site.example/embed/1"]
    beside = page(f"{head}<video src='/1.mp4'></video>")
    assert any("head names a player" in note for note in beside.notes)
    framed = page(f"{head}<video src='/1.mp4'></video><iframe src='/embed/1'></iframe>")
    assert framed.notes == ()


def test_several_files_of_a_video_have_its_fields() -> None:
    video = {
        "@type": "VideoObject",
        "name": "N",
        "contentUrl": ["/a.mp4", "/a.webm", "/b.mp4"],
        "encoding": {"@type": "MediaObject", "contentUrl": "/c.mp4"},
    }
    found = page(ld(video)).discoveries
    assert [(each.media_url[-6:], each.title) for each in found] == [("/a.mp4", "N"), ("/b.mp4", "N"), ("/c.mp4", "N")]


def test_a_platforms_address_in_structured_data_is_its_video() -> None:
    for data in ({"contentUrl": WATCHED}, {"embedUrl": "https://www.youtube.com/embed/abcdef-_123"}):
        found = page(ld({"@type": "VideoObject", "name": "N", **data})).discoveries
        assert [(each.media_url, each.via, each.title) for each in found] == [(WATCHED, TakenBy.YTDLP, "N")]


def test_players_that_a_list_names_are_their_platforms_videos_or_said() -> None:
    def listed(address: str) -> str:
        return ld({"@type": "ItemList", "itemListElement": [{"@type": "VideoObject", "name": "N", "embedUrl": address}]})

    assert [each.title for each in page(listed("https://www.youtube.com/embed/abcdef-_123")).discoveries] == ["N"]
    assert any("by their players alone" in note for note in page(listed("/embed/1")).notes)


def test_json_ld_of_more_objects_than_are_read_is_an_error() -> None:
    assert any("more than 20,000 objects" in error for error in page(ld([{"a": 1}] * 20_001)).errors)


@pytest.mark.parametrize(
    "html",
    [
        '<video><source src="/x.webm"><source src="/y.mp4"></video>',
        '<video><source src="/x.mp4" type="video/mp4"><source src="/hls/master.m3u8" type="application/x-mpegURL"></video>',
        '<script type="application/json">{"sources": [{"file": "/x.mp4"}, {"file": "/y.mp4"}]}</script>',
        '<div data-mp4="/x.mp4" data-hls="/hls/master.m3u8"></div>',
    ],
)
def test_what_one_player_is_offered_under_other_names_is_said(html: str) -> None:
    parsed = page(html)
    assert len(parsed.discoveries) == 1
    assert parsed.notes == ("A player is offered further files under other names, of which one was taken.",)


@pytest.mark.parametrize(
    "html",
    [
        '<video><source src="/x-720p.mp4"><source src="/x-1080p.mp4"><source src="/x.webm"></video>',
        '<video src="/x.mp4" data-mp4="/x.mp4" data-webm="/x.webm"></video>',
        '<script type="application/json">{"hd": "/x_hd.mp4", "sd": "/x_sd.mp4"}</script>',
        '<script type="application/json">[{"url": "/x_1080p.mp4"}, {"url": "/x_720p.mp4"}]</script>',
        '<video src="/x.mp4"></video><script>player.load({file: "/x_hd.mp4"})</script>',
        '<meta property="og:video" content="/x-480p.mp4"><video src="/x.mp4"></video>',
    ],
)
def test_renditions_of_one_name_are_one_video_and_nothing_to_be_said(html: str) -> None:
    parsed = page(html)
    assert (len(parsed.discoveries), parsed.notes) == (1, ())


def test_a_files_name_beside_its_address_is_no_second_address() -> None:
    assert media('<div data-video-src="/a/3X/26a9.mp4" data-video-sha1="5w2mp.mp4"></div>') == ["/a/3X/26a9.mp4"]
    assert media('<div data-video-file="5w2mp.mp4"></div>') == ["/post/1/5w2mp.mp4"]


def test_a_placeholder_hides_no_video() -> None:
    assert media('<video src="/blank.mp4" data-src="/real.mp4"></video>') == ["/blank.mp4", "/real.mp4"]
    assert media('<video src="/clip.mp4"><a href="/other.mp4">An earlier cut</a></video>') == ["/clip.mp4", "/other.mp4"]


def test_scripts_are_read_as_they_are_escaped_and_case_does_not_matter() -> None:
    packed = json.dumps(json.dumps({"url": "https://cdn.example/v.mp4?a=1&b=2"})).replace("/", "\\/").replace("&", "\\u0026")
    assert media(f"<script>window.__STATE__ = JSON.parse({packed})</script>") == ["https://cdn.example/v.mp4?a=1&b=2"]
    assert media('<script>var a = ["https://cdn.example/V.MP4"]</script>') == ["https://cdn.example/V.MP4"]
    assert media(state({"html": '<p>x</p><video src="https://cdn.example/1.mp4">'})) == ["https://cdn.example/1.mp4"]
    assert media('<script type=\'application/json\'>{broken, "file": "https://cdn.example/1.mp4"</script>') == [
        "https://cdn.example/1.mp4"
    ]
    assert media(state({"url": "/a.mp4", "next": {"file": "/b.mp4"}})) == ["/a.mp4", "/b.mp4"]
    assert media(state({"x": [[{"n": n}] for n in range(9_000)], "file": "/late.mp4"})) == ["/late.mp4"]


def test_advertisements_previews_and_pictures_of_scripts_are_no_videos() -> None:
    for key in ("ad", "adUrl", "preRoll", "vastMedia", "previewUrl", "thumbnail_video", "poster", "sprite"):
        assert media(state({"player": {key: "https://cdn.example/x.mp4"}})) == []
        assert media(f"<script>setup({{{key}: 'https://cdn.example/x.mp4'}})</script>") == []
    assert media('<script>if (name.endsWith(".mp4") || kind == "video/mp4") accept("a.mp4.jpg")</script>') == []
    assert media('<img src="/1.mp4" width="1" height="1"><iframe src="/2.mp4" width="0"></iframe>') == []
