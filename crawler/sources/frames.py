"""Where a page embeds a player of another page: frames, loaders that become frames, quoted posts."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from crawler.sources.base import MAX_TITLE, plain
from crawler.sources.embeds import watch_address
from crawler.sources.players import caption, playable
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
_BY_ID = {
    "lite-youtube": ("videoid", "https://www.youtube.com/watch?v={}"),
    "amp-youtube": ("data-videoid", "https://www.youtube.com/watch?v={}"),
    "youtube-video": ("videoid", "https://www.youtube.com/watch?v={}"),
    "lite-vimeo": ("videoid", "https://vimeo.com/{}"),
    "amp-vimeo": ("data-videoid", "https://vimeo.com/{}"),
    "amp-dailymotion": ("data-videoid", "https://www.dailymotion.com/video/{}"),
}
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
_ID = re.compile(r"[\w-]{4,40}")


@dataclass(frozen=True)
class Frame:
    """A player at a place of the tree. address: as written. label: what is said of it. surely: whether it is a video for sure,
    whatever place it is of."""

    at: int
    address: str
    label: str = ""
    surely: bool = False


def frames(tree: Tree) -> Iterator[Frame]:
    """Every embedded page, in document order; those that nobody can see are left out."""
    for at, name in enumerate(tree.names):
        if name in ("iframe", "frame", "amp-iframe", "embed", "object"):
            yield from _frame(tree, at)
        elif name in ("meta", "link"):
            if "embedurl" in tree.get(at, "itemprop").lower().split():
                yield Frame(at, tree.get(at, "content") or tree.get(at, "href"), surely=True)
        elif name in _BY_ID:
            attribute, pattern = _BY_ID[name]
            if _ID.fullmatch(number := tree.get(at, attribute)):
                yield Frame(at, pattern.format(number), caption(tree, at), surely=True)
        elif name in ("blockquote", "div", "figure", "oembed", "span"):
            yield from _quoted(tree, at)


def _frame(tree: Tree, at: int) -> Iterator[Frame]:
    names = ("data", "src") if tree.names[at] in ("embed", "object") else _SOURCES
    address = next((found for name in names if playable(found := tree.get(at, name))), "")
    hidden = "1" in (tree.get(at, "width"), tree.get(at, "height")) or "0" in (tree.get(at, "width"), tree.get(at, "height"))
    if address and not hidden:
        yield Frame(at, address, plain(caption(tree, at), MAX_TITLE))


def _quoted(tree: Tree, at: int) -> Iterator[Frame]:
    """A post of a platform that a script turns into a player, and an address that the site could not turn into one."""
    classes = tree.classes(at)
    given = [
        tree.get(at, name)
        for name in (
            "cite",
            "data-instgrm-permalink",
            "data-href",
            "data-oembed-url",
            "data-url",
            "data-embed-url",
            "data-src",
            "url",
        )
    ]
    addresses = [address for address in given if address.startswith(("http", "//"))]
    if not set(_QUOTES).isdisjoint(classes):
        addresses += [tree.get(link, "href") for link in reversed(list(tree.inside(at, "a"))[-5:])]
    elif not set(_EMBED_BLOCKS).isdisjoint(classes) and tree.first_inside(at, "iframe") is None:
        addresses += [tree.get(link, "href") for link in list(tree.inside(at, "a"))[:2]]
        addresses += _ADDRESS.findall(tree.words(at, 600))[:1]
    for address in addresses:
        if watch_address(address if not address.startswith("//") else f"https:{address}") is not None:
            yield Frame(at, address, caption(tree, at))
            return
