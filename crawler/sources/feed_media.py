"""The videos that a feed's item names: enclosures, Media RSS, podcasts' alternates, Atom's content, JSON Feed's attachments."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from crawler.sources.base import MAX_TITLE, looks_like_video, plain
from crawler.sources.embeds import watch_address
from crawler.sources.json_text import listed, text
from crawler.sources.markup import Element
from crawler.sources.renditions import one_each

_MEDIA = ("search.yahoo.com/mrss", "www.rssboard.org/media-rss", "tools.search.yahoo.com/mrss")
_NEAR = 2


@dataclass(frozen=True)
class Named:
    """A video that an item names. address: as written, relative to bases, the outermost first. is_player: the address is that of
    a page which plays it. title: what is said of this very video."""

    address: str
    bases: tuple[str, ...] = ()
    title: str = ""
    is_player: bool = False


def named_by(item: Element) -> list[Named]:
    """Every video that an RSS or Atom item names, one address each; of renditions of one video the default or the largest."""
    found = [*_linked(item), *_versions(item), *_media(item)]
    kept = set(one_each(each.address for each in found if not each.is_player))
    chosen = {each.address: each for each in reversed(found) if each.is_player or each.address in kept}
    return [chosen[address] for address in dict.fromkeys(each.address for each in found) if address in chosen]


def is_media(element: Element) -> bool:
    """Whether an element is one of Media RSS, whose namespace is spelt in several ways."""
    return element.namespace.partition("://")[2].rstrip("/").lower() in _MEDIA


def attached(item: Any) -> list[Named]:
    """The videos among a JSON Feed item's attachments: those with the same title are one, as its specification has it."""
    titled: dict[str, str] = {}
    found = []
    for each in listed(item, "attachments"):
        address, title = text(each, "url"), text(each, "title")
        if looks_like_video(address, text(each, "mime_type")) and (not title or titled.setdefault(title, address) == address):
            found.append(Named(address, title=plain(title, MAX_TITLE)))
    kept = one_each(each.address for each in found)
    chosen = {each.address: each for each in reversed(found)}
    return [chosen[address] for address in kept]


def _linked(item: Element) -> Iterator[Named]:
    """Enclosures, links to files, and content that lies elsewhere."""
    for link in item.children("enclosure", "link", "content"):
        if is_media(link):
            continue
        by_name = {"enclosure": ("url", "href", "resource"), "link": ("href",), "content": ("src",)}[link.name]
        address = next((given for name in by_name if (given := link.get(name).strip())), "")
        # RSS has the address of the item's page as a text, which may be a file.
        address = address or (link.text.strip() if link.name == "link" else "")
        kind = link.get("type")
        if looks_like_video(address, kind):
            yield Named(address, link.bases(), plain(link.get("title"), MAX_TITLE))
        elif link.name != "link" and kind == "application/x-shockwave-flash":
            yield Named(address, link.bases(), is_player=True)


def _versions(item: Element) -> Iterator[Named]:
    """Podcasts offer versions of an episode, each at one or more addresses; those of one title are renditions."""
    renditions: dict[str, list[Element]] = {}
    for version in item.children("alternateenclosure"):
        if (address := _fetched(version)) and looks_like_video(address, version.get("type")):
            title = plain(version.get("title"), MAX_TITLE) or version.get("rel")
            # A title of a rendition is often no more than its height.
            renditions.setdefault("" if title.rstrip("pP").isdecimal() else title, []).append(version)
    for offered in renditions.values():
        best = max(offered, key=lambda each: (each.get("default") == "true", *_sizes(each, "height", "bitrate")))
        yield Named(_fetched(best), best.bases(), plain(best.get("title"), MAX_TITLE))


def _fetched(version: Element) -> str:
    """The first address of a version that can be fetched; podcasts name such of other networks, too."""
    addresses = (source.get("uri") for source in version.children("source"))
    return next((each for each in addresses if each.lower().startswith(("http:", "https:")) or ":" not in each), "")


def _sizes(element: Element, *names: str) -> tuple[int, ...]:
    return tuple(_number(element.get(name)) for name in names)


def _media(item: Element) -> Iterator[Named]:
    """What Media RSS names: of each group one rendition, of what stands alone each; a player where no file is named."""
    found = [named for group in item.children("group") for named in _of_group(group)]
    alone = _contents(item)
    videos = list(filter(_is_video, alone))
    # Only renditions of one thing have one default among them.
    found += _best(videos) if sum(each.get("isdefault") == "true" for each in videos) == 1 else map(_content, videos)
    found += [player for each in alone if not _is_video(each) for player in _played(each)]
    yield from found or list(_players(item))[:1]


def _of_group(group: Element) -> list[Named]:
    """The best rendition of each video of a group, or its first player."""
    contents = _contents(group)
    if videos := list(filter(_is_video, contents)):
        return _best(videos)
    return [*_players(group), *(player for each in contents for player in _played(each))][:1]


def _contents(holder: Element) -> list[Element]:
    return [each for each in holder.children("content") if is_media(each)]


def _players(holder: Element) -> Iterator[Named]:
    for player in holder.children("player", "embed"):
        if is_media(player) and (address := player.get("url").strip()):
            yield Named(address, player.bases(), plain(holder.first("title"), MAX_TITLE), is_player=True)


def _played(content: Element) -> Iterator[Named]:
    """The player that media content without a file names, or is."""
    address, kind = content.get("url").strip(), content.get("type")
    by_place = (not kind or "html" in kind) and watch_address(address) is not None
    is_player = content.get("medium") == "video" or "flash" in kind or by_place
    if address and is_player:
        yield replace(_content(content), is_player=True)
    yield from _players(content)


def _best(contents: list[Element]) -> list[Named]:
    return [_content(max(renditions, key=_preference)) for renditions in _told_apart(contents)]


def _content(content: Element) -> Named:
    return Named(content.get("url").strip(), content.bases(), plain(content.first("title"), MAX_TITLE))


def _told_apart(contents: list[Element]) -> list[list[Element]]:
    """Renditions of one video together: other titles or lengths are of other videos."""
    groups: list[list[Element]] = []
    for content in contents:
        same = next((group for group in groups if all(_may_be_one(content, other) for other in group)), None)
        if same is None:
            groups.append([content])
        else:
            same.append(content)
    return groups


def _may_be_one(one: Element, other: Element) -> bool:
    titles = {title for each in (one, other) if (title := each.first("title"))}
    lengths = [length for each in (one, other) if (length := _number(each.get("duration")))]
    excerpt = "sample" in (one.get("expression"), other.get("expression"))
    return len(titles) < 2 and (len(lengths) < 2 or excerpt or abs(lengths[0] - lengths[1]) <= _NEAR)


def _is_video(content: Element) -> bool:
    address, kind = content.get("url").strip(), content.get("type")
    if looks_like_video(address, kind):
        return bool(address)
    return bool(address) and not kind and content.get("medium") == "video" and watch_address(address) is None


def _preference(content: Element) -> tuple[int, ...]:
    sizes = _sizes(content, "bitrate", "filesize", "height")
    return (content.get("isdefault") == "true", content.get("expression") != "sample", *sizes)


def _number(text: str) -> int:
    whole = text.strip().partition(".")[0]
    return int(whole) if whole.isascii() and whole.isdecimal() and len(whole) < 16 else 0
