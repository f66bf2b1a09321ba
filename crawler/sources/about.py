"""What a page says of itself in its head, and the shape of what is said of an article."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urljoin

from crawler.errors import Refused
from crawler.sources.base import MAX_TITLE, Collected, plain
from crawler.sources.dates import Stated, in_words
from crawler.sources.structured import Said
from crawler.sources.tree import Tree
from crawler.urls import canonical_url

CHANGED_NOTE = "No date of publication is stated; this is the date of the last change."
UNDATED = Stated()
_MAX_META = 2_000


@dataclass(frozen=True)
class Facts:
    """date: with its note. permalink: canonical; None where the page itself is the only one."""

    title: str = ""
    description: str = ""
    uploader: str = ""
    date: Stated = UNDATED
    permalink: str | None = None
    label: str | None = None

    def over(self, other: "Facts") -> "Facts":
        """What is said here, and what the other one says where nothing is."""
        dated = self if self.date.moment is not None or self.date.note else other
        return Facts(
            self.title or other.title,
            self.description or other.description,
            self.uploader or other.uploader,
            dated.date,
            self.permalink or other.permalink,
            self.label or other.label,
        )


@dataclass(frozen=True)
class About:
    """What the page's head says. url, canonical: its own addresses. meta: the first content of each meta element by lower-case
    name. sites: names of the site. title: that of the title element."""

    url: str
    canonical: str
    meta: Mapping[str, str]
    sites: tuple[str, ...]
    title: str

    def get(self, *names: str) -> str:
        """The first of these properties that the page states, or an empty text."""
        return next((self.meta[name] for name in names if self.meta.get(name)), "")

    def is_this(self, url: str | None) -> bool:
        """Whether an address is the page's own, or the one that it names as its own."""
        return url is not None and bare(url) in (bare(self.url), bare(self.canonical))


def bare(url: str) -> str:
    """An address without what sites add and leave out at will."""
    return url.partition("://")[2].removeprefix("www.").partition("#")[0].rstrip("/").lower()


def about_page(tree: Tree, url: str, collected: Collected) -> About:
    """What the head and the metadata of a page say of it. Goes to collected: why a part is not read."""
    meta = _meta(tree)
    links = [(tree.get(at, "rel").lower().split(), at) for at in tree.every("link")]
    canonical = (collected.resolved(tree.get(at, "href")) for rel, at in links if "canonical" in rel)
    feeds = [tree.get(at, "title") for rel, at in links if "alternate" in rel and "rss" in tree.get(at, "type")]
    return About(url, next(filter(None, canonical), url), meta, _site_names(meta, feeds), _title(tree))


def _meta(tree: Tree) -> dict[str, str]:
    """What the page states of itself, each property as it is stated first."""
    meta: dict[str, str] = {}
    for at in tree.every("meta")[:_MAX_META]:
        name = (tree.get(at, "property") or tree.get(at, "name") or tree.get(at, "itemprop")).lower()
        content = tree.get(at, "content")
        if name and content and _is_of_page(tree, at):
            meta.setdefault(name, content)
    return meta


def _is_of_page(tree: Tree, at: int) -> bool:
    """A property inside an article is that article's."""
    return tree.get(at, "itemprop") == "" or tree.within(at, "head") is not None


def _title(tree: Tree) -> str:
    titles = (tree.words(at, MAX_TITLE) for at in tree.every("title") if tree.within(at, "svg") is None)
    return next(filter(None, titles), "")


def _site_names(meta: Mapping[str, str], feeds: Sequence[str]) -> tuple[str, ...]:
    """What the site calls itself. feeds: the titles of the page's feeds, which begin with it before a »."""
    names = [meta.get("og:site_name", ""), meta.get("application-name", "")]
    names += [name.partition("»")[0] for name in feeds if "»" in name]
    return tuple(dict.fromkeys(name.strip() for name in names if len(name.strip()) > 1))


def absolute(address: str, base: str) -> str | None:
    """An address on a page as a canonical one; None when it is none."""
    try:
        return canonical_url(urljoin(base, address.strip()).replace(" ", "%20"))
    except (Refused, ValueError):
        return None


def said_date(said: Said) -> Stated:
    """The date of publication that a page states, or where it states none, that of its last change, with a note."""
    date = read_date(said.date)
    if date.moment is None and not date.note and said.changed and (changed := read_date(said.changed)).moment is not None:
        return replace(changed, note=CHANGED_NOTE)
    return date


def read_date(written: str) -> Stated:
    """A date as it is written; one that cannot be read is none, with a note."""
    read = in_words(written)
    return Stated(note=f'"{plain(written, 64)}" is no date.') if written.strip() and read.moment is None else read


def exact(dates: list[Stated]) -> Stated:
    """The first date; where it lacks a zone, another statement of the same moment that has one."""
    first = next((date for date in dates if date.moment is not None), None)
    if first is None:
        return next((date for date in dates if date.note), Stated())
    if first.zoned or first.note == CHANGED_NOTE:
        return first
    return next((date for date in dates if _has_zone_of(first, date)), first)


def _has_zone_of(one: Stated, other: Stated) -> bool:
    """Whether the other statement has a zone, and may be of the same moment as one without."""
    if one.moment is None or other.moment is None or not other.zoned:
        return False
    return abs((other.moment - one.moment).total_seconds()) <= 26 * 3600
