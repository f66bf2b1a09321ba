"""A document from the web on its way to the confined process that reads it, and what that process says of it on its way back.

What comes back may be the word of a process that was taken over. It is read as plain values, bounded in size and number, and
whatever no reader of ours would say is refused (`read_from_bytes`).
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from pydantic import FailFast, Field, TypeAdapter, ValidationError

from crawler.errors import Refused
from crawler.sources.base import MAX_DESCRIPTION, MAX_FOLLOW, MAX_FOUND, MAX_NAME, MAX_TITLE, Follow, Listed, Parsed
from crawler.types import Discovery, SourceKind, TakenBy, Trouble
from crawler.urls import canonical_url

MAX_SAID = 16 << 20
"""Bytes that may be said of one document."""
MAX_ENTRIES = 50_000
"""Entries of one feed, sitemap or listing: as many as a sitemap may have."""
MAX_ADDRESS = 8_192
"""Characters of one address. Servers take no longer ones."""
_MAX_SENTENCES = 100
_MAX_SENTENCE = 5_000
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True)
class DocumentLimits:
    """What one document may take to be read: seconds, and bytes of memory."""

    seconds: float = 10.0
    memory: int = 1 << 30


@dataclass(frozen=True)
class Asked:
    """A document that answered. asked: the address that was asked for; final: the one that answered, after redirects; both are
    canonical. url: the same as final, as it was sent. headers: names in lower case. seed: it is the source itself. at: when it
    was fetched. shown_on: see Page. shows: the media address of which alone is asked what the document says."""

    kind: SourceKind
    asked: str
    final: str
    url: str
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    seed: bool = False
    at: datetime | None = None
    shown_on: Discovery | None = None
    shows: str | None = None


@dataclass(frozen=True)
class Read:
    """What a document says. parsed: see Parsed; its discoveries name no source yet. verdict: why it is not the document that was
    asked for, as the end of a sentence that begins with the address. remark: what has to be said of it though it was read.
    answered: False where its status alone was looked at. names: it names the media that was asked for, in whatever script."""

    parsed: Parsed = field(default_factory=Parsed)
    verdict: tuple[str, Trouble] | None = None
    remark: str | None = None
    answered: bool = True
    names: bool = False


@dataclass(frozen=True)
class _Wire:
    """Read, flat, with bounds. Nothing has to be there, and of what is wrong in a list the first alone is told: each message of
    a fault takes along all that was said."""

    discoveries: Annotated[tuple[Discovery, ...], FailFast(), Field(max_length=MAX_FOUND)] = ()
    follow: Annotated[tuple[Follow, ...], FailFast(), Field(max_length=MAX_FOLLOW)] = ()
    errors: Annotated[tuple[str, ...], FailFast(), Field(max_length=_MAX_SENTENCES)] = ()
    notes: Annotated[tuple[str, ...], FailFast(), Field(max_length=_MAX_SENTENCES)] = ()
    entries: Annotated[tuple[tuple[str, datetime | None], ...], FailFast(), Field(max_length=MAX_ENTRIES)] = ()
    lists: bool = False
    older: Follow | None = None
    total: Annotated[int, Field(ge=0, lt=1 << 62)] | None = None
    last: bool = False
    verdict: tuple[str, Trouble] | None = None
    remark: str | None = None
    answered: bool = True
    names: bool = False


_ASKED = TypeAdapter(Asked)
_WIRE = TypeAdapter(_Wire)


class NotOurs(Exception):
    """An answer that no reader of this program gives."""


def asked_to_bytes(asked: Asked, body: bytes) -> bytes:
    """A question about a document, with the document."""
    return _ASKED.dump_json(asked) + b"\n" + body


def asked_from_bytes(data: bytes) -> tuple[Asked, bytes]:
    """The question, and the document. Raises pydantic's ValidationError for what is none."""
    head, _, body = data.partition(b"\n")
    return _ASKED.validate_json(head), body


def read_to_bytes(read: Read) -> bytes:
    """At most MAX_SAID bytes: what is too much is left out, which then stands among the errors."""
    parsed = _within_bounds(read.parsed)
    data = _dumped(read, parsed)
    while len(data) > MAX_SAID:
        parsed = _halved(parsed)
        data = _dumped(read, parsed)
    return data


def read_from_bytes(data: bytes) -> Read:
    """Raises NotOurs."""
    try:
        wire = _WIRE.validate_json(data)
    except ValidationError:
        raise NotOurs from None
    # What an attacker would say, and no reader does: files, unseen characters, texts beyond their bounds.
    if not all(map(_ours, wire.discoveries)) or not all(_follows(link) for link in (*wire.follow, *filter(None, [wire.older]))):
        raise NotOurs
    words = (*wire.errors, *wire.notes, *(wire.verdict or ())[:1], *filter(None, [wire.remark]))
    if not all(_plain(sentence, _MAX_SENTENCE) for sentence in words):
        raise NotOurs
    listed = None if not wire.lists else Listed(wire.entries, wire.older, wire.total, wire.last)
    parsed = Parsed(wire.discoveries, wire.follow, wire.errors, listed, wire.notes)
    return Read(parsed, wire.verdict, wire.remark, wire.answered, wire.names)


def _dumped(read: Read, parsed: Parsed) -> bytes:
    listed = parsed.listed
    return _WIRE.dump_json(
        _Wire(
            parsed.discoveries,
            parsed.follow,
            parsed.errors,
            parsed.notes,
            () if listed is None else listed.entries,
            listed is not None,
            None if listed is None else listed.older,
            None if listed is None else listed.total,
            listed is not None and listed.last,
            read.verdict,
            read.remark,
            read.answered,
            read.names,
        )
    )


def _within_bounds(parsed: Parsed) -> Parsed:
    discoveries = tuple(filter(_ours, parsed.discoveries))
    follow = tuple(filter(_follows, parsed.follow))
    listed, errors = parsed.listed, [*parsed.errors]
    odd = len(parsed.discoveries) + len(parsed.follow) - len(discoveries) - len(follow)
    if odd:
        errors.append(f"{odd:,} addresses, of no use on the web or longer than {MAX_ADDRESS:,} characters, were left out.")
    if listed is not None and len(listed.entries) > MAX_ENTRIES:
        errors.append(f"It lists {len(listed.entries):,} entries; those after the first {MAX_ENTRIES:,} were left out.")
        listed = Listed(listed.entries[:MAX_ENTRIES], listed.older, listed.total, listed.last)
    if listed is not None and listed.older is not None and not _follows(listed.older):
        listed = Listed(listed.entries, None, listed.total, listed.last)
    return Parsed(discoveries, follow, tuple(map(_sentence, errors)), listed, tuple(map(_sentence, parsed.notes)))


def _sentence(words: str) -> str:
    return _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", words)[:_MAX_SENTENCE]


def _halved(parsed: Parsed) -> Parsed:
    words = f"What it says takes more than {MAX_SAID >> 20} MiB; a part of it was left out."
    listed = parsed.listed
    if listed is not None:
        listed = Listed(listed.entries[: len(listed.entries) // 2], listed.older, listed.total, listed.last)
    errors = parsed.errors if words in parsed.errors else (*parsed.errors, words)
    discoveries, follow = parsed.discoveries, parsed.follow
    return Parsed(discoveries[: len(discoveries) // 2], follow[: len(follow) // 2], errors, listed, parsed.notes)


def _ours(found: Discovery) -> bool:
    texts = (
        *((found.title, MAX_TITLE), (found.description, MAX_DESCRIPTION), (found.uploader, MAX_NAME)),
        *((found.date_note, _MAX_SENTENCE), (found.platform_label or "", _MAX_SENTENCE)),
    )
    return (
        found.via in (TakenBy.HTTP, TakenBy.YTDLP)
        and _canonical(found.media_url)
        and all(map(_on_the_web, filter(None, (found.media_url, found.page_url))))
        and all(_plain(text, most) for text, most in texts)
        and _are_counts(found.counts)
    )


def _are_counts(counts: dict[str, int]) -> bool:
    if len(counts) > _MAX_SENTENCES:
        return False
    return all(_plain(name, MAX_NAME) and 0 <= number < 1 << 62 for name, number in counts.items())


def _follows(link: Follow) -> bool:
    return _on_the_web(link.url) and (link.shown_on is None or _ours(link.shown_on))


def _canonical(url: str) -> bool:
    try:
        return canonical_url(url) == url
    except Refused:
        return False


def _on_the_web(url: str) -> bool:
    return url.startswith(("http://", "https://")) and _plain(url, MAX_ADDRESS)


def _plain(text: str, most: int) -> bool:
    return len(text) <= most and _UNSEEN.search(text) is None
