"""Where a page plays or links a video of its own: elements, attributes that loaders fill in later, players' settings."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from crawler.sources.base import MAX_DESCRIPTION, MAX_TITLE, VIDEO_ENDINGS, is_playlist, looks_like_video, plain
from crawler.sources.titles import telling
from crawler.sources.tree import Tree

MAX_SETTINGS = 64 * 1024
MAX_SCRIPT = 1024 * 1024
_SOURCES = ("src", "data-src", "data-lazy-src", "data-original", "data-litespeed-src")
_ENDINGS = (*VIDEO_ENDINGS, ".m3u8", ".mpd")
_KEYS = ("src", "file", "url", "source", "contenturl", "videourl", "video_url", "hls", "dash", "mp4", "sources", "video", "href")
_SCRIPT_FILE = re.compile(
    r"""["']?\b(?:file|src|source|url|videoUrl|video_url|contentUrl|hls|mp4)["']?\s{0,5}:\s{0,5}"""
    r"""(?:"([^"\s<>]{4,2000})"|'([^'\s<>]{4,2000})')"""
)
_CONTAINERS = ("video", "audio", "object", "amp-video")
_SMALL = 64


@dataclass(frozen=True)
class Mention:
    """A video at a place of the tree. address: as written. label, description: what is said of this very video. loose: a setting
    or a header names it, which stands nowhere in particular. is_picture: a GIF, which may move."""

    at: int
    address: str
    label: str = ""
    description: str = ""
    loose: bool = False
    is_picture: bool = False


def mentions(tree: Tree) -> Iterator[Mention]:
    """Every video that the page itself plays or links, some of them more than once."""
    for at, name in enumerate(tree.names):
        if name in ("video", "amp-video"):
            yield from _player(tree, at)
        elif name == "a":
            yield from _link(tree, at)
        elif name in ("object", "embed"):
            yield from _plugin(tree, at)
        elif name == "img":
            yield from _moving_picture(tree, at)
        elif name == "script":
            yield from _script(tree, at)
        elif name in ("meta", "link"):
            if "contenturl" in tree.get(at, "itemprop").lower().split():
                yield Mention(at, tree.get(at, "content") or tree.get(at, "href"))
        elif name not in ("source", "track", "audio", "iframe", "html", "body"):
            yield from _settings(tree, at)


def playable(address: str, kind: str = "") -> bool:
    """Whether an address can be fetched as a video: a blob or data address exists only inside the browser."""
    return (
        bool(address)
        and not address.lower().startswith(("blob:", "data:", "about:"))
        and (not kind or looks_like_video(address, kind))
    )


def _player(tree: Tree, at: int) -> Iterator[Mention]:
    """What a <video> plays: its own address or that of its first source; a file before a playlist. All are one video."""
    offered = [(address, tree.get(each, "type")) for each in (at, *tree.inside(at, "source")) if (address := _source(tree, each))]
    offers = [(address, kind) for address, kind in offered if playable(address, kind)]
    if not offers:
        offers = [(address, "") for address in _from_attributes(tree, at)]
    if not offers:
        offers = [(link, "") for each in tree.inside(at, "a") if looks_like_video(link := tree.get(each, "href"))]
    if offers:
        yield Mention(at, min(offers, key=lambda offer: is_playlist(*offer))[0], caption(tree, at))


def _source(tree: Tree, at: int) -> str:
    return next((address for name in _SOURCES if playable(address := tree.get(at, name))), "")


def _link(tree: Tree, at: int) -> Iterator[Mention]:
    href = tree.get(at, "href")
    if scheme_of(href) not in ("", "http", "https") or href.startswith("#"):
        return
    # Inside a player a link is what browsers show that cannot play it.
    if looks_like_video(href) and not any(tree.within(at, name, 3) is not None for name in _CONTAINERS):
        words = plain(tree.words(at, MAX_TITLE), MAX_TITLE)
        yield Mention(at, href, telling(words, href) or caption(tree, at))
    elif not looks_like_video(href):
        yield from _settings(tree, at)


def _plugin(tree: Tree, at: int) -> Iterator[Mention]:
    address = tree.get(at, "data") or tree.get(at, "src")
    kind = tree.get(at, "type")
    params = {tree.get(each, "name").lower(): tree.get(each, "value") for each in list(tree.inside(at, "param"))[:50]}
    flash = params.get("flashvars", "") or tree.get(at, "flashvars")
    named = [value for name in ("src", "movie", "filename", "url") if looks_like_video(value := params.get(name, ""))]
    named += [
        file
        for file in re.findall(r"(?:^|&)(?:file|src|url|video)=([^&\s]{4,2000})", flash[:MAX_SETTINGS])
        if looks_like_video(file)
    ]
    if playable(address) and looks_like_video(address, "" if kind.startswith("application/x-") else kind):
        yield Mention(at, address, caption(tree, at))
    elif named:
        yield Mention(at, named[0], caption(tree, at))


def _moving_picture(tree: Tree, at: int) -> Iterator[Mention]:
    """A GIF, unless it is as small as an icon or a counter."""
    address = next(
        (value for name in ("data-src", "data-lazy-src", "data-original", "src") if is_gif(value := tree.get(at, name))), ""
    )
    sides = [
        int(side.removesuffix("px"))
        for name in ("width", "height")
        if (side := tree.get(at, name)).removesuffix("px").isdecimal() and len(side) < 9
    ]
    if address and playable(address) and all(side >= _SMALL for side in sides):
        yield Mention(at, address, caption(tree, at), is_picture=True)


def is_gif(address: str) -> bool:
    return address.partition("?")[0].partition("#")[0].lower().endswith(".gif")


def _settings(tree: Tree, at: int) -> Iterator[Mention]:
    """What a loader or player finds in an element's data attributes; several addresses are renditions of one video."""
    found = _from_attributes(tree, at)
    if found:
        yield Mention(at, min(found, key=is_playlist), caption(tree, at))


def _from_attributes(tree: Tree, at: int) -> list[str]:
    found: list[str] = []
    for name, value in tree.nodes[at].attributes():
        if not name.startswith("data-") or len(value) > MAX_SETTINGS:
            continue
        value = value.strip()
        if value.startswith(("{", "[")) and any(ending in value.lower() for ending in _ENDINGS):
            found += [address for address, _, _ in _configured(_json(value))]
        elif len(value) < 2_000 and not set(value) & set(" <>\n") and _is_file(value) and playable(value):
            found.append(value)
    return found


def _is_file(address: str) -> bool:
    return address.partition("?")[0].partition("#")[0].lower().endswith(_ENDINGS)


def _script(tree: Tree, at: int) -> Iterator[Mention]:
    kind = tree.get(at, "type").partition(";")[0].lower()
    if kind == "application/ld+json":
        return
    text = tree.nodes[at].text[:MAX_SCRIPT]
    if not any(ending in text for ending in _ENDINGS):
        return
    if "json" in kind:
        in_place = "wp-playlist-script" in tree.classes(at)
        for address, title, description in _configured(_json(text)):
            yield Mention(at, address, telling(title, address), description, loose=not in_place)
    elif kind in ("", "text/javascript", "application/javascript", "module"):
        for found in _SCRIPT_FILE.finditer(text):
            address = (found[1] or found[2]).replace("\\/", "/")
            if _is_file(address) and playable(address) and "\\" not in address:
                yield Mention(at, address, loose=True)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _configured(data: Any) -> list[tuple[str, str, str]]:
    """The videos in a player's settings, each with its title and description: one per object, whatever its renditions."""
    found: list[tuple[str, str, str]] = []
    waiting = [(data, "")]
    steps = 0
    while waiting and steps < 5_000:
        steps += 1
        node, key = waiting.pop()
        if isinstance(node, dict):
            offers = [
                value
                for name, value in node.items()
                if isinstance(value, str) and name.lower() in _KEYS and _is_video(value, node.get("type"))
            ]
            offers = offers or _renditions(node)
            if offers:
                texts = [plain(node.get(name), limit) for name, limit in (("title", MAX_TITLE), ("description", MAX_DESCRIPTION))]
                found.append((min(offers, key=is_playlist), texts[0] or plain(node.get("caption"), MAX_TITLE), texts[1]))
            else:
                waiting.extend((value, name) for name, value in reversed(list(node.items())))
        elif isinstance(node, list):
            waiting.extend((value, key) for value in reversed(node))
        elif isinstance(node, str) and key.lower() in _KEYS and _is_file(node) and playable(node):
            found.append((node, "", ""))
    return found


def _renditions(node: dict[str, Any]) -> list[str]:
    """The addresses in an object's list of sources."""
    entries = node.get("sources")
    listed = entries if isinstance(entries, list) else []
    texts = [
        each if isinstance(each, str) else each.get("src") or each.get("file") if isinstance(each, dict) else ""
        for each in listed[:20]
    ]
    return [each for each in texts if isinstance(each, str) and _is_file(each) and playable(each)]


def _is_video(address: str, kind: object) -> bool:
    declared = kind if isinstance(kind, str) and "/" in kind else ""
    return playable(address) and (looks_like_video(address, declared) if declared else _is_file(address))


def caption(tree: Tree, at: int) -> str:
    """What stands at this very video: the caption of its figure, its label, its title."""
    figure = tree.within(at, "figure", 8)
    below = None if figure is None else tree.first_inside(figure, "figcaption")
    said = ""
    if figure is not None and below is not None and _alone(tree, figure):
        said = plain(tree.words(below, MAX_TITLE), MAX_TITLE)
    labels = (said, *(plain(tree.get(at, name), MAX_TITLE) for name in ("aria-label", "data-title", "title")))
    return next((words for label in labels if (words := telling(label))), "")


def _alone(tree: Tree, figure: int) -> bool:
    return (
        sum(len(tree.inside(figure, name)) for name in ("video", "iframe", "img", "embed", "amp-video")) <= 1
        or len(tree.inside(figure, "video")) == 1
    )


def scheme_of(href: str) -> str:
    """The scheme that an address names: mail, telephone and script links are no documents and no errors either."""
    return href.partition(":")[0].strip().lower() if ":" in href.partition("/")[0] else ""
