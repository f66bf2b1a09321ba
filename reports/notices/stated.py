"""What a letter states and must still be so when it is approved, as plain data kept with it."""

from collections.abc import Iterable, Iterator
from typing import Any

from registry.lives import life_in_words
from registry.types import SubjectKind
from reports.notices.base import Brief, Letter, LetterTerms, Place
from reports.notices.laws.known import LAWS

TYPED = (
    *("recipient", "recipient_address", "statute", "registration", "purpose", "exceptions"),
    *("sender_address", "sender_email", "signatory"),
)
"""Of a letter's terms those that nothing else of its row has as they were typed."""


def stated(brief: Brief, letter: Letter) -> dict[str, Any]:
    """looks: what it says of each address. reviews: the review that counts, by match. mandates: by subject. names: of party and
    subjects. people: what is on record of their lives. use, notice_authority: as whoever drafted it said; typed: what else they
    typed. grounds: the laws that it cites, as they were known then; left: why not others. deadline is in the letter itself."""
    return {
        "looks": looks_as_data(brief.places),
        "reviews": {match.id: match.review_id for match in brief.matches},
        "mandates": {key: sorted(held.mandate.id for held in authorities) for key, authorities in brief.mandates.items()},
        "names": {"party": brief.party.name, **{key: subject.name for key, subject in brief.subjects.items()}},
        "modalities": sorted({(match.subject_id, match.modality.value) for match in brief.matches}),
        "jurisdiction": brief.terms.jurisdiction,
        "territory": brief.terms.territory,
        "people": {key: life_in_words(each) for key, each in brief.subjects.items() if each.kind is SubjectKind.PERSON},
        "use": brief.terms.use.value,
        "notice_authority": brief.terms.notice_authority.strip(),
        "typed": _typed(brief.terms),
        "grounds": [_ground(law_id) for law_id in letter.grounds],
        "left": list(letter.left),
    }


def _typed(terms: LetterTerms) -> dict[str, str]:
    """With which a letter is drafted anew without typing all of it again."""
    deadline, language = terms.deadline, terms.language
    told = {"deadline": deadline.isoformat() if deadline else "", "language": language.value if language else ""}
    return told | {name: getattr(terms, name) for name in TYPED}


def _ground(law_id: str) -> dict[str, str]:
    law = LAWS[law_id]
    checked = law.checked_on.isoformat() if law.checked_on else ""
    return {"id": law.id, "citation": law.citation, "status": law.status.value, "checked_on": checked}


def looks_as_data(places: Iterable[Place]) -> list[dict[str, Any]]:
    """Each address and page with what was seen there, when, and whether the letter says that it is there."""
    return [look for place in places for look in (_media(place), *_pages(place))]


def _media(place: Place) -> dict[str, Any]:
    return {
        "address": "media",
        "url": place.video.media_url,
        "capture": place.capture.id,
        "media_sha256": place.capture.media_sha256,
        "seen": place.sight.value,
        "there": place.sight.is_there,
        "at": place.at.isoformat(),
        "why": place.why,
    }


def _pages(place: Place) -> Iterator[dict[str, Any]]:
    for seen in place.pages:
        if seen.outcome is not None and seen.at is not None:
            yield {
                "address": "page",
                "url": seen.page.url,
                "capture": place.capture.id,
                "seen": seen.outcome.value,
                "there": place.sight.is_there and seen.shows_it,
                "at": seen.at.isoformat(),
                "why": seen.why,
            }
