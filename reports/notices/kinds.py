"""Which letters there are, by the short name of their law, and which laws are known."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial

from reports.notices.base import NoticeTemplate
from reports.notices.language import Language
from reports.notices.laws.base import Ask, Law, LawStatus
from reports.notices.laws.known import FALSE_ENDORSEMENT, LAWS, RIGHTS_OF_PEOPLE, TO_PLATFORMS
from reports.notices.platform import PlatformNotice
from reports.notices.publicity import PUBLICITY, CeaseAndDesist

LETTERS: Mapping[str, Callable[[], NoticeTemplate]] = {
    PUBLICITY: CeaseAndDesist,
    **{law.id: partial(CeaseAndDesist, law) for law in (*RIGHTS_OF_PEOPLE, FALSE_ENDORSEMENT)},
    **{law.id: partial(PlatformNotice, law) for law in TO_PLATFORMS},
}
"""A law that is no ground has its letter as well: it refuses to be written, with the reason."""


@dataclass(frozen=True)
class LawLine:
    """A law in a list. law: as `--law` takes it. checked_on: None where its text was never looked up. why_not: why no letter
    rests on it; "" where letters do. warning: that it was not checked for long. languages: in which letters are written, the
    law's own first."""

    law: str
    title: str
    citation: str
    status: LawStatus
    checked_on: date | None
    asks: list[Ask]
    considerations: list[str]
    why_not: str
    warning: str
    languages: list[Language]


def law_lines(today: date) -> list[LawLine]:
    """All laws that are known here."""
    return [_line(law, today) for law in LAWS.values()]


def _line(law: Law, today: date) -> LawLine:
    told = (law.id, law.title, law.citation, law.status, law.checked_on)
    return LawLine(
        *told, list(law.asks()), list(law.considerations()), law.why_not, law.unchecked(today) or "", list(law.languages)
    )
