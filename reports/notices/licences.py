"""Licences that counsel sees before a letter: what was permitted when the video was published, and what may be permitted now."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlmodel import Session

from registry.licences import Licence, Use, is_permitted, licences_about
from registry.validity import valid_at
from reports.cases import ConfirmedMatch
from reports.notices.base import Place
from reports.render.plain import day
from reports.uses import Permissions


@dataclass(frozen=True)
class ToConsider:
    """A licence that does not stop a letter and may still speak against it. terms, why: in words."""

    licence_id: str
    licensee: str
    subject: str
    terms: str
    why: str

    @property
    def words(self) -> str:
        """One line of the list that a named person considers."""
        return f"{self.licensee}, for {self.subject}, {self.terms}: {self.why}"


def licences_to_consider(
    session: Session, matches: Sequence[ConfirmedMatch], names: dict[str, str], places: Sequence[Place], at: datetime
) -> list[ToConsider]:
    """The licences that covered the use on the day of its publication, or the day it was first seen where none is stated, and are
    over; and those in force whose conditions fit as far as anything is known. names: of subjects, by id.
    """
    found: dict[str, ToConsider] = {}
    permissions = Permissions(session)
    for match in matches:
        held = licences_about(session, match.subject_id)
        uses = list(_uses(permissions, match, places))
        for licence in held:
            why = _why(licence, uses, list(_days(places, at)), at)
            if why:
                found[licence.id] = ToConsider(licence.id, licence.licensee, names[match.subject_id], terms_of(licence), why)
    return list(found.values())


def _uses(permissions: Permissions, match: ConfirmedMatch, places: Sequence[Place]) -> Iterator[Use]:
    """One for each page that shows the same bytes as the match."""
    digest = next(place.capture.media_sha256 for place in places if place.capture.id == match.capture_id)
    for place in places:
        if place.capture.media_sha256 == digest:
            yield from permissions.uses(place.capture.id, match.subject_id, match.modality)


def _days(places: Sequence[Place], at: datetime) -> Iterator[tuple[datetime, str]]:
    for place in places:
        for seen in place.pages:
            published = seen.page.published_at
            if published is not None and published <= at:
                yield published, f"on {day(published)}, when the video was published by the date given"
            else:
                first = seen.page.first_seen_at
                yield first, f"on {day(first)}, when the video was first seen, no usable date of publication being given"


def _why(licence: Licence, uses: Iterable[Use], days: Sequence[tuple[datetime, str]], at: datetime) -> str:
    covered = [use for use in uses if _fits(licence, use)]
    if not covered:
        return ""
    if valid_at(licence, at):
        return "it is in force, and what is known of the use does not rule out that it meets the conditions"
    words = next((words for day_, words in days if _valid_on(licence, day_)), "")
    return f"it was in force {words}" if words else ""


def _fits(licence: Licence, use: Use) -> bool:
    """Whether the licence would permit the use if all that is unknown of it were as the licence asks."""
    best = replace(
        use,
        host=use.host or licence.host,
        uploader=use.uploader or licence.uploader,
        generators=use.generators or tuple(filter(None, [licence.generator])),
        projects=use.projects or tuple(filter(None, [licence.project])),
        territory=use.territory or next(iter(licence.territory), None),
    )
    return is_permitted(best, [licence], licence.starts_at).permitted


def _valid_on(licence: Licence, when: datetime) -> bool:
    """Whether it was in force at any moment of that day: pages date to the day."""
    begin = when.replace(hour=0, minute=0, second=0, microsecond=0)
    ends = [end for end in (licence.ends_at, licence.revoked_at) if end is not None]
    return licence.starts_at < begin + timedelta(days=1) and all(end > begin for end in ends)


def terms_of(licence: Licence) -> str:
    """Its dates and conditions, such as "from 1 January 2026 to 1 June 2026, on tube.example"."""
    until = f"to {day(licence.ends_at)}" if licence.ends_at else "without an end"
    revoked = f", revoked on {day(licence.revoked_at)}" if licence.revoked_at else ""
    conditions = (
        ("for the modality", licence.modality),
        ("on", licence.host),
        ("in the channel", licence.uploader),
        ("with the generator", licence.generator),
        ("in", ", ".join(licence.territory)),
        ("for the project", licence.project),
    )
    told = "".join(f", {word} {value}" for word, value in conditions if value)
    return f"from {day(licence.starts_at)} {until}{revoked}{told}"
