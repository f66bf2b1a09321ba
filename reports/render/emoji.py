"""Emoji: which a font can draw, and the names of the others."""

import re
import unicodedata
from collections.abc import Callable, Iterator

_SYMBOL = (
    "[\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u25fe\u2600-\u27bf\u2934\u2935\u2b05-\u2b55\u3030\u303d"
    "\u3297\u3299\U0001f000-\U0001f1e5\U0001f200-\U0001f3fa\U0001f400-\U0001faff]"
)
_FORM, _TONE, _JOINER = "[\ufe0e\ufe0f]", "[\U0001f3fb-\U0001f3ff]", "\u200d"
_PART = f"{_SYMBOL}{_FORM}?{_TONE}?"
_FLAG = "[\U0001f1e6-\U0001f1ff]{2}"
_REGION = "\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{2,8}\U000e007f"
_KEYCAP = "[0-9#*]\ufe0f?\u20e3"
_EMOJI = re.compile(f"((?:{_REGION})|(?:{_FLAG})|(?:{_KEYCAP})|(?:{_PART}(?:{_JOINER}{_PART})*)|{_TONE})\\1*")
"""One emoji as Unicode Technical Standard 51 builds it, as often as it stands there in a row."""

_TONES = ("light", "medium-light", "medium", "medium-dark", "dark")


_REGIONS = ("gbeng", "gbsct", "gbwls")
"""The only flags of regions that fonts draw; with any other the letters behind the flag would be hidden."""


def name_emoji(text: str, shown: Callable[[str], bool]) -> str:
    """The text with each emoji that cannot be shown as ``[face with tears of joy]``, and of several alike ``[fire ×3]``."""
    return "".join(part for part, _ in emoji_parts(text, shown))


def emoji_parts(
    text: str, shown: Callable[[str], bool], drawn: Callable[[str], bool] = lambda _: False
) -> Iterator[tuple[str, bool]]:
    """The text in parts, each with whether it is an emoji to be drawn as it stands.

    drawn: whether the emoji font has every character of a sequence. shown: whether a font for text has a character; such a one
    stays, without the mark that only asks for its colours. What neither has is named, a sequence part by part.
    """
    place = 0
    for found in _EMOJI.finditer(text):
        yield text[place : found.start()], False
        emoji, times = found[1], len(found[0]) // len(found[1])
        whole = drawn(emoji) and _hides_nothing(emoji)
        yield (found[0], True) if whole else (_said(emoji, times, shown), False)
        place = found.end()
    yield text[place:], False


def _hides_nothing(emoji: str) -> bool:
    return not re.fullmatch(_REGION, emoji) or _tagged(emoji) in _REGIONS


def _tagged(emoji: str) -> str:
    """What the invisible letters behind a black flag spell."""
    return "".join(chr(ord(letter) - 0xE0000) for letter in emoji[1:-1])


def _said(emoji: str, times: int, shown: Callable[[str], bool]) -> str:
    plain = re.sub(_FORM, "", emoji)
    if len(plain) == 1 and shown(plain):
        return plain * times
    name = _name(plain)
    if name is None:
        return emoji * times
    return f"[{name} ×{times}]" if times > 1 else f"[{name}]"


def _name(emoji: str) -> str | None:
    """None for what has no name yet."""
    if re.fullmatch(_REGION, emoji):
        return f"flag {_tagged(emoji)}"
    if re.fullmatch(_FLAG, emoji):
        return "flag " + "".join(chr(ord(letter) - 0x1F1E6 + ord("A")) for letter in emoji)
    if emoji[-1] == "\u20e3":
        return f"keycap {emoji[0]}"
    names = [_word(letter) for letter in emoji if letter != _JOINER]
    return None if None in names else ", ".join(filter(None, names))


def _word(letter: str) -> str | None:
    if re.fullmatch(_TONE, letter):
        return f"{_TONES[ord(letter) - 0x1F3FB]} skin tone"
    return unicodedata.name(letter, "").lower() or None
