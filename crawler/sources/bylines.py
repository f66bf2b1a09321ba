"""Who wrote an entry, as its markup says: microdata, rel=author, hCards, bylines, and the words "By somebody"."""

import re
from dataclasses import dataclass

from crawler.sources.base import MAX_NAME
from crawler.sources.tree import Tree

MICRODATA, LINK, CARD, BYLINE, WORDS = range(5)
"""How plainly a name is stated, the plainest first."""

_AUTHOR_WORDS = frozenset(("author", "authors", "byline", "submitted", "uploader", "username", "postedby", "writer", "creator"))
_OTHER_WORDS = frozenset(
    (
        *("avatar", "image", "img", "photo", "bio", "box", "description", "about", "social", "icon", "date"),
        *("time", "list", "count", "comment", "comments", "reply", "widget", "title", "heading", "label", "text"),
        *("follow", "more", "posts", "info", "wrapper"),
    )
)
_TOKEN = re.compile(r"[-_:]+|(?<=[a-z])(?=[A-Z])")
_BEFORE = re.compile(
    r"""^\W*(?:(?:this\s+(?:entry|post)\s+was\s+)?(?:posted|written|published|submitted|uploaded|created|added|shared|filed|story|
    words|film|video|text|eingereicht|geschrieben|veröffentlicht|publié|écrit|escrito|publicado|enviado|scritto|pubblicato)\s+)?
    (?:\bby\b|\bvon\b|\bpar\b|\bpor\b|\bdi\b|\bdoor\b|\bav\b|автор|作者|投稿者|文|撰文)\s*[:：]?\s*""".replace("\n    ", ""),
    re.IGNORECASE,
)
_LABEL = re.compile(r"^\W*(?:author|autor|auteur|autore|verfasser|uploader|creator)\s*[:：]\s*", re.IGNORECASE)
_ALL_POSTS = re.compile(
    r"^(?:(?:view|see|read|browse)\s+)?(?:all|more)?\s*(?:posts|articles|stories|entries)\s+(?:by|from|of)\s+", re.IGNORECASE
)
_AFTER = re.compile(
    r"\s*(?:[|·•–—,;/]|\s-\s|\()\s*.*$|\s+(?:on|in|at|am|le|el|il|vom|den|under|published|posted|updated|last|\d+\s+comments?)\b.*$"
    r"|\s+(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b.*$|\s+\(?\d{1,2}(?:st|nd|rd|th|\.)?\s+[^\W\d_]{3}.*$|\s+\(?\d{1,4}[-./年].*$",
    re.IGNORECASE | re.DOTALL,
)
_SMALL = frozenset(
    (
        "von",
        "van",
        "de",
        "der",
        "den",
        "del",
        "della",
        "di",
        "da",
        "la",
        "le",
        "bin",
        "al",
        "el",
        "and",
        "und",
        "et",
        "y",
        "e",
        "of",
        "the",
        "&",
    )
)
_PLAIN = (
    "p",
    "span",
    "div",
    "small",
    "address",
    "li",
    "em",
    "i",
    "b",
    "strong",
    "cite",
    "h4",
    "h5",
    "h6",
    "td",
    "dd",
    "a",
    "font",
)
_ARTICLES = ("the", "a", "an", "and", "of", "und", "et", "y", "e")
_EDGES = " \t.,:;|·-–—"
_SHORT = re.compile(r"\b(?:[^\W\d_]|Jr|Sr|Inc|Ltd|Co|Bros)$")
"""What is written with a full stop that belongs to the name."""
_FEW = 90


@dataclass(frozen=True)
class Byline:
    """at: its place in the tree. rank: how plainly the name is stated, lower is plainer."""

    at: int
    rank: int
    name: str


def bylines(tree: Tree) -> list[Byline]:
    """Every statement of an author on the page, in document order."""
    return [Byline(at, rank, name) for at in range(len(tree.nodes)) for rank, name in _stated(tree, at) if name]


def is_address(name: str) -> bool:
    """Whether what is given for a name is the address of a profile."""
    return name.strip().lower().startswith(("http:", "https:", "//", "www.", "/", "mailto:"))


def _stated(tree: Tree, at: int) -> list[tuple[int, str]]:
    """How plainly an element states a name, and that name."""
    if not {"author", "creator"}.isdisjoint(tree.get(at, "itemprop").lower().split()):
        return [(MICRODATA, _microdata(tree, at))]
    if tree.names[at] in ("a", "link") and "author" in tree.get(at, "rel").lower().split():
        return [(LINK, cleaned(tree.words(at, MAX_NAME) or _whose(tree, at)))]
    classes = tree.classes(at)
    if "p-author" in classes:
        return [(LINK, _card(tree, at))]
    if not {"vcard", "h-card"}.isdisjoint(classes):
        return [(CARD, _card(tree, at))]
    if any(map(_names_author, classes)):
        return [(BYLINE, _byline(tree, at))]
    return [(WORDS, _in_words(tree, at))] if _begins_as_byline(tree, at) else []


def _begins_as_byline(tree: Tree, at: int) -> bool:
    """Whether an element that may be anything begins with words such as "by"."""
    if tree.names[at] not in _PLAIN:
        return False
    lead = tree.nodes[at].lead[:60].strip()
    return bool(_BEFORE.match(lead) or _LABEL.match(lead))


def _microdata(tree: Tree, at: int) -> str:
    if content := tree.get(at, "content"):
        return "" if is_address(content) else cleaned(content)
    for inner in range(at + 1, min(tree.ends[at], at + 200)):
        if "name" in tree.get(inner, "itemprop").lower().split():
            return cleaned(tree.get(inner, "content") or tree.words(inner, MAX_NAME))
    return cleaned(tree.words(at, MAX_NAME))


def _whose(tree: Tree, at: int) -> str:
    """The name in a link without words: that of its picture, or in its title."""
    picture = tree.first_inside(at, "img")
    return tree.get(at, "title") or tree.get(at, "aria-label") or ("" if picture is None else tree.get(picture, "alt"))


def _card(tree: Tree, at: int) -> str:
    for inner in range(at, min(tree.ends[at], at + 100)):
        if not {"fn", "p-name"}.isdisjoint(tree.classes(inner)) and (name := tree.words(inner, MAX_NAME)):
            return cleaned(name)
    return cleaned(tree.words(at, MAX_NAME))


def _names_author(name: str) -> bool:
    words = {word for word in _TOKEN.split(name) if word}
    return not words.isdisjoint(_AUTHOR_WORDS) and words.isdisjoint(_OTHER_WORDS)


def _byline(tree: Tree, at: int) -> str:
    """What a byline says: its link, where it has one among few words, else its words."""
    if _is_said_inside(tree, at):
        return ""
    text = _before_day(tree, at)
    said = (tree.words(link, MAX_NAME) for link in list(tree.inside(at, "a"))[:5])
    linked = next((words for words in said if words and not words.isdecimal()), "")
    is_name = linked and len(linked) <= _FEW and (text.startswith(linked) or _BEFORE.match(text))
    return cleaned(linked if is_name else text)


def _is_said_inside(tree: Tree, at: int) -> bool:
    """Whether a part of a byline says more exactly where the name is."""
    inside = range(at + 1, min(tree.ends[at], at + 60))
    return any(_names_author(name) for inner in inside for name in tree.classes(inner))


def _before_day(tree: Tree, at: int) -> str:
    """A byline's words up to its date."""
    text = tree.words(at, 400)
    time = tree.first_inside(at, "time")
    day = "" if time is None else tree.words(time, 100)
    return text.partition(day)[0] if day else text


def cleaned(text: str) -> str:
    """A name without the words around it: "Posted by Ann on 3 May" is Ann. Empty for what can be no name."""
    bare = _ALL_POSTS.sub("", text.strip())
    behind = _LABEL.sub("", _BEFORE.sub("", bare)).strip()
    name = _bare(_AFTER.sub("", behind) if behind != bare or len(behind) > 40 else behind)
    if not name or len(name) > _FEW or is_address(name) or not re.search(r"[^\W\d_]", name):
        return ""
    return name


def _bare(text: str) -> str:
    """Without the marks around it, but with the full stop of an initial: "by Ann L." is Ann L."""
    name = text.strip(_EDGES)
    return f"{name}." if _SHORT.search(name) and f"{name}." in text else name


def _in_words(tree: Tree, at: int) -> str:
    """The name in "By Ann Lee, 3 May": of few words, each like one of a name. The sentence "By the river she sat" has none."""
    text = tree.words(at, 400)
    if len(text) > (120 if tree.names[at] == "p" else 200):
        return ""
    behind = _LABEL.sub("", _BEFORE.sub("", text, count=1), count=1)
    link = tree.first_inside(at, "a")
    if link is not None and (linked := tree.words(link, MAX_NAME)) and behind.startswith(linked):
        return cleaned(linked)
    name = _bare(_AFTER.sub("", behind))
    return name if _is_name(name, alone=len(text) <= _FEW) else ""


def _is_name(name: str, alone: bool) -> bool:
    """Whether words are a name's. alone: nothing else stands beside them."""
    words = name.split()
    if not words or len(words) > 6 or len(name) > _FEW or is_address(name):
        return False
    return (alone and len(words) == 1) or (words[0].lower() not in _ARTICLES and all(map(_like_a_name, words)))


def _like_a_name(word: str) -> bool:
    """Whether a word is written as those of names are; scripts without capitals leave it open."""
    return not word[0].islower() or word in _SMALL
