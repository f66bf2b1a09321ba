"""The inbox: a folder, or one list, into which people drop addresses and files."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import SEEK_END
from pathlib import Path
from urllib.parse import unquote, urlsplit

from crawler.sniff import HEAD, media_type
from crawler.source_visit import MAX_ERRORS, MAX_MISSING, MAX_NOTES
from crawler.sources.base import MAX_TITLE, Page, plain
from crawler.sources.inbox import InboxSource
from crawler.types import Discovery, Missing, SourceKind, SourceReport, SourceSpec, TakenBy, Trouble

MAX_FILES = 5_000
MAX_LIST = 10 * 1024 * 1024
LISTS = (".csv", ".tsv", ".txt", ".url", ".webloc", ".md", ".html", ".htm", ".eml")
_PIECE = 1 << 20


@dataclass(frozen=True)
class InboxContents:
    """What an inbox holds. files: how many lie in it; unread: those of them that cannot be read, with why; notes: of those that
    were read in part. discoveries: videos with an address of their own, and dropped files; pages: what is to be read."""

    spec: SourceSpec
    started_at: datetime
    files: int
    discoveries: tuple[Discovery, ...]
    pages: tuple[str, ...]
    errors: tuple[str, ...]
    unread: tuple[Missing, ...] = ()
    notes: tuple[str, ...] = ()

    def report(self) -> SourceReport:
        """How reading the inbox went, where no page had to be read."""
        nothing = SourceReport(self.spec.id, self.started_at, datetime.now(UTC), 0, 0, complete=True, due=0)
        return self.joined(nothing)

    def joined(self, web: SourceReport) -> SourceReport:
        """How it went, together with the pages that it led to."""
        troubles = dict(web.troubles)
        if self.errors:
            troubles[Trouble.DOCUMENT.value] = troubles.get(Trouble.DOCUMENT.value, 0) + len(self.errors)
        missed = Counter(web.missed) + Counter(each.trouble for each in self.unread)
        read = max(0, self.files - len(self.unread))
        return replace(
            web,
            started_at=self.started_at,
            pages=web.pages + read,
            videos=web.videos + len(self.discoveries),
            complete=web.complete and not self.errors,
            errors=(*self.errors, *web.errors),
            troubles=troubles,
            due=None if web.due is None else web.due + read + len(self.unread),
            missed=dict(missed),
            missing=(*self.unread[:MAX_MISSING], *web.missing),
            notes=(*self.notes, *web.notes),
        )


def inbox_path(url: str) -> Path:
    """The folder or list that a source's file: address names."""
    return Path(unquote(urlsplit(url).path))


def read_inbox(spec: SourceSpec) -> InboxContents:
    """All that lies in the inbox now. A file that cannot be read is an error in words and stops no other."""
    started = datetime.now(UTC)
    root = inbox_path(spec.url)
    discoveries: dict[str, Discovery] = {}
    pages: dict[str, None] = {}
    errors: list[str] = []
    unread: list[Missing] = []
    notes: list[str] = []
    count = 0
    for path in _files(root, errors):
        count += 1
        try:
            found, follow, troubles = _read(spec.id, path)
        except OSError as error:
            found, follow, troubles = (), [], (f"It cannot be read ({error.strerror}).",)
        said = [f"{plain(path.name, 200)}: {trouble}" for trouble in troubles]
        if troubles and not found and not follow:
            unread.append(Missing(plain(path.name, 200), Trouble.DOCUMENT.value, troubles[0].rstrip(".")))
        else:
            notes += said
        discoveries |= {each.media_url: each for each in found}
        pages |= dict.fromkeys(follow)
        errors += said
    if errors and not count:
        unread.append(Missing(plain(str(root), 200), Trouble.DOCUMENT.value, "is not there"))
    told = _first(errors, MAX_ERRORS), tuple(unread), _first(notes, MAX_NOTES)
    return InboxContents(spec, started, count, tuple(discoveries.values()), tuple(pages), *told)


def _first(words: list[str], most: int) -> tuple[str, ...]:
    rest = len(words) - most
    return (*words[:most], f"{rest:,} further troubles of the inbox are not listed.") if rest > 0 else tuple(words)


def _files(root: Path, errors: list[str]) -> Iterator[Path]:
    if not root.exists():
        errors.append(f"The inbox {plain(str(root), 200)} is not there.")
        return
    # Links are not followed: what they lead to was not dropped in.
    found = [root] if root.is_file() else sorted(path for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    kept = [path for path in found if not path.name.startswith(".")]
    if len(kept) > MAX_FILES:
        errors.append(f"The inbox holds {len(kept):,} files; the first {MAX_FILES:,} were read.")
    yield from kept[:MAX_FILES]


def _list(path: Path) -> tuple[bytes, tuple[str, ...]]:
    """A list's whole lines, as many as are read, and what is to be said of the rest."""
    with path.open("rb") as stream:
        body = stream.read(MAX_LIST + 1)
        size = stream.seek(0, SEEK_END)
    if len(body) <= MAX_LIST:
        return body, ()
    # Half an address would be another one.
    body = body[: body.rfind(b"\n", 0, MAX_LIST) + 1] or body[:MAX_LIST]
    return body, (f"It has {size:,} bytes; what comes after the first {len(body):,} was not read.",)


def _read(source_id: str, path: Path) -> tuple[tuple[Discovery, ...], list[str], tuple[str, ...]]:
    if path.suffix.lower() in LISTS:
        body, cut = _list(path)
        parsed = InboxSource(source_id).parse(Page("https://invalid/", "text/csv", body))
        found = tuple(replace(each, said_by=SourceKind.INBOX) for each in parsed.discoveries)
        return found, [link.url for link in parsed.follow], (*parsed.errors, *cut)
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        head = stream.read(HEAD)
        if not media_type(head).startswith(("video/", "image/")):
            return (), [], ("This is neither a list of addresses nor a video.",)
        stream.seek(0)
        while piece := stream.read(_PIECE):
            digest.update(piece)
    name = f"urn:sha256:{digest.hexdigest()}"
    dropped = Discovery(
        source_id, name, path.absolute().as_uri(), plain(path.stem, MAX_TITLE), via=TakenBy.FILE, said_by=SourceKind.INBOX
    )
    return (dropped,), [], ()
