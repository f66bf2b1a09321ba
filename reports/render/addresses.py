"""Web addresses as people read them: decoded, and without anything in them that hides, reorders or imitates."""

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import urlsplit

from registry.hostnames import ascii_host, own_script
from reports.render.plain import UNSEEN, code_point, shorten

MOST_SHOWN = 120
_ESCAPES = re.compile("(?:%[0-9a-fA-F]{2})+")
_ACE = re.compile(r"(?<![a-z0-9-])xn--[a-z0-9-]+", re.IGNORECASE)
_DELIMITERS = re.compile("([/?&=#]+)")
_APART = ("CJK UNIFIED", "HIRAGANA", "KATAKANA", "HANGUL", "ARABIC", "HEBREW", "THAI", "DEVANAGARI", "BENGALI", "TAMIL")
"""Scripts, by their letters' names, of which no letter passes for a Latin one."""
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and marks whose picture is empty."""
_SLASHES = frozenset("\u2044\u2215\u29f8\u29f6\u2571\u30ce\u4e3f")
"""What looks like the end of a host, and which no normalisation says so."""


@dataclass(frozen=True)
class Address:
    """exact: as it was recorded. shown: for reading, cut to MOST_SHOWN. note: the other form of its host, or nothing."""

    exact: str
    shown: str
    note: str

    @property
    def differs(self) -> bool:
        """Whether what is shown is not what stands in the address bar."""
        return self.shown != self.exact

    @property
    def pieces(self) -> tuple[tuple[str, bool], ...]:
        """The shown address between its delimiters, and whether a piece runs from right to left: such a one is to be set apart,
        otherwise two of them change places."""
        return tuple((piece, any(map(_runs_left, piece))) for piece in _DELIMITERS.split(self.shown) if piece)


def address(exact: str) -> Address:
    """For any text, an address or not. A host whose letters may be taken for others stands in its ASCII form."""
    host = _host_of(exact)
    plain, readable = _ascii(host), _readable_host(_ascii(host))
    if plain == readable:
        return Address(exact, shorten(_decoded(exact), MOST_SHOWN), "")
    # A label that is no host's, beside one that is, may hold anything.
    plain, readable = _seen(plain), _seen(readable)
    stands, note = (readable, f"host {plain}") if _apart(readable) else (plain, f"its host reads “{readable}”")
    start = exact.lower().index(host, exact.index("//"))
    around = _decoded(exact[:start]), _decoded(exact[start + len(host) :])
    return Address(exact, shorten(stands.join(around), MOST_SHOWN), note)


def _apart(host: str) -> bool:
    return all(letter.isascii() or unicodedata.name(letter, "").startswith(_APART) for letter in host)


def _host_of(text: str) -> str:
    """The host in lower case as it stands in the address, or nothing."""
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError:
        return ""
    # Whoever stands before an @ is taken for the host by readers; such an address is left as it is, and so is one with letters
    # that become others when they are lowered. One with control characters is no host.
    plain = "@" not in parts.netloc and not any(letter.isascii() and not letter.isprintable() for letter in host)
    return host if plain and host in text.lower() and len(text) == len(text.lower()) else ""


def _readable_host(host: str) -> str:
    return _ACE.sub(lambda found: _label(found[0]), host)


def _label(ace: str) -> str:
    """A host's label in its own script, if that leads back to the label and everything in it can be seen."""
    try:
        label = own_script(ace)
    except ValueError:
        return ace
    return label if all(_shown(letter) == letter for letter in label) else ace


def _ascii(host: str) -> str:
    try:
        return ascii_host(host)
    except ValueError:
        return host


def _decoded(text: str) -> str:
    place, parts = 0, []
    for found in _ESCAPES.finditer(text):
        parts += [_seen(text[place : found.start()]), _letters(bytes.fromhex(found[0].replace("%", "")))]
        place = found.end()
    return "".join([*parts, _seen(text[place:])])


def _seen(text: str) -> str:
    return text if text.isascii() and text.isprintable() else "".join(map(_shown_raw, text))


def _letters(content: bytes) -> str:
    """What the bytes spell in UTF-8. ASCII, which has a meaning of its own when it is not escaped, and what is no UTF-8 stay."""
    return "".join(map(_letter, content.decode("utf-8", "surrogateescape")))


def _letter(letter: str) -> str:
    if letter.isascii() or 0xDC80 <= ord(letter) <= 0xDCFF:
        return _escaped(letter)
    return _shown(letter)


def _shown_raw(letter: str) -> str:
    return code_point(letter) if letter.isascii() and not letter.isprintable() else letter if letter.isascii() else _shown(letter)


def _shown(letter: str) -> str:
    """The letter; its number where it cannot be seen; its escape where it imitates what divides an address."""
    if letter.isascii():
        return letter
    kind = unicodedata.category(letter)
    if kind in UNSEEN or kind == "Zs" or letter in _BLANK or _is_selector(letter):
        return code_point(letter)
    imitates = letter in _SLASHES or any(not c.isalnum() and c.isascii() for c in unicodedata.normalize("NFKC", letter))
    return _escaped(letter) if imitates else letter


def _is_selector(letter: str) -> bool:
    return "\ufe00" <= letter <= "\ufe0f" or "\U000e0100" <= letter <= "\U000e01ef" or "\u180b" <= letter <= "\u180f"


def _escaped(letter: str) -> str:
    return "".join(f"%{byte:02X}" for byte in letter.encode("utf-8", "surrogateescape"))


def _runs_left(letter: str) -> bool:
    return unicodedata.bidirectional(letter) in ("R", "AL", "AN")
