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
        if name in ("a", "area"):
            yield from _link(tree, at, offered)
        elif name not in _READ_ELSEWHERE:
            found = list(_BY_NAME.get(name, _settings)(tree, at))
            if name in (*_PLAYERS, "object", "embed"):
                offered[at] = {video_name(mention.address) for mention in found}
            yield from found


def _player(tree: Tree, at: int) -> Iterator[Mention]:
    """What a <video> plays: what its own attributes name, and of its sources, which are one video, a file before a playlist."""
    own = [*filter(playable, _addresses(tree, at)), *(setting.address for setting in _from_attributes(tree, at))]
    typed = _sources(tree, at)
    further = False
    if typed:
        chosen = min(typed.items(), key=lambda offer: is_playlist(*offer))[0]
        further = any(video_name(address) != video_name(chosen) for address in typed)
        own.append(chosen)
    own = one_each(dict.fromkeys(own))
    files = [address for address in own if not is_playlist(address, typed.get(address, ""))] or own[:1]
    further = further or len(files) < len(own)
    yield from (Mention(at, address, caption(tree, at), further=further) for address in files)


def _sources(tree: Tree, at: int) -> dict[str, str]:
    """The addresses of a player's sources that can be played, each with the type that is stated."""
    sources = ((each, tree.get(each, "type")) for each in list(tree.inside(at, "source"))[:200])
    return {address: kind for each, kind in sources for address in _addresses(tree, each) if playable(address, kind)}


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
    """What an <object> or <embed> plays: what its attributes, its parameters and the variables of a Flash player name."""
    kind = tree.get(at, "type")
    declared = "" if kind.startswith("application/x-") else kind
    params = _parameters(tree, at)
    own = [value for name in ("data", "src", "href", *_LAZY) if looks_like_video(value := tree.get(at, name), declared)]
    own += [value for name in _PARAMETERS if _is_film(value := params.get(name, ""), declared)]
    own += [*_in_variables(params.get("flashvars", "")), *_in_variables(tree.get(at, "flashvars"))]
    own += [setting.address for setting in _from_attributes(tree, at)]
    for address in one_each(filter(playable, dict.fromkeys(own))):
        yield Mention(at, address, caption(tree, at))


def _in_variables(text: str) -> list[str]:
    """The videos in the variables that are handed over to a Flash player."""
    return list(filter(looks_like_video, _FLASH.findall(text[:64_000])))


def _parameters(tree: Tree, at: int) -> dict[str, str]:
    return {tree.get(each, "name").lower(): tree.get(each, "value") for each in list(tree.inside(at, "param"))[:50]}


def _is_film(value: str, declared: str) -> bool:
    """Whether a parameter is a video's address, by its ending or by the type that the plugin declares."""
    return looks_like_video(value) or (declared != "" and looks_like_video(value, declared))


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
    if _is_small(tree, at):
        return
    for film in one_each(dict.fromkeys(films)):
        yield Mention(at, film, caption(tree, at))
    if address and playable(address):
        yield Mention(at, address, caption(tree, at), is_picture=True)


def _is_small(tree: Tree, at: int) -> bool:
    """Whether a picture is said to be as small as an icon on one side."""
    sides = (tree.get(at, name) for name in ("width", "height"))
    numbers = (side.removesuffix("px") for side in sides if len(side) < 9)
    return any(number.isdecimal() and int(number) < _SMALL for number in numbers)


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
    found = [setting for value in _values(tree, at, further) if "." in value for setting in in_value(value)]
    # Beside an address a bare name is that of the file, and no address.
    return [setting for setting in found if "/" in setting.address] or found


def _values(tree: Tree, at: int, further: tuple[str, ...]) -> list[str]:
    name = tree.names[at]
    given = further if name in ("img", *_CONTAINERS, "embed") else ("onclick", "value", "src", *further)
    prefix = "" if "-" in name else "data-"
    return [value for key, value in tree.given[at].items() if key in given or key.startswith(prefix)]


def _script(tree: Tree, at: int) -> Iterator[Mention]:
    kind = tree.get(at, "type").partition(";")[0].lower()
    if kind == "application/ld+json" or kind.endswith(TEMPLATES):
        return
    in_place = "json" in kind and "wp-playlist-script" in tree.classes(at)
    for setting in in_script(tree.nodes[at].text, kind):
        label = telling(setting.title, setting.address)
        yield Mention(at, setting.address, label, setting.description, loose=not in_place, further=setting.further)


_BY_NAME = {
    **dict.fromkeys(_PLAYERS, _player),
    **dict.fromkeys(("object", "embed"), _plugin),
    "img": _moving_picture,
    "script": _script,
    "source": _source_alone,
}
_READ_ELSEWHERE = ("track", "iframe", "meta", "link", "param")


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
