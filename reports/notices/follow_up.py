"""Whether what letters complain of is still there: removed, restored and reposted, each by the looks that say so.

Removed is what two looks a day apart did not find, at every address that the letter is about and on every page of each. Only a
clear answer of the site is such a look: a login wall, a refusal, a limit, a block by place or a name that does not resolve says
nothing (crawler.availability). A site of which nothing could be read when it was last looked through says nothing either.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from crawler.availability import Address, Look, LookOutcome, State, availability, looks_at
from crawler.health import SourceRun
from crawler.pages import Sighting, pages_of
from crawler.types import Reading
from crawler.videos import Capture, Video
from registry.canonical_json import canonical_json
from registry.counting import counted
from registry.vault.base import Vault
from reports.cases import Case, CaseMatch
from reports.matches import MatchRow, MatchStatus
from reports.notices.events import BY_ITSELF, FOLLOWS, Event, NoticeEvent, add_event, events_of, went_out
from reports.notices.notice import Notice

APART = timedelta(days=1)
"""Between the first and the last look that did not find it."""

WENT_OUT = (
    *(Event.SENT, Event.ACKNOWLEDGED, Event.REMOVED, Event.REFUSED, Event.COUNTER_NOTICED),
    *(Event.RESTORED, Event.REPOSTED, Event.EXPIRED),
)


@dataclass(frozen=True)
class Absence:
    """That captured bytes were not at their address. first, last: the looks between which they were not; pages: the last look at
    each page."""

    video: Video
    capture: Capture
    first: Look
    last: Look
    pages: tuple[Look, ...]

    def as_data(self) -> dict[str, Any]:
        """As it stands in the statement that authorities are shown."""
        return {
            "url": self.video.media_url,
            "media_sha256": self.capture.media_sha256,
            "absent": [_look(self.first, self.first.first_at), _look(self.last, self.last.at)],
            "pages": [{"url": page.url, **_look(page, page.at)} for page in self.pages],
        }


def _look(look: Look, at: datetime) -> dict[str, str]:
    return {"at": at.isoformat(), "found": look.outcome.value, "why": look.why}


def followed_notices(session: Session) -> list[Notice]:
    """The letters that went out, in the order in which they were drafted."""
    out = select(Notice).where(col(Notice.state).in_([event.value for event in WENT_OUT]))
    found = session.exec(out.order_by(col(Notice.drafted_at), col(Notice.id))).all()
    return [notice for notice in found if notice.state != Event.EXPIRED.value or _went_out(session, notice)]


def _went_out(session: Session, notice: Notice) -> bool:
    # A letter may be given up before it is sent: then nothing that becomes of the video is an answer to it.
    return went_out(event.event.value for event in events_of(session, notice))


def follow_up(session: Session, vault: Vault, notice: Notice, at: datetime) -> list[NoticeEvent]:
    """Record what the looks say of a letter that they did not say before, and flush; the caller commits. Raises StepRefused
    where the clock says that it is earlier than what happened last."""
    made: list[NoticeEvent] = []
    for step in (_reposted, _restored, _removed):
        event = step(session, vault, notice, at)
        if event is not None:
            made.append(event)
    return made


def _may(notice: Notice, event: Event) -> bool:
    return event in FOLLOWS[Event(notice.state)]


def _followed(session: Session, notice: Notice) -> list[Capture]:
    """The bytes at the addresses that the letter names as there, and at those where they were found since."""
    named = [look["capture"] for look in notice.stated.get("looks", ()) if look["address"] == "media" and look["there"]]
    later = [each["capture"] for event in events_of(session, notice) for each in event.detail.get("addresses", ())]
    rows = session.exec(select(Capture).where(col(Capture.id).in_({*named, *later}))).all()
    return sorted(rows, key=lambda capture: (capture.captured_at, capture.id))


def _reposted(session: Session, _vault: Vault, notice: Notice, at: datetime) -> NoticeEvent | None:
    """The same bytes at an address of the case that the letter does not name."""
    if not _may(notice, Event.REPOSTED):
        return None
    followed = _followed(session, notice)
    known, bytes_ = {capture.video_id for capture in followed}, {capture.media_sha256 for capture in followed}
    found = {
        capture.video_id: capture
        for capture in _of_case(session, notice)
        if capture.video_id not in known and capture.media_sha256 in bytes_ and _is_there_since(session, capture, notice)
    }
    if not found:
        return None
    told = [{"capture": capture.id, "url": _url(session, capture)} for capture in found.values()]
    how = f"found at {', '.join(each['url'] for each in told)}"
    return add_event(session, notice, Event.REPOSTED, BY_ITSELF, at, how=how, detail={"addresses": told})


def _of_case(session: Session, notice: Notice) -> Sequence[Capture]:
    confirmed = (
        select(Capture).join(MatchRow).join(CaseMatch).where(CaseMatch.case_id == session.get_one(Case, notice.case_id).id)
    )
    return session.exec(confirmed.where(MatchRow.status == MatchStatus.CONFIRMED).order_by(col(Capture.captured_at))).all()


def _is_there_since(session: Session, capture: Capture, notice: Notice) -> bool:
    """Whether its bytes were seen at their address after the letter was approved, and are not known to be gone."""
    found = availability(session, capture)
    assert notice.approved_at is not None
    return found.state in (State.SEEN, State.NOT_LOOKED) and found.last_seen_at > notice.approved_at


def _restored(session: Session, _vault: Vault, notice: Notice, at: datetime) -> NoticeEvent | None:
    """What was removed is seen again where it had been."""
    if not _may(notice, Event.RESTORED) or not _was_removed(session, notice):
        return None
    removed = max((event.at for event in events_of(session, notice) if event.event is Event.REMOVED), default=at)
    back = [capture for capture in _followed(session, notice) if _is_back(session, capture, removed)]
    if not back:
        return None
    urls = [_url(session, capture) for capture in back]
    return add_event(session, notice, Event.RESTORED, BY_ITSELF, at, how=f"seen again at {', '.join(urls)}")


def _was_removed(session: Session, notice: Notice) -> bool:
    """Whether it was removed and not restored since."""
    told = [event.event for event in events_of(session, notice) if event.event in (Event.REMOVED, Event.RESTORED)]
    return bool(told) and told[-1] is Event.REMOVED


def _is_back(session: Session, capture: Capture, since: datetime) -> bool:
    found = availability(session, capture)
    return found.state is State.SEEN and found.at > since


def _removed(session: Session, vault: Vault, notice: Notice, at: datetime) -> NoticeEvent | None:
    if not _may(notice, Event.REMOVED):
        return None
    captures = _followed(session, notice)
    absences = [absence_of(session, capture) for capture in captures]
    gone = [absence for absence in absences if absence is not None]
    if not gone or len(gone) < len(captures):
        return None
    told = [absence.as_data() for absence in gone]
    statement = canonical_json({"notice": notice.id, "law": notice.law, "stated_at": at.isoformat(), "addresses": told})
    how = f"not found at {counted(len(gone), 'address', 'addresses')} by looks a day apart"
    proof = vault.put([statement]).sha256
    return add_event(session, notice, Event.REMOVED, BY_ITSELF, at, how=how, detail={"absent": told}, proof_sha256=proof)


def absence_of(session: Session, capture: Capture) -> Absence | None:
    """The looks by which captured bytes are gone from their address and all its pages; None where they do not say so."""
    looks = looks_at(session, capture.video_id, Address.MEDIA)
    gone = _trailing(looks)
    if not gone or gone[-1].at - gone[0].first_at < APART or not _is_healthy(session, capture.video_id):
        return None
    pages = list(_pages(session, capture))
    if any(page is None or page.outcome is not LookOutcome.GONE or page.at < gone[0].first_at for page in pages):
        return None
    video = session.get_one(Video, capture.video_id)
    return Absence(video, capture, gone[0], gone[-1], tuple(page for page in pages if page is not None))


def _trailing(looks: Sequence[Look]) -> list[Look]:
    """The last looks that found it gone, one after the other; looks in between that say nothing do not count, and a last one
    that says nothing leaves it open."""
    if not looks or looks[-1].outcome is LookOutcome.UNREACHABLE:
        return []
    found: list[Look] = []
    for look in reversed(looks):
        if look.outcome is LookOutcome.SEEN:
            break
        if look.outcome is LookOutcome.GONE:
            found.append(look)
    return found[::-1]


def _pages(session: Session, capture: Capture) -> Iterator[Look | None]:
    """The last look at each page on the web that showed the video; None for one that nobody looked at."""
    video = session.get_one(Video, capture.video_id)
    for page in pages_of(session, video.id):
        if page.url.startswith(("http:", "https:")) and page.url != video.media_url:
            looks = looks_at(session, video.id, Address.PAGE, page.url)
            yield looks[-1] if looks else None


def _is_healthy(session: Session, video_id: str) -> bool:
    """Whether no source that named the video was one of which nothing could be read when it was last looked through."""
    for source_id in session.exec(select(Sighting.source_id).where(Sighting.video_id == video_id).distinct()).all():
        ran = select(SourceRun).where(SourceRun.source_id == source_id).order_by(col(SourceRun.ended_at).desc()).limit(1)
        last = session.exec(ran).first()
        if last is not None and last.report().reading is Reading.NOT_READ:
            return False
    return True


def _url(session: Session, capture: Capture) -> str:
    return session.get_one(Video, capture.video_id).media_url
