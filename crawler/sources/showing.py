"""What one page shows: every video once per article, with the fields of that article or none."""

from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from crawler.sources.about import Facts, about_page, said_date
from crawler.sources.attributes import playable
from crawler.sources.base import (
    MAX_DESCRIPTION,
    MAX_FOUND,
    MAX_NAME,
    MAX_TITLE,
    Collected,
    Page,
    looks_like_video,
    plain,
    site_of,
)
from crawler.sources.embeds import as_embedded, plays_nothing, watch_address
from crawler.sources.entries import Entries
from crawler.sources.facts import Reading
from crawler.sources.frames import Frame
from crawler.sources.held import played
from crawler.sources.links import follow_links
from crawler.sources.players import Mention, in_query, scheme_of
from crawler.sources.properties import open_graph, stated
from crawler.sources.renditions import one_each, video_name
from crawler.sources.signs import article_link, heading_link, signs_of
from crawler.sources.structured import Said, meta_label, structured_data
from crawler.sources.tree import Tree
from crawler.sources.unseen import unseen
from crawler.types import Discovery, SourceKind, TakenBy

_NOWHERE = -1


@dataclass(frozen=True)
class _Shown:
    """A video at a place: entry is the number of its article, url canonical. said: what the structured data says of it."""

    mention: Mention
    entry: int
    url: str
    via: TakenBy
    said: Said | None = None


class Showing:
    """One page while it is read."""

    def __init__(self, source_id: str, page: Page, tree: Tree, collected: Collected) -> None:
        self._source_id, self._page, self._tree, self._collected = source_id, page, tree, collected
        self._about = about_page(tree, page.url, collected)
        self._label = meta_label(tree.nodes[at] for at in tree.every("meta"))
        data = structured_data((at, tree.nodes[at]) for at in tree.every("script"))
        for error in data.errors:
            collected.error(error)
        self._about = replace(self._about, sites=(*self._about.sites, *data.sites))
        self._said = data.said
        inside = played(tree)
        if inside.left:
            collected.error("The page holds too many documents inside itself; not all were read.")
        self._found = found = [*inside.mentions, *stated(tree)]
        framed = inside.frames
        signs = signs_of(tree, self._article)
        places = sorted({each.at for each in found if not each.loose and not each.is_picture} | {each.at for each in framed})
        marks = sorted([date.at for date in signs.dates] + [line.at for line in signs.bylines])
        self._entries = Entries(tree, places, self._leads_elsewhere, marks)
        self._reading = Reading(tree, self._entries, signs, self._about, self._said, places)
        self._framed: set[str] = set()
        self._shown = self._gathered(found, framed)

    def tell(self) -> None:
        """Enter all that the page shows into what is collected."""
        several: dict[int, set[str]] = {}
        for shown in self._shown:
            several.setdefault(shown.entry, set()).add(shown.url)
        alone = self._unplaced()
        for shown in self._shown:
            self._collected.video(as_embedded(self._page.shown_on, self._discovery(shown, len(several[shown.entry]) == 1, alone)))
        shows = bool(self._shown or any(link.shown_on is not None for link in self._collected.parsed().follow))
        for words in unseen(self._tree, self._found, self._is_apart, shows, any(said.is_video for said in self._said)):
            self._collected.note(words)
        follow_links(self._tree, self._collected)

    def _gathered(self, found: list[Mention], framed: list[Frame]) -> list[_Shown]:
        """Every video once per article, the best described mention first: those of structured data, of the page, of its head."""
        shown: dict[tuple[str, int], _Shown] = {}
        by_media = {
            url: said for said in reversed(self._said) if said.is_video and said.media and (url := self._resolve(said.media))
        }
        for mention in found:
            if mention.loose or (mention.is_picture and self._is_apart(mention.at)):
                continue
            if self._watched(mention.address) is not None:
                self._embedded(shown, Frame(mention.at, mention.address, mention.label, surely=True))
            else:
                self._place(shown, mention, TakenBy.HTTP, by_media)
        for frame in framed[:MAX_FOUND]:
            self._embedded(shown, frame)
        if len(framed) > MAX_FOUND:
            self._collected.error(f"The page embeds more than {MAX_FOUND} players; the rest was left out.")
        self._described(shown, by_media)
        self._loosely(shown, [mention for mention in found if mention.loose], by_media)
        return list(shown.values())

    def _loosely(self, shown: dict[tuple[str, int], _Shown], loose: list[Mention], by_media: dict[str, Said]) -> None:
        """What the page's head and its scripts name: what is shown otherwise, in whatever rendition, is that very video."""
        head = open_graph(self._tree)
        known = {video_name(url) for url, _ in shown}
        kept = set(one_each(mention.address for mention in loose))
        loose = [each for each in loose if each.address in kept and video_name(self._resolve(each.address) or "") not in known]
        alone = len({mention.address for mention in loose}) <= 1
        for mention in [*(Mention(0, media, loose=True) for media in head.media), *loose[: MAX_FOUND + 1]]:
            url = self._resolve(mention.address)
            if self._watched(mention.address) is not None:
                self._embedded(shown, Frame(mention.at, mention.address, surely=True), self._main())
            elif url is None or video_name(url) not in known:
                # Several settings at once are of no article in particular, unless their script stands in one.
                held = self._entries.of(mention.at)
                self._place(shown, mention, TakenBy.HTTP, by_media, None if held or alone or mention.at == 0 else _NOWHERE)
                known.add(video_name(url or ""))
        self._headed(shown, head.players, bool(head.media))

    def _described(self, shown: dict[tuple[str, int], _Shown], by_media: dict[str, Said]) -> None:
        """What the structured data alone says that the page shows."""
        placed = {url for url, _ in shown}
        for said in self._said:
            url = self._resolve(said.media) if said.is_video and said.media else None
            watched = self._watched(said.media) is not None
            if said.is_video and said.media and not watched:
                if url not in placed:
                    self._place(
                        shown, Mention(said.at, said.media, loose=True), TakenBy.HTTP, by_media, self._entry_of(said), said
                    )
            elif said.is_video and (watched or said.player):
                player = Frame(said.at, said.media or said.player, surely=True)
                if not said.listed or watch_address(self._resolve(player.address) or "") is not None:
                    self._embedded(shown, player, self._entry_of(said), said)
                else:
                    self._collected.note("The page lists videos by their players alone, which were not looked into.")

    def _headed(self, shown: dict[tuple[str, int], _Shown], players: tuple[str, ...], has_media: bool) -> None:
        """The players that the head names: of a platform, or all that there is to see; others are said to be there."""
        for player in players:
            url = self._resolve(player) or ""
            watched = watch_address(url)
            if not shown or (watched is not None and watched not in {known for known, _ in shown}):
                self._embedded(shown, Frame(0, player, surely=True), self._main())
            elif watched is None and not has_media and url not in self._framed and not self._about.is_this(url):
                self._collected.note("The page's head names a player beside what the page shows, which was not looked into.")

    def _place(
        self,
        shown: dict[tuple[str, int], _Shown],
        mention: Mention,
        via: TakenBy,
        by_media: dict[str, Said] | None = None,
        entry: int | None = None,
        said: Said | None = None,
    ) -> None:
        if len(shown) > MAX_FOUND or (url := self._collected.absolute(mention.address)) is None:
            return
        number = self._entries.of(mention.at) if entry is None else entry
        # What stands above or below the one article of a page is its own.
        number = self._main() if number == 0 else number
        known = shown.get((url, number))
        if known is None:
            shown[url, number] = _Shown(mention, number, url, via, said or (by_media or {}).get(url))
        elif not known.mention.label and mention.label:
            shown[url, number] = replace(known, mention=replace(known.mention, label=mention.label))

    def _embedded(
        self, shown: dict[tuple[str, int], _Shown], frame: Frame, entry: int | None = None, said: Said | None = None
    ) -> None:
        """A player of a platform is a video of it; one of the same site is read as a page; others are said to be there."""
        url = self._collected.resolved(frame.address)
        if url is None or plays_nothing(url) or not playable(frame.address):
            return
        self._framed.add(url)
        for file in in_query(frame.address):
            self._place(shown, Mention(frame.at, file, frame.label), TakenBy.HTTP, None, entry)
        number = self._entries.of(frame.at) if entry is None else entry
        number = self._main() if number == 0 else number
        if looks_like_video(url):
            self._place(shown, Mention(frame.at, frame.address, frame.label), TakenBy.HTTP, None, number, said)
        elif (address := watch_address(url)) is not None:
            known = shown.get((address, number))
            mention = Mention(frame.at, address, frame.label)
            if known is None:
                shown[address, number] = _Shown(mention, number, address, TakenBy.YTDLP, said or self._by_player(url, address))
        elif self._is_near(url):
            if self._page.shown_on is not None:
                self._collected.note("The page of a player embeds a further player, which was not looked into.")
            elif not self._about.is_this(url):
                context = _Shown(
                    Mention(frame.at, url, frame.label), number, url, TakenBy.HTTP, said or self._by_player(url, url)
                )
                self._collected.follow(
                    url, SourceKind.PAGE, shown_on=self._discovery(context, alone=True, unplaced=self._unplaced())
                )
        elif self._tree.names[frame.at] not in ("object", "embed") or frame.surely:
            self._collected.note(f"The page embeds a player of {urlsplit(url).hostname}, which was not looked into.")

    def _by_player(self, *urls: str) -> Said | None:
        """The VideoObject whose player is at one of the addresses, also where it spells it otherwise."""
        for said in self._said:
            if said.is_video and said.player and (url := self._resolve(said.player)) and {url, watch_address(url)} & set(urls):
                return said
        return None

    def _unplaced(self) -> Said | None:
        """The one VideoObject that gives no address at all: it describes the one video that the page's article plays."""
        without = [said for said in self._said if said.is_video and not said.media and not said.listed]
        return without[0] if len(without) == 1 and sum(said.is_video for said in self._said) == 1 else None

    def _discovery(self, shown: _Shown, alone: bool, unplaced: Said | None) -> Discovery:
        facts, stated = self._stated(shown, alone, unplaced)
        own_page = facts.permalink is None
        return Discovery(
            self._source_id,
            shown.url,
            page_url=facts.permalink or self._page.url,
            title=plain(stated.title, MAX_TITLE),
            description=plain(stated.description, MAX_DESCRIPTION),
            uploader=plain(stated.uploader, MAX_NAME),
            published_at=stated.date.moment,
            date_note=stated.date.note,
            platform_label=stated.label or (self._label if own_page else None),
            via=shown.via,
        )

    def _stated(self, shown: _Shown, alone: bool, unplaced: Said | None) -> tuple[Facts, Facts]:
        """What is said around a video, and what that makes together with what is said of the video itself."""
        number = shown.entry
        said = shown.said or (unplaced if alone and number == self._main() else None)
        facts = self._around(number, said)
        video = Facts() if said is None else Facts(said.title, said.description, said.uploader, said_date(said), None, said.label)
        near = (facts.title, shown.mention.label)
        title = video.title or next(filter(None, near if alone else reversed(near)), "")
        stated = Facts(title, video.description or shown.mention.description).over(video).over(facts)
        if not stated.uploader and said is not None and self._is_of_article(number):
            stated = replace(stated, uploader=said.publisher)
        return facts, stated

    def _is_of_article(self, number: int) -> bool:
        """Whether an entry is the one article that the page is about."""
        return self._reading.main is not None and number == self._main()

    def _around(self, number: int, said: Said | None) -> Facts:
        """The facts of the entry, or of the article in whose structured data the video stands."""
        if said is not None and (said.listed or (number == 0 and self._reading.main is None)):
            return self._nested(said)
        return Facts() if number == _NOWHERE else self._reading.facts(number)

    def _nested(self, said: Said) -> Facts:
        """What the article says in which a VideoObject is nested, for one that stands in no article of the page."""
        if said.within is None:
            return Facts()
        around = self._said[said.within]
        urls = (url for address in around.addresses if article_link(address) and (url := self._resolve(address)))
        link = next((url for url in urls if not self._about.is_this(url) and self._is_near(url)), None)
        return Facts(around.title, around.description, around.uploader, said_date(around), link, around.label)

    def _entry_of(self, said: Said) -> int:
        """The article in which a VideoObject belongs: where its script stands, or whose article it is nested in."""
        held = self._entries.of(said.at)
        nested = self._reading.entry_of(said.within)
        return held or (self._main() if nested is None else nested)

    def _is_apart(self, at: int) -> bool:
        return self._entries.all[self._entries.of(at)].apart

    def _main(self) -> int:
        return self._reading.main or 0

    def _resolve(self, address: str) -> str | None:
        return self._collected.resolved(address)

    def _watched(self, address: str) -> str | None:
        """The page on which a platform shows what an address plays; None for files and other places."""
        url = self._resolve(address)
        return None if url is None or looks_like_video(url) else watch_address(url)

    def _is_near(self, url: str) -> bool:
        return site_of(url) == site_of(self._page.url)

    def _article(self, href: str) -> str | None:
        url = self._resolve(href) if scheme_of(href) in ("", "http", "https") else None
        return url if url is not None and self._is_near(url) else None

    def _leads_elsewhere(self, at: int) -> bool:
        href = heading_link(self._tree, at)
        url = self._article(href) if article_link(href) else None
        return url is not None and not self._about.is_this(url)
