"""What a page says of each of its articles: title, author, date, permanent link, from the markup nearest to it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from crawler.sources.about import CHANGED_NOTE, About, Facts, exact, read_date, said_date
from crawler.sources.base import MAX_DESCRIPTION, MAX_NAME, MAX_TITLE, plain
from crawler.sources.bylines import LINK, Byline, is_address
from crawler.sources.dates import Stated
from crawler.sources.entries import Entries
from crawler.sources.matching import matched
from crawler.sources.signs import CHANGED, MARKED, Dated, Link, Signs, Title
from crawler.sources.structured import Said
from crawler.sources.titles import without_site
from crawler.sources.tree import Tree

_PUBLISHED = (
    "article:published_time",
    "og:article:published_time",
    "datepublished",
    "parsely-pub-date",
    "sailthru.date",
    "dc.date.issued",
)
_PERHAPS_PUBLISHED = (
    "og:video:release_date",
    "video:release_date",
    "date",
    "dc.date",
    "dcterms.date",
    "pubdate",
    "publish-date",
)


@dataclass
class _Own:
    """The signs that stand in one entry."""

    titles: list[Title] = field(default_factory=list)
    dates: list[Dated] = field(default_factory=list)
    bylines: list[Byline] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    summaries: list[str] = field(default_factory=list)


class Reading:
    """The facts of every entry of a page. main: the entry that the page is about, None for a page that lists others."""

    def __init__(
        self, tree: Tree, entries: Entries, signs: Signs, about: About, said: tuple[Said, ...], videos: Iterable[int]
    ) -> None:
        """videos: the places that show one."""
        self._videos = sorted(videos)
        self._showing = {entries.of(at) for at in self._videos}
        self._tree, self._entries, self._about, self._said = tree, entries, about, said
        self._own = _grouped(entries, signs)
        self.main = self._main()
        numbers = range(len(entries.all))
        links = {number: link for number in numbers if (link := self._permalink(number))}
        titles = {number: title for number in numbers[1:] if (title := _best(self._own[number].titles))}
        self._articles = matched(entries, said, about, self.main, links, titles)
        self._facts: dict[int, Facts] = {}

    def facts(self, number: int) -> Facts:
        """What is said of an entry, by itself or by the one that it is a part of."""
        if number not in self._facts:
            entry = self._entries.all[number]
            facts = (
                self._main_facts()
                if number == self.main or (number == 0 and self.main is not None)
                else self._entry_facts(number)
            )
            around = entry.parent
            if entry.inherits and around is not None:
                facts = facts.over(self.facts(around))
            self._facts[number] = facts
        return self._facts[number]

    def article(self, number: int) -> int | None:
        """The place in what is said of the article that is this entry."""
        return self._articles.get(number)

    def entry_of(self, said: int | None) -> int | None:
        """The entry that an article in what is said is."""
        return next((number for number, place in self._articles.items() if place == said), None) if said is not None else None

    def _main(self) -> int | None:
        articles = list(filter(self._counts, range(1, len(self._entries.all))))
        if not articles:
            return None if self._headless() else 0
        if any(self._entries.all[number].heading >= 0 for number in articles):
            return None
        here = list(filter(self._may_be_here, articles))
        if len(articles) > 1 or self._shows_others_beside(articles[0]):
            here = list(filter(self._is_surely_here, here))
        return here[0] if len(here) == 1 else None

    def _may_be_here(self, number: int) -> bool:
        """Whether an entry says of no other page that it stands there."""
        link = self._permalink(number)
        return link is None or self._about.is_this(link)

    def _is_surely_here(self, number: int) -> bool:
        return self._about.is_this(self._permalink(number)) or self._named_by_page(number)

    def _shows_others_beside(self, article: int) -> bool:
        """Whether the article shows a video, and so does something else that is no aside: then the page lists both."""
        inside = {number for number in self._showing if self._lies_in(number, article)}
        return bool(inside) and any(not self._entries.all[number].apart for number in self._showing - inside)

    def _lies_in(self, number: int | None, article: int) -> bool:
        while number is not None and number != article:
            number = self._entries.all[number].parent
        return number == article

    def _headless(self) -> bool:
        """Whether several videos stand without any heading, with dates or bylines between or behind them: whose, is open."""
        own = self._own[0]
        places = [at for at in self._videos if self._entries.of(at) == 0]
        signs = [date.at for date in own.dates] + [line.at for line in own.bylines]
        return len(places) > 1 and not own.titles and any(at > places[0] for at in signs)

    def _counts(self, number: int) -> bool:
        """Whether an entry has a say in what the page is about."""
        entry, own = self._entries.all[number], self._own[number]
        aside = entry.parent is not None and self._entries.all[entry.parent].apart
        told = own.titles or own.dates or own.bylines or own.links or entry.heading >= 0 or entry.parent == 0
        return bool(told) and not (entry.apart or entry.inherits or aside)

    def _named_by_page(self, number: int) -> bool:
        """Whether the page's title is this entry's."""
        title = _best(self._own[number].titles)
        stated = (self._about.get("og:title", "twitter:title"), self._about.title)
        return bool(title) and any(text == title or without_site(text, self._about.sites, (title,)) == title for text in stated)

    def _permalink(self, number: int) -> str | None:
        links = self._own[number].links
        return min(links, key=lambda link: link.rank).url if links else None

    def _entry_facts(self, number: int) -> Facts:
        entry, own = self._entries.all[number], self._own[number]
        title = _best(own.titles)
        if number == 0:
            # The page lists articles: only what its head calls it is its own.
            return Facts(self._page_title())
        if entry.apart:
            return Facts(title, permalink=None if entry.apart else self._permalink(number))
        link = self._permalink(number)
        stated = self._stated(self._articles.get(number))
        facts = Facts(
            title,
            next(iter(own.summaries), ""),
            _author(own.bylines),
            _date(own.dates, stated.date),
            None if self._about.is_this(link) else link,
        )
        return facts.over(stated)

    def _main_facts(self) -> Facts:
        assert self.main is not None
        page = self._own[0] if self.main else _Own()
        own = self._own[self.main]
        stated = self._stated(self._articles.get(self.main))
        return Facts(
            self._page_title(own, page) or stated.title,
            self._about.get("og:description", "description", "twitter:description")
            or stated.description
            or next(iter(own.summaries), ""),
            _author(own.bylines) or stated.uploader or _author(page.bylines) or self._meta_author(),
            exact(self._dates(own.dates + page.dates, stated)),
            label=stated.label,
        )

    def _dates(self, dates: Sequence[Dated], said: Facts) -> list[Stated]:
        """Of the page's one article, the surest first: marked as such, of the head and of structured data, of the text, and what
        the head may mean otherwise; last those of a change."""
        head = [read_date(self._about.get(*_PUBLISHED)), said.date]
        return [
            *(date.stated for date in dates if date.rank == MARKED),
            *(date for date in head if date.moment is not None),
            *(date.stated for date in dates if date.rank not in (MARKED, CHANGED)),
            read_date(self._about.get(*_PERHAPS_PUBLISHED)),
            *_changes(dates),
        ]

    def _meta_author(self) -> str:
        names = (
            self._about.get(name) for name in ("author", "article:author", "dc.creator", "parsely-author", "twitter:creator")
        )
        return next((plain(name, MAX_NAME) for name in names if name and not is_address(name)), "")

    def _page_title(self, *owns: _Own) -> str:
        """The heading that the page's head confirms or the markup marks; else what the head says, without the site's name."""
        titles = [title for own in owns for title in own.titles]
        about = self._about
        stated = self._title_in_head(tuple(title.text for title in sorted(titles, key=lambda title: title.rank)[:20]))
        if not titles:
            return plain(stated, MAX_TITLE)
        heading = min(titles, key=lambda title: (title.rank, title.at))
        confirmed = heading.text in (stated, about.title, about.get("og:title"))
        return heading.text if heading.rank <= 1 or not stated or confirmed else plain(stated, MAX_TITLE)

    def _title_in_head(self, headings: tuple[str, ...]) -> str:
        """What the head says that the page is called, without the site's name; what only repeats that is no title."""
        about = self._about
        names = {site.casefold() for site in about.sites}
        given = [text for text in (about.get("og:title", "twitter:title"), about.title) if text.strip().casefold() not in names]
        return next((cut for text in given if (cut := without_site(text, about.sites, headings))), "")

    def _stated(self, place: int | None) -> Facts:
        """An article of the structured data as facts."""
        if place is None:
            return Facts()
        said = self._said[place]
        return Facts(said.title, plain(said.description, MAX_DESCRIPTION), said.uploader, said_date(said), None, said.label)


def _grouped(entries: Entries, signs: Signs) -> dict[int, _Own]:
    own: dict[int, _Own] = defaultdict(_Own)
    for title in signs.titles:
        own[entries.of(title.at)].titles.append(title)
    for date in signs.dates:
        own[entries.of(date.at)].dates.append(date)
    for line in signs.bylines:
        own[entries.of(line.at)].bylines.append(line)
    for link in signs.links:
        own[entries.of(link.at)].links.append(link)
    for at, summary in signs.summaries:
        own[entries.of(at)].summaries.append(summary)
    for number, entry in enumerate(entries.all):
        own[number].titles = _of_heading(own[number].titles, entry.heading)
    return own


def _of_heading(titles: list[Title], heading: int) -> list[Title]:
    """An entry that its heading sets off is called by that."""
    return [title for title in titles if title.at == heading] or titles


def _best(titles: list[Title]) -> str:
    return min(titles, key=lambda title: (title.rank, title.at)).text if titles else ""


def _author(lines: list[Byline]) -> str:
    """The plainest statement's names; several of one kind that stand together are several authors."""
    if not lines:
        return ""
    first = min(lines, key=lambda line: (min(line.rank, LINK), line.at) if line.rank <= LINK else (line.rank, line.at))
    return first.name


def _date(dates: Iterable[Dated], stated: Stated) -> Stated:
    ordered = sorted(dates, key=lambda date: (date.rank, date.at))
    marked = [date.stated for date in ordered if date.rank == MARKED]
    rest = [date.stated for date in ordered if date.rank not in (MARKED, CHANGED)]
    surest = [date for date in (*marked, stated, *rest) if date.moment is not None]
    return exact([*surest, *_changes(ordered), stated, *(date.stated for date in ordered)])


def _changes(dates: Iterable[Dated]) -> list[Stated]:
    """The dates of changes, each with a note that it is one."""
    changed = (date.stated for date in dates if date.rank == CHANGED)
    return [replace(date, note=CHANGED_NOTE) for date in changed if date.moment is not None]
