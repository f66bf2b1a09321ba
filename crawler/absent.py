"""Pages that answer 200 and are not what was asked for: "not found" in words, or the front page in their place."""

import html
import re
from urllib.parse import urljoin, urlsplit

_HEAD = 200_000
_NEAR = 600
_FRONT = re.compile(r"/(?:(?:index|default|home)\.\w{2,5}|home/?|[a-z]{2}(?:-[a-z]{2})?/?)?", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_CHARSET = re.compile(rb"charset\s{0,5}=\s{0,5}[\"']?([\w-]{2,20})", re.IGNORECASE)
_CANONICAL = re.compile(r"rel\s{0,5}=\s{0,5}[\"']?canonical", re.IGNORECASE)
_LOWER = {letter: letter + 32 for letter in range(65, 91)}
_CUTS = re.compile(r"\s+[|–—·•«»-]\s+|\s*[|–—·•«»]\s*")
_SAYINGS = (
    *(r"(?:sorry,? )?(?:this |the |that )?(?:page|post|video|content) (?:was |is |could )?not (?:be )?found",),
    *(r"(?:oops!? )?(?:that|this|the) (?:page|video|content) (?:can.?t|can not|cannot) be found", r"not found", r"nothing found"),
    *(r"(?:this |the )?(?:page|video) (?:does not|doesn.t|no longer) exists?", r"(?:this |the )?page is missing"),
    *(r"(?:die )?seite (?:wurde )?nicht gefunden", r"seite existiert nicht", r"nicht gefunden"),
    *(r"page (?:introuvable|non trouvée|inexistante)", r"(?:la )?page (?:n.existe pas|est introuvable)"),
    *(r"p[áa]gina no (?:encontrada|existe)", r"no se encontr[óo] la p[áa]gina", r"p[áa]gina n[ãa]o (?:encontrada|existe)"),
    *(r"pagina non trovata", r"pagina niet gevonden", r"(?:nie znaleziono strony|strona nie (?:została )?znaleziona)"),
    *(r"sidan (?:hittades inte|kunde inte hittas)", r"siden (?:blev |ble )?ikke fundet", r"sivua ei löyt(?:ynyt|y)"),
    *(r"stránka (?:nenalezena|nebyla nalezena)", r"az oldal nem található", r"pagina nu a fost găsită"),
    *(r"страница не найдена", r"сторінку не знайдено", r"sayfa bulunamadı", r"η σελίδα δεν βρέθηκε"),
    *(r"(?:抱歉，?)?(?:您访问的)?页面(?:不存在|未找到|找不到了?)", r"找不到(?:该)?(?:页面|網頁|頁面)", r"頁面不存在"),
    *(r"(?:お探しの)?ページ(?:が|は)見つかりません(?:でした)?", r"페이지를 찾을 수 없습니다"),
    *(r"الصفحة غير موجودة", r"لم يتم العثور على الصفحة", r"הדף לא נמצא", r"पृष्ठ नहीं मिला", r"(?:پیج|صفحہ) نہیں ملا"),
    *(r"không tìm thấy trang", r"halaman tidak ditemukan", r"ไม่พบหน้า(?:ที่คุณต้องการ)?"),
)
_NUMBER = r"(?:(?:error|fehler|erreur|错误)?\s*404\s*[:：.,!-]*\s*)?"
_NOT_FOUND = re.compile(rf"{_NUMBER}(?:{'|'.join(_SAYINGS)})\s*(?:\(?404\)?)?[.!。！]*")
_ONLY_404 = re.compile(r"(?:error|fehler|erreur|错误)\s*404|404(?: error)?|http 404")


def is_front(url: str) -> bool:
    """Whether an address is that of a site's front page, also in one of its languages."""
    parts = urlsplit(url)
    return not parts.query and _FRONT.fullmatch(parts.path) is not None


def leads_away(asked: str, final: str) -> bool:
    """Whether whoever asked for a page was sent to a front page in its place. Both addresses are canonical."""
    return asked != final and not is_front(asked) and is_front(final)


def says_not_found(body: bytes, content_type: str) -> bool:
    """Whether a page's title or heading is, as a whole or between the dashes of a title, such a sentence in one of many
    languages. A heading that only has the words in it may be a film's name."""
    page = _text(body, content_type)
    parts = [*_CUTS.split(_inside(page, "title")), _inside(page, "h1")]
    cleaned = [" ".join(part.replace("’", "'").split()).strip(" .!…").lower() for part in parts]
    # "404" alone is a name as good as any other; in both title and heading it is none.
    alone = [part for part in cleaned if _ONLY_404.fullmatch(part)]
    return any(_NOT_FOUND.fullmatch(part) for part in cleaned) or len(alone) > 1


def names_front(body: bytes, content_type: str, url: str) -> bool:
    """Whether a page that is no front page gives a front page as its own address."""
    page = _text(body, content_type)
    found = _CANONICAL.search(page)
    if found is None or is_front(url):
        return False
    tag = page[page.rfind("<", 0, found.start()) : page.find(">", found.start())][:_NEAR]
    named = re.search(r'href\s{0,5}=\s{0,5}["\']([^"\']{1,500})', tag, re.IGNORECASE)
    try:
        return named is not None and is_front(urljoin(url, html.unescape(named[1])))
    except ValueError:
        return False


def _text(body: bytes, content_type: str) -> str:
    head = body[:_HEAD]
    declared = _CHARSET.search(content_type.encode("ascii", "replace")) or _CHARSET.search(head)
    try:
        return head.decode(declared[1].decode("ascii") if declared else "utf-8", "replace")
    except LookupError:
        return head.decode("utf-8", "replace")


def _inside(page: str, name: str) -> str:
    """The words inside the first element of that name, when it is short enough to be a heading."""
    # The case of ASCII alone is folded: other letters may become two, and places would no longer agree.
    folded = page.translate(_LOWER)
    opened = folded.find(f"<{name}")
    start = folded.find(">", opened) + 1
    end = folded.find(f"</{name}", start, start + _NEAR) if opened >= 0 and start > 0 else -1
    return html.unescape(_TAG.sub("", page[start:end])).strip() if end >= 0 else ""
