"""Emoji by their names, for where no font shows them."""

import re
import unicodedata
from collections.abc import Callable

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


def name_emoji(text: str, shown: Callable[[str], bool]) -> str:
    """The text with each emoji that cannot be shown as ``[face with tears of joy]``, and of several alike ``[fire ×3]``.

    A sequence is named part by part. A single emoji that can be shown stays, without the mark that only asks for its colours.
    """
    return _EMOJI.sub(lambda found: _said(found[1], len(found[0]) // len(found[1]), shown), text)


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
    if emoji[0] == "\U0001f3f4" and len(emoji) > 2 and emoji[-1] == "\U000e007f":
        return "flag " + "".join(chr(ord(letter) - 0xE0000) for letter in emoji[1:-1])
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
