"""Addresses of videos in what loaders and players are set up with: elements' attributes, JSON, scripts."""

import json
import re
from dataclasses import dataclass
from itertools import islice
from typing import Any

from crawler.sources.base import MAX_DESCRIPTION, MAX_TITLE, VIDEO_ENDINGS, is_playlist, looks_like_video, plain
from crawler.sources.renditions import one_each, video_name

MAX_SETTINGS = 1024 * 1024
_MAX_HITS = 5_000
ENDINGS = (*VIDEO_ENDINGS, ".m3u8", ".mpd")
_MAX_NODES = 100_000
_TYPES = ("video/", "mpegurl", "dash+xml", "application/mp4")
KEYS = ("src", "file", "url", "source", "contenturl", "videourl", "video_url", "hls", "dash", "mp4", "sources", "video", "href")
_ENDS = "(?:" + "|".join(re.escape(ending[1:]) for ending in ENDINGS) + ")"
ENDS = "(?:" + "|".join(re.escape(ending[1:]) for ending in ENDINGS) + ")"
_ENDED = re.compile(rf"""\.{ENDS}(?![\w.-])(?:\?[^\s"'`<>\\|()\[\]{{}}]{{0,2000}})?""", re.IGNORECASE)
_BEGUN = re.compile(r"""[^\s"'`<>\\,;|()\[\]{}]{1,2000}$""")
_ASIDE = re.compile(
    r"(?:^|[^a-z])(?:ads?|advert\w*|(?:pre|mid|post)[ _-]?rolls?|vast|previews?|thumb\w*|posters?|sprites?)(?:$|[^a-z])"
)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True)
class Setting:
    """A video that a player is set up with. further: whether the same player is offered it, or another one, under other names."""

    address: str
    title: str = ""
    description: str = ""
    further: bool = False


def playable(address: str, kind: str = "") -> bool:
    """Whether an address can be fetched as a video: a blob or data address exists only inside the browser."""
    return (
        bool(address)
        and not address.lower().startswith(("blob:", "data:", "about:"))
        and (not kind or looks_like_video(address, kind))
    )


def is_file(address: str) -> bool:
    """Whether an address has a video's ending."""
    return address.partition("?")[0].partition("#")[0].lower().endswith(ENDINGS)


def names_a_file(text: str) -> bool:
    """Whether a text has the ending of a media file in it."""
    lower = text.lower()
    return any(ending in lower for ending in ENDINGS)


def in_value(value: str) -> list[Setting]:
    """The videos in an attribute's value: an address, a list of them, or settings as JSON."""
    value = value.strip()[:MAX_SETTINGS]
    if value.startswith(("{", "[")):
        return _in_settings(value)
    if not names_a_file(value):
        return []
    if is_file(value) and _is_one_word(value):
        return [Setting(value)] if playable(value) else []
    return [Setting(address) for address in tokens(value)]


def _in_settings(value: str) -> list[Setting]:
    """The videos in settings as JSON, or where that cannot be read, whatever looks like the address of one."""
    lower = value.lower()
    if not any(part in lower for part in (*ENDINGS, *_TYPES)):
        return []
    found = configured(read(value))
    return found if found is not None else [Setting(address) for address in tokens(value)]


def _is_one_word(value: str) -> bool:
    """Whether a text has none of the marks that end an address."""
    return not set(value) & set(" <>\n\"'")


def tokens(text: str) -> list[str]:
    """Whatever in a text looks like the address of a file."""
    found: dict[str, None] = {}
    for ended in islice(_ENDED.finditer(text), _MAX_HITS):
        # Looked for from its end, so that a long text without any takes no time.
        begun = _BEGUN.search(text[max(0, ended.start() - 2_000) : ended.start()])
        if begun is not None and playable(address := begun[0] + ended[0]):
            found[address] = None
    return list(found)


def one_of(addresses: list[str]) -> tuple[str, bool]:
    """Of what is offered to one player the file before the playlist, else the first; and whether others have other names."""
    chosen = min(addresses, key=is_playlist)
    return chosen, any(video_name(address) != video_name(chosen) for address in addresses)


def read(text: str) -> Any:
    """JSON as data; None where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def configured(data: Any) -> list[Setting] | None:
    """The videos in a player's settings, in order, each with its title and description: one per object and name, whatever its
    renditions. None where there are too many objects to look into, or none at all."""
    if data is None:
        return None
    found: list[Setting] = []
    waiting = [(data, "")]
    steps = 0
    while waiting:
        node, key = waiting.pop()
        steps += 1
        if steps > _MAX_NODES:
            return None
        if isinstance(node, dict):
            found += [*_offered(node), *_in_texts(node)]
            waiting.extend(_inside(node))
        elif isinstance(node, list):
            waiting.extend((value, key) for value in reversed(node) if _may_tell(key, value))
        elif _is_named(key, node):
            found.append(Setting(node))
    return found


def _inside(node: dict[str, Any]) -> list[tuple[Any, str]]:
    """The objects and lists that an object holds, the last first, each with its key, but for a list of sources that it offers."""
    used = "sources" if _renditions(node) else None
    return [(value, key) for key, value in reversed(node.items()) if isinstance(value, dict | list) and key != used]


def _offered(node: dict[str, Any]) -> list[Setting]:
    """What one object offers."""
    sources = _renditions(node)
    named = [value for name, value in node.items() if _is_offer(name, value, node)]
    title = plain(node.get("title"), MAX_TITLE) or plain(node.get("caption"), MAX_TITLE)
    description = plain(node.get("description"), MAX_DESCRIPTION)
    if not named and sources:
        chosen, further = one_of(sources)
        files = [chosen]
    else:
        files = one_each(address for address in named if not is_playlist(address)) or named[:1]
        further = not set(map(video_name, (*named, *sources))) <= set(map(video_name, files))
    return [Setting(address, title, description, further) for address in files]


def _may_tell(key: str, value: Any) -> bool:
    return isinstance(value, dict | list) or _is_named(key, value)


def _in_texts(node: dict[str, Any]) -> list[Setting]:
    return [Setting(address) for name, value in node.items() for address in _in_text(name, value)]


def _is_offer(name: str, value: Any, node: dict[str, Any]) -> bool:
    """Whether a value is the address of a video: by its ending, or by its key and the type that the object states."""
    if not isinstance(value, str):
        return False
    return _is_named(name, value) or (name.lower() in KEYS and _is_typed(value, node.get("type")))


def _in_text(name: str, value: Any) -> list[str]:
    """Addresses in a longer text, such as the HTML of an article."""
    if not isinstance(value, str) or is_file(value) or not names_a_file(value) or is_aside(name):
        return []
    return [address for address in tokens(value) if address.startswith(("http://", "https://", "//"))]


def _is_named(key: str, value: Any) -> bool:
    if not isinstance(value, str) or not is_file(value) or not playable(value) or not _is_one_word(value):
        return False
    return key.lower() in KEYS or not is_aside(key)


def is_aside(key: str) -> bool:
    """Whether a name is of advertisements, previews and pictures."""
    return _ASIDE.search(_HUMP.sub(" ", key[:200]).lower()) is not None


def _is_typed(address: str, kind: object) -> bool:
    return isinstance(kind, str) and "/" in kind and playable(address, kind)


def _renditions(node: dict[str, Any]) -> list[str]:
    """The addresses in an object's list of sources."""
    entries = node.get("sources")
    listed = entries if isinstance(entries, list) else []
    sources = [_source(each) for each in listed[:200]]
    return [address for address, kind in sources if (is_file(address) and playable(address)) or _is_typed(address, kind)]


def _source(entry: Any) -> tuple[str, Any]:
    """The address in an entry of a list of sources, empty where it has none, and the type that it states."""
    if isinstance(entry, str):
        return entry, None
    if not isinstance(entry, dict):
        return "", None
    address = entry.get("src") or entry.get("file") or entry.get("url")
    return (address if isinstance(address, str) else ""), entry.get("type")
