# ruff: noqa: E501
"""What a page shows by frames, players of others, documents inside it and other pages, and what of it no crawler sees."""

from crawler.types import SourceKind, TakenBy
from tests.support.pages import WATCHED, ld, media, page, quoted


def test_what_exists_in_a_browser_alone_is_said() -> None:
    for html in (
        '<video src="blob:https://site.example/1"></video>',
        '<video src="data:video/mp4;base64,AAAA"></video>',
        "<video id=p></video>",
    ):
        assert page(html).discoveries == ()
        assert page(html).notes == (
            "The page has a player without an address, which its scripts fill in; it was not looked into.",
        )
    assert page('<div data-video-src="/v.mp4"><video muted></video></div>').notes == ()
    described = page(ld({"@type": "TVEpisode", "video": {"@type": "VideoObject", "name": "N", "thumbnailUrl": "/t.jpg"}}))
    assert described.notes == ("The page describes a video without saying where it is; it was not found.",)
    assert page('<video id=p></video><script>p.src = "/v.mp4"</script>').notes == ()


def test_players_of_amp_are_their_platforms_videos_or_said() -> None:
    known = {
        '<amp-youtube data-videoid="abcdef-_123"></amp-youtube>': WATCHED,
        '<amp-jwplayer data-media-id="Ab12Cd34" data-player-id="Xy98Zw76"></amp-jwplayer>': "https://content.jwplatform.com/players/Ab12Cd34-Xy98Zw76.html",
        '<amp-brightcove data-account="1290862519001" data-video-id="ref:x"></amp-brightcove>': "https://players.brightcove.net/1290862519001/default_default/index.html?videoId=ref:x",
        '<amp-twitter data-tweetid="1234567"></amp-twitter>': "https://x.com/i/status/1234567",
        '<amp-instagram data-shortcode="fBwFP"></amp-instagram>': "https://www.instagram.com/p/fBwFP/",
        '<amp-facebook data-href="https://www.facebook.com/a/videos/1"></amp-facebook>': "",
        '<amp-wistia-player data-media-hashed-id="u8p9wq6mq8"></amp-wistia-player>': "https://fast.wistia.net/embed/iframe/u8p9wq6mq8",
    }
    for html, watched in known.items():
        assert [each.media_url for each in page(html).discoveries] == ([watched] if watched else [])
    for html in (
        '<amp-brid-player data-video="1"></amp-brid-player>',
        '<amp-facebook data-href="https://www.facebook.com/a/videos/1"></amp-facebook>',
    ):
        assert page(html).notes


def test_platforms_players_in_attributes_are_their_videos() -> None:
    for html in (
        '<a href="#" data-video-src="https://www.youtube-nocookie.com/embed/abcdef-_123?rel=0">play</a>',
        '<img src="/still.jpg" data-video="//www.youtube.com/embed/abcdef-_123">',
        '<button data-embed-url="https://youtu.be/abcdef-_123"></button>',
        '<video src="https://www.youtube.com/watch?v=abcdef-_123"></video>',
        '<div itemscope itemtype="http://schema.org/VideoObject"><meta itemprop="contentUrl" content="https://youtu.be/abcdef-_123"></div>',
    ):
        assert [(each.media_url, each.via) for each in page(html).discoveries] == [(WATCHED, TakenBy.YTDLP)]
    assert page('<a data-share="https://www.youtube.com/watch?v=abcdef-_123">tell others</a>').discoveries == ()


def test_the_files_of_pictures_and_sounds_are_no_videos() -> None:
    gallery = '<figure itemscope itemtype="http://schema.org/ImageObject"><a itemprop="contentUrl" href="{}"><img itemprop="thumbnail" src="/s.jpg"></a></figure>'
    for address in ("/big.jpg", "/big.JPG?x=1", "/uploads/17"):
        assert media(gallery.format(address)) == []
    sound = '<div itemscope itemtype="http://schema.org/AudioObject"><meta itemprop="contentUrl" content="/a.mp3"></div>'
    assert media(sound) == []
    assert media(
        '<div itemscope itemtype="http://schema.org/VideoObject"><a itemprop="contentUrl" href="/media/17">x</a></div>'
    ) == ["/media/17"]


def test_an_offer_to_embed_is_said_where_nothing_else_is_found() -> None:
    link = '<link rel="alternate" type="application/json+oembed" href="https://site.example/oembed?url=x">'
    assert page(link).notes == ("The page offers a player for embedding (oEmbed), which was not looked into.",)
    assert page(f"{link}<video src=v.mp4></video>").notes == ()
    assert page(link.replace("/oembed", "/wp-json/oembed/1.0/embed")).notes == ()


def test_a_page_that_sends_its_readers_on_leads_there() -> None:
    assert [link.url for link in page('<meta http-equiv="Refresh" content="5;url=/next">').follow] == [
        "https://site.example/next"
    ]
    assert [(link.url, link.kind) for link in page('<map><area href="/a"></map>').follow] == [
        ("https://site.example/a", SourceKind.PAGE)
    ]


def test_documents_inside_a_page_are_read_so_deep_and_so_many_and_no_more() -> None:
    inner = '<video src="/deep.mp4"></video>'
    for _ in range(3):
        inner = f'<iframe srcdoc="{quoted(inner)}"></iframe>'
    assert media(inner) == ["/deep.mp4"]
    many = page("".join(f"<iframe srcdoc=\"<video src='/{n}.mp4'>\"></iframe>" for n in range(400)))
    assert any("documents inside itself" in error for error in many.errors)


def test_a_video_in_a_document_inside_an_article_has_the_fields_of_that_article() -> None:
    html = "".join(
        f'<article><h2><a href="/p/{n}">T{n}</a></h2><iframe srcdoc="&lt;video src=/{n}.mp4>"></iframe></article>' for n in (1, 2)
    )
    assert [(each.title, each.page_url) for each in page(html).discoveries] == [
        ("T1", "https://site.example/p/1"),
        ("T2", "https://site.example/p/2"),
    ]
