"""Which article of a page a place belongs to. A page shows one article or many; what is said of one is never said of another."""

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from crawler.sources.sections import HEADINGS, count_between, cut_off, one_of_many, spans_of, start_of
from crawler.sources.tree import Tree

_ARTICLE_CLASSES = frozenset(("hentry", "h-entry", "wp-block-post", "h-feed-item", "post-outer", "blog-post", "blogpost"))
_MAYBE_CLASSES = frozenset(
    (*("post", "entry", "node", "post-item", "post-card", "article", "video-item", "story", "blog-entry", "news-item", "card"),)
)
_ARTICLE_TYPES = re.compile(
    r"schema\.org/(?:\w*Article|BlogPosting|SocialMediaPosting|CreativeWork|Report|Review|Movie|Episode)\b"
)
_VIDEO_TYPE = re.compile(r"schema\.org/VideoObject\b")
_APART_NAMES = ("nav", "aside", "dialog")
_APART_ROLES = ("navigation", "complementary", "contentinfo", "banner", "search")
_APART_CLASSES = frozenset(
    (
        *("comments", "comment", "comment-list", "commentlist", "comments-area", "comment-body", "sidebar"),
        *("widget", "widget-area", "related", "related-posts", "jp-relatedposts", "yarpp-related"),
        *("read-more-wrap", "breadcrumb", "breadcrumbs", "site-header", "site-footer", "post-navigation"),
        *("pagination", "navigation", "read-next", "recommendations", "wp-block-comments"),
        *("wp-block-latest-comments", "wp-block-post-comments", "popular-posts", "recent-posts"),
        *("author-box-posts",),
    )
)
_NO_CONTAINERS = frozenset(
    (
        *("html", "body", "main", "head", "a", "script", "img", "p", "span", "br", "video", "source", "time", "path"),
        *("h1", "h2", "h3", "meta", "link", "b", "i", "em", "strong"),
    )
)
_NESTED = 12
_APART_IDS = ("comments", "disqus_thread", "sidebar", "masthead", "colophon", "related", "secondary", "respond")


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
        kinds = [_kind(tree, at) for at in range(len(tree.nodes))]
        self._lone_video = kinds.count("video") == 1 and "article" not in kinds
        inside: dict[int, int] = defaultdict(int)
        held: list[int] = []
        for at, kind in enumerate(kinds):
            parent = tree.parents[at]
            around = -1 if parent < 0 else held[parent]
            if kind in ("article", "maybe") and around >= 0:
                inside[around] += 1
            held.append(at if kind in ("article", "maybe") else around)
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
        if kind == "apart" or (kind == "header" and owner == 0 and _is_banner(tree, at)):
            return owner if around.apart else self._new(PageEntry(at, tree.ends[at], owner, apart=True))
        if kind == "header":
            return owner
        if kind == "video":
            # Several on a page without articles are a list, in which each speaks for itself.
            inherits = owner != 0 or self._lone_video
            return self._new(PageEntry(at, tree.ends[at], owner, inherits, around.apart, is_video=True))
        if owner == 0 or around.apart:
            # What a side bar shows of other articles is each one's own.
            return self._new(PageEntry(at, tree.ends[at], owner)) if kind == "article" or count else owner
        siblings = inside[around.start]
        others = headed[around.end] - headed[around.start] - count
        # Wrappers within one article have classes like those of articles; what stands alone in one and has no title is its text.
        separate = (kind == "article" or count) if siblings > 1 else (kind == "article" and count and others)
        return self._new(PageEntry(at, tree.ends[at], owner)) if separate else owner

    def _new(self, entry: PageEntry) -> int:
        self.all.append(entry)
        return len(self.all) - 1

    def _divide(self, videos: Sequence[int], leads_elsewhere: Callable[[int], bool], signs: Sequence[int]) -> None:
        """Find the articles that only their headings set off, among what the markup does not divide."""
        grouped: dict[int, list[int]] = defaultdict(list)
        for at in videos:
            grouped[self._owner[at]].append(at)
        own_headings: dict[int, list[int]] = defaultdict(list)
        for at in self._headings:
            own_headings[self._owner[at]].append(at)
        own_signs: dict[int, list[int]] = defaultdict(list)
        for at in signs:
            own_signs[self._owner[at]].append(at)
        if 0 in grouped:
            # Beside other videos of the page, one that is marked as such speaks for itself.
            self.all = [replace(entry, inherits=entry.inherits and entry.parent != 0) for entry in self.all]
        for at in self._tree.every("hr"):
            self._rules[self._owner[at]].append(at)
        for entry in self.all[1:]:
            if entry.parent is not None and not entry.apart:
                self._inner[entry.parent].append(entry.start)
        for owner, places in grouped.items():
            if not self.all[owner].apart and own_headings[owner]:
                self._holders.clear()
                self._tops.clear()
                self._units[owner] = self._sections(owner, places, own_headings[owner], leads_elsewhere, own_signs[owner])

    def _sections(
        self, owner: int, videos: list[int], headings: list[int], leads_elsewhere: Callable[[int], bool], signs: list[int]
    ) -> list[tuple[int, int]]:
        holders: dict[int, list[int]] = defaultdict(list)
        for at in videos:
            holders[self._holder(at, headings)].append(at)
        usable: dict[int, list[int]] = defaultdict(list)
        for at in headings:
            usable[self._above(at, videos)].append(at)
        walls = sorted(self._inner[owner] + [box for at, places in holders.items() for box in self._boxes(at, places, signs)])
        lines = sorted(signs + self._rules[owner] + walls)
        rules = sorted(self._rules[owner] + walls)
        spans = [
            cut_off(span, videos, walls)
            for holder, places in holders.items()
            for span in spans_of(self._tree, holder, places, usable[holder], rules, videos)
        ]
        spans.sort(key=start_of)
        elsewhere = sum(leads_elsewhere(span.heading) for span in spans)
        signed = [count_between(signs, span.start, span.end) for span in spans]
        if not spans or (owner and elsewhere < 2):
            return []
        others = len(videos) > count_between(videos, spans[0].start, spans[0].end)
        if len(spans) == 1 and not elsewhere and not others and not (signed[0] and one_of_many(spans[0], headings, signs)):
            return []
        # Dates and bylines below the first heading are of single articles; those above it are the page's own, if it has a title.
        spans = [cut_off(span, videos, lines) for span in spans]
        first = spans[0].start
        above = [sign for sign in signs if sign < first]
        entries = elsewhere > 0 or bool(signs and signs[-1] >= first) or bool(above and headings[0] > above[0])
        return [
            (span.start, self._new(PageEntry(span.start, span.end, owner, not entries, heading=span.heading))) for span in spans
        ]

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


def _kind(tree: Tree, at: int) -> str:
    name = tree.names[at]
    if name in _NO_CONTAINERS:
        return ""
    classes = tree.classes(at)
    if name in _APART_NAMES or tree.get(at, "role").lower() in _APART_ROLES:
        return "apart"
    if not _APART_CLASSES.isdisjoint(classes) or tree.get(at, "id").lower() in _APART_IDS:
        return "apart"
    if name == "header" or name == "footer":
        return "header"
    scoped = tree.get(at, "itemtype")
    if scoped and _VIDEO_TYPE.search(scoped[:500]):
        return "video"
    if name == "article" or tree.get(at, "role").lower() == "article" or (scoped and _ARTICLE_TYPES.search(scoped[:500])):
        return "article"
    if not _ARTICLE_CLASSES.isdisjoint(classes):
        return "article"
    return "" if _MAYBE_CLASSES.isdisjoint(classes) else "maybe"


def _is_banner(tree: Tree, at: int) -> bool:
    """Whether a header or footer outside any article is the site's: it holds its menu, or calls itself so."""
    if tree.names[at] == "footer":
        return True
    names = {*tree.classes(at), tree.get(at, "id").lower()}
    by_name = any(
        name.startswith(("site", "global", "top", "main-header", "wp-block-template-part", "masthead", "banner"))
        for name in names
    )
    return by_name or tree.first_inside(at, "nav") is not None
