"""What of a page's markup tells something of an article: headings, dates, bylines, permanent links, summaries."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from crawler.sources.base import MAX_DESCRIPTION, MAX_TITLE, looks_like_video, plain
from crawler.sources.bylines import BYLINE, Byline, bylines
from crawler.sources.dates import Stated, in_words, stated
from crawler.sources.sections import HEADINGS
from crawler.sources.titles import telling
from crawler.sources.tree import Tree

MARKED, BARE, WORDS, CHANGED = range(4)
"""How plainly a date is that of publication, the plainest first; CHANGED is that of the last change."""

_TITLE_CLASSES = frozenset(
    (
        *("entry-title", "post-title", "p-name", "wp-block-post-title", "article-title", "page-title"),
        *("node-title", "node__title", "headline", "gh-article-title", "post-card-title", "gh-card-title"),
        *("title-post", "post__title", "article__title", "card-title", "entry__title"),
    )
)
_LEVELS = {name: level for level, name in enumerate(HEADINGS)}
_PUBLISHED = frozenset(
    (
        "published",
        "dt-published",
        "entry-date",
        "post-date",
        "date-published",
        "publish-date",
        "pubdate",
        "created",
        "wp-block-post-date",
    )
)
_CHANGED = frozenset(("updated", "dt-updated", "modified", "date-modified", "last-modified", "entry-updated"))
_DATE_CLASSES = frozenset(
    (
        *("date", "posted-on", "timestamp", "post-meta", "entry-meta", "meta", "post-date", "published"),
        *("entry-date", "dateline", "time", "submitted", "node__submitted", "field--name-created"),
        *("article-date", "post__date", "byline", "meta-date", "wp-block-post-date"),
    )
)
_PUBLISHED_PROPERTIES = frozenset(("datepublished", "uploaddate", "datecreated"))
_SUMMARIES = frozenset(
    (*("p-summary", "entry-summary", "post-excerpt", "wp-block-post-excerpt", "post-card-excerpt", "gh-card-excerpt"),)
)
_LINK_CLASSES = frozenset(("u-url", "permalink", "post-link", "entry-link", "more-link"))
_NO_ENTRY = ("/category/", "/tag/", "/tags/", "/author/", "/page/", "/categories/", "/topics/", "/users/", "/user/")


@dataclass(frozen=True)
class Title:
    """rank: the lower, the surer it is the title of the article that it stands in."""

    at: int
    rank: int
    text: str


@dataclass(frozen=True)
class Dated:
    """A date at an element. at: its number; rank: how it is stated, such as MARKED or CHANGED."""

    at: int
    rank: int
    stated: Stated


@dataclass(frozen=True)
class Link:
    """A permanent link. rank: the lower, the surer. url: canonical."""

    at: int
    rank: int
    url: str


@dataclass(frozen=True)
class Signs:
    """What stands in a page that may tell of a video, each with the number of its element, in the page's order."""

    titles: list[Title]
    dates: list[Dated]
    bylines: list[Byline]
    links: list[Link]
    summaries: list[tuple[int, str]]


def signs_of(tree: Tree, link_to: Callable[[str], str | None]) -> Signs:
    """All signs of a page in the order of the document. link_to: a link's address made canonical, if it may be an article's."""
    written = bylines(tree)
    dates = [date for at in range(len(tree.nodes)) if (date := _dated(tree, at)) is not None]
    dates += [date for line in written if line.rank >= BYLINE and (date := _in_text(tree, line.at)) is not None]
    titles = [title for at in range(len(tree.nodes)) if (title := _title(tree, at)) is not None]
    return Signs(
        titles,
        sorted(dates, key=lambda date: date.at),
        written,
        _links(tree, link_to),
        [(at, text) for at in range(len(tree.nodes)) if (text := _summary(tree, at))],
    )


def heading_link(tree: Tree, at: int) -> str:
    """Where a heading leads: the link in it, or the one that it stands in."""
    link = tree.first_inside(at, "a")
    link = tree.within(at, "a", 4) if link is None else link
    return "" if link is None else tree.get(link, "href")


def article_link(href: str) -> bool:
    """Whether a link may be to an article: not to a file or a list of articles."""
    return (
        bool(href)
        and not href.startswith("#")
        and not looks_like_video(href)
        and not any(part in href.lower() for part in _NO_ENTRY)
    )


def _title(tree: Tree, at: int) -> Title | None:
    name = tree.names[at]
    is_heading = name in HEADINGS or tree.get(at, "role").lower() == "heading"
    classed = (is_heading or name in ("a", "div", "span", "p")) and not _TITLE_CLASSES.isdisjoint(tree.classes(at))
    if _is_stated_title(tree, at) or (classed and is_heading):
        rank = 0
    elif classed:
        rank = 1
    elif is_heading:
        rank = 2 + _LEVELS.get(name, 3)
    else:
        return None
    text = _title_text(tree, at)
    return Title(at, rank, text) if telling(text) else None


def _title_text(tree: Tree, at: int) -> str:
    return plain(tree.get(at, "content") if tree.names[at] in ("meta", "link") else tree.words(at, MAX_TITLE), MAX_TITLE)


def _is_stated_title(tree: Tree, at: int) -> bool:
    """Whether microdata says that an element is an article's headline, or a video's name."""
    properties = tree.get(at, "itemprop").lower().split()
    if "headline" in properties:
        return True
    return "name" in properties and tree.names[at] not in ("img", "a") and _of_video(tree, at)


def _of_video(tree: Tree, at: int) -> bool:
    """Whether a property is one of a VideoObject's own."""
    for _ in range(20):
        at = tree.parents[at]
        if at < 0:
            return False
        if kind := tree.get(at, "itemtype"):
            return "VideoObject" in kind
    return False


def _dated(tree: Tree, at: int) -> Dated | None:
    properties = set(tree.get(at, "itemprop").lower().split())
    if tree.names[at] == "time" or not properties.isdisjoint(_PUBLISHED_PROPERTIES | {"datemodified"}):
        return _stated_date(tree, at, properties)
    classes = set(tree.classes(at))
    if classes.isdisjoint(_DATE_CLASSES) or tree.first_inside(at, "time") is not None:
        return None
    machine = tree.get(at, "title") or tree.get(at, "datetime") or tree.get(at, "data-datetime")
    if not classes.isdisjoint(_PUBLISHED) and (read := stated(machine)).moment is not None:
        return Dated(at, MARKED, read)
    return _in_text(tree, at)


def _stated_date(tree: Tree, at: int, properties: set[str]) -> Dated:
    """The date of an element that is there to state one."""
    written = tree.get(at, "datetime") or tree.get(at, "content") or tree.get(at, "title") or tree.words(at, 100)
    marked, read = _is_marked(tree, at, properties), in_words(written)
    # An unmarked time may be the hour only, or the length of a film, and is no wrong date.
    if marked and written and read.moment is None:
        read = Stated(note=f'"{plain(written, 64)}" is no date.')
    changed = "datemodified" in properties or not _CHANGED.isdisjoint(tree.classes(at))
    return Dated(at, MARKED if marked else CHANGED if changed else BARE, read)


def _is_marked(tree: Tree, at: int, properties: set[str]) -> bool:
    """Whether a date is said to be that of publication."""
    said = not properties.isdisjoint(_PUBLISHED_PROPERTIES) or not _PUBLISHED.isdisjoint(tree.classes(at))
    return said or bool(tree.nodes[at].own("pubdate")) or _in_marked(tree, at)


def _in_marked(tree: Tree, at: int) -> bool:
    parent = tree.parents[at]
    return parent >= 0 and not _PUBLISHED.isdisjoint(tree.classes(parent))


def _in_text(tree: Tree, at: int) -> Dated | None:
    text = tree.words(at, 201)
    read = in_words(text) if len(text) <= 200 else Stated()
    return Dated(at, WORDS, read) if read.moment is not None else None


def _links(tree: Tree, link_to: Callable[[str], str | None]) -> list[Link]:
    """The permanent links: those that say so, those of dates, those of headings."""
    found = [*_stated_links(tree)]
    for at in tree.every("time"):
        inner = tree.first_inside(at, "a")
        around = tree.within(at, "a", 3) if inner is None else inner
        if around is not None:
            found.append((at, 1, tree.get(around, "href")))
    found += [(at, 2, heading_link(tree, at)) for at in tree.every(*HEADINGS)]
    links = [Link(at, rank, url) for at, rank, href in found if article_link(href) and (url := link_to(href)) is not None]
    return sorted(links, key=lambda link: link.at)


def _stated_links(tree: Tree) -> Iterator[tuple[int, int, str]]:
    """Places, ranks and addresses of the links that are permanent by what their own markup says."""
    for at in tree.every("a", "link", "meta"):
        properties = tree.get(at, "itemprop").lower().split()
        href = tree.get(at, "content") if tree.names[at] == "meta" else tree.get(at, "href")
        if "bookmark" in tree.get(at, "rel").lower().split() or "mainentityofpage" in properties:
            yield at, 0, href
        elif tree.names[at] == "a" and not _LINK_CLASSES.isdisjoint(tree.classes(at)):
            yield at, 2, href


def _summary(tree: Tree, at: int) -> str:
    if "description" in tree.get(at, "itemprop").lower().split():
        return plain(tree.get(at, "content") or tree.words(at, MAX_DESCRIPTION), MAX_DESCRIPTION)
    return "" if _SUMMARIES.isdisjoint(tree.classes(at)) else plain(tree.words(at, MAX_DESCRIPTION), MAX_DESCRIPTION)
