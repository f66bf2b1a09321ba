"""What happens to the WordPress site after its first week, and what is true of it in each."""

import hashlib
import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.content_system.clips import REENCODED, REPLACED, write_all
from benchmarks.content_system.plan import AUTHORS, COPIES, MARKED, PUBLIC, Entry, Part, clips_of, first_week, second_week
from benchmarks.content_system.reading import archives_of
from benchmarks.content_system.truth import Change, Embed, TruePage, TrueVideo, Truth
from benchmarks.content_system.wordpress import WordPress

RENAMED = "The city parade, under a new title"


def midweek(site: WordPress) -> tuple[Change, ...]:
    """One post goes, with its file out of sight; it comes back in the second week."""
    entry, file = site.entries["gone-midweek"], site.files["flicker"]
    if entry.status == "publish":
        site.ask([{"do": "trash", "id": entry.id}])
        shutil.move(file.path, site.folder / "flicker.away")
        entry.status = "trash"
        site.note()
    return (Change("post trashed, file moved away", "gone", file.url, entry.url, entry.title), *_unchanged(site))


def second(site: WordPress) -> tuple[Change, ...]:
    """All that the second week brings. It is done once; what it was is told each time."""
    if not all(entry.slug in site.entries for entry in second_week()):
        _change(site)
        site.publish(second_week(), datetime.now(UTC))
    return tuple(_changes(site))


def _change(site: WordPress) -> None:
    entries, files = site.entries, site.files
    # WordPress deletes an attachment together with its file.
    site.ask([{"do": "remove", "id": entries["carousel"].id}, {"do": "remove", "id": files["carousel"].id}])
    site.ask([{"do": "remove", "id": files["orchard"].id}, {"do": "remove", "id": entries["shared-second"].id}])
    site.ask([{"do": "update", "id": entries["regatta"].id, "fields": {"post_status": "private"}}])
    site.ask([{"do": "update", "id": entries["parade"].id, "fields": {"post_title": RENAMED}}])
    write_all(site.clips, ["tunnel" + REPLACED])
    shutil.copyfile(site.clips / f"tunnel{REPLACED}.mp4", files["tunnel"].path)
    if (site.folder / "flicker.away").exists():
        shutil.move(site.folder / "flicker.away", files["flicker"].path)
    site.ask([{"do": "restore", "id": entries["gone-midweek"].id}])
    entries["carousel"].status = entries["shared-second"].status = "gone"
    entries["regatta"].status, entries["gone-midweek"].status, entries["parade"].title = "private", "publish", RENAMED


def _changes(site: WordPress) -> Iterator[Change]:
    def at(what: str, expected: str, slug: str, clip: str = "", new_title: str = "", before: str = "") -> Change:
        entry = site.entries[slug]
        earlier = site.files[before].url if before else ""
        planned = next(each.title for each in [*first_week(), *second_week()] if each.slug == slug)
        return Change(what, expected, site.files[clip or slug].url, entry.url, planned, new_title, earlier)

    yield at("post deleted with its file", "gone", "carousel")
    yield at("file deleted, post stays", "gone", "orchard")
    yield at("post made private, file stays", "page gone", "regatta")
    yield at("one of two posts of a file deleted", "page gone", "shared-second", "shared")
    yield at("another video under the same address", "replaced", "tunnel")
    yield at("post renamed", "renamed", "parade", new_title=RENAMED)
    yield at("restored", "came back", "gone-midweek", "flicker")
    yield at("the same bytes under a new address and title", "copy", "signal-official", before="signal")
    yield at("encoded anew under a new address and title", "new match", "suns-hd", "planet-reencoded", before="planet")
    yield at("new post with the mark", "new match", "beacon")
    yield from _unchanged(site)


def _unchanged(site: WordPress) -> Iterator[Change]:
    for slug in ("harbour", "lantern", "glacier", "meteor", "fountain"):
        made = site.entries[slug]
        yield Change("nothing", "unchanged", site.files[slug].url, made.url, made.title)


def truth_of(site: WordPress, week: int, changes: Sequence[Change] = ()) -> Truth:
    entries = [*first_week(), *(second_week() if "beacon" in site.entries else ())]
    public = [entry for entry in entries if site.entries[entry.slug].status == "publish"]
    pages = [page for entry in public for page in _pages(site, entry)]
    there = {clip: Path(site.files[clip].path) for clip in clips_of(entries) if Path(site.files[clip].path).exists()}
    shown = {url for page in pages for url in page.videos}
    videos = [_video(site, clip, path) for clip, path in there.items() if site.files[clip].url in shown]
    hidden = [site.files[clip].url for clip in clips_of([entry for entry in entries if entry.status != PUBLIC])]
    once = [file.url for clip in clips_of(entries) if (file := site.files[clip]).url not in shown and file.url not in hidden]
    pages = [page for page in pages if page.videos]
    fronts = [f"{site.base}/", *(f"{site.base}/page/{number}/" for number in range(2, 8))]
    archives = archives_of(site.sitemap, fronts, {page.url for page in pages}, shown)
    embeds = tuple(_embeds(site, public))
    return Truth(
        week,
        site.base,
        site.feed,
        site.sitemap,
        tuple(videos),
        tuple(pages),
        tuple(hidden),
        embeds,
        archives,
        tuple(changes),
        tuple(once),
    )


def _video(site: WordPress, clip: str, path: Path) -> TrueVideo:
    content = path.read_bytes()
    other = site.clips / f"{clip}{REPLACED}.mp4"
    replaced = other.exists() and other.read_bytes() == content
    marked = COPIES.get(clip, clip).removesuffix(REENCODED) in MARKED and not replaced
    return TrueVideo(site.files[clip].url, clip, hashlib.sha256(content).hexdigest(), marked)


def _pages(site: WordPress, entry: Entry) -> Iterator[TruePage]:
    """The entry's own page, and the pages of those of its files that are shown only there."""
    made = site.entries[entry.slug]
    is_post = entry.kind == "post"
    apart = {clip for part in entry.parts if part.how == "attachment-link" for clip in part.clips}
    own = [clip for clip in entry.clips if clip not in apart and Path(site.files[clip].path).exists()]
    titles = {site.files[clip].url: [clip] for part in entry.parts if part.how == "playlist" for clip in part.clips}
    how = tuple(part.how for part in entry.parts if part.clips)
    author, date = (AUTHORS[entry.author], datetime.fromisoformat(made.date)) if is_post else (None, None)
    urls = tuple(site.files[clip].url for clip in own)
    yield TruePage(made.url, entry.slug, made.title or "Untitled", author, date, how, urls, titles)
    for clip in apart:
        file = site.files[clip]
        yield TruePage(file.page, entry.slug, file.title, None, None, ("attachment",), (file.url,))


def _embeds(site: WordPress, entries: Sequence[Entry]) -> Iterator[Embed]:
    for entry in entries:
        for part in entry.parts:
            if found := _embedded(site, part):
                media = site.elsewhere_media if part.how == "unknown-player" else ""
                yield Embed(found[0], found[1], (site.entries[entry.slug].url,), media)


def _embedded(site: WordPress, part: Part) -> tuple[str, str] | None:
    known = {
        "youtube": (f"https://www.youtube.com/embed/{part.text}", "platform"),
        "unknown-player": (site.elsewhere, "unknown host"),
        "gallery": (site.files[part.text].url if part.how == "gallery" else "", "gif"),
    }
    return known.get(part.how)
