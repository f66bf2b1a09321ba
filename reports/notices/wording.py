"""The words of a letter in its own language. What a letter says is written in English where it is said; a catalogue has the same
in Simplified Chinese, so that a passage cannot stand in one of them alone."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache

from reports.notices.chinese import CATALOGUE, RECORDED
from reports.notices.language import Language
from reports.render.plain import day, moment


@dataclass(frozen=True)
class Wording:
    """Says in one language what the passages have in English."""

    language: Language = Language.ENGLISH

    def __call__(self, words: str, **values: str) -> str:
        """The words, with a value in each place that is named in braces: values are set as they are, and never read as words.

        A passage that the catalogue lacks is an error of the program (KeyError).
        """
        said = CATALOGUE[words] if self.is_chinese else words
        return said.format(**values) if values else said

    @property
    def is_chinese(self) -> bool:
        return self.language is Language.CHINESE

    def recorded(self, words: str) -> str:
        """What the record has in English, such as why an address did not answer: in Chinese where it is a known sentence, and
        else quoted, with a note that the record is in English."""
        if not self.is_chinese or not words:
            return words
        known = _known(words)
        return known if known is not None else f"“{words}”（此处为系统的英文记录原文）"

    def day(self, at: datetime) -> str:
        """``20 November 2026``, in UTC."""
        return self.date(at.astimezone(UTC).date()) if self.is_chinese else day(at)

    def date(self, given: date) -> str:
        """``20 November 2026``"""
        return f"{given.year}年{given.month}月{given.day}日" if self.is_chinese else f"{given.day} {given:%B %Y}"

    def moment(self, at: datetime) -> str:
        """``20 November 2026, 17:00 UTC``"""
        return f"{self.day(at)}{at.astimezone(UTC):%H:%M}（协调世界时）" if self.is_chinese else moment(at)

    def listed(self, words: Sequence[str], last: str = "and") -> str:
        """Words as in a sentence; last: the English word before the last one."""
        if len(words) < 2:
            return "".join(words)
        if self.is_chinese:
            return "、".join(words)
        return f"{', '.join(words[:-1])} {last} {words[-1]}"

    def parts(self, words: Sequence[str]) -> str:
        """Things beside one another that are no sentence."""
        return ("；" if self.is_chinese else "; ").join(words)


def _known(words: str) -> str | None:
    for pattern, chinese in _recorded():
        if found := pattern.fullmatch(words):
            return chinese.format(**found.groupdict())
    return None


@cache
def _recorded() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Each sentence of the record as what recognises it, with its Chinese form."""
    return tuple((_pattern(english), chinese) for english, chinese in RECORDED.items())


def _pattern(english: str) -> re.Pattern[str]:
    pieces = re.split(r"\{(\w+)\}", english)
    return re.compile("".join(f"(?P<{piece}>.+?)" if place % 2 else re.escape(piece) for place, piece in enumerate(pieces)))


ENGLISH = Wording()
