"""Where a page embeds a player of another page: frames, loaders that become frames, quoted posts."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from crawler.sources.attributes import playable
from crawler.sources.base import MAX_TITLE, plain
from crawler.sources.embeds import watch_address
from crawler.sources.players import caption
from crawler.sources.properties import names_of, value_of
from crawler.sources.tree import Tree

_SOURCES = (
    "src",
    "data-src",
    "data-lazy-src",
    "data-litespeed-src",
    "data-cmp-src",
    "data-cookieblock-src",
    "data-suppressedsrc",
)
_YOUTUBE = "https://www.youtube.com/watch?v={}"
_BRIGHTCOVE = "https://players.brightcove.net/{}/default_default/index.html?videoId={}"
_BY_ID = {
    "lite-youtube": (("videoid",), _YOUTUBE),
    "amp-youtube": (("data-videoid",), _YOUTUBE),
    "youtube-video": (("videoid",), _YOUTUBE),
    "lite-vimeo": (("videoid",), "https://vimeo.com/{}"),
    "amp-vimeo": (("data-videoid",), "https://vimeo.com/{}"),
    "amp-dailymotion": (("data-videoid",), "https://www.dailymotion.com/video/{}"),
    "amp-twitter": (("data-tweetid",), "https://x.com/i/status/{}"),
    "amp-instagram": (("data-shortcode",), "https://www.instagram.com/p/{}/"),
    "amp-wistia-player": (("data-media-hashed-id",), "https://fast.wistia.net/embed/iframe/{}"),
    "amp-jwplayer": (("data-media-id", "data-player-id"), "https://content.jwplatform.com/players/{}-{}.html"),
    "amp-brightcove": (("data-account", "data-video-id"), _BRIGHTCOVE),
    "video-js": (("data-account", "data-video-id"), _BRIGHTCOVE),
    "mux-player": (("playback-id",), "https://stream.mux.com/{}.m3u8"),
    "mux-video": (("playback-id",), "https://stream.mux.com/{}.m3u8"),
}
_PLAYING = ("video", "embed", "player", "youtube", "vimeo", "iframe", "src")
_QUOTES = ("twitter-tweet", "twitter-video", "tiktok-embed", "instagram-media", "fb-video")
_EMBED_BLOCKS = (
    "wp-block-embed",
    "wp-block-embed__wrapper",
    "embed-responsive",
    "media-oembed",
    "video-embed-field",
    "kg-embed-card",
)
_ADDRESS = re.compile(r"https?://[^\s<>\"']{4,500}")
_ID = re.compile(r"[\w.:-]{4,60}")
_SAID_TO_PLAY = ("amp-video-iframe", "amp-facebook", "amp-tiktok", "amp-embedly-card", "amp-vk")


@dataclass(frozen=True)
class Frame:
    """A player at a place of the tree. address: as written. label: what is said of it. surely: whether it is a video for sure,
    whatever place it is of."""

    at: int
    address: str
    label: str = ""
    surely: bool = False


_QUOTING = ("cite", "data-instgrm-permalink", "data-href", "data-oembed-url", "data-url", "data-embed-url", "data-src", "url")


def frames(tree: Tree) -> Iterator[Frame]:
    """Every embedded page, in document order; those that nobody can see are left out."""
    for at, name in enumerate(tree.names):
        if name in ("iframe", "frame", "amp-iframe", "amp-video-iframe", "embed", "object"):
            yield from _frame(tree, at)
        elif not tree.given[at] and name != "figure":
            continue
        elif name in _BY_ID:
            yield from _by_id(tree, at)
        elif _states_player(tree, at):
            yield Frame(at, value_of(tree, at), surely=True)
        elif name in ("blockquote", "div", "figure", "oembed", "span") and (quoted := list(_quoted(tree, at))):
            yield from quoted
        elif name not in ("video", "amp-video"):
            yield from _kept(tree, at)


def unread_players(tree: Tree) -> list[str]:
    """The names of elements that are players for sure, and of which it is not known what they play."""
    names = [
        name
        for at, name in enumerate(tree.names)
        if (name.startswith("amp-") and name.endswith("-player") and name not in _BY_ID)
        or name in _SAID_TO_PLAY
        or (name in _BY_ID and name != "video-js" and not list(_by_id(tree, at)))
    ]
    return [name[:40] for name in dict.fromkeys(names)]


def _by_id(tree: Tree, at: int) -> Iterator[Frame]:
    attributes, pattern = _BY_ID[tree.names[at]]
    numbers = [tree.get(at, attribute) for attribute in attributes]
    if all(map(_ID.fullmatch, numbers)):
        yield Frame(at, pattern.format(*numbers), caption(tree, at), surely=True)


def _states_player(tree: Tree, at: int) -> bool:
    given = f"{tree.get(at, 'itemprop')} {tree.get(at, 'property')}"
    return given != " " and "embedurl" in names_of(given)


def _frame(tree: Tree, at: int) -> Iterator[Frame]:
    """What a frame shows, now and when its loader has filled it in."""
    if not {"0", "1"}.isdisjoint((tree.get(at, "width"), tree.get(at, "height"))):
        return
    is_plugin = tree.names[at] in ("embed", "object")
    addresses = [tree.get(at, name) for name in (("data", "src") if is_plugin else _SOURCES)]
    addresses += [] if is_plugin else _filled_in_later(tree, at)
    surely = _states_player(tree, at)
    for address in filter(playable, dict.fromkeys(addresses)):
        yield Frame(at, address, plain(caption(tree, at), MAX_TITLE), surely=surely)


def _filled_in_later(tree: Tree, at: int) -> list[str]:
    """The addresses that a frame's attributes keep for its loader."""
    data = ((key, value.strip()) for key, value in tree.given[at].items() if key.startswith("data-"))
    return [value for key, value in data if ("src" in key or "url" in key) and value.startswith(("http", "/"))]


def _kept(tree: Tree, at: int) -> Iterator[Frame]:
    """A platform's player that a script puts in an element's place, or opens in front of the page."""
    for key, value in tree.given[at].items():
        if key.startswith("data-") and "//" in value[:8] and any(word in key for word in _PLAYING):
            address = value.strip()
            if _is_watched(address):
                yield Frame(at, address, caption(tree, at), surely=True)


def _is_watched(address: str) -> bool:
    """Whether a platform shows what an address plays, which may leave its scheme out."""
    return watch_address(f"https:{address}" if address.startswith("//") else address) is not None


def _quoted(tree: Tree, at: int) -> Iterator[Frame]:
    """A post of a platform that a script turns into a player, and an address that the site could not turn into one."""
    given = (tree.get(at, name) for name in _QUOTING)
    addresses = [address for address in given if address.startswith(("http", "//"))]
    watched = next(filter(_is_watched, (*addresses, *_linked(tree, at))), None)
    if watched is not None:
        yield Frame(at, watched, caption(tree, at))


def _linked(tree: Tree, at: int) -> list[str]:
    """Where a quoted post, or what should have become a player, leads."""
    classes = tree.classes(at)
    links = [tree.get(link, "href") for link in tree.inside(at, "a")]
    if not set(_QUOTES).isdisjoint(classes):
        return links[:-6:-1]
    if set(_EMBED_BLOCKS).isdisjoint(classes) or tree.first_inside(at, "iframe") is not None:
        return []
    return links[:2] + _ADDRESS.findall(tree.words(at, 600))[:1]
