"""What a page says of its videos in structured data: JSON-LD, and statements that something was made by AI."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crawler.digital_source import made_by_ai
from crawler.sources.base import MAX_DESCRIPTION, MAX_NAME, MAX_TITLE, plain, when
from crawler.sources.markup import Element

MAX_JSON = 2 * 1024 * 1024
MAX_NODES = 20_000

_AI_META = ("ai-generated", "ai_generated", "aigenerated", "aigc", "is-ai-generated", "ai-content", "content-ai-generated")
_TYPE_META = ("digitalsourcetype", "iptc:digitalsourcetype", "iptc4xmpext:digitalsourcetype")
_NO = ("", "0", "no", "false", "none", "n")


@dataclass(frozen=True)
class VideoData:
    """A VideoObject: media may be relative, or empty when the page only embeds a player."""

    media: str
    title: str
    description: str
    uploader: str
    published_at: datetime | None
    label: str | None = field(default=None)


def video_objects(scripts: Iterator[Element]) -> tuple[list[VideoData], list[str]]:
    """The VideoObjects in a page's JSON-LD, wherever they are nested, and what could not be read."""
    videos: list[VideoData] = []
    errors: list[str] = []
    for script in scripts:
        if script.get("type").partition(";")[0].strip().lower() != "application/ld+json":
            continue
        try:
            data = json.loads(script.text[:MAX_JSON])
        except (ValueError, RecursionError) as error:
            errors.append(f"The page's JSON-LD is broken ({plain(str(error), 100)}).")
            continue
        videos += [_video(node) for node in _nodes(data) if "videoobject" in _types(node)]
    return videos, errors


def meta_label(metas: Iterator[Element]) -> str | None:
    """What a page's meta elements state of its being made by AI."""
    for meta in metas:
        name = (meta.get("name") or meta.get("property") or meta.get("itemprop")).strip().lower()
        value = plain(meta.get("content"), MAX_NAME)
        if name in _AI_META and value.lower() not in _NO:
            return f"{name}: {value}"
        if name in _TYPE_META and made_by_ai(value):
            return f"digitalSourceType: {value}"
    return None


def _nodes(data: Any) -> Iterator[dict[str, Any]]:
    waiting, seen = [data], 0
    while waiting and seen < MAX_NODES:
        seen += 1
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting.extend(reversed(list(node.values())))
        elif isinstance(node, list):
            waiting.extend(reversed(node))


def _types(node: dict[str, Any]) -> list[str]:
    return [name.rpartition("/")[2].rpartition(":")[2].lower() for name in _texts(node.get("@type"))]


def _video(node: dict[str, Any]) -> VideoData:
    return VideoData(
        media=next(iter(_texts(node.get("contentUrl"))), ""),
        title=_first(node, ("name", "headline"), MAX_TITLE),
        description=_first(node, ("description", "caption"), MAX_DESCRIPTION),
        uploader=_first(node, ("author", "creator", "publisher"), MAX_NAME),
        published_at=next((moment for key in ("uploadDate", "datePublished") if (moment := when(node.get(key)))), None),
        label=_label(node),
    )


def _label(node: dict[str, Any]) -> str | None:
    for key, value in node.items():
        words = next(iter(_texts(value)), "")
        if key.rpartition(":")[2].lower() == "digitalsourcetype" and made_by_ai(words):
            return f"digitalSourceType: {plain(words, MAX_NAME)}"
        if key.lower() in ("isaigenerated", "aigenerated", "ai_generated") and (value is True or words.lower() == "true"):
            return f"{plain(key, 40)}: true"
    return None


def _first(node: dict[str, Any], keys: tuple[str, ...], limit: int) -> str:
    return next((text for key in keys for raw in _texts(node.get(key)) if (text := plain(raw, limit))), "")


def _texts(value: Any) -> Iterator[str]:
    """The text of a value that may be text, an object with a name, id or value, or a list of such."""
    for entry in value[:20] if isinstance(value, list) else [value]:
        if isinstance(entry, str):
            yield entry
        elif isinstance(entry, dict):
            yield from (entry[key] for key in ("name", "@value", "@id", "url") if isinstance(entry.get(key), str))
