"""What to search for: the names of what is protected, together with the words that go with generated video."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from urllib.parse import quote, urlencode

from crawler.types import SourceKind

LATIN = ("Seedance", "Sora", "Veo", "Kling", "Runway", "AI generated", "AI video", "deepfake")
BY_SCRIPT = {
    "CJK": ("即梦", "可灵", "AI生成", "AI视频", "Seedance", "Sora"),
    "HIRAGANA": ("AI生成", "AI動画", "Sora"),
    "KATAKANA": ("AI生成", "AI動画", "Sora"),
    "HANGUL": ("AI 생성", "AI 영상", "딥페이크", "Sora"),
    "CYRILLIC": ("нейросеть", "ИИ видео", "дипфейк", "Sora"),
    "ARABIC": ("ذكاء اصطناعي", "تزييف عميق", "Sora"),
    "DEVANAGARI": ("एआई वीडियो", "डीपफेक", "Sora"),
    "THAI": ("AI วิดีโอ", "ดีปเฟค", "Sora"),
    "HEBREW": ("בינה מלאכותית", "דיפ פייק", "Sora"),
    "GREEK": ("τεχνητή νοημοσύνη", "Sora"),
}
"""Words by the script that a name is written in, as Unicode names it; all other names are searched for with LATIN."""

_JUNK = re.compile(r"[\x00-\x1f\x7f\"]+")


def script_of(name: str) -> str:
    """The script that most letters of a name are written in, as the first word of their Unicode names."""
    scripts = [unicodedata.name(letter, "").split(" ")[0] for letter in name if letter.isalpha()]
    return max(sorted(set(scripts)), key=scripts.count, default="LATIN")


def queries(names: Iterable[str], words: Sequence[str] | None = None) -> list[str]:
    """One query per name and word, each name also alone last, in the order given, each once. words: in place of ours."""
    made: dict[str, None] = {}
    cleaned = [text for name in names if (text := " ".join(_JUNK.sub(" ", name).split()))]
    for name in cleaned:
        for word in words if words is not None else BY_SCRIPT.get(script_of(name), LATIN):
            made.setdefault(f"{name} {word}")
    for name in cleaned:
        made.setdefault(name)
    return list(made)


def search_address(kind: SourceKind, query: str, base: str = "") -> str:
    """The address of a search for a source of that kind. base: the instance, for PeerTube and Mastodon; for yt-dlp the search's
    own name, such as ``bilisearch`` (``ytsearchdate`` without one). Raises ValueError for a kind that has no search."""
    home = base.rstrip("/")
    if kind is SourceKind.PEERTUBE:
        return f"{home}/api/v1/search/videos?{urlencode({'search': query, 'sort': '-publishedAt', 'count': 50})}"
    if kind is SourceKind.MASTODON:
        return f"{home}/api/v1/timelines/tag/{quote(hashtag(query), safe='')}?limit=40"
    if kind is SourceKind.REDDIT:
        asked = urlencode({"q": query, "sort": "new", "limit": 100, "raw_json": 1})
        return f"{home or 'https://www.reddit.com'}/search.json?{asked}"
    if kind is SourceKind.YOUTUBE:
        asked = urlencode({"part": "snippet", "type": "video", "order": "date", "maxResults": 50, "q": query})
        return f"{home or 'https://www.googleapis.com'}/youtube/v3/search?{asked}"
    if kind is SourceKind.YTDLP:
        return f"{base or 'ytsearchdate'}20:{query}"
    raise ValueError(f"{kind.value} has no search")


def hashtag(text: str) -> str:
    """A text as a hashtag: its letters and digits alone."""
    return "".join(c for c in text if c.isalnum() or c == "_" or unicodedata.category(c).startswith("M"))
