"""Stretches of a page that headings set off, where no element does."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from crawler.sources.tree import Tree

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


@dataclass(frozen=True)
class Span:
    """A stretch of an element that a heading sets off."""

    start: int
    end: int
    heading: int


def start_of(span: Span) -> tuple[int, int]:
    """By which spans are sorted: where they begin, then where they end."""
    return span.start, span.end


def count_between(places: Sequence[int], start: int, end: int) -> int:
    """How many of places, in order, lie from start to before end."""
    return bisect_left(places, end) - bisect_left(places, start)


def one_of_many(span: Span, headings: list[int], signs: list[int]) -> bool:
    """Whether there is another stretch like it: a heading outside with a date or byline behind it."""
    outside = [sign for sign in signs if not span.start <= sign < span.end]
    return any(not span.start <= at < span.end and outside and at < outside[-1] for at in headings)


def spans_of(tree: Tree, holder: int, videos: list[int], own: list[int], rules: list[int], every: list[int]) -> list[Span]:
    """The stretches of an element that its headings divide, each with a video, in order and without overlap. own: the headings
    in it. every: the videos of the whole article. rules: what ends a stretch: lines, and articles that the markup names."""
    if not own:
        return []
    if len(own) == 1:
        return [Span(_start_of_one(tree, holder, videos, own[0], every), tree.ends[holder], own[0])]
    if videos[0] < own[0] and videos[-1] < own[-1]:
        # The heading stands below its video; what is between it and the next video may be said of either.
        below = {bisect_right(own, at): at for at in reversed(videos)}
        return [Span(at, tree.ends[own[number]], own[number]) for number, at in sorted(below.items()) if number < len(own)]
    return _spans_below(tree, holder, videos, own, rules)


def _start_of_one(tree: Tree, holder: int, videos: list[int], heading: int, every: list[int]) -> int:
    """Where the stretch of an element's only heading begins. Between two videos it is that of the second. An element that shows
    more is not this video's alone."""
    if videos[0] < heading < videos[-1]:
        return heading
    shared = count_between(every, holder, tree.ends[holder]) > len(videos)
    return min(heading, videos[0]) if shared else holder


def _spans_below(tree: Tree, holder: int, videos: list[int], own: list[int], rules: list[int]) -> list[Span]:
    """The stretches of headings that stand above their videos."""
    above = {number: at for at in videos if (number := bisect_right(own, at) - 1) >= 0}
    ends = _section_ends(tree, own, tree.ends[holder])
    spans = []
    for number, last in above.items():
        end = min(ends[number], own[number + 1]) if number + 1 < len(own) else ends[number]
        # What stands behind the last video may be of the next heading, as dates above it are, unless a line ends the stretch.
        behind = bisect_left(rules, last)
        stop = rules[behind] if behind < len(rules) and rules[behind] < end else min(end, tree.ends[last])
        spans.append(Span(own[number], stop, own[number]))
    return spans


def cut_off(span: Span, videos: list[int], lines: list[int]) -> Span:
    """A stretch with several videos ends at the first of the lines behind its first video: what follows may be of an article
    without a title."""
    first = bisect_left(videos, span.start)
    if count_between(videos, span.start, span.end) < 2:
        return span
    behind = bisect_left(lines, videos[first])
    return span if behind == len(lines) else replace(span, end=min(span.end, lines[behind]))


def _section_ends(tree: Tree, headings: list[int], end: int) -> list[int]:
    """Where the section of each heading ends: at the next heading that is no smaller."""
    ends = [end] * len(headings)
    open_: list[int] = []
    for number, at in enumerate(headings):
        while open_ and tree.names[headings[open_[-1]]] >= tree.names[at]:
            ends[open_.pop()] = at
        open_.append(number)
    return ends
