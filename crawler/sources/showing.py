"""What one page shows: every video once per article, with the fields of that article or none."""

from dataclasses import replace
from urllib.parse import urlsplit

from crawler.sources.about import about_page
from crawler.sources.attributes import playable
from crawler.sources.base import MAX_FOUND, Collected, Page, looks_like_video, site_of
from crawler.sources.descriptions import NOWHERE, Descriptions, Shown
from crawler.sources.embeds import as_embedded, plays_nothing, watch_address
from crawler.sources.entries import Entries
from crawler.sources.facts import Reading
from crawler.sources.frames import Frame
from crawler.sources.held import played
from crawler.sources.links import follow_links
from crawler.sources.players import Mention, in_query, scheme_of
from crawler.sources.properties import open_graph, stated
from crawler.sources.renditions import one_each, video_name
from crawler.sources.signs import Signs, article_link, heading_link, signs_of
from crawler.sources.structured import Said, meta_label, structured_data
from crawler.sources.tree import Tree
from crawler.sources.unseen import unseen
from crawler.types import SourceKind, TakenBy


class Showing:
    """One page while it is read."""

    def __init__(self, source_id: str, page: Page, tree: Tree, collected: Collected) -> None:
        self._page, self._tree, self._collected = page, tree, collected
        about = about_page(tree, page.url, collected)
        data = structured_data((at, tree.nodes[at]) for at in tree.every("script"))
        for error in data.errors:
            collected.error(error)
        self._about = replace(about, sites=(*about.sites, *data.sites))
        self._said = data.said
        inside = played(tree)
        if inside.left:
            collected.error("The page holds too many documents inside itself; not all were read.")
        self._found = [*inside.mentions, *stated(tree)]
        signs = signs_of(tree, self._article)
        places = _places(self._found, inside.frames)
        self._entries = Entries(tree, places, self._leads_elsewhere, _marks(signs))
        self._reading = Reading(tree, self._entries, signs, self._about, self._said, places)
        label = meta_label(tree.nodes[at] for at in tree.every("meta"))
        self._descriptions = Descriptions(source_id, page, self._about, label, self._said, self._reading, collected)
        self._by_media = self._films()
        self._framed: set[str] = set()
        self._shown: dict[tuple[str, int], Shown] = {}
        self._gather(inside.frames)

    def tell(self) -> None:
        """Enter all that the page shows into what is collected."""
        several: dict[int, set[str]] = {}
        for shown in self._shown.values():
            several.setdefault(shown.entry, set()).add(shown.url)
        for shown in self._shown.values():
            found = self._descriptions.discovery(shown, alone=len(several[shown.entry]) == 1)
            self._collected.video(as_embedded(self._page.shown_on, found))
        shows = bool(self._shown or any(link.shown_on is not None for link in self._collected.parsed().follow))
        for words in unseen(self._tree, self._found, self._is_apart, shows, any(said.is_video for said in self._said)):
            self._collected.note(words)
        follow_links(self._tree, self._collected)

    def _films(self) -> dict[str, Said]:
        """What the structured data says of videos that have an address, by that; of several the first."""
        films = [said for said in reversed(self._said) if said.is_video and said.media]
        return {url: said for said in films if (url := self._resolve(said.media))}

    def _gather(self, framed: list[Frame]) -> None:
        """Every video once per article, the best described mention first: those of structured data, of the page, of its head."""
        for mention in self._found:
            if not mention.loose and not (mention.is_picture and self._is_apart(mention.at)):
                self._gather_mention(mention)
        for frame in framed[:MAX_FOUND]:
            self._embed(frame)
        if len(framed) > MAX_FOUND:
            self._collected.error(f"The page embeds more than {MAX_FOUND} players; the rest was left out.")
        self._gather_described()
        self._gather_loose()

    def _gather_mention(self, mention: Mention) -> None:
        if self._watched(mention.address) is not None:
            self._embed(Frame(mention.at, mention.address, mention.label, surely=True))
        else:
            self._place(mention, said=self._said_of(mention))

    def _gather_loose(self) -> None:
        """What the page's head and its scripts name: what is shown otherwise, in whatever rendition, is that very video."""
        head = open_graph(self._tree)
        known = {video_name(url) for url, _ in self._shown}
        loose = self._settings(known)
        alone = len({mention.address for mention in loose}) <= 1
        for mention in [*(Mention(0, media, loose=True) for media in head.media), *loose[: MAX_FOUND + 1]]:
            name = video_name(self._resolve(mention.address) or "")
            if self._watched(mention.address) is not None:
                self._embed(Frame(mention.at, mention.address, surely=True), self._main())
            elif not name or name not in known:
                self._place(mention, self._entry_of_setting(mention, alone), self._said_of(mention))
                known.add(name)
        self._gather_players(head.players, bool(head.media))

    def _settings(self, known: set[str]) -> list[Mention]:
        """What is named in no particular place, of renditions one, but for videos of known names."""
        loose = [mention for mention in self._found if mention.loose]
        kept = set(one_each(mention.address for mention in loose))
        return [each for each in loose if each.address in kept and video_name(self._resolve(each.address) or "") not in known]

    def _entry_of_setting(self, setting: Mention, alone: bool) -> int | None:
        """Several settings at once are of no article in particular, unless their script stands in one."""
        return None if alone or setting.at == 0 or self._entries.of(setting.at) else NOWHERE

    def _gather_described(self) -> None:
        """What the structured data alone says that the page shows."""
        placed = {url for url, _ in self._shown}
        for said in self._said:
            if not said.is_video:
                continue
            watched = self._watched(said.media) is not None
            if said.media and not watched:
                if self._resolve(said.media) not in placed:
                    self._place(Mention(said.at, said.media, loose=True), self._entry_of(said), said)
            elif watched or said.player:
                self._gather_described_player(said)

    def _gather_described_player(self, said: Said) -> None:
        player = Frame(said.at, said.media or said.player, surely=True)
        if not said.listed or watch_address(self._resolve(player.address) or "") is not None:
            self._embed(player, self._entry_of(said), said)
        else:
            self._collected.note("The page lists videos by their players alone, which were not looked into.")

    def _gather_players(self, players: tuple[str, ...], has_media: bool) -> None:
        """The players that the head names: of a platform, or all that there is to see; others are said to be there."""
        for player in players:
            url = self._resolve(player) or ""
            watched = watch_address(url)
            if not self._shown or (watched is not None and not self._is_shown(watched)):
                self._embed(Frame(0, player, surely=True), self._main())
            elif watched is None and not has_media and url not in self._framed and not self._about.is_this(url):
                self._collected.note("The page's head names a player beside what the page shows, which was not looked into.")

    def _is_shown(self, url: str) -> bool:
        return any(url == known for known, _ in self._shown)

    def _place(self, mention: Mention, entry: int | None = None, said: Said | None = None) -> None:
        """Note that the page shows a file. entry: its article, where that is not the one of its place."""
        if len(self._shown) > MAX_FOUND or (url := self._collected.absolute(mention.address)) is None:
            return
        number = self._number(mention.at, entry)
        known = self._shown.setdefault((url, number), Shown(mention, number, url, TakenBy.HTTP, said))
        if not known.mention.label and mention.label:
            self._shown[url, number] = replace(known, mention=replace(known.mention, label=mention.label))

    def _embed(self, frame: Frame, entry: int | None = None, said: Said | None = None) -> None:
        """A player of a platform is a video of it; one of the same site is read as a page; others are said to be there."""
        url = self._resolve(frame.address)
        if url is None or plays_nothing(url) or not playable(frame.address):
            return
        self._framed.add(url)
        for file in in_query(frame.address):
            self._place(Mention(frame.at, file, frame.label), entry)
        number = self._number(frame.at, entry)
        if looks_like_video(url):
            self._place(Mention(frame.at, frame.address, frame.label), number, said)
        elif (address := watch_address(url)) is not None:
            shown = Shown(Mention(frame.at, address, frame.label), number, address, TakenBy.YTDLP)
            self._shown.setdefault((address, number), replace(shown, said=self._said_of_player(said, url, address)))
        elif self._is_near(url):
            shown = Shown(Mention(frame.at, url, frame.label), number, url, TakenBy.HTTP)
            self._lead_to_player(replace(shown, said=self._said_of_player(said, url)))
        elif self._tree.names[frame.at] not in ("object", "embed") or frame.surely:
            self._collected.note(f"The page embeds a player of {urlsplit(url).hostname}, which was not looked into.")

    def _lead_to_player(self, player: Shown) -> None:
        """Have a player of this site read as a part of this page, unless the page is one itself."""
        if self._page.shown_on is not None:
            self._collected.note("The page of a player embeds a further player, which was not looked into.")
        elif not self._about.is_this(player.url):
            around = self._descriptions.discovery(player, alone=True)
            self._collected.follow(player.url, SourceKind.PAGE, shown_on=around)

    def _number(self, at: int, entry: int | None) -> int:
        """The article of a place. What stands above or below the one article of a page is its own."""
        number = self._entries.of(at) if entry is None else entry
        return self._main() if number == 0 else number

    def _said_of(self, mention: Mention) -> Said | None:
        """What the structured data says of a file."""
        url = self._resolve(mention.address)
        return None if url is None else self._by_media.get(url)

    def _said_of_player(self, said: Said | None, *urls: str) -> Said | None:
        """What is said of a player, or the VideoObject whose player is at one of the addresses, also where it spells it
        otherwise."""
        if said is not None:
            return said
        with_player = (each for each in self._said if each.is_video and each.player)
        named = ((each, self._resolve(each.player)) for each in with_player)
        return next((each for each, url in named if url and not {url, watch_address(url)}.isdisjoint(urls)), None)

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


def _places(found: list[Mention], framed: list[Frame]) -> list[int]:
    """Where the page shows something, in order."""
    return sorted({each.at for each in found if not each.loose and not each.is_picture} | {each.at for each in framed})


def _marks(signs: Signs) -> list[int]:
    """Where dates and bylines stand, in order."""
    return sorted([date.at for date in signs.dates] + [line.at for line in signs.bylines])
