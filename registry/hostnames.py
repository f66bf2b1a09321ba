"""Host names in the one form that names, certificates and resolvers know: ASCII, as a browser makes it of what was typed.

It is UTS #46, non-transitional, with the choices of the WHATWG's URL standard: straße.de is xn--strae-oqa.de, not strasse.de.
"""

import unicodedata
from urllib.parse import unquote_to_bytes

import idna

_ACE = "xn--"
_JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"
_RIGHT_TO_LEFT = frozenset(("R", "AL", "AN"))


def ascii_host(host: str) -> str:
    """host in lower case and ASCII; percent-encoding is read, dots of other scripts are dots. Says nothing of lengths, empty
    labels and signs within ASCII. Raises ValueError for what a browser takes for no name."""
    try:
        text = unquote_to_bytes(host).decode()
        if text.isascii():
            # What is in ASCII already is left to those who resolve it, whatever it would say in a script of its own.
            return text.lower()
        labels = [_decoded(label) for label in _mapped(text).split(".")]
        either_way = any(unicodedata.bidirectional(letter) in _RIGHT_TO_LEFT for label in labels for letter in label)
        return ".".join(_encoded(label, either_way) for label in labels)
    except UnicodeError as error:
        raise ValueError(f"{host!r} is no host name") from error


def own_script(label: str) -> str:
    """A label of an ASCII host in its own script. Raises ValueError for an ASCII form that does not lead back to itself."""
    try:
        decoded = _decoded(label.lower())
        _encoded(decoded, any(unicodedata.bidirectional(letter) in _RIGHT_TO_LEFT for letter in decoded))
    except UnicodeError as error:
        raise ValueError(f"{label!r} is no host's label") from error
    return decoded


def _mapped(text: str) -> str:
    return idna.uts46_remap(text, std3_rules=False)


def _decoded(label: str) -> str:
    """A label in its own script. Raises UnicodeError for an ASCII form that leads nowhere, or not back to itself."""
    if not label.startswith(_ACE):
        return label
    decoded = label[len(_ACE) :].encode("ascii").decode("punycode")
    if decoded.isascii() or _mapped(decoded) != decoded or _punycode(decoded) != label:
        raise UnicodeError
    return decoded


def _encoded(label: str, either_way: bool) -> str:
    """A label in ASCII. either_way: some label of the name runs from right to left, so that all are held to the bidi rule."""
    if label and unicodedata.category(label[0]).startswith("M"):
        raise UnicodeError
    if any(letter in _JOINERS and not idna.valid_contextj(label, place) for place, letter in enumerate(label)):
        raise UnicodeError
    if either_way and label:
        idna.check_bidi(label, check_ltr=True)
    return label if label.isascii() else _punycode(label)


def _punycode(label: str) -> str:
    return _ACE + label.encode("punycode").decode("ascii")
