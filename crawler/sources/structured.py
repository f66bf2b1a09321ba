"""What a page says of its videos and articles in JSON-LD, and statements that something was made by AI."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from crawler.digital_source import made_by_ai
from crawler.sources.base import MAX_DESCRIPTION, MAX_NAME, MAX_TITLE, looks_like_video, plain
from crawler.sources.bylines import is_address
from crawler.sources.markup import Element
from crawler.sources.renditions import one_each, video_name

MAX_JSON = 2 * 1024 * 1024
MAX_NODES = 20_000
MAX_VALUES = 500

_AI_META = ("ai-generated", "ai_generated", "aigenerated", "aigc", "is-ai-generated", "ai-content", "content-ai-generated")
_TYPE_META = ("digitalsourcetype", "iptc:digitalsourcetype", "iptc4xmpext:digitalsourcetype")
_NO = ("", "0", "no", "false", "none", "n")
_ARTICLES = frozenset(
    (
        *("article", "newsarticle", "blogposting", "socialmediaposting", "techarticle", "report"),
        *("reportagenewsarticle", "creativework", "opinionnewsarticle", "analysisnewsarticle"),
        *("reviewnewsarticle", "review", "liveblogposting", "advertisercontentarticle", "discussionforumposting"),
        *("movie", "episode", "tvepisode", "scholarlyarticle", "recipe", "howto"),
    )
)
_SITES = ("website", "organization", "newsmediaorganization", "blog")


@dataclass(frozen=True)
class Said:
    """A VideoObject or an article. at: the place of its script on the page. addresses: those that it gives itself, as written.
    media: may be relative, or empty when the page only embeds a player. date, changed: as written. within: the article in which
    it is nested, as a place in the list. listed: whether it is one of a list."""

    at: int
    is_video: bool
    addresses: tuple[str, ...] = ()
    media: str = ""
    player: str = ""
    title: str = ""
    description: str = ""
    uploader: str = ""
    publisher: str = ""
    date: str = ""
    changed: str = ""
    label: str | None = None
    within: int | None = None
    listed: bool = False


@dataclass(frozen=True)
class Structured:
    """said: in the order of the document. sites: names of the site. errors: what could not be read."""

    said: tuple[Said, ...]
    sites: tuple[str, ...]
    errors: tuple[str, ...]


def structured_data(scripts: Iterator[tuple[int, Element]]) -> Structured:
    """All that a page's JSON-LD says, wherever it is nested. scripts: each with its place on the page."""
    said: list[Said] = []
    sites: list[str] = []
    errors: list[str] = []
    documents: list[tuple[int, list[tuple[dict[str, Any], int, bool]]]] = []
    for at, script in scripts:
        if script.own("type").partition(";")[0].strip().lower() != "application/ld+json":
            continue
        try:
            # Line breaks in the middle of texts are common, and harmless.
            nodes = list(_nodes(json.loads(script.text[:MAX_JSON], strict=False)))
            documents.append((at, nodes))
            if len(nodes) == MAX_NODES:
                errors.append(f"The page's JSON-LD has more than {MAX_NODES:,} objects; the rest was not read.")
        except (ValueError, RecursionError) as error:
            errors.append(f"The page's JSON-LD is broken ({plain(str(error), 100)}).")
    # What one block defines, the others refer to.
    known = {
        node["@id"]: node for _, nodes in documents for node, _, _ in nodes if isinstance(node.get("@id"), str) and len(node) > 1
    }
    for at, nodes in documents:
        _read(at, nodes, known, said, sites)
    return Structured(tuple(said), tuple(dict.fromkeys(sites)), tuple(errors))


def _read(
    at: int, nodes: list[tuple[dict[str, Any], int, bool]], known: dict[str, Any], said: list[Said], sites: list[str]
) -> None:
    places: dict[int, int] = {}
    for number, (node, parent, listed) in enumerate(nodes):
        within = places.get(parent)
        is_video = "videoobject" in _types(node)
        media = _media(node, is_video)
        if _speaks(node):
            places[number] = len(said)
            told = _said(at, node, is_video, known, within, listed)
            said.append(replace(told, media=media.pop(0)) if is_video and media else told)
        elif within is not None:
            places[number] = within
        if media:
            told = _said(at, node, True, known, places.get(number), listed)
            said += _files(media, said[told.within] if told.within is not None else None, told)
        sites += _site_names(node)


def _speaks(node: dict[str, Any]) -> bool:
    """Whether a node is a video or an article. One that only refers to another says nothing by itself."""
    if len(node) <= 2 and "@id" in node:
        return False
    return not (_ARTICLES | {"videoobject"}).isdisjoint(_types(node))


def _site_names(node: dict[str, Any]) -> list[str]:
    name = "" if set(_SITES).isdisjoint(_types(node)) else plain(_text(node, ("name",)), MAX_NAME)
    return [name] if name else []


def _files(media: list[str], around: Said | None, told: Said) -> list[Said]:
    """Further files of a video, which are told of as it is, and those of anything else."""
    is_part = around is not None and around.is_video
    file = around if around is not None and is_part else replace(told, player="")
    known = video_name(file.media) if is_part else None
    return [replace(file, media=address, player="") for address in media if video_name(address) != known]


def _media(node: dict[str, Any], is_video: bool) -> list[str]:
    """The addresses of files that an object gives, of renditions one. Only a VideoObject's contentUrl is one whatever it is."""
    kind = next(_texts(node.get("encodingFormat"), ("@id", "name")), "")
    kind = kind if "/" in kind and "://" not in kind else ""
    found = [address for address in _addresses(node.get("contentUrl")) if is_video or looks_like_video(address, kind)]
    found += [address for key in ("embedUrl", "url") for address in _addresses(node.get(key)) if looks_like_video(address)]
    return one_each(found)


def _nodes(data: Any) -> Iterator[tuple[dict[str, Any], int, bool]]:
    """Every object, with the number of the one around it and whether it stands in a list of items."""
    waiting: list[tuple[Any, int, bool]] = [(data, -1, False)]
    number = 0
    while waiting and number < MAX_NODES:
        node, parent, listed = waiting.pop()
        if isinstance(node, dict):
            yield node, parent, listed
            inner = listed or "itemlist" in _types(node)
            waiting.extend(
                (value, number, inner or key in ("blogPost", "blogPosts")) for key, value in reversed(list(node.items()))
            )
            number += 1
        elif isinstance(node, list):
            waiting.extend((value, parent, listed) for value in reversed(node))


def _said(at: int, node: dict[str, Any], is_video: bool, known: dict[str, Any], within: int | None, listed: bool) -> Said:
    addresses = [address for key in ("url", "mainEntityOfPage", "@id", "isPartOf") for address in _addresses(node.get(key))]
    people = [_people(node.get(key), known) for key in ("author", "creator")]
    return Said(
        at=at,
        is_video=is_video,
        addresses=tuple(dict.fromkeys(addresses))[:8],
        player=next(_addresses(node.get("embedUrl")), ""),
        title=plain(_text(node, ("name", "headline") if is_video else ("headline", "name")), MAX_TITLE),
        description=plain(_text(node, ("description", "caption")), MAX_DESCRIPTION),
        uploader=next(filter(None, people), ""),
        publisher=_people(node.get("publisher"), known),
        date=_text(node, ("uploadDate", "datePublished") if is_video else ("datePublished", "dateCreated", "uploadDate")),
        changed=_text(node, ("dateModified",)),
        label=_label(node),
        within=within,
        listed=listed,
    )


def _people(value: Any, known: dict[str, Any]) -> str:
    """The names of an author, who may be text, an object, a reference to one, or a list of such."""
    names = []
    for entry in value[:20] if isinstance(value, list) else [value]:
        person = known.get(entry["@id"], entry) if isinstance(entry, dict) and isinstance(entry.get("@id"), str) else entry
        name = (
            person
            if isinstance(person, str)
            else _text(person, ("name", "legalName", "alternateName"))
            if isinstance(person, dict)
            else ""
        )
        if isinstance(name, str) and (shown := plain(name, MAX_NAME)) and not is_address(shown):
            names.append(shown)
    return plain(", ".join(dict.fromkeys(names)), MAX_NAME)


def meta_label(metas: Iterator[Element]) -> str | None:
    """What a page's meta elements state of its being made by AI."""
    for meta in metas:
        name = (meta.own("name") or meta.own("property") or meta.own("itemprop")).strip().lower()
        value = plain(meta.own("content"), MAX_NAME)
        if name in _AI_META and value.lower() not in _NO:
            return f"{name}: {value}"
        if name in _TYPE_META and made_by_ai(value):
            return f"digitalSourceType: {value}"
    return None


def _types(node: dict[str, Any]) -> list[str]:
    return [name.rpartition("/")[2].rpartition(":")[2].lower() for name in _texts(node.get("@type"), ("@id",))]


def _label(node: dict[str, Any]) -> str | None:
    for key, value in node.items():
        words = next(iter(_texts(value, ("name", "@value", "@id", "url"))), "")
        if key.rpartition(":")[2].lower() == "digitalsourcetype" and made_by_ai(words):
            return f"digitalSourceType: {plain(words, MAX_NAME)}"
        if key.lower() in ("isaigenerated", "aigenerated", "ai_generated") and (value is True or words.lower() == "true"):
            return f"{plain(key, 40)}: true"
    return None


def _text(node: dict[str, Any], keys: tuple[str, ...]) -> str:
    return next((text for key in keys for text in _texts(node.get(key), ("name", "@value")) if text.strip()), "")


def _addresses(value: Any) -> Iterator[str]:
    return _texts(value, ("@id", "url", "contentUrl"))


def _texts(value: Any, keys: tuple[str, ...]) -> Iterator[str]:
    """The text of a value that may be text, an object with one of the keys, or a list of such."""
    for entry in value[:MAX_VALUES] if isinstance(value, list) else [value]:
        if isinstance(entry, str):
            yield entry
        elif isinstance(entry, dict):
            yield from (entry[key] for key in keys if isinstance(entry.get(key), str))
