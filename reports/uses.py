"""The uses that a match shows, one for each page of its video, as far as the video and its labels tell."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from urllib.parse import urlsplit

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from crawler.errors import CrawlerError
from crawler.pages import PageOfVideo, Statement, pages_of_videos
from crawler.urls import canonical_url
from crawler.videos import Capture, Label, LabelOutcome, Video
from registry.allowances import Allowance, list_allowances, names_place
from registry.groups import groups_of_all
from registry.licences import Licence, Permission, Use, licences_about_all
from registry.permissions import is_permitted_everywhere
from registry.subjects import subjects_of
from registry.types import Modality

MOST_AT_ONCE = 500
"""Captures that are asked for in one statement."""


@dataclass(frozen=True)
class Place:
    """Where a video is shown: the page's address, or the media's where no page is known. uploader: empty where unknown."""

    address: str
    uploader: str

    @property
    def host(self) -> str:
        """The host in small letters; empty for what is on no host."""
        return (urlsplit(self.address).hostname or "").lower()


def _in_use(pages: Sequence[PageOfVideo]) -> list[PageOfVideo]:
    """The pages that show a video by itself, and those that list it with a publisher whom no such page names."""
    alone = [page for page in pages if page.url and not page.listing]
    known = set(map(_publisher, alone))
    return alone + [page for page in pages if page.listing and page.uploader and _publisher(page) not in known]


def _publisher(page: PageOfVideo) -> tuple[str, str]:
    return page.host, page.uploader.casefold()


@dataclass(frozen=True)
class Shown:
    """A video with all its pages."""

    video: Video
    pages: tuple[PageOfVideo, ...]

    @property
    def places(self) -> tuple[Place, ...]:
        """Every page that shows the video, or the media's own address where none is known. What only lists it beside many others,
        as a front page does, is no use of its own, unless it names a publisher whom no other page of its host names."""
        if named := _in_use(self.pages):
            return tuple(Place(page.url, page.uploader) for page in named)
        uploaders = (page.uploader for page in self.pages if not page.url)
        return (Place(self.video.media_url, next(uploaders, self.video.uploader)),)

    @property
    def texts(self) -> tuple[str, ...]:
        """Titles and descriptions, as the pages say them now."""
        return tuple(text for page in self.pages for text in (page.title, page.description) if text)


def shown_at(session: Session, videos: Sequence[Video]) -> dict[str, Shown]:
    """The videos with their pages, by id, in a few statements for all of them."""
    pages = pages_of_videos(session, videos)
    return {video.id: Shown(video, pages[video.id]) for video in videos}


class Permissions:
    """Judges matches by what the registry now says, or by what of that was on record before a moment. It reads each thing once,
    however many matches it is asked about."""

    def __init__(self, session: Session, before: datetime | None = None) -> None:
        self._session = session
        self._before = before
        self._videos: dict[str, Shown] = {}
        self._labels: dict[str, tuple[str, ...]] = {}
        self._subjects: dict[str, Held] = {}
        self._allowances: dict[str, list[Allowance]] = {}

    def expect(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Read, in a few statements, what judging these captures and subjects will ask of the registry, of videos and labels."""
        pairs = list(pairs)
        # Each is asked for by itself: taking all that is known from what is wanted walks through all that is known.
        self._expect_subjects({subject_id for _, subject_id in pairs if subject_id not in self._subjects})
        held = {capture_id for capture_id, subject_id in pairs if self._may_permit(subject_id)}
        wanted = sorted(capture_id for capture_id in held if capture_id not in self._videos)
        for first in range(0, len(wanted), MOST_AT_ONCE):
            self._read(wanted[first : first + MOST_AT_ONCE])

    def _read(self, captures: Sequence[str]) -> None:
        """What these captures show, and what labels say of them."""
        shown = select(Capture.id, Video).join(Video, col(Video.id) == Capture.video_id).where(col(Capture.id).in_(captures))
        rows = self._session.exec(shown).all()
        pages = shown_at(self._session, list({video.id: video for _, video in rows}.values()))
        self._videos |= {capture_id: pages[video.id] for capture_id, video in rows}
        self._labels |= dict.fromkeys(captures, ())
        present = select(Label).where(col(Label.capture_id).in_(captures), Label.outcome == LabelOutcome.PRESENT)
        for label in self._session.exec(present):
            self._labels[label.capture_id] = (*self._labels[label.capture_id], label.detail)

    def judge(self, capture_id: str, subject_id: str, modality: Modality, at: datetime) -> Permission:
        """Whether licences and allow-list permit, at a time, what the capture shows of the subject in that modality."""
        if not self._may_permit(subject_id):
            return is_permitted_everywhere([Use(subject_id, modality)], (), (), at)
        self.expect([(capture_id, subject_id)])
        return judged_use(self._videos[capture_id], self._labels[capture_id], subject_id, modality, self._held(subject_id), at)

    def uses(self, capture_id: str, subject_id: str, modality: Modality) -> list[Use]:
        """What is known of the use on each page, of a subject that somebody may be permitted to use; otherwise none."""
        if not self._may_permit(subject_id):
            return []
        self.expect([(capture_id, subject_id)])
        held = self._held(subject_id)
        return uses_of(self._videos[capture_id], self._labels[capture_id], subject_id, modality, held)

    def _may_permit(self, subject_id: str) -> bool:
        return self._held(subject_id).may_permit

    def _held(self, subject_id: str) -> "Held":
        if subject_id not in self._subjects:
            self._expect_subjects({subject_id})
        return self._subjects[subject_id]

    def _expect_subjects(self, wanted: Collection[str]) -> None:
        parties = {key: subject.party_id for key, subject in subjects_of(self._session, wanted).items()}
        groups = groups_of_all(self._session, wanted)
        licences = licences_about_all(self._session, groups)
        for subject_id in wanted:
            party_id = parties.get(subject_id)
            self._subjects[subject_id] = Held(
                party_id,
                tuple(entry for entry in licences[subject_id] if self._knew(entry.created_at)),
                tuple(entry for entry in self._allowed(party_id) if self._knew(entry.created_at)) if party_id else (),
                groups[subject_id],
            )

    def _knew(self, at: datetime) -> bool:
        return self._before is None or at < self._before

    def _allowed(self, party_id: str) -> list[Allowance]:
        if party_id not in self._allowances:
            self._allowances[party_id] = list_allowances(self._session, party_id)
        return self._allowances[party_id]


@dataclass(frozen=True)
class Held:
    """What the registry holds about one subject."""

    party_id: str | None
    licences: tuple[Licence, ...]
    allowances: tuple[Allowance, ...]
    groups: Collection[str]

    @property
    def may_permit(self) -> bool:
        """Whether there is any licence or entry of the allow-list that could permit a use of the subject."""
        return bool(self.licences or self.allowances)


def judged_use(shown: Shown, labels: Sequence[str], subject_id: str, modality: Modality, held: Held, at: datetime) -> Permission:
    """As Permissions.judge, of what was read already. Pure; labels: see uses_of."""
    uses = uses_of(shown, labels, subject_id, modality, held) if held.may_permit else [Use(subject_id, modality)]
    return is_permitted_everywhere(uses, held.licences, held.allowances, at)


def uses_of(shown: Shown, labels: Sequence[str], subject_id: str, modality: Modality, held: Held) -> list[Use]:
    """What licences and allow-list can be judged by, a use for each page. labels: what those in the file say.

    Of generators and projects, those are looked for that the licences name. A page on the web can be seen everywhere, so that
    no use lies in one territory alone.
    """
    made_with = [*(page.platform_label or "" for page in shown.pages), *labels]
    common = partial(
        Use,
        subject_id=subject_id,
        modality=modality,
        generators=_named(made_with, (licence.generator for licence in held.licences)),
        projects=_named(shown.texts, (licence.project for licence in held.licences)),
        groups=held.groups,
        party_id=held.party_id,
    )
    return [
        common(host=at.host or None, uploader=at.uploader or None, addresses=_spelt(at.address, shown.video.media_url))
        for at in shown.places
    ]


def _spelt(*addresses: str) -> tuple[str, ...]:
    """In their canonical form, each once; what has none, such as a page of a scheme of its own, as it stands."""
    return tuple(dict.fromkeys(map(spelt, addresses)))


def captures_at(session: Session, entry: Allowance, concerned: SelectOfScalar[str]) -> frozenset[str]:
    """Those of the captures of which some page, listing or not, is where an entry of the allow-list allows uses: no other use can
    an entry change, by beginning or by ending. concerned: a statement of captures' ids."""
    of_video = (Capture.id, Video.media_url, Video.page_url, Video.uploader)
    said = (Statement.page_url, Statement.uploader)
    query = select(*of_video, *said).join(Video, col(Video.id) == Capture.video_id)  # type: ignore[call-overload]
    query = query.outerjoin(Statement, col(Statement.video_id) == Video.id).where(col(Capture.id).in_(concerned))
    found = set()
    for capture_id, media_url, page_url, uploader, said_at, said_by in session.exec(query):
        places = (Place(address, name) for address in {media_url, page_url, said_at} for name in {uploader, said_by} if address)
        addresses = _spelt(*filter(None, (media_url, page_url, said_at))) if entry.address else ()
        if any(names_place(entry, at.host, at.uploader, addresses) for at in places):
            found.add(capture_id)
    return frozenset(found)


def spelt(address: str) -> str:
    """An address as the allow-list and uses compare it."""
    try:
        return canonical_url(address)
    except CrawlerError:
        return address.strip()


def _named(texts: Iterable[str], names: Iterable[str | None]) -> tuple[str, ...]:
    hay = "\n".join(texts).casefold()
    return tuple(sorted({name for name in names if name and _mentions(hay, name.casefold())}))


def _mentions(text: str, name: str) -> bool:
    """Whether the name stands in the text as words of its own; scripts without spaces have none, so only Latin ones bound it."""
    return re.search(rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])", text) is not None
