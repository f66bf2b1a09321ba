"""Documents inside a page: the text of a frame, templates that scripts fill in, markup that loaders keep in attributes."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from crawler.sources.frames import Frame, frames
from crawler.sources.markup import read_html
from crawler.sources.players import TEMPLATES, Mention, mentions
from crawler.sources.tree import Tree, tree_of

MAX_HELD = 300
_MAX_SIZE = 2 * 1024 * 1024
_DEPTH = 3
_TELLING = ("<video", "<iframe", "<source", "<embed", "<object", "<a ", "<amp-", "<blockquote")


@dataclass(frozen=True)
class Played:
    """mentions, frames: all that a page plays and embeds, also inside the documents that it holds. left: whether there were more
    of these than are read."""

    mentions: list[Mention]
    frames: list[Frame]
    left: bool


def played(tree: Tree) -> Played:
    """What a page plays, each at its place; what a document inside it plays, at the place of that document."""
    found, framed = list(mentions(tree)), list(frames(tree))
    waiting = [(at, html, 1) for at, html in _held(tree)]
    count = size = 0
    while waiting and count < MAX_HELD and size < _MAX_SIZE:
        at, html, depth = waiting.pop(0)
        count += 1
        size += len(html)
        inner = _read(html)
        if inner is None:
            continue
        found += [replace(mention, at=at) for mention in mentions(inner)]
        framed += _framed(inner, at)
        if depth < _DEPTH:
            waiting += [(at, text, depth + 1) for _, text in _held(inner)]
    return Played(found, framed, bool(waiting))


def _framed(inner: Tree, at: int) -> list[Frame]:
    """What a document embeds that is held at a place: a frame in it is there to play something."""
    return [replace(frame, at=at, surely=frame.surely or inner.names[frame.at] == "iframe") for frame in frames(inner)]


def _read(html: str) -> Tree | None:
    root = read_html(html[:_MAX_SIZE].encode("utf-8", "replace"), "text/html; charset=utf-8")
    return None if root is None else tree_of(root)


def _held(tree: Tree) -> Iterator[tuple[int, str]]:
    """Every document that an element holds as a text, with its place."""
    for at in range(len(tree.names)):
        yield from ((at, text) for text in _texts(tree, at) if _tells(text))


def _texts(tree: Tree, at: int) -> list[str]:
    """The texts of an element that may be documents."""
    if tree.names[at] == "script":
        return [tree.nodes[at].text] if tree.get(at, "type").lower().endswith(TEMPLATES) else []
    if tree.names[at] == "noscript" and _tells(lead := tree.nodes[at].lead):
        return [lead]
    return [value for key, value in tree.given[at].items() if key == "srcdoc" or key.startswith("data-")]


def _tells(html: str) -> bool:
    if "<" not in html:
        return False
    lower = html.lower()
    return any(tag in lower for tag in _TELLING)
