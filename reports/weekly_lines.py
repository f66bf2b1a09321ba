"""The week's matches in a line each, for tables and programs, in the order in which the report tells them: harm first."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlmodel import Session

from crawler.availability import Availability, State, judged
from crawler.videos import Capture
from matcher.bands import BANDS, band
from registry.types import SubjectKind
from reports.blocks import ORDER
from reports.families.kin import family_keys
from reports.history import Outlook, Standing
from reports.matches import MatchRow, MatchStatus
from reports.weekly_addresses import PlaceOf, media_looks, places_of


class SubjectOf(NamedTuple):
    """What a line says of a subject. party: its name."""

    name: str
    kind: SubjectKind
    party: str


@dataclass(frozen=True)
class MatchLine:
    """One match. title, uploader: empty where no page states one. url: the page, or the media where no page is known. views: None
    where not known. expected: false matches at least as strong in 1,000 videos that show nobody enrolled. availability: what the
    looks at its address add up to, looked_at: the last of them. family: the SHA-256 that stands for the copies of its video.
    told: whether the report tells it with its pictures."""

    id: str
    status: str
    party: str
    subject: str
    kind: str
    title: str
    url: str
    media_url: str
    platform: str
    uploader: str
    generator: str
    published: datetime | None
    views: int | None
    found_at: datetime
    carried_over: bool
    score: float
    threshold: float
    expected: float
    band: str
    encoder: str
    pack: str
    availability: str
    looked_at: datetime
    media_sha256: str
    video_id: str
    told: bool
    family: str = ""

    @property
    def harm(self) -> tuple[object, ...]:
        """What is in the way first has the smallest: status, then what is not known to be gone, people before works, most seen,
        surest."""
        away = self.availability in (State.GONE, State.REPLACED)
        place = ORDER.index(MatchStatus(self.status))
        return (place, away, self.kind != SubjectKind.PERSON, -(self.views or 0), -self.score, self.id)


@dataclass(frozen=True)
class LicensedUse:
    """A use that a licence covers, for checking royalties. licence: its id; until: None where it has no end."""

    match_id: str
    licensee: str
    licence: str
    since: datetime
    until: datetime | None
    party: str
    subject: str
    title: str
    url: str
    platform: str
    uploader: str
    published: datetime | None
    views: int | None
    found_at: datetime


def match_lines(
    session: Session,
    stood: Sequence[tuple[MatchRow, Standing]],
    captures: Mapping[str, Capture],
    subjects: Mapping[str, SubjectOf],
    told: Collection[str],
    outlook: Outlook,
    since: datetime,
) -> tuple[MatchLine, ...]:
    """captures: by id, those of the matches. told: ids of those that are told one by one. since: what was found before it is
    carried over."""
    videos = {capture.video_id for capture in captures.values()}
    until = outlook.before if outlook.past else None
    places, looks = places_of(session, videos, until), media_looks(session, videos)
    known = {key: judged(looks[one.video_id], one.media_sha256, one.captured_at, until) for key, one in captures.items()}
    families = family_keys(session, {row.id: captures[row.capture_id].media_sha256 for row, _ in stood}, until)
    lines = (
        replace(
            _line(row, standing, captures[row.capture_id], places, known[row.capture_id], subjects[row.subject_id], told, since),
            family=families[row.id],
        )
        for row, standing in stood
    )
    return tuple(sorted(lines, key=lambda line: line.harm))


def _line(
    row: MatchRow,
    standing: Standing,
    capture: Capture,
    places: Mapping[str, PlaceOf],
    known: Availability,
    subject: SubjectOf,
    told: Collection[str],
    since: datetime,
) -> MatchLine:
    place = places[capture.video_id]
    return MatchLine(
        id=row.id,
        status=standing.status.value,
        party=subject.party,
        subject=subject.name,
        kind=subject.kind.value,
        title=place.title,
        url=place.url,
        media_url=place.media_url,
        platform=place.platform,
        uploader=place.uploader,
        generator=place.generator,
        published=place.published,
        views=place.views,
        found_at=row.found_at,
        carried_over=row.found_at < since,
        score=row.score,
        threshold=row.threshold,
        expected=row.expected_false_matches,
        band=band(row.expected_false_matches),
        encoder=row.encoder,
        pack=row.pack,
        availability=known.state.value,
        looked_at=known.at,
        media_sha256=capture.media_sha256,
        video_id=capture.video_id,
        told=row.id in told,
    )


def licensed_uses(stood: Sequence[tuple[MatchRow, Standing]], lines: Sequence[MatchLine]) -> tuple[LicensedUse, ...]:
    """The week's matches that a licence covers, by licensee."""
    licences = {row.id: standing.licence for row, standing in stood}
    made = []
    for line in lines:
        licence = licences[line.id]
        if line.status == MatchStatus.LICENSED and licence is not None:
            made.append(
                LicensedUse(
                    match_id=line.id,
                    licensee=licence.licensee,
                    licence=licence.id,
                    since=licence.starts_at,
                    until=licence.ends_at,
                    party=line.party,
                    subject=line.subject,
                    title=line.title,
                    url=line.url,
                    platform=line.platform,
                    uploader=line.uploader,
                    published=line.published,
                    views=line.views,
                    found_at=line.found_at,
                )
            )
    return tuple(sorted(made, key=lambda use: (use.licensee, use.licence, use.found_at, use.match_id)))


def counted(lines: Sequence[MatchLine]) -> dict[str, Any]:
    """A report's first figures of its matches: how many, in how many videos, told one by one, of each status and band."""
    return {
        "total": len(lines),
        "videos": len({line.media_sha256 for line in lines}),
        "told": sum(line.told for line in lines),
        "statuses": {status.value: sum(line.status == status for line in lines) for status in ORDER},
        "bands": {word: sum(line.band == word for line in lines if not line.carried_over) for word, _ in BANDS},
    }
