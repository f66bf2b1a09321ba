"""The use that a match shows, as far as the video and its labels tell."""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from sqlmodel import Session, select

from crawler.videos import Capture, Label, LabelOutcome, Video
from registry.groups import groups_of
from registry.licences import Licence, Use
from registry.types import Modality


def use_of(session: Session, capture_id: str, subject_id: str, modality: Modality, licences: Iterable[Licence]) -> Use:
    """What the licences can be judged by. Of generators and projects, those are looked for that the licences name.

    A page on the web can be seen everywhere, so that no use lies in one territory alone.
    """
    video = session.exec(select(Video).join(Capture).where(Capture.id == capture_id)).one()
    held = list(licences)
    labels = session.exec(select(Label).where(Label.capture_id == capture_id, Label.outcome == LabelOutcome.PRESENT)).all()
    made_with = [video.platform_label or "", *(label.detail for label in labels)]
    return Use(
        subject_id=subject_id,
        modality=modality,
        host=host_of(video) or None,
        uploader=video.uploader or None,
        generators=_named(made_with, (licence.generator for licence in held)),
        projects=_named((video.title, video.description), (licence.project for licence in held)),
        groups=groups_of(session, subject_id),
    )


def host_of(video: Video) -> str:
    """The host that shows the video to the public: the page's, or the media's where no page is known."""
    return (urlsplit(video.page_url or video.media_url).hostname or "").lower()


def _named(texts: Iterable[str], names: Iterable[str | None]) -> tuple[str, ...]:
    hay = "\n".join(texts).casefold()
    return tuple(sorted({name for name in names if name and _mentions(hay, name.casefold())}))


def _mentions(text: str, name: str) -> bool:
    """Whether the name stands in the text as words of its own; scripts without spaces have none, so only Latin ones bound it."""
    return re.search(rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])", text) is not None
