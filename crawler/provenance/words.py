"""Names of video generators, and words for "made by AI", in a video's title and caption."""

import re
from collections.abc import Sequence

from crawler.provenance.base import LabelFinding
from crawler.types import LabelOutcome

GENERATORS = (
    *("Seedance", "Sora", "Veo", "Kling", "Runway", "Pika", "Hailuo", "Vidu", "Wan", "Midjourney", "Dreamina", "Jimeng"),
    *("即梦", "即夢", "可灵", "可靈", "豆包", "海螺AI", "通义万相", "混元视频"),
)
"""Generators by the names that people write into titles."""

_STATEMENTS = (
    *("AI 生成", "AI 制作", "人工智能生成", "人工智慧生成", "AIGC", "AI 動画", "AI 動畫", "AI 视频", "生成 AI"),
    *("AI generated", "made with AI", "created with AI", "AI video", "AI film", "generative AI", "deepfake"),
    *("KI-generiert", "mit KI erstellt", "généré par IA", "generado por IA", "gerado por IA", "generato dall'IA"),
    *("сгенерировано ИИ", "создано ИИ", "нейросеть", "AI로 생성", "인공지능 생성", "AI 생성 영상", "딥페이크"),
    *("مولد بالذكاء الاصطناعي", "الذكاء الاصطناعي", "एआई जनरेटेड", "สร้างด้วย AI", "tạo bởi AI", "dibuat dengan AI"),
)


def _pattern(word: str) -> str:
    # Latin, Cyrillic and the like are matched as whole words, with an optional version: "Veo 3", "Wan2.1"; scripts that do not
    # part words are matched anywhere.
    plain = re.escape(word).replace("\\ ", r"[\s_-]*").replace("\\-", r"[\s_-]*")
    if re.search(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]", word):
        return plain
    return rf"(?<![^\W_]){plain}(?=$|[\W_]|\d)"


_WORDS = [(word, re.compile(_pattern(word), re.IGNORECASE)) for word in (*GENERATORS, *_STATEMENTS)]


def generator_words(text: str) -> list[str]:
    """The words for generators and generation that text holds, each once."""
    return [word for word, pattern in _WORDS if pattern.search(text)]


def words_finding(texts: Sequence[str]) -> LabelFinding:
    """texts: title and caption; what follows them is not looked at, least of all the uploader's name. A word is a hint and no
    proof: "Sora" and "Wan" are names of people, too."""
    places = [(place, text) for place, text in zip(("title", "caption"), texts, strict=False) if text.strip()]
    if not places:
        return LabelFinding("words", LabelOutcome.UNKNOWN, "Neither title nor caption is known.")
    found = [f"The {place} says: {', '.join(words)}" for place, text in places if (words := generator_words(text))]
    if not found:
        looked = "Title and caption name" if len(places) == 2 else f"The {places[0][0]} names"
        return LabelFinding("words", LabelOutcome.ABSENT, f"{looked} no generator.")
    return LabelFinding("words", LabelOutcome.PRESENT, ". ".join(found), says_ai=True)
