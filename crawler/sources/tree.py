"""A page's elements in document order, with who is inside whom as numbers, so that every question about places is cheap."""

from bisect import bisect_left
from dataclasses import dataclass, field

from crawler.sources.markup import Element

MAX_ELEMENTS = 400_000
MAX_DEPTH = 250
_BLANKS = " \t\n\r\f"


@dataclass(frozen=True)
class Tree:
    """nodes: the elements; given: each one's attributes as they are written. parents: the place of each one's parent, -1 for the
    root's. ends: the place after its last descendant. places: those of each name, in order. errors: what of the page was left
    out."""

    nodes: list[Element]
    given: list[dict[str, str]]
    names: list[str]
    parents: list[int]
    ends: list[int]
    places: dict[str, list[int]] = field(default_factory=dict)
    errors: tuple[str, ...] = ()

    def get(self, at: int, name: str) -> str:
        """An attribute as it is spelt, in lower case; empty when it is not there."""
        value = self.given[at].get(name)
        return value.strip(_BLANKS) if value else ""

    def classes(self, at: int) -> list[str]:
        """The classes of an element in small letters, at most 60."""
        value = self.given[at].get("class")
        return value[:2_000].lower().split()[:60] if value else []

    def words(self, at: int, limit: int) -> str:
        """The text inside, blanks as HTML shows them."""
        return self.nodes[at].words(limit)

    def every(self, *names: str) -> list[int]:
        """The places of elements with any of the names, in order."""
        if len(names) == 1:
            return self.places.get(names[0], [])
        return sorted(place for name in names for place in self.places.get(name, ()))

    def inside(self, at: int, name: str) -> range | list[int]:
        """The places of the descendants of that name."""
        known = self.places.get(name, [])
        return known[bisect_left(known, at + 1) : bisect_left(known, self.ends[at])]

    def first_inside(self, at: int, name: str) -> int | None:
        """The place of the first descendant of that name."""
        known = self.places.get(name, [])
        found = bisect_left(known, at + 1)
        return known[found] if found < len(known) and known[found] < self.ends[at] else None

    def around(self, at: int, steps: int = 6) -> list[int]:
        """The places of the nearest ancestors, but not of what holds most of the page."""
        found: list[int] = []
        while len(found) < steps and (at := self.parents[at]) >= 0 and self.names[at] not in ("body", "html", "article", "main"):
            found.append(at)
        return found

    def within(self, at: int, name: str, steps: int = MAX_DEPTH + 10) -> int | None:
        """The place of the nearest ancestor of that name, at most so many steps away."""
        for _ in range(steps):
            at = self.parents[at]
            if at < 0:
                return None
            if self.names[at] == name:
                return at
        return None


def tree_of(root: Element) -> Tree:
    """The elements under root, as many and as deep as a page may have."""
    nodes: list[Element] = []
    given: list[dict[str, str]] = []
    names: list[str] = []
    parents: list[int] = []
    ends: list[int] = []
    places: dict[str, list[int]] = {}
    open_: list[int] = []
    errors = []
    deepest = 0
    for begins, element in root.walk():
        if not begins:
            ends[open_.pop()] = len(nodes)
            continue
        if len(nodes) == MAX_ELEMENTS:
            errors.append(f"The page has more than {MAX_ELEMENTS:,} elements; what comes after them was not read.")
            break
        name = element.name
        places.setdefault(name, []).append(len(nodes))
        parents.append(open_[-1] if open_ else -1)
        open_.append(len(nodes))
        nodes.append(element)
        given.append(element.attributes())
        names.append(name)
        ends.append(0)
        deepest = max(deepest, len(open_))
    for at in open_:
        ends[at] = len(nodes)
    if deepest > MAX_DEPTH:
        errors.append(f"The page's elements are nested more than {MAX_DEPTH} deep; what lies deeper was not read.")
    return Tree(nodes, given, names, parents, ends, places, tuple(errors))
