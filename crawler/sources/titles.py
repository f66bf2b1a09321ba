"""Which words are a title: not "Watch here", not a file's name, not the name of the site behind the title of the page."""

import re
from urllib.parse import unquote, urlsplit

_PARTS = r"[-\u2010-\u2015|·•:»«~/\u2039\u203a<>]"
_ORDERS = re.compile(
    r"""(?:click|tap|press|watch|play|view|see|download|open|get|stream|load|show|start|pause|mute|replay|here|now|this|the|it|to|
    a|in|on|video|videos|clip|movie|film|file|link|full|screen|online|online|free|more|continue|reading|read|hd|sd|uhd|4k|high|low|
    quality|version|mirror|source|original|direct|mp4|webm|mov|m4v|mkv|avi|player|embed|embedded|content|iframe|youtube|vimeo|
    hier|klicken|ansehen|anschauen|abspielen|herunterladen|das|zum|regarder|voir|lire|télécharger|la|le|vidéo|ici|ver|vídeo|aquí|
    descargar|reproducir|guarda|scarica|qui|скачать|смотреть|видео|здесь|part|teil|\d{3,4}p|\d+)""".replace("\n    ", ""),
    re.IGNORECASE,
)
_CJK_ORDERS = (
    "点击",
    "點擊",
    "观看",
    "觀看",
    "播放",
    "下载",
    "下載",
    "视频",
    "視頻",
    "動画",
    "再生",
    "ダウンロード",
    "見る",
    "こちら",
    "这里",
    "這裡",
)
_FILE = re.compile(r"[^\s/]+\.(?:mp4|m4v|mov|webm|mkv|avi|flv|mpe?g|ogv|wmv|3gp|gif|m3u8|mpd)(?:[?#]\S*)?$", re.IGNORECASE)
_SIZE = re.compile(r"[\[(]?\s*\d+(?:[.,]\d+)?\s*(?:[kmg]i?b|bytes?|min|sec|s)\b\.?\s*[\])]?", re.IGNORECASE)
_SET_OFF_BEHIND = re.compile(rf"\s+{_PARTS}+\s")
_SET_OFF_BEFORE = re.compile(rf".*\s{_PARTS}+\s+$")
_WORD = re.compile(r"[^\W_]+")


def telling(text: str, address: str = "") -> str:
    """text, or nothing when it names no video: an order to press on it, a size, the address or the file's own name."""
    bare = text.strip()
    if not bare or bare.lower().startswith(("http://", "https://", "www.")) or _FILE.fullmatch(bare):
        return ""
    words = _words(_SIZE.sub(" ", bare))
    if _is_order(words):
        return ""
    return "" if address and words == _words(_stem(address)) else bare


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]


def _is_order(words: list[str]) -> bool:
    """Whether words, in lower case, only ask to press, or say nothing at all."""
    rest = "".join(words)
    for order in _CJK_ORDERS:
        rest = rest.replace(order, "")
    return not rest or all(map(_ORDERS.fullmatch, words))


def _stem(address: str) -> str:
    """The name of the file at an address, without its ending."""
    try:
        return unquote(urlsplit(address).path.rpartition("/")[2]).rpartition(".")[0]
    except ValueError:
        return ""


def without_site(title: str, sites: tuple[str, ...], headings: tuple[str, ...] = ()) -> str:
    """A page's title without the site's name before or behind it. sites: names that the page gives of its site; headings: what
    the page's own headings say, which settles the matter where one of them is the beginning or end of the title."""
    title = title.strip()
    for site in filter(None, sites):
        name = re.escape(site.strip())
        cut = re.sub(rf"\s*(?:{_PARTS}+)\s*{name}$|^{name}\s*(?:{_PARTS}+)\s+", "", title, count=1, flags=re.IGNORECASE).strip()
        if cut and cut != title:
            return cut
    return next((heading for heading in headings if _is_part(heading, title)), title)


def _is_part(heading: str, title: str) -> bool:
    """Whether a heading is the beginning or the end of a title, set off from the rest."""
    if len(heading) < 3:
        return False
    if title.startswith(heading):
        return _SET_OFF_BEHIND.match(title, len(heading)) is not None
    return title.endswith(heading) and _SET_OFF_BEFORE.match(title[: -len(heading)]) is not None
