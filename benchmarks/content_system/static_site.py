"""A second system that shares nothing with the first: Pelican with a third-party theme, pages made beforehand, an Atom feed.

Nobody tunes anything to it. It says whether what was learnt from WordPress holds elsewhere.
"""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from benchmarks.content_system.clips import write_all
from benchmarks.content_system.plan import DRAFT, MARKED, PUBLIC, Entry, Part, clips_of
from benchmarks.content_system.reading import archives_of
from benchmarks.content_system.services import HOST, Missing, apache, free_port, require
from benchmarks.content_system.truth import Change, Embed, TruePage, TrueVideo, Truth

PACKAGES = ("pelican[markdown]==4.12.0", "pelican-sitemap==1.2.2", "pelican-theme-reflex==4.0.1")
ZONE = ZoneInfo("Asia/Kolkata")
SITE_AUTHOR = "The Synthetic Reels crew"
"""Whom pages name that have no author of their own."""
AUTHORS = {"ines": "Inés Ærø", "bo": "박보", "lab": "Lab & Friends"}

_CONFIG = """\
AUTHOR = "{author}"
SITENAME = "Synthetic Reels"
SITEURL = "{base}"
TIMEZONE = "Asia/Kolkata"
DEFAULT_LANG = "en"
THEME = "reflex"
PLUGINS = ["sitemap"]
SITEMAP = {{"format": "xml"}}
STATIC_PATHS = ["media", "players"]
ARTICLE_URL = ARTICLE_SAVE_AS = "{{category}}/{{slug}}.html"
DEFAULT_PAGINATION = 8
FEED_MAX_ITEMS = 10
FEED_ALL_ATOM = "feeds/all.atom.xml"
USE_FOLDER_AS_CATEGORY = False
USE_GOOGLE_FONTS = False
CC_LICENSE = {{}}
"""
_PLAYER = '<!doctype html><title>Player</title><video controls><source src="/media/{clip}.mp4" type="video/mp4"></video>'
_ONE_EACH = ("video", "source", "link", "figure", "absolute", "lazy")


def planned() -> list[Entry]:
    """26 public videos, in ordinary and in odd ways."""
    names = ("harbour", "ember", "moor", "valve", "attic", "quay", "ridge", "sluice", "vault", "wharf", "yard", "zenith")
    titles = ("The quay, dreamt", "Ember & ash", "Heide im Nebel", "밸브의 노래", "An attic (loop)", "Quayside “live”")
    who, text = list(AUTHORS), Part("text", text="It was rendered in a night, and looked at in the morning.")
    entries = [
        Entry(
            f"post-{name}",
            titles[n] if n < len(titles) else f"Study no. {n}: {name}",
            who[n % 3],
            9.4 + 5.3 * n,
            (text, Part(_ONE_EACH[n % 6], (name,))),
            category=("reels", "notes")[n % 2],
            tags=("night",),
        )
        for n, name in enumerate(names)
    ]
    return [
        *entries,
        Entry("three", "Three of a kind", "bo", 8.3, (text, *(Part("video", (f"kind-{n}",)) for n in "abc")), category="reels"),
        Entry(
            "list", "Numbered list of films", "ines", 10.7, (text, Part("list", ("film-a", "film-b", "film-c"))), category="notes"
        ),
        Entry("twice-one", "Seen here first", "lab", 30.2, (text, Part("video", ("twice",))), category="reels"),
        Entry("twice-two", "Seen here again", "bo", 12.9, (text, Part("link", ("twice",))), category="notes"),
        Entry("framed", "In a frame of ours", "ines", 14.1, (text, Part("player", ("framed",))), category="reels"),
        Entry("tube", "Hosted by others", "lab", 15.6, (text, Part("youtube", text="xYz0000BBB1")), category="reels"),
        Entry(
            "reel-page", "The whole reel", "lab", 200.0, (text, Part("video", ("whole",)), Part("source", ("half",))), kind="page"
        ),
        Entry("old", "From the first year", "ines", 700.5, (text, Part("figure", ("first-year",))), category="notes"),
        Entry(
            "summer",
            "Summer, all of it",
            "bo",
            90.9,
            (text, Part("list", ("june", "july")), Part("video", ("august",))),
            category="notes",
        ),
        Entry("unfinished", "Unfinished", "bo", 1.5, (Part("video", ("hidden-draft",)),), status=DRAFT, category="reels"),
    ]


class StaticSite:
    name = "pelican"
    elsewhere = ""

    def __init__(self, folder: Path, base: str) -> None:
        self.folder, self.base, self.root = folder, base, folder / "www"
        self.feed, self.sitemap = f"{base}/feeds/all.atom.xml", f"{base}/sitemap.xml"

    def media(self, clip: str) -> str:
        return f"{self.base}/media/{clip}.mp4"

    def page(self, entry: Entry) -> str:
        return (
            f"{self.base}/pages/{entry.slug}.html" if entry.kind == "page" else f"{self.base}/{entry.category}/{entry.slug}.html"
        )

    def at(self, entry: Entry) -> datetime:
        made = datetime.fromisoformat((self.folder / "made").read_text())
        return (made - timedelta(days=entry.days)).replace(second=0, microsecond=0)

    def build(self) -> None:
        content = self.folder / "content"
        write_all(content / "media", clips_of(planned()))
        for name in ("pages", "players"):
            (content / name).mkdir(exist_ok=True)
        for entry in planned():
            place = content / "pages" if entry.kind == "page" else content
            (place / f"{entry.slug}.md").write_text(self._markdown(entry), encoding="utf-8")
            for clip in entry.clips:
                (content / "players" / f"{clip}.htm").write_text(_PLAYER.format(clip=clip), encoding="utf-8")
        config = self.folder / "conf.py"
        config.write_text(_CONFIG.format(base=self.base, author=SITE_AUTHOR), encoding="utf-8")
        command = [str(self.folder / "venv" / "bin" / "pelican"), str(content), "-o", str(self.root), "-s", str(config), "-q"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode or not (self.root / "index.html").exists():
            raise Missing(f"Pelican failed: {done.stdout[-1000:]}{done.stderr[-1000:]}")

    def _markdown(self, entry: Entry) -> str:
        tags = f"Tags: {', '.join(entry.tags)}\n" if entry.tags else ""
        category = f"Category: {entry.category}\n" if entry.kind == "post" else ""
        head = f"Title: {entry.title}\nSlug: {entry.slug}\nDate: {self.at(entry).astimezone(ZONE):%Y-%m-%d %H:%M}\n"
        status = "draft" if entry.status == DRAFT else "published"
        head += f"Author: {AUTHORS[entry.author]}\n{category}{tags}Status: {status}\n"
        return head + "\n" + "\n\n".join(self._part(part) for part in entry.parts) + "\n"

    def _part(self, part: Part) -> str:
        if part.how == "text":
            return part.text
        if part.how == "youtube":
            return f'<iframe src="https://www.youtube-nocookie.com/embed/{part.text}" allowfullscreen></iframe>'
        if part.how == "list":
            return "\n".join(f"1. [{clip}, as a file]({self.media(clip)})" for clip in part.clips)
        return "\n\n".join(_WAYS[part.how](clip, self.media(clip)) for clip in part.clips)


_WAYS: dict[str, Callable[[str, str], str]] = {
    "video": lambda clip, _: f'<video controls src="/media/{clip}.mp4"></video>',
    "source": lambda clip, _: f'<video muted loop><source src="../media/{clip}.mp4" type="video/mp4">No video here.</video>',
    "link": lambda clip, _: f"See [the film](../media/{clip}.mp4) for yourself.",
    "figure": lambda clip, url: f'<figure><video controls src="{url}"></video><figcaption>Fig. 1: {clip}</figcaption></figure>',
    "absolute": lambda _, url: f'<video controls preload="metadata" src="{url}#t=0.5"></video>',
    "lazy": lambda _, url: f'<video controls class="lazy" data-src="{url}"><a href="{url}">Download</a></video>',
    "player": lambda clip, _: f'<iframe src="/players/{clip}.htm" width="640" height="360"></iframe>',
}


@contextmanager
def open_static(folder: Path) -> Iterator[StaticSite]:
    """The site in the folder while the context lasts; made when it is not there yet."""
    require({"apache2": "apache2"}, {})
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    kept = folder / "port"
    port = int(kept.read_text()) if kept.exists() else free_port(HOST)
    site = StaticSite(folder, f"http://{HOST}:{port}")
    if not kept.exists():
        shutil.rmtree(site.root, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
        pip = [str(folder / "venv" / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", *PACKAGES]
        subprocess.run(pip, check=True, capture_output=True)
        (folder / "made").write_text(datetime.now(UTC).isoformat())
        site.build()
        kept.write_text(str(port))
    with apache(folder / "web", {HOST: site.root}, port, php=False):
        yield site


def truth_of(site: StaticSite, week: int, changes: Sequence[Change] = ()) -> Truth:
    public = [entry for entry in planned() if entry.status == PUBLIC]
    pages = tuple(
        TruePage(
            url=site.page(entry),
            entry=entry.slug,
            title=entry.title,
            author=AUTHORS[entry.author] if entry.kind == "post" else SITE_AUTHOR,
            date=site.at(entry) if entry.kind == "post" else None,
            how=tuple(part.how for part in entry.parts if part.clips),
            videos=tuple(site.media(clip) for clip in entry.clips),
        )
        for entry in public
        if entry.clips
    )
    videos = tuple(_video(site, clip) for clip in clips_of(public))
    hidden = tuple(site.media(clip) for entry in planned() if entry.status == DRAFT for clip in entry.clips)
    embeds = tuple(
        Embed(f"https://www.youtube-nocookie.com/embed/{part.text}", "platform", (site.page(entry),))
        for entry in public
        for part in entry.parts
        if part.how == "youtube"
    )
    fronts = [f"{site.base}/", *(f"{site.base}/index{number}.html" for number in range(2, 5))]
    archives = archives_of(site.sitemap, fronts, {page.url for page in pages}, {video.url for video in videos})
    return Truth(week, site.base, site.feed, site.sitemap, videos, pages, hidden, embeds, archives, tuple(changes))


def _video(site: StaticSite, clip: str) -> TrueVideo:
    content = (site.root / "media" / f"{clip}.mp4").read_bytes()
    return TrueVideo(site.media(clip), clip, hashlib.sha256(content).hexdigest(), clip in MARKED)
