"""Where a page states the address of a video outside any player: Open Graph, microdata, RDFa, links and orders in its head."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from crawler.sources.attributes import playable
from crawler.sources.base import looks_like_video
from crawler.sources.players import Mention, caption
from crawler.sources.renditions import one_each, video_name
from crawler.sources.tree import Tree

_OPEN_GRAPH = ("og:video:secure_url", "og:video:url", "og:video")
_PAGES = ("text/html", "application/x-shockwave", "application/xhtml")
_RELATIONS = frozenset(("video_src", "preload", "prefetch", "enclosure", "alternate", "media:video", "video"))
_REFRESH = re.compile(r"[^;,]{0,20}[;,]\s{0,20}(?:url\s{0,20}=)?\s{0,20}[\"']?([^\"'\s]{1,2000})", re.IGNORECASE)
_OTHER_FILE = re.compile(r"(?i)\.(?:jpe?g|png|gif|webp|avif|svg|bmp|tiff?|mp3|m4a|og[ag]|wav|flac|pdf|html?)(?:[?#]|$)")
_VIDEO = re.compile(r"(?:Video|Media)Object|Clip|Movie|Episode|CreativeWork", re.IGNORECASE)
_BY_ELEMENT = {
    "meta": ("content",),
    "object": ("data",),
    **dict.fromkeys(("a", "area", "link"), ("href",)),
    **dict.fromkeys(("audio", "embed", "iframe", "img", "source", "track", "video", "amp-video"), ("src", "data-src")),
}


@dataclass(frozen=True)
class Head:
    """What a page's head says that it shows. media: addresses of files, or of what is not said to be a page; players: those of
    pages that play it. All as written, renditions of one video once."""

    media: tuple[str, ...]
    players: tuple[str, ...]


def open_graph(tree: Tree) -> Head:
    """Every video of Open Graph's, which states one after the other, and those of Twitter's cards."""
    media: list[str] = []
    players: list[str] = []
    stated = _named_contents(tree)
    for group in _groups((name, content) for name, content in stated if name.startswith("og:video")):
        is_page = group.get("og:video:type", "").lower().startswith(_PAGES)
        for address in _different(group):
            (players if is_page and not looks_like_video(address) else media).append(address)
    cards = (("twitter:player:stream", media), ("twitter:player", players))
    for card, addresses in cards:
        addresses += [content for name, content in stated if name == card]
    media.sort(key=lambda address: not address.lower().startswith("https:"))
    return Head(tuple(one_each(media)), tuple(dict.fromkeys(players)))


def _named_contents(tree: Tree) -> list[tuple[str, str]]:
    """What the page's meta elements state, by their names in lower case, in order."""
    metas = [((tree.get(at, "property") or tree.get(at, "name")).lower(), tree.get(at, "content")) for at in tree.every("meta")]
    return [(name, content) for name, content in metas if content]


def _groups(stated: Iterable[tuple[str, str]]) -> Iterator[dict[str, str]]:
    """What is said of one video each."""
    group: dict[str, str] = {}
    for name, content in stated:
        # A new address, or what was said already, begins the next video.
        if (name in group or name == "og:video") and any(key in group for key in _OPEN_GRAPH):
            yield group
            group = {}
        group[name] = content
    yield group


def _different(group: dict[str, str]) -> list[str]:
    """One video's addresses: that for secure pages may lie on another host."""
    by_path: dict[str, str] = {}
    for address in (group[name] for name in _OPEN_GRAPH if name in group):
        by_path.setdefault(video_name(address).partition("/")[2], address)
    return list(by_path.values())


def stated(tree: Tree) -> Iterator[Mention]:
    """Every address of a file that a property or a link in the markup states."""
    for at, name in enumerate(tree.names):
        if not tree.given[at]:
            continue
        properties = _properties(tree, at)
        if "contenturl" in properties | names_of(tree.get(at, "rel")):
            if _is_of_video(tree, at, address := value_of(tree, at)):
                yield Mention(at, address, caption(tree, at))
        elif not properties.isdisjoint(("embedurl", "url", "video")) and looks_like_video(address := value_of(tree, at)):
            yield Mention(at, address, caption(tree, at))
        elif name == "link":
            yield from _linked(tree, at)
        elif name == "meta":
            yield from _sent_on(tree, at)


def _properties(tree: Tree, at: int) -> set[str]:
    """The properties that an element states. Open Graph's are read together, and are the page's."""
    given = tree.get(at, "property")
    is_open_graph = tree.names[at] == "meta" and given.lower().startswith("og:")
    return names_of(tree.get(at, "itemprop")) | names_of("" if is_open_graph else given)


def _sent_on(tree: Tree, at: int) -> Iterator[Mention]:
    if tree.get(at, "http-equiv").lower() == "refresh" and looks_like_video(address := refreshed(tree, at)):
        yield Mention(at, address, loose=True)


def _is_of_video(tree: Tree, at: int, address: str) -> bool:
    """Whether a contentUrl is a video's: galleries state that of each of their pictures, too."""
    if not playable(address):
        return False
    if looks_like_video(address):
        return True
    if _OTHER_FILE.search(address) is not None or tree.names[at] in ("img", "audio"):
        return False
    around = at
    for _ in range(30):
        if kind := tree.get(around, "itemtype") or tree.get(around, "typeof"):
            return _VIDEO.search(kind) is not None
        if (around := tree.parents[around]) < 0:
            break
    return tree.names[at] in ("meta", "link")


def refreshed(tree: Tree, at: int) -> str:
    """Where a page sends its readers on to; empty where it does not."""
    found = _REFRESH.match(tree.get(at, "content")[:3_000])
    return found[1] if found is not None else ""


def _linked(tree: Tree, at: int) -> Iterator[Mention]:
    if _RELATIONS.isdisjoint(tree.get(at, "rel").lower().split()):
        return
    address, kind = tree.get(at, "href"), tree.get(at, "type")
    if playable(address) and (tree.get(at, "as").lower() == "video" or looks_like_video(address, kind)):
        yield Mention(at, address, loose=True)


def names_of(given: str) -> set[str]:
    """Properties without the vocabulary that they are of."""
    if not given:
        return set()
    return {name.rpartition(":")[2].rpartition("/")[2].rpartition("#")[2] for name in given[:500].lower().split()}


def value_of(tree: Tree, at: int) -> str:
    """What a property says: where the element has an address, that is it."""
    names = (*_BY_ELEMENT.get(tree.names[at], ()), "content", "resource", "href", "src", "data", "value")
    given = next((value for name in names if (value := tree.get(at, name))), "")
    return given or tree.words(at, 2_000)
