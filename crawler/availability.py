"""Whether a video can still be seen where it was found: every look at its addresses, and what they add up to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from sqlmodel import Field, Session, SQLModel, col, select

from crawler.errors import CrawlerError
from crawler.fetch.base import Validators
from crawler.types import Trouble
from crawler.videos import Capture
from registry.db import SAID_ONLY, UtcDateTime

VOUCHED = "the site says that it is unchanged; its bytes were not sent again"
LISTED = "the site still lists it; its bytes were not compared"
"""Why a look counts as seen that fetched no bytes."""


class Address(StrEnum):
    """Which address of a video was looked at: of its bytes, or of the page that shows them."""

    MEDIA = "media"
    PAGE = "page"


class LookOutcome(StrEnum):
    """What one address gave. Not reachable says nothing about the video: it may be there or not."""

    SEEN = "seen"
    GONE = "gone"
    UNREACHABLE = "not reachable"


class Look(SQLModel, table=True):
    """That an address of a video was looked at from first_at to at, looks times, and gave the same each time.

    media_sha256: of the bytes that are there, by their digest or by the site's word that they are unchanged; None where they were
    not compared. why: what stands there instead, or why it cannot be told. etag, last_modified: of the last answer.
    """

    id: int | None = Field(default=None, primary_key=True)
    video_id: str = Field(foreign_key="video.id", index=True)
    address: Address
    url: str
    outcome: LookOutcome
    why: str = ""
    media_sha256: str | None = Field(default=None, sa_column_kwargs={"info": {SAID_ONLY: True}})
    first_at: datetime = Field(sa_type=UtcDateTime)
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    looks: int = 1
    etag: str = ""
    last_modified: str = ""

    @property
    def validators(self) -> Validators:
        """What the site may be asked with whether anything changed."""
        return Validators(self.etag, self.last_modified)


class State(StrEnum):
    """What the looks at an address add up to."""

    SEEN = "seen"
    GONE = "gone"
    REPLACED = "replaced"
    UNREACHABLE = "not reachable"
    NOT_LOOKED = "not looked at since"


@dataclass(frozen=True)
class Availability:
    """What is known of captured bytes at their address. at: when that was seen last; why: in words, where there is more to say.

    since: when it was first seen to be so. last_seen_at: when these very bytes were last there.
    """

    state: State
    at: datetime
    since: datetime
    last_seen_at: datetime
    why: str = ""


class Change(StrEnum):
    """What happened at a video's address since the look before."""

    GONE = "gone"
    REPLACED = "replaced"
    BACK = "back"


@dataclass(frozen=True)
class LookFinding:
    """What one look gave, before it is kept."""

    outcome: LookOutcome
    why: str = ""
    media_sha256: str | None = None
    validators: Validators = field(default_factory=Validators)


def failed(error: CrawlerError) -> LookFinding:
    """What a look that ended in an error says of the address. Only a clear answer of the site means that it is gone."""
    gone = error.trouble in (Trouble.GONE, Trouble.NOT_FOUND, Trouble.AWAY)
    return LookFinding(LookOutcome.GONE if gone else LookOutcome.UNREACHABLE, error.what)


def note_look(session: Session, video_id: str, address: Address, url: str, found: LookFinding, at: datetime) -> Change | None:
    """Keep a look; the caller commits. Says what changed at the media's address since the looks before."""
    earlier = looks_at(session, video_id, address, url)
    last = earlier[-1] if earlier else None
    if last is None or (last.outcome, last.why, last.media_sha256) != (found.outcome, found.why, found.media_sha256):
        last = Look(
            video_id=video_id,
            address=address,
            url=url,
            outcome=found.outcome,
            why=found.why,
            media_sha256=found.media_sha256,
            first_at=at,
            at=at,
            looks=0,
        )
    last.at, last.looks = at, last.looks + 1
    last.etag, last.last_modified = found.validators.etag, found.validators.last_modified
    session.add(last)
    return change(earlier, last)


def change(earlier: list[Look], now: Look) -> Change | None:
    """What a look at an address says that those before it, the oldest first, did not. A failure in between is no change."""
    clear = [look for look in earlier if look.outcome is not LookOutcome.UNREACHABLE]
    if not clear or now.outcome is LookOutcome.UNREACHABLE or now in earlier:
        return None
    was_gone = clear[-1].outcome is LookOutcome.GONE
    if now.outcome is LookOutcome.GONE:
        return None if was_gone else Change.GONE
    if _is_replaced(clear, now):
        return Change.REPLACED
    return Change.BACK if was_gone else None


def _is_replaced(looks: list[Look], now: Look) -> bool:
    return now.media_sha256 is not None and _last_digest(looks) not in (None, now.media_sha256)


def _last_digest(looks: list[Look]) -> str | None:
    return next((look.media_sha256 for look in reversed(looks) if look.media_sha256), None)


def looks_at(session: Session, video_id: str, address: Address, url: str | None = None) -> list[Look]:
    """All looks at a video's media or pages, the oldest first; url: at that one alone."""
    query = select(Look).where(Look.video_id == video_id, Look.address == address)
    if url is not None:
        query = query.where(Look.url == url)
    return list(session.exec(query.order_by(col(Look.first_at), col(Look.id))))


def looks_of(session: Session, videos: Sequence[str]) -> dict[tuple[str, Address], list[Look]]:
    """All looks at these videos' media and pages, by the video's id and which it was, the oldest first; in one statement."""
    found: dict[tuple[str, Address], list[Look]] = {}
    query = select(Look).where(col(Look.video_id).in_(videos)).order_by(col(Look.first_at), col(Look.id))
    for look in session.exec(query):
        found.setdefault((look.video_id, look.address), []).append(look)
    return found


def page_looks(session: Session, video_id: str, until: datetime | None = None) -> dict[str, Look]:
    """The last look at each page of a video, by its address; until: of those up to then."""
    return last_of_each(looks_at(session, video_id, Address.PAGE), until)


def last_of_each(looks: Iterable[Look], until: datetime | None = None) -> dict[str, Look]:
    """Of looks at pages, the oldest first: the last one at each, by its address; until: of those up to then."""
    return {look.url: look for look in looks if until is None or look.first_at <= until}


def availability(session: Session, capture: Capture, until: datetime | None = None) -> Availability:
    """What is known of a capture's bytes at their address, or was at that moment."""
    return judged(looks_at(session, capture.video_id, Address.MEDIA), capture.media_sha256, capture.captured_at, until)


def judged(looks: Sequence[Look], media_sha256: str, captured_at: datetime, until: datetime | None = None) -> Availability:
    """Pure. looks: at the media's address, the oldest first; those of the capture itself among them or not."""
    end = until or datetime.max.replace(tzinfo=UTC)
    known = [(look, _known_at(look, end)) for look in looks if look.first_at <= end]
    last_seen = max([captured_at, *(at for look, at in known if look.media_sha256 == media_sha256)])
    if not known or known[-1][0].at <= min(end, captured_at):
        return Availability(State.NOT_LOOKED, captured_at, captured_at, last_seen)
    last, at = known[-1]
    since = max(last.first_at, captured_at)
    if last.outcome is LookOutcome.SEEN and last.media_sha256 not in (None, media_sha256):
        other = f"other bytes stand there, with the SHA-256 {last.media_sha256}"
        return Availability(State.REPLACED, at, since, last_seen, other)
    return Availability(State(last.outcome.value), at, since, last_seen, last.why)


def _known_at(look: Look, end: datetime) -> datetime:
    """When a look was last known by then to hold: of looks that gave the same from before that moment until after it, only the
    first is known to have been made."""
    return look.at if look.at <= end else look.first_at
