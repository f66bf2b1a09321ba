"""Marks of generators, and labels that say that AI made a video, among lines that were read on screen.

What counts as a label is what GB 45438-2025 (4.1) asks one to hold: "AI" or "人工智能", with "生成" or "合成"; and the same in
other words that platforms print. A generator's name has to stand by itself: "Sora" and "Wan" are names of people, too, and
"Runway" is a word. A name in an ordinary sentence is no mark.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum


class MarkKind(StrEnum):
    """What words on screen are."""

    GENERATOR = "generator"
    LABEL = "label"
    NAME = "name"


@dataclass(frozen=True)
class Mark:
    """name: as its maker, or the registry, spells it."""

    kind: MarkKind
    name: str


LONGEST = 40
"""Characters of a line: a longer one is a sentence, which states something of something else."""

GENERATORS = (
    *("Seedance", "Sora", "Veo", "Kling", "Runway", "Pika", "Hailuo", "Vidu", "Wan", "Dreamina", "Midjourney", "PixVerse"),
    *("即梦AI", "可灵AI", "豆包AI", "海螺AI", "通义万相", "清影AI", "即夢AI", "可靈AI"),
)

_BESIDE = ("ai", "by", "with", "made", "generated", "created", "minimax", "google", "openai", "com", "app", "tv", "studio", "pro")
"""Words that stand beside a generator's name in its mark, besides versions."""

_LABELS = (
    (re.compile(r"(?:ai|人工智能|人工智慧)(?:辅助|輔助|技术|技術)?(?:生成|合成|制作|製作|创作|創作)"), "AI生成"),
    (re.compile(r"ai-?generated|generatedby(?:an)?ai|(?:made|created)(?:with|by|using)(?:an)?ai"), "AI-generated"),
    (re.compile(r"^(?:ai-?info|aigc)$"), "AI-generated"),
)


def marks_in(line: str) -> tuple[Mark, ...]:
    """What one line, read in a picture, is a mark or a label of; nothing for ordinary words."""
    text = unicodedata.normalize("NFKC", line).strip()
    if not text or len(text) > LONGEST:
        return ()
    joined = _ai(re.sub(r"\s+", "", _ai(text))).casefold()
    named = [Mark(MarkKind.GENERATOR, name) for name in GENERATORS if _stands(name, text, joined)]
    label = next((name for pattern, name in _LABELS if pattern.search(joined)), None)
    return (*named, *([Mark(MarkKind.LABEL, label)] if label else []))


def _stands(name: str, text: str, joined: str) -> bool:
    """Whether the name is what the line says: in Chinese anywhere in it, in letters with nothing beside it but what may be."""
    if not name.isascii():
        return name.casefold() in joined
    words = [_ai(word).casefold() for word in re.findall(r"[^\W_]+(?:\.\d+)*", text)]
    rest = [word for word in words if not _is_beside(word)]
    wanted = name.casefold()
    return len(rest) == 1 and (rest[0] == wanted or re.fullmatch(re.escape(wanted) + r"(?:ai|v?[\d.]+)", rest[0]) is not None)


def _is_beside(word: str) -> bool:
    return word in _BESIDE or re.fullmatch(r"v?[\d.]+", word) is not None


def _ai(text: str) -> str:
    """The text with "Al", "A1" and "A|" where AI stands: a capital I looks like them in most typefaces."""
    return re.sub(r"(?<![A-Za-z])A[l1|!](?![a-z])|(?<=[a-z])A[l1|!]$", "AI", text)
