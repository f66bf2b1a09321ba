"""Which addresses are renditions of one video: they differ by nothing but the ending and by marks of size and quality."""

import re
from collections.abc import Iterable

from crawler.sources.base import VIDEO_ENDINGS, is_playlist

_ENDINGS = (*VIDEO_ENDINGS, ".m3u8", ".mpd")
_MARKS = re.compile(
    r"[-_.]*(?<![a-z0-9])(?:\d{3,4}p\d{0,2}|\d{3,4}x\d{3,4}|\d{2,5}k(?:bps)?|[248]k|u?hd|sd|hq|lq|low|high|med(?:ium)?|mobile|small"
    r"|large|[hx]26[45]|hevc|av1|vp[89])(?![a-z0-9])"
)
_COUNTED = re.compile(r"(?:^|&)_=\d+$")


def one_each(addresses: Iterable[str]) -> list[str]:
    """The addresses as written, of renditions the file before the playlist, else the first."""
    chosen: dict[str, str] = {}
    for address in addresses:
        known = chosen.setdefault(name := video_name(address), address)
        if is_playlist(known) and not is_playlist(address):
            chosen[name] = address
    return list(chosen.values())


def video_name(address: str) -> str:
    """What all renditions of a video have in common in their addresses."""
    bare, _, query = address.strip().partition("#")[0].partition("?")
    bare = bare.lower()
    bare = bare.partition("//")[2] if "//" in bare[:8] else bare
    ending = next((ending for ending in _ENDINGS if bare.endswith(ending)), "")
    # WordPress counts the players of a page in their addresses.
    return f"{_MARKS.sub('', bare.removesuffix(ending))}?{_COUNTED.sub('', query)}"
