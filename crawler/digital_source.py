"""The IPTC's terms for how a picture or video came to be (cv.iptc.org/newscodes/digitalsourcetype), which XMP, C2PA manifests
and web pages share."""

# schema.org's enumeration has the same names with an ending.
_MADE_BY_AI = frozenset(
    name + ending
    for name in ("trainedalgorithmicmedia", "compositewithtrainedalgorithmicmedia", "compositesynthetic")
    for ending in ("", "digitalsource")
)
_OTHERS = frozenset(
    name + ending
    for name in (
        *("digitalcapture", "computationalcapture", "multiframecomputationalcapture", "compositecapture", "screencapture"),
        *("negativefilm", "positivefilm", "print", "humanedits", "minorhumanedits", "digitalart", "digitalcreation"),
        *("algorithmicmedia", "algorithmicallyenhanced", "softwareimage", "datadrivenmedia", "virtualrecording", "composite"),
    )
    for ending in ("", "digitalsource")
)


def term(value: str) -> str:
    """The last part of a term's address, in lower case."""
    return value.strip().rstrip("/").rpartition("/")[2].rpartition(":")[2].lower()


def made_by_ai(value: str) -> bool:
    """Whether a digital source type, as a term or an address, states that AI made the media in whole or in part. Made by an
    algorithm that was trained on nothing (algorithmicMedia), such as a plotted curve, is not."""
    return term(value) in _MADE_BY_AI


def known(value: str) -> bool:
    """Whether the vocabulary has the term."""
    return term(value) in _MADE_BY_AI or term(value) in _OTHERS
