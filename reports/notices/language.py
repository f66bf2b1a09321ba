"""In which languages letters are written."""

from enum import StrEnum


class Language(StrEnum):
    """In which a letter is written, by its tag (BCP 47)."""

    ENGLISH = "en"
    CHINESE = "zh-Hans"
