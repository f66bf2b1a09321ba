"""Which article of a page a place belongs to. A page shows one article or many; what is said of one is never said of another."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from crawler.sources.containers import is_banner, kind_of
from crawler.sources.sections import HEADINGS, Span, count_between, cut_off, one_of_many, spans_of, start_of
from crawler.sources.tree import Tree

_NESTED = 12


@dataclass(frozen=True)
class PageEntry:
    """A part of the page, from start to end in the tree. parent: the one around it, None for the page itself. inherits: what it
    does not say itself, the one around it says. apart: it belongs to the site, or to those who comment. heading: that of an
    entry which is set off by its heading alone, -1 otherwise."""

    start: int
    end: int
    parent: int | None
    inherits: bool = False
    apart: bool = False
    is_video: bool = False
    heading: int = -1


class Entries:
    """The entries of a page; number 0 is the page itself."""

    def __init__(self, tree: Tree, videos: Sequence[int], leads_elsewhere: Callable[[int], bool], signs: Sequence[int]) -> None:
        """videos: the places that show one. leads_elsewhere: whether the heading at a place links to another page of the site.
        signs: the places of dates and bylines."""
        self._tree = tree
        self.all: list[PageEntry] = [PageEntry(0, len(tree.nodes), None)]
        self._owner: list[int] = []
        self._units: dict[int, list[tuple[int, int]]] = defaultdict(list)
        self._headings = tree.every(*HEADINGS)
        self._holders: dict[int, int] = {}
        self._tops: dict[int, int] = {}
        self._rules: dict[int, list[int]] = defaultdict(list)
        self._inner: dict[int, list[int]] = defaultdict(list)
        self._mark()
        self._divide(videos, leads_elsewhere, signs)

    def of(self, at: int) -> int:
        """The number of the entry that a place belongs to."""
        owner = self._owner[at]
        units = self._units.get(owner)
        if not units:
            return owner
        found = bisect_right(units, (at, len(self.all))) - 1
        # Of stretches inside each other the inner one counts.
        for _, number in reversed(units[max(0, found + 1 - _NESTED) : found + 1]):
            if at < self.all[number].end:
                return number
        return owner

    def _mark(self) -> None:
        """Find the articles that the markup names."""
        tree = self._tree
        headed = [0, *accumulate(name in HEADINGS for name in tree.names)]
        kinds = [kind_of(tree, at) for at in range(len(tree.nodes))]
        self._lone_video = kinds.count("video") == 1 and "article" not in kinds
        inside = _count_inside(tree, kinds)
        for at, kind in enumerate(kinds):
            parent = tree.parents[at]
            owner = 0 if parent < 0 else self._owner[parent]
            if kind and parent >= 0:
                owner = self._entered(at, kind, owner, inside, headed)
            self._owner.append(owner)

    def _entered(self, at: int, kind: str, owner: int, inside: dict[int, int], headed: list[int]) -> int:
        """The entry that begins at a place: a new one, or still the one around it."""
        tree, around = self._tree, self.all[owner]
        count = headed[tree.ends[at]] - headed[at]
        if kind == "header":
            kind = "apart" if owner == 0 and is_banner(tree, at) else ""
        if kind == "apart":
            return owner if around.apart else self._new(PageEntry(at, tree.ends[at], owner, apart=True))
        if not kind:
            return owner
        if kind == "video":
            # Several on a page without articles are a list, in which each speaks for itself.
            inherits = owner != 0 or self._lone_video
            return self._new(PageEntry(at, tree.ends[at], owner, inherits, around.apart, is_video=True))
        others = headed[around.end] - headed[around.start] - count
        if _is_separate(kind == "article", count, _lists_others(around, inside[around.start]), others):
            return self._new(PageEntry(at, tree.ends[at], owner))
        return owner

    def _new(self, entry: PageEntry) -> int:
        self.all.append(entry)
        return len(self.all) - 1

    def _divide(self, videos: Sequence[int], leads_elsewhere: Callable[[int], bool], signs: Sequence[int]) -> None:
        """Find the articles that only their headings set off, among what the markup does not divide."""
        grouped, own_headings, own_signs = (
            _grouped(places, self._owner.__getitem__) for places in (videos, self._headings, signs)
        )
        self._rules = _grouped(self._tree.every("hr"), self._owner.__getitem__)
        if 0 in grouped:
            # Beside other videos of the page, one that is marked as such speaks for itself.
            self.all = [replace(entry, inherits=entry.inherits and entry.parent != 0) for entry in self.all]
        self._inner = self._begun_inside()
        for owner, places in grouped.items():
            if not self.all[owner].apart and own_headings[owner]:
                self._holders.clear()
                self._tops.clear()
                self._units[owner] = self._sections(owner, places, own_headings[owner], leads_elsewhere, own_signs[owner])

    def _begun_inside(self) -> dict[int, list[int]]:
        """Where the entries inside each entry begin."""
        inner: dict[int, list[int]] = defaultdict(list)
        for entry in self.all[1:]:
            if entry.parent is not None and not entry.apart:
                inner[entry.parent].append(entry.start)
        return inner

    def _sections(
        self, owner: int, videos: list[int], headings: list[int], leads_elsewhere: Callable[[int], bool], signs: list[int]
    ) -> list[tuple[int, int]]:
        """The stretches of an entry that are entries of their own, each with where it begins."""
        holders = _grouped(videos, lambda at: self._holder(at, headings))
        walls = self._walls(owner, holders, signs)
        spans = self._spans(holders, videos, headings, walls, sorted(self._rules[owner] + walls))
        elsewhere = sum(leads_elsewhere(span.heading) for span in spans)
        if not spans or (owner and elsewhere < 2):
            return []
        if not elsewhere and _is_whole(spans, videos, headings, signs) and not (owner == 0 and _told_between(videos, signs)):
            return []
        inherits = not elsewhere and not _are_articles(spans[0].start, headings, signs)
        lines = sorted(signs + self._rules[owner] + walls)
        return [
            (span.start, self._new(PageEntry(span.start, span.end, owner, inherits, heading=span.heading)))
            for span in (cut_off(span, videos, lines) for span in spans)
        ]

    def _walls(self, owner: int, holders: dict[int, list[int]], signs: list[int]) -> list[int]:
        """Where elements begin that are articles, or have a date or byline of their own."""
        return sorted(self._inner[owner] + [box for at, places in holders.items() for box in self._boxes(at, places, signs)])

    def _spans(
        self, holders: dict[int, list[int]], videos: list[int], headings: list[int], walls: list[int], rules: list[int]
    ) -> list[Span]:
        """The stretches that headings set off, in order. holders: elements that have a heading, with the videos in them."""
        usable = _grouped(headings, lambda at: self._above(at, videos))
        spans = [
            cut_off(span, videos, walls)
            for holder, places in holders.items()
            for span in spans_of(self._tree, holder, places, usable[holder], rules, videos)
        ]
        return sorted(spans, key=start_of)

    def _boxes(self, holder: int, videos: list[int], signs: list[int]) -> Iterator[int]:
        """Where parts of an element begin that hold a video with a date or byline of their own, behind the first video."""
        for at in videos[1:]:
            while self._tree.parents[at] != holder and self._tree.parents[at] >= 0:
                at = self._tree.parents[at]
            if videos[0] < at and count_between(signs, at, self._tree.ends[at]):
                yield at
        rules = self._rules[self._owner[holder]] if len(videos) > 1 else []
        for line in rules[bisect_left(rules, holder) : bisect_left(rules, self._tree.ends[holder])]:
            following = bisect_left(videos, line)
            # A line, a date or byline, a video: another article begins at the line.
            if 0 < following < len(videos) and count_between(signs, line, videos[following]):
                yield line

    def _above(self, at: int, videos: list[int]) -> int:
        """The nearest element around a heading that shows a video: what else is in it, the heading may be of."""
        climbed = []
        while at not in self._tops and self._tree.parents[at] >= 0 and not count_between(videos, at, self._tree.ends[at]):
            climbed.append(at)
            at = self._tree.parents[at]
        found = self._tops.get(at, at)
        self._tops |= dict.fromkeys(climbed, found)
        return found

    def _holder(self, at: int, headings: list[int]) -> int:
        """The nearest element around a place that has a heading in it."""
        climbed = []
        while at not in self._holders and self._tree.parents[at] >= 0 and not count_between(headings, at, self._tree.ends[at]):
            climbed.append(at)
            at = self._tree.parents[at]
        found = self._holders.get(at, at)
        self._holders |= dict.fromkeys(climbed, found)
        return found


def _grouped(places: Sequence[int], by: Callable[[int], int]) -> dict[int, list[int]]:
    groups: dict[int, list[int]] = defaultdict(list)
    for at in places:
        groups[by(at)].append(at)
    return groups


def _count_inside(tree: Tree, kinds: list[str]) -> dict[int, int]:
    """How many articles each article holds, by where it begins; those in one of them are that one's."""
    inside: dict[int, int] = defaultdict(int)
    held: list[int] = []
    for at, kind in enumerate(kinds):
        parent = tree.parents[at]
        around = -1 if parent < 0 else held[parent]
        if kind in ("article", "maybe") and around >= 0:
            inside[around] += 1
        held.append(at if kind in ("article", "maybe") else around)
    return inside


def _lists_others(around: PageEntry, articles: int) -> bool:
    """Whether an entry is the page, a side bar, or holds several articles: what these show of others is each one's own."""
    return around.parent is None or around.apart or articles > 1


def _is_separate(is_article: bool, headings: int, among_others: bool, other_headings: int) -> bool:
    """Whether what may be an article is one. Wrappers within one article have classes like those of articles, and what stands
    alone in one and has no title is its text."""
    if among_others:
        return is_article or headings > 0
    return is_article and headings > 0 and other_headings > 0


def _is_whole(spans: list[Span], videos: list[int], headings: list[int], signs: list[int]) -> bool:
    """Whether the only stretch is no part of what is around it: it has all videos, and there is no other like it."""
    span = spans[0]
    if len(spans) > 1 or len(videos) > count_between(videos, span.start, span.end):
        return False
    return not (count_between(signs, span.start, span.end) and one_of_many(span, headings, signs))


def _told_between(videos: list[int], signs: list[int]) -> bool:
    """Whether a date or byline stands between videos: where no markup holds the article together, the last may be another's."""
    return count_between(signs, videos[0], videos[-1]) > 0


def _are_articles(first: int, headings: list[int], signs: list[int]) -> bool:
    """Whether stretches, of which the first begins there, are articles: dates and bylines below the first heading are of single
    articles; those above it are the page's own, if it has a title."""
    if not signs:
        return False
    return signs[-1] >= first or (signs[0] < first and headings[0] > signs[0])
