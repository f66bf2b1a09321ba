"""Campaigns: the week's videos that belong together, because one uploader put them up or because they are copies of one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from reports.blocks import ORDER
from reports.matches import MatchStatus
from reports.weekly_addresses import NOT_KNOWN
from reports.weekly_lines import MatchLine


@dataclass(frozen=True)
class Campaign:
    """why: ``uploader``, ``bytes`` or ``footage``: the same bytes at several addresses, or copies with other bytes, too. name:
    the uploader and the platform, or the title. videos: addresses; media: how many different bytes. match_ids: of the week's
    matches in them; open_, confirmed: how many of these await a decision, and are
    confirmed."""

    why: str
    name: str
    videos: int
    media: int
    matches: int
    open_: int
    confirmed: int
    subjects: tuple[str, ...]
    first_found: datetime
    last_found: datetime
    match_ids: tuple[str, ...]


def campaigns(lines: Sequence[MatchLine]) -> tuple[Campaign, ...]:
    """Those of several addresses; the ones with the most addresses first. A match may be in one of each kind."""
    made = [*_by_uploader(lines), *_by_family(lines)]
    return tuple(sorted(made, key=lambda one: (-one.videos, -one.matches, one.why, one.name)))


def uploader_key(line: MatchLine) -> tuple[str, str] | None:
    """Who put the video up, on which platform; None where either is not known. Two names are one only on the same platform."""
    named = line.uploader.strip().casefold()
    return (line.platform, named) if named and line.platform != NOT_KNOWN else None


def in_campaigns(lines: Sequence[MatchLine]) -> list[MatchLine]:
    """The lines, which come harm first, so that of each status the videos of one uploader follow one another, and the matches of
    one video as well. Where a group stands is decided by the first of it."""
    first: dict[str, int] = {}
    for number, line in enumerate(lines):
        first.setdefault(line.media_sha256, number)
    groups: dict[tuple[object, ...], int] = {}
    for number in first.values():
        groups.setdefault(_group(lines[number]), number)

    def place(pair: tuple[int, MatchLine]) -> tuple[int, int, int, int]:
        number, line = pair
        foremost = first[line.media_sha256]
        status = ORDER.index(MatchStatus(lines[foremost].status))
        return (status, groups[_group(lines[foremost])], foremost, number)

    return [line for _, line in sorted(enumerate(lines), key=place)]


def _group(line: MatchLine) -> tuple[object, ...]:
    return (line.status, uploader_key(line) or line.media_sha256)


def _by_uploader(lines: Sequence[MatchLine]) -> Iterator[Campaign]:
    own: dict[tuple[str, str], list[MatchLine]] = {}
    for line in lines:
        if (key := uploader_key(line)) is not None:
            own.setdefault(key, []).append(line)
    for group in own.values():
        if len({line.media_sha256 for line in group}) > 1:
            yield _campaign("uploader", f"{group[0].uploader} on {group[0].platform}", group)


def _by_family(lines: Sequence[MatchLine]) -> Iterator[Campaign]:
    own: dict[str, list[MatchLine]] = {}
    for line in lines:
        own.setdefault(line.family or line.media_sha256, []).append(line)
    for group in own.values():
        if len({line.video_id for line in group}) > 1:
            why = "footage" if len({line.media_sha256 for line in group}) > 1 else "bytes"
            yield _campaign(why, group[0].title or "Untitled video", group)


def _campaign(why: str, name: str, group: Sequence[MatchLine]) -> Campaign:
    return Campaign(
        why=why,
        name=name,
        videos=len({line.video_id for line in group}),
        media=len({line.media_sha256 for line in group}),
        matches=len(group),
        open_=sum(line.status == "pending" for line in group),
        confirmed=sum(line.status == "confirmed" for line in group),
        subjects=tuple(sorted({line.subject for line in group})),
        first_found=min(line.found_at for line in group),
        last_found=max(line.found_at for line in group),
        match_ids=tuple(line.id for line in group),
    )
