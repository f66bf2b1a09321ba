"""The addresses at which confirmed uses stand, with what the looks at each add up to."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlmodel import Session, col, select

from crawler.availability import Address, Availability, Look, LookOutcome, State, judged
from crawler.pages import pages_of_videos
from crawler.provenance.words import GENERATORS, generator_words
from crawler.videos import Capture, Label, LabelOutcome, Video
from registry.paging import AT_ONCE
from reports.history import Outlook
from reports.matches import MatchRow
from reports.review import Decision, Review
from reports.uses import Shown

NOT_KNOWN, NOT_STATED = "not known", "not stated"
_STATED_BY = ("c2pa", "aigc", "platform", "words")
"""The labels that may name what made a video, the one to be believed most first."""


@dataclass(frozen=True)
class ConfirmedUse:
    """One address with confirmed matches. platform: the host of the page that stands for it; generator: as its labels name it.

    parties: by name, whose subjects. confirmed_at: the first time. state, since, known_at: what the looks add up to for these
    bytes, since when, and the last look that tells of it. went: each time that it was seen to be gone, after it had been there.
    """

    video_id: str
    platform: str
    generator: str
    parties: frozenset[str]
    match_ids: tuple[str, ...]
    confirmed_at: datetime
    state: State
    since: datetime
    known_at: datetime
    went: tuple[datetime, ...]


class _Confirmed(NamedTuple):
    match_id: str
    capture_id: str
    subject_id: str
    at: datetime


def confirmed_uses(session: Session, outlook: Outlook, ends: datetime, parties: Mapping[str, str]) -> tuple[ConfirmedUse, ...]:
    """By address; those of the subjects in parties (see weekly_counts) that stood confirmed at the report's moment. ends: of its
    week; what was found later is no part of it."""
    by_capture: dict[str, list[_Confirmed]] = {}
    for one in _confirmed(session, outlook, ends):
        if one.subject_id in parties:
            by_capture.setdefault(one.capture_id, []).append(one)
    until = outlook.before if outlook.past else None
    found: dict[str, list[Capture]] = {}
    for capture in _captures(session, by_capture):
        found.setdefault(capture.video_id, []).append(capture)
    seen = places_of(session, found, until)
    looks = media_looks(session, found)
    made = []
    for video, captures in sorted(found.items()):
        own = [one for capture in captures for one in by_capture[capture.id]]
        made.append(_use(video, captures, own, seen[video], looks[video], until, parties))
    return tuple(made)


def _use(
    video_id: str,
    captures: Sequence[Capture],
    confirmed: Sequence[_Confirmed],
    seen: "PlaceOf",
    looks: list[Look],
    until: datetime | None,
    parties: Mapping[str, str],
) -> ConfirmedUse:
    """What is known of the bytes that were captured last counts for the address."""
    last = max(captures, key=lambda capture: (capture.captured_at, capture.id))
    known = judged(looks, last.media_sha256, last.captured_at, until)
    return ConfirmedUse(
        video_id=video_id,
        platform=seen.platform,
        generator=seen.generator,
        parties=frozenset(parties[one.subject_id] for one in confirmed),
        match_ids=tuple(sorted(one.match_id for one in confirmed)),
        confirmed_at=min(one.at for one in confirmed),
        state=known.state,
        since=known.since,
        known_at=_known_at(known, last),
        went=tuple(_went(looks, min(capture.captured_at for capture in captures), until)),
    )


def _known_at(known: Availability, capture: Capture) -> datetime:
    """Until when it is known not to have gone."""
    if known.state in (State.SEEN, State.REPLACED, State.GONE):
        return known.at
    return max(known.last_seen_at, capture.captured_at)


def _went(looks: Iterable[Look], captured_at: datetime, until: datetime | None) -> Iterator[datetime]:
    there = True
    for look in looks:
        if look.outcome is LookOutcome.UNREACHABLE or (until is not None and look.first_at >= until):
            continue
        if look.outcome is LookOutcome.GONE and there and look.first_at >= captured_at:
            yield look.first_at
        there = look.outcome is LookOutcome.SEEN


def _confirmed(session: Session, outlook: Outlook, ends: datetime) -> list[_Confirmed]:
    ever = select(Review.match_id).where(Review.decision == Decision.CONFIRM)
    query = select(Review.match_id, Review.at, Review.joined_at, Review.decision).where(col(Review.match_id).in_(ever))
    decided: dict[str, list[tuple[datetime, Decision]]] = {}
    for key, at, joined, decision in session.exec(query.order_by(col(Review.id))):
        if outlook.knew(at):
            decided.setdefault(key, []).append((joined or at, Decision(decision)))
    since = {
        key: min(at for at, decision in known if decision is Decision.CONFIRM)
        for key, known in decided.items()
        if known[-1][1] is Decision.CONFIRM
    }
    rows = select(MatchRow.id, MatchRow.capture_id, MatchRow.subject_id)
    found = session.exec(rows.where(col(MatchRow.id).in_(ever), MatchRow.found_at < ends)).all()
    return [_Confirmed(*row, since[row[0]]) for row in found if row[0] in since]


def _captures(session: Session, wanted: Collection[str]) -> Iterator[Capture]:
    for some in parts(wanted):
        yield from session.exec(select(Capture).where(col(Capture.id).in_(some)))


def media_looks(session: Session, videos: Collection[str]) -> dict[str, list[Look]]:
    """The looks at the media of each video, the oldest first."""
    looks: dict[str, list[Look]] = {key: [] for key in videos}
    for some in parts(videos):
        own = select(Look).where(col(Look.video_id).in_(some), Look.address == Address.MEDIA)
        for look in session.exec(own.order_by(col(Look.first_at), col(Look.id))):
            looks[look.video_id].append(look)
    return looks


@dataclass(frozen=True)
class PlaceOf:
    """Where a video is shown and by whom, by the page that stands for it; url: that page, or the media where none is known."""

    title: str
    url: str
    media_url: str
    platform: str
    uploader: str
    published: datetime | None
    views: int | None
    generator: str


def places_of(session: Session, videos: Collection[str], until: datetime | None) -> dict[str, PlaceOf]:
    """Of each video by its id. until: as was known then."""
    made: dict[str, PlaceOf] = {}
    for some in parts(videos):
        rows = session.exec(select(Video).where(col(Video.id).in_(some))).all()
        pages, named = pages_of_videos(session, rows, until), _generators(session, some)
        for video in rows:
            shown = Shown(video, pages[video.id])
            place, first = shown.places[0], shown.pages[0]
            made[video.id] = PlaceOf(
                title=first.title,
                url=place.address,
                media_url=video.media_url,
                platform=re.sub(r"^(www|m|mobile)\.(?=.+\.)", "", place.host) or NOT_KNOWN,
                uploader=place.uploader or first.uploader,
                published=first.published_at,
                views=video.counts.get("views"),
                generator=named.get(video.id, NOT_STATED),
            )
    return made


def _generators(session: Session, videos: Collection[str]) -> dict[str, str]:
    """What the labels of each video's captures name, of the kind of label that is to be believed most."""
    query = select(Capture.video_id, Label.kind, Label.detail).join(Capture, col(Capture.id) == col(Label.capture_id))
    present = query.where(col(Capture.video_id).in_(videos), Label.outcome == LabelOutcome.PRESENT)
    said: dict[str, dict[str, str]] = {}
    for video_id, kind, detail in session.exec(present.order_by(col(Label.id))):
        if name := generator_named(kind, detail):
            said.setdefault(video_id, {}).setdefault(kind, name)
    return {key: next(kinds[kind] for kind in _STATED_BY if kind in kinds) for key, kinds in said.items()}


def generator_named(kind: str, detail: str) -> str:
    """The generator that a label names; empty where it names none."""
    if kind not in _STATED_BY:
        return ""
    if made_with := re.match(r"Made with ([^;]{1,80})", detail) if kind == "c2pa" else None:
        return made_with[1].strip()
    return next((word for word in generator_words(detail) if word in GENERATORS), "")


def parts(keys: Collection[str]) -> Iterator[list[str]]:
    """The keys in order, so many at a time as one statement may name."""
    ordered = sorted(keys)
    for first in range(0, len(ordered), AT_ONCE):
        yield ordered[first : first + AT_ONCE]
