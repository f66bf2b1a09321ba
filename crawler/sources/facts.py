"""What a page says of each of its articles: title, author, date, permanent link, from the markup nearest to it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urljoin

from crawler.errors import Refused
from crawler.sources.base import MAX_DESCRIPTION, MAX_NAME, MAX_TITLE, plain
from crawler.sources.bylines import LINK, Byline, is_address
from crawler.sources.dates import Stated, in_words
from crawler.sources.entries import Entries, Entry
from crawler.sources.signs import CHANGED, MARKED, Dated, Link, Signs, Title
from crawler.sources.structured import Said
from crawler.sources.titles import without_site
from crawler.sources.tree import Tree
from crawler.urls import canonical_url

_CHANGED_NOTE = "No date of publication is stated; this is the date of the last change."


@dataclass(frozen=True)
class Facts:
    """date: with its note. permalink: canonical; None where the page itself is the only one."""

    title: str = ""
    description: str = ""
    uploader: str = ""
    date: Stated = Stated()
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


@dataclass
class _Own:
    """The signs that stand in one entry."""

    titles: list[Title] = field(default_factory=list)
    dates: list[Dated] = field(default_factory=list)
    bylines: list[Byline] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    summaries: list[str] = field(default_factory=list)


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
        return next((self.meta[name] for name in names if self.meta.get(name)), "")

    def is_this(self, url: str | None) -> bool:
        return url is not None and _bare(url) in (_bare(self.url), _bare(self.canonical))


def _bare(url: str) -> str:
    return url.partition("://")[2].removeprefix("www.").partition("#")[0].rstrip("/").lower()


class Reading:
    """The facts of every entry of a page. main: the entry that the page is about, None for a page that lists others."""

    def __init__(self, tree: Tree, entries: Entries, signs: Signs, about: About, said: tuple[Said, ...]) -> None:
        self._tree, self._entries, self._about, self._said = tree, entries, about, said
        self._own = _grouped(entries, signs)
        self.main = self._main()
        self._articles = self._matched()
        self._facts: dict[int, Facts] = {}

    def facts(self, number: int) -> Facts:
        """What is said of an entry, by itself or by the one that it is a part of."""
        if number not in self._facts:
            entry = self._entries.all[number]
            facts = self._main_facts() if number == self.main or (number == 0 and self.main is not None) else self._entry_facts(number)
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
        articles = [number for number, entry in enumerate(self._entries.all) if number and self._counts(number, entry)]
        explicit = [number for number in articles if self._entries.all[number].heading < 0]
        if not articles:
            return 0
        if len(articles) > len(explicit):
            return None
        here = [number for number in explicit if (link := self._permalink(number)) is None or self._about.is_this(link)]
        if len(explicit) == 1:
            return here[0] if here else None
        likely = [number for number in here if self._about.is_this(self._permalink(number)) or self._named_by_page(number)]
        return likely[0] if len(likely) == 1 else None

    def _counts(self, number: int, entry: Entry) -> bool:
        own = self._own[number]
        return not entry.apart and not entry.inherits and bool(own.titles or own.dates or own.bylines or own.links or entry.heading >= 0 or entry.parent == 0)

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
            # The page lists articles: only its own title is its own.
            return Facts(self._page_title(own), label=None)
        if entry.apart or entry.unsure:
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
        marked = _Own(dates=[date for date in own.dates + page.dates if date.rank == MARKED])
        about = self._about
        bare = [date for date in own.dates + page.dates if date.rank != MARKED]
        meta = about.get("article:published_time", "og:article:published_time", "datepublished", "parsely-pub-date", "sailthru.date", "dc.date.issued")
        late = about.get("og:video:release_date", "video:release_date", "date", "dc.date", "dcterms.date", "pubdate", "publish-date")
        head = [date for date in (_meta_date(meta), stated.date) if date.moment is not None]
        dates = [*(date.stated for date in marked.dates), *head, *(date.stated for date in bare if date.rank != CHANGED), _meta_date(late)]
        changed = [replace(date.stated, note=_CHANGED_NOTE) for date in bare if date.rank == CHANGED and date.stated.moment is not None]
        return Facts(
            self._page_title(own, page),
            about.get("og:description", "description", "twitter:description") or stated.description or next(iter(own.summaries), ""),
            _author(own.bylines) or stated.uploader or _author(page.bylines) or self._meta_author(),
            _exact([*dates, *changed]),
            label=stated.label,
        )

    def _meta_author(self) -> str:
        names = (self._about.get(name) for name in ("author", "article:author", "dc.creator", "parsely-author", "twitter:creator"))
        return next((plain(name, MAX_NAME) for name in names if name and not is_address(name)), "")

    def _page_title(self, *owns: _Own) -> str:
        """The heading that the page's head confirms or the markup marks; else what the head says, without the site's name."""
        titles = [title for own in owns for title in own.titles]
        about = self._about
        heading = min(titles, key=lambda title: (title.rank, title.at), default=None)
        headings = tuple(title.text for title in sorted(titles, key=lambda title: title.rank)[:20])
        stated = next((without_site(text, about.sites, headings) for text in (about.get("og:title", "twitter:title"), about.title) if text.strip()), "")
        if heading is not None and (heading.rank <= 1 or not stated or heading.text in (stated, about.title, about.get("og:title"))):
            return heading.text
        return plain(stated, MAX_TITLE)

    def _stated(self, place: int | None) -> Facts:
        """An article of the structured data as facts."""
        if place is None:
            return Facts()
        said = self._said[place]
        return Facts(said.title, plain(said.description, MAX_DESCRIPTION), said.uploader, said_date(said), None, said.label)

    def _matched(self) -> dict[int, int]:
        """Which article of the structured data is which entry: by its place, its address, its title; or the page's one."""
        matched: dict[int, int] = {}
        by_link = {_bare(link): number for number in range(len(self._entries.all)) if (link := self._permalink(number))}
        titles: dict[str, list[int]] = defaultdict(list)
        for number in range(1, len(self._entries.all)):
            if title := _best(self._own[number].titles):
                titles[title].append(number)
        alone: list[int] = []
        for place, said in enumerate(self._said):
            if said.is_video:
                continue
            held = self._entries.of(said.at)
            urls = [_bare(url) for address in said.addresses if (url := self._absolute(address))]
            by_address = next((by_link[url] for url in urls if url in by_link), None)
            named = titles.get(said.title, [])
            if held and not self._entries.all[held].apart:
                matched.setdefault(held, place)
            elif by_address is not None:
                matched.setdefault(by_address, place)
            elif self.main is not None and any(self._about.is_this(self._absolute(address)) for address in said.addresses):
                matched.setdefault(self.main, place)
            elif len(named) == 1:
                matched.setdefault(named[0], place)
            elif not said.listed and said.within is None:
                alone.append(place)
        if self.main is not None and len(alone) == 1:
            matched.setdefault(self.main, alone[0])
        return matched

    def _absolute(self, address: str) -> str | None:
        return absolute(address, self._about.url)


def absolute(address: str, base: str) -> str | None:
    """An address on a page as a canonical one; None when it is none."""
    try:
        return canonical_url(urljoin(base, address.strip()).replace(" ", "%20"))
    except (Refused, ValueError):
        return None


def said_date(said: Said) -> Stated:
    date = _meta_date(said.date)
    if date.moment is None and not date.note and said.changed and (changed := _meta_date(said.changed)).moment is not None:
        return replace(changed, note=_CHANGED_NOTE)
    return date


def _meta_date(written: str) -> Stated:
    read = in_words(written)
    return Stated(note=f'"{plain(written, 64)}" is no date.') if written.strip() and read.moment is None else read


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
        if entry.heading >= 0:
            own[number].titles = [title for title in own[number].titles if title.at == entry.heading] or own[number].titles
            own[number].links = [link for link in own[number].links if not entry.unsure or link.at == entry.heading]
    return own


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
    known = [date for date in ordered if date.rank != CHANGED and date.stated.moment is not None]
    changed = [replace(date.stated, note=_CHANGED_NOTE) for date in ordered if date.rank == CHANGED and date.stated.moment is not None]
    odd = [Stated(note=f'"{plain(date.written, 64)}" is no date.') for date in ordered if date.rank == MARKED and date.stated.moment is None]
    marked = [date.stated for date in known if date.rank == MARKED]
    rest = [date.stated for date in known if date.rank != MARKED]
    return _exact([*marked, *([stated] if stated.moment is not None else []), *rest, *changed, stated, *odd])


def _exact(dates: list[Stated]) -> Stated:
    """The first date; where it lacks a zone, another statement of the same moment that has one."""
    first = next((date for date in dates if date.moment is not None), None)
    if first is None:
        return next((date for date in dates if date.note), Stated())
    if first.zoned or first.note == _CHANGED_NOTE:
        return first
    for date in dates:
        if date.zoned and date.moment is not None and first.moment is not None and abs((date.moment - first.moment).total_seconds()) <= 26 * 3600:
            return date
    return first
