"""Where a page plays or links a video of its own: elements, attributes that loaders fill in later, players' settings."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from crawler.sources.attributes import Setting, in_value, is_file, playable
from crawler.sources.base import MAX_TITLE, is_playlist, looks_like_video, plain
from crawler.sources.renditions import one_each, video_name
from crawler.sources.scripts import in_script
from crawler.sources.titles import telling
from crawler.sources.tree import Tree

_LAZY = (
    "data-src",
    "data-lazy-src",
    "data-original",
    "data-litespeed-src",
    "data-video-src",
    "data-video",
    "data-url",
    "data-source",
)
_SOURCES = ("src", *_LAZY)
_PARAMETERS = ("src", "movie", "filename", "url", "file", "video", "flv", "source", "href")
_PLAYERS = ("video", "amp-video", "amp-ima-video")
_CONTAINERS = (*_PLAYERS, "audio", "object")
TEMPLATES = ("html", "template", "x-tmpl", "x-template", "handlebars", "mustache")
_SCHEMES = ("", "http", "https")
_QUERY = re.compile(r"(?:^|[?&;])(?:amp;)?[\w.-]{0,40}=([^&;\s]{4,2000})")
_FLASH = re.compile(r"(?:^|&)(?:file|src|url|video|flv)=([^&\s]{4,2000})")
_SMALL = 64


@dataclass(frozen=True)
class Mention:
    """A video at a place of the tree. address: as written. label, description: what is said of this very video. loose: a setting
    or a header names it, which stands nowhere in particular. is_picture: a GIF, which may move. further: the same player is
    offered addresses under other names."""

    at: int
    address: str
    label: str = ""
    description: str = ""
    loose: bool = False
    is_picture: bool = False
    further: bool = False


def mentions(tree: Tree) -> Iterator[Mention]:
    """Every video that the page itself plays or links, some of them more than once."""
    offered: dict[int, set[str]] = {}
    for at, name in enumerate(tree.names):
        if name in _PLAYERS:
            found = list(_player(tree, at))
            offered[at] = {video_name(mention.address) for mention in found}
            yield from found
        elif name in ("a", "area"):
            yield from _link(tree, at, offered)
        elif name in ("object", "embed"):
            found = list(_plugin(tree, at))
            offered[at] = {video_name(mention.address) for mention in found}
            yield from found
        elif name == "img":
            yield from _moving_picture(tree, at)
        elif name == "script":
            yield from _script(tree, at)
        elif name == "source":
            yield from _source_alone(tree, at)
        elif name not in ("track", "iframe", "meta", "link", "param"):
            yield from _settings(tree, at)


def _player(tree: Tree, at: int) -> Iterator[Mention]:
    """What a <video> plays: what its own attributes name, and of its sources, which are one video, a file before a playlist."""
    own = [address for address in _addresses(tree, at) if playable(address)]
    own += [setting.address for setting in _from_attributes(tree, at)]
    sources = [
        (address, tree.get(each, "type")) for each in list(tree.inside(at, "source"))[:200] for address in _addresses(tree, each)
    ]
    typed = {address: kind for address, kind in sources if playable(address, kind)}
    further = False
    if typed:
        chosen = min(typed.items(), key=lambda offer: is_playlist(*offer))[0]
        further = any(video_name(address) != video_name(chosen) for address in typed)
        own.append(chosen)
    own = one_each(dict.fromkeys(own))
    files = [address for address in own if not is_playlist(address, typed.get(address, ""))] or own[:1]
    for address in files:
        yield Mention(at, address, caption(tree, at), further=further or len(files) < len(own))


def _addresses(tree: Tree, at: int) -> list[str]:
    """The addresses that an element's own attributes give, also as a set of several sizes, of which the first is taken."""
    given = [tree.get(at, name) for name in _SOURCES]
    sets = (tree.get(at, name) for name in ("srcset", "data-srcset"))
    given += [listed.partition(",")[0].strip().partition(" ")[0] for listed in sets]
    return [address for address in dict.fromkeys(given) if address and not address.startswith(("{", "["))]


def _source_alone(tree: Tree, at: int) -> Iterator[Mention]:
    """A source outside any player, as of a picture that moves."""
    if any(tree.within(at, name, 12) is not None for name in (*_PLAYERS, "audio")):
        return
    kind = tree.get(at, "type")
    for address in _addresses(tree, at):
        if playable(address) and looks_like_video(address, kind):
            yield Mention(at, address, caption(tree, at))


def _link(tree: Tree, at: int, offered: dict[int, set[str]]) -> Iterator[Mention]:
    href = tree.get(at, "href")
    if scheme_of(href) not in _SCHEMES or href.startswith("#") or not href:
        yield from _settings(tree, at, "href")
        return
    if looks_like_video(href, tree.get(at, "type")) or looks_like_video(tree.get(at, "download")):
        # Inside a player a link is what browsers show that cannot play it.
        if not _is_fallback(tree, at, href, offered):
            words = plain(tree.words(at, MAX_TITLE), MAX_TITLE)
            yield Mention(at, href, telling(words, href) or caption(tree, at))
    else:
        yield from _settings(tree, at)


def _is_fallback(tree: Tree, at: int, href: str, offered: dict[int, set[str]]) -> bool:
    around = (tree.within(at, name, 3) for name in _CONTAINERS)
    return any(player is not None and video_name(href) in offered.get(player, ()) for player in around)


def _plugin(tree: Tree, at: int) -> Iterator[Mention]:
    kind = tree.get(at, "type")
    declared = "" if kind.startswith("application/x-") else kind
    own = [
        address
        for name in ("data", "src", "href", *_LAZY)
        if (address := tree.get(at, name)) and looks_like_video(address, declared)
    ]
    params = {tree.get(each, "name").lower(): tree.get(each, "value") for each in list(tree.inside(at, "param"))[:50]}
    own += [
        value
        for name in _PARAMETERS
        if (value := params.get(name, "")) and (looks_like_video(value) or (declared and looks_like_video(value, declared)))
    ]
    flash = (params.get("flashvars", ""), tree.get(at, "flashvars"))
    own += [file for text in flash for file in _FLASH.findall(text[:64_000]) if looks_like_video(file)]
    own += [setting.address for setting in _from_attributes(tree, at)]
    for address in one_each(address for address in dict.fromkeys(own) if playable(address)):
        yield Mention(at, address, caption(tree, at))


def in_query(address: str) -> list[str]:
    """The files that the address of a player's page hands over to it."""
    if "=" not in address or not any(part in address.lower() for part in (".m", ".w", ".o", ".a", ".f", ".3")):
        return []
    given = (unquote(value) for value in _QUERY.findall(address[:4_000].partition("?")[2]))
    return [value for value in given if is_file(value) and playable(value)]


def _moving_picture(tree: Tree, at: int) -> Iterator[Mention]:
    """A GIF or a film in a picture's place, unless it is as small as an icon or a counter."""
    names = ("data-src", "data-lazy-src", "data-original", "src")
    address = next((value for name in names if is_gif(value := tree.get(at, name))), "")
    films = [setting.address for setting in _from_attributes(tree, at)]
    if is_file(source := tree.get(at, "src")) and playable(source):
        films.insert(0, source)
    sides = [
        int(side.removesuffix("px"))
        for name in ("width", "height")
        if (side := tree.get(at, name)).removesuffix("px").isdecimal() and len(side) < 9
    ]
    if all(side >= _SMALL for side in sides):
        for film in one_each(dict.fromkeys(films)):
            yield Mention(at, film, caption(tree, at))
        if address and playable(address):
            yield Mention(at, address, caption(tree, at), is_picture=True)


def is_gif(address: str) -> bool:
    """Whether an address ends as that of a GIF."""
    return address.partition("?")[0].partition("#")[0].lower().endswith(".gif")


def _settings(tree: Tree, at: int, *further: str) -> Iterator[Mention]:
    """What a loader or player finds in an element's attributes; addresses of one name are renditions of one video."""
    found = _from_attributes(tree, at, *further)
    if not found:
        return
    files = [setting for setting in found if not is_playlist(setting.address)] or found[:1]
    kept = set(one_each(setting.address for setting in files))
    for setting in {each.address: each for each in reversed(files)}.values():
        if setting.address in kept:
            more = setting.further or len(files) < len(found)
            yield Mention(at, setting.address, caption(tree, at), further=more)


def _from_attributes(tree: Tree, at: int, *further: str) -> list[Setting]:
    """What an element's data attributes name; those of a site's own elements, whatever they are called."""
    name = tree.names[at]
    every = "-" in name
    given = ("onclick", "value", "src", *further) if name not in ("img", *_CONTAINERS, "embed") else further
    found = [
        setting
        for key, value in tree.given[at].items()
        if "." in value and (key.startswith("data-") or every or key in given)
        for setting in in_value(value)
    ]
    # Beside an address a bare name is that of the file, and no address.
    return [setting for setting in found if "/" in setting.address] or found


def _script(tree: Tree, at: int) -> Iterator[Mention]:
    kind = tree.get(at, "type").partition(";")[0].lower()
    if kind == "application/ld+json" or kind.endswith(TEMPLATES):
        return
    in_place = "json" in kind and "wp-playlist-script" in tree.classes(at)
    for setting in in_script(tree.nodes[at].text, kind):
        label = telling(setting.title, setting.address)
        yield Mention(at, setting.address, label, setting.description, loose=not in_place, further=setting.further)


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
