# ruff: noqa: E501
"""Every video that a feed's item names is found: in whatever element, at whatever place of it, relative to whatever."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.sources.base import Page, Parsed
from crawler.sources.feed import FeedSource
from crawler.types import SourceKind, TakenBy

AT = "https://site.example/feed/list.xml"
MEDIA = 'xmlns:media="http://search.yahoo.com/mrss/"'
PODCAST = 'xmlns:podcast="https://podcastindex.org/namespace/1.0"'
ATOM = 'xmlns="http://www.w3.org/2005/Atom"'


def read(text: str) -> Parsed:
    return FeedSource("s").parse(Page(AT, "application/xml", text.encode()))


def rss(item: str, attributes: str = "") -> Parsed:
    return read(f"<rss {MEDIA} {PODCAST} {attributes}><channel><item>{item}</item></channel></rss>")


def atom(entry: str, attributes: str = "") -> Parsed:
    return read(f"<feed {ATOM} {MEDIA} {PODCAST} {attributes}><entry>{entry}</entry></feed>")


def attachments(*files: dict[str, object]) -> Parsed:
    return read(json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "attachments": list(files)}]}))


def media(parsed: Parsed) -> list[str]:
    return [found.media_url.removeprefix("https://site.example") for found in parsed.discoveries]


def test_every_enclosure_of_an_item_is_found() -> None:
    item = "".join(f'<enclosure url="/{name}.mp4" type="video/mp4"/>' for name in "abc")
    assert media(rss(item + '<enclosure url="/d.mp3" type="audio/mpeg"/>')) == ["/a.mp4", "/b.mp4", "/c.mp4"]
    links = "".join(f'<link rel="enclosure" href="/{name}.webm" type="video/webm"/>' for name in "ab")
    assert media(atom(f'<link href="/p"/>{links}')) == ["/a.webm", "/b.webm"]


@pytest.mark.parametrize(
    ("kind", "count"), [("video", 1), ("VIDEO", 1), ("mp4", 1), ("mpeg", 1), ("audio/mpeg", 0), ("image/jpeg", 0)]
)
def test_types_that_are_none_declare_nothing(kind: str, count: int) -> None:
    assert len(rss(f'<enclosure url="/v.mp4" type="{kind}"/>').discoveries) == count
    assert len(rss(f'<media:content url="/7" type="{kind}"/>').discoveries) == (kind.lower() == "video")


def test_what_the_media_of_an_item_name_beside_its_enclosure_is_found() -> None:
    item = '<enclosure url="/a.mp4" type="video/mp4"/><media:content url="/b.mp4" type="video/mp4"/>'
    assert media(rss(item)) == ["/a.mp4", "/b.mp4"]
    assert media(rss(item.replace("/b.mp4", "/a.mp4"))) == ["/a.mp4"]


def test_media_that_stand_alone_are_several_and_those_of_a_group_are_one() -> None:
    contents = '<media:content url="/x1.mp4" medium="video"/><media:content url="/y2.mp4" medium="video"/><media:content url="/z.jpg" medium="image"/>'
    assert media(rss(contents)) == ["/x1.mp4", "/y2.mp4"]
    assert media(rss(f"<media:group>{contents}</media:group>")) == ["/x1.mp4"]
    groups = "".join(
        f'<media:group><media:content url="/{name}-s" type="video/mp4" bitrate="9"/><media:content url="/{name}-l" type="video/mp4" bitrate="90"/></media:group>'
        for name in "ab"
    )
    assert media(rss(groups)) == ["/a-l", "/b-l"]


def test_media_of_a_group_with_other_titles_or_lengths_are_other_videos() -> None:
    titled = "".join(
        f'<media:content url="/{n}" type="video/mp4"><media:title>Take {n}</media:title></media:content>' for n in (1, 2)
    )
    found = rss(f"<title>All takes</title><media:group>{titled}</media:group>").discoveries
    assert [(each.media_url[-2:], each.title) for each in found] == [("/1", "Take 1"), ("/2", "Take 2")]
    timed = "".join(f'<media:content url="/{n}" type="video/mp4" duration="{n}"/>' for n in (10, 11, 95))
    assert media(rss(f"<media:group>{timed}</media:group>")) == ["/10", "/95"]
    excerpt = '<media:content url="/s" type="video/mp4" duration="5" expression="sample"/><media:content url="/f" type="video/mp4" duration="95"/>'
    assert media(rss(f"<media:group>{excerpt}</media:group>")) == ["/f"]


def test_a_player_is_its_platforms_video_or_read_or_said() -> None:
    youtube = '<media:player url="https://www.youtube.com/watch?v=abcdef-_123"/>'
    (found,) = rss(f"<title>T</title><link>/p</link><media:group>{youtube}</media:group>").discoveries
    assert (found.media_url, found.via, found.title) == ("https://www.youtube.com/watch?v=abcdef-_123", TakenBy.YTDLP, "T")
    (found,) = rss(
        '<media:content url="https://www.youtube.com/v/abcdef-_123?version=3" type="application/x-shockwave-flash"/>'
    ).discoveries
    assert (found.media_url, found.via) == ("https://www.youtube.com/watch?v=abcdef-_123", TakenBy.YTDLP)
    assert (
        rss('<media:content url="https://www.youtube.com/v/abcdef-_123?version=3" duration="7"/>').discoveries[0].via
        is TakenBy.YTDLP
    )
    parsed = rss('<title>T</title><link>/p</link><media:content><media:player url="/player/1"/></media:content>')
    (link,) = [link for link in parsed.follow if link.shown_on is not None]
    assert (link.url, link.kind) == ("https://site.example/player/1", SourceKind.PAGE)
    assert link.shown_on is not None
    assert link.shown_on.title == "T"
    parsed = rss('<media:player url="https://player.unknown.example/1"/>')
    assert parsed.notes == ("The feed names a player of player.unknown.example, which was not looked into.",)
    assert rss('<enclosure url="/p.swf" type="application/x-shockwave-flash"/>').notes != ()
    assert media(rss('<media:player url="/p/1.mp4"/>')) == ["/p/1.mp4"]


def test_what_a_feed_names_outside_its_items_is_found_and_is_of_none_of_them() -> None:
    parsed = read(
        f'<rss {MEDIA}><channel><title>C</title><media:content url="/c.mp4" medium="video"/><item><title>T</title></item></channel></rss>'
    )
    (found,) = parsed.discoveries
    assert (found.media_url, found.title, found.page_url) == ("https://site.example/c.mp4", "", None)


def test_a_player_of_what_has_a_file_is_no_second_video() -> None:
    content = '<media:content url="/a.mp4" type="video/mp4"><media:player url="https://www.youtube.com/watch?v=abcdef-_123"/></media:content>'
    assert media(rss(content)) == ["/a.mp4"]


def test_media_rss_is_known_by_each_spelling_of_its_namespace() -> None:
    for space in ("http://search.yahoo.com/mrss", "https://search.yahoo.com/mrss/", "http://www.rssboard.org/media-rss"):
        item = '<m:group><m:content url="/1" medium="video"/></m:group><m:content url="/2" type="video/mp4"/>'
        assert media(read(f'<rss xmlns:m="{space}"><channel><item>{item}</item></channel></rss>')) == ["/1", "/2"]


def test_atoms_content_may_lie_elsewhere() -> None:
    assert media(atom('<link href="/p"/><content src="/stream/1" type="video/mp4"/>')) == ["/stream/1"]
    assert media(atom('<content src="/1.webm"/>')) == ["/1.webm"]
    assert [link.url for link in atom('<content src="/read" type="text/html"/>').follow] == ["https://site.example/read"]


def test_a_link_to_a_file_is_a_video_and_no_page() -> None:
    for parsed in (
        atom('<link rel="alternate" type="video/mp4" href="/v/1"/>'),
        atom('<link rel="related" href="/v/1" type="video/mp4"/>'),
    ):
        assert (media(parsed), parsed.follow) == (["/v/1"], ())
    parsed = rss("<title>T</title><link>https://site.example/1.mp4</link>")
    assert (media(parsed), parsed.follow) == (["/1.mp4"], ())


def test_addresses_are_relative_to_the_bases_around_them() -> None:
    parsed = atom(
        '<link href="p/1"/><link rel="enclosure" type="video/mp4" href="1.mp4"/>'
        '<link xml:base="/other/" rel="enclosure" type="video/mp4" href="2.mp4"/>'
        '<content type="html" xml:base="text/">&lt;video src="3.mp4">&lt;/video></content>',
        'xml:base="https://cdn.example/a/x.xml"',
    )
    assert [found.media_url for found in parsed.discoveries] == [
        "https://cdn.example/a/1.mp4",
        "https://cdn.example/other/2.mp4",
        "https://cdn.example/a/text/3.mp4",
    ]
    assert {found.page_url for found in parsed.discoveries} == {"https://cdn.example/a/p/1"}
    xhtml = '<content type="xhtml" xml:base="/b/"><div xmlns="http://www.w3.org/1999/xhtml"><video src="4.mp4"/></div></content>'
    assert media(atom(xhtml)) == ["/b/4.mp4"]
    assert media(rss('<enclosure url="https://site.example/5.mp4" type="video/mp4"/>', 'xml:base="http://["')) == ["/5.mp4"]


def test_a_page_that_is_said_to_be_the_medium_is_read_and_its_player_found() -> None:
    content = '<media:content url="https://site.example/p/1" medium="video" type="text/html"><media:player url="https://player.vimeo.com/video/12345"/></media:content>'
    parsed = rss(f"<link>https://site.example/p/1</link>{content}")
    assert [each.media_url for each in parsed.discoveries] == ["https://vimeo.com/12345"]
    assert [link.url for link in parsed.follow] == ["https://site.example/p/1"]


def test_what_is_live_is_found_beside_the_items() -> None:
    live = '<podcast:liveItem status="live"><title>L</title><enclosure url="/master.m3u8" type="application/x-mpegURL"/></podcast:liveItem>'
    found = read(f"<rss {PODCAST}><channel>{live}<item><title>T</title></item></channel></rss>").discoveries
    assert [(each.media_url, each.title) for each in found] == [("https://site.example/master.m3u8", "L")]


def test_a_podcasts_versions_of_one_title_are_one_video() -> None:
    version = '<podcast:alternateEnclosure type="video/mp4" title="{}" height="{}"><podcast:source uri="ipfs://x"/><podcast:source uri="/{}.mp4"/></podcast:alternateEnclosure>'
    item = '<enclosure url="/a.mp3" type="audio/mpeg"/>' + version.format("720p", 720, "p1") + version.format("1080p", 1080, "p2")
    assert media(rss(item)) == ["/p2.mp4"]
    assert media(rss(item + version.format("Behind the scenes", 720, "p3"))) == ["/p2.mp4", "/p3.mp4"]
    assert media(rss('<enclosure url="/a.mp4" type="video/mp4"/>' + version.format("x", 1, "b"))) == ["/a.mp4", "/b.mp4"]


def test_attachments_of_one_title_are_one_video_and_others_are_several() -> None:
    files = [{"url": f"/{name}.mp4", "mime_type": "video/mp4"} for name in "ab"]
    assert media(attachments(*files)) == ["/a.mp4", "/b.mp4"]
    assert media(attachments(*({**file, "title": "Film"} for file in files))) == ["/a.mp4"]
    found = attachments({**files[0], "title": "One"}, {**files[1], "title": "Two"}).discoveries
    assert [each.title for each in found] == ["One", "Two"]


def test_what_lies_behind_the_part_of_a_text_that_is_read_is_said() -> None:
    long = rss(f"<description>{'&lt;p>word&lt;/p> ' * 60_000}</description>")
    assert any("was not looked into" in note for note in long.notes)


WAYS = (
    '<enclosure url="{}" type="video/mp4"/>',
    '<link rel="enclosure" href="{}" type="video/mp4"/>',
    '<content src="{}" type="video/mp4"/>',
    '<media:content url="{}" type="video/mp4"/>',
    '<media:content url="{}" medium="video"/>',
    '<media:group><media:content url="/image.jpg" type="image/jpeg"/><media:content url="{}" type="video/mp4"/></media:group>',
    '<media:content><media:player url="{}"/></media:content>',
    '<podcast:alternateEnclosure type="video/mp4"><podcast:source uri="{}"/></podcast:alternateEnclosure>',
    "<description>&lt;video src='{}'>&lt;/video></description>",
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(WAYS), st.integers(0, 4)), min_size=1, max_size=6), st.sampled_from(("rss", "atom")))
def test_in_whatever_ways_an_item_names_files_each_is_found_once(ways: list[tuple[str, int]], kind: str) -> None:
    # What stands by versions of an episode, or by a player, is the same video if there is only one of each.
    single = {way for way, _ in ways if "alternate" in way or "player" in way}
    kept = [(way, number) for at, (way, number) in enumerate(ways) if way not in single or way not in {w for w, _ in ways[:at]}]
    files = {number: f"https://site.example/f/take{number}of5.mp4" for _, number in kept}
    text = "".join(way.format(files[number]) for way, number in kept)
    parsed = rss(text) if kind == "rss" else atom(text)
    found = [each.media_url for each in parsed.discoveries]
    assert sorted(found) == sorted(set(files.values()))
    assert parsed.errors == ()


@pytest.mark.parametrize(
    "text", ["<enclosure/>", "<media:content/>", "<media:group/>", '<content src=""/>', "<media:player/>", "<link/>"]
)
def test_promise_10_empty_names_are_no_videos(text: str) -> None:
    assert rss(text).discoveries == atom(text).discoveries == ()
