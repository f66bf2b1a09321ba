"""The seam for laws: what each file of a law says, and what a law is weighed against."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from registry.territory import lies_within
from registry.types import Life, Modality, SubjectKind, Use
from reports.notices.language import Language
from reports.notices.laws.clocks import Clock

NOVEMBER_2026 = date(2026, 11, 1)
"""Of what was looked up in that month, its first day: the warning that it was long ago comes rather too early."""
ENGLISH_ALONE = (Language.ENGLISH,)

UNCHECKED_AFTER = timedelta(days=90)


class LawStatus(StrEnum):
    """Only what is in force is a ground of a letter."""

    IN_FORCE = "in force"
    BILL = "bill"
    UNCONFIRMED = "unconfirmed"


class Ask(StrEnum):
    """What a law needs to be known, in the words in which a letter asks for it."""

    LIFE = "whether the person is living or deceased"
    DOMICILE = "where the deceased was domiciled at death"
    USE = "whether the use is commercial, expressive or intimate"
    JURISDICTION = "jurisdiction"
    STATUTE = "statute on the right of publicity or on digital replicas"
    REASONS = "why the content is illegal, with the statute"
    PURPOSE = "medium and commercial purpose of the use"
    EXCEPTIONS = (
        "exceptions considered (news, commentary, satire, parody, incidental or nominative use), by whom, with what result"
    )
    FAIR_USE = "that a named person considered fair use, on which day, and why the notice is sent all the same"
    AUTHORITY = "basis of the authority to act"
    AUTHORITY_PER_NOTICE = "separate authority for this very notice"
    SENDER_ADDRESS = "postal address of the sender"
    SENDER_EMAIL = "e-mail of the sender"
    SIGNATORY = "name and capacity of the person who signs"
    RECIPIENT = "name of the recipient"
    RECIPIENT_ADDRESS = "address or e-mail of the recipient"

    def about(self, name: str) -> str:
        """The same of somebody by name, in a letter that may concern several."""
        return f"{self.value}: {name}"


@dataclass(frozen=True)
class Claim:
    """One subject and the use of it. place: whose law is relied on, by its ISO 3166 code; None and "" where it is not known.
    found_by: in which ways. heard_alone: whether it is heard, and not seen, in one of the videos at least."""

    name: str
    kind: SubjectKind
    life: Life = Life.UNKNOWN
    domicile: str = ""
    use: Use = Use.UNKNOWN
    place: str | None = None
    found_by: frozenset[Modality] = frozenset()
    heard_alone: bool = False


@dataclass(frozen=True)
class Limit:
    """One bound of a law. within: None where what it asks is not known. why: why the law does not fit beyond the bound.

    needed: whether what is not known is beyond the bound as well.
    """

    within: Callable[[Claim], bool | None]
    why: str
    ask: Ask | None = None
    needed: bool = False


@dataclass(frozen=True)
class Law:
    """A law under which letters are written, or not yet.

    place: where it applies, by ISO 3166; "" where that is no bound. checked_on: when its text was last looked up; None for
    what is written from memory. sections: how a text names it. why_not: why it is no ground of a letter. statements,
    demand: what a notice to a platform under it must say in the sender's name, {party} for that; none for a letter that demands
    by the right of publicity. clocks: the times that it sets. once_restored: why there is no second notice about what a platform
    put back after a counter-notice; "" where there may be. languages: in which letters under it are written, its own first.
    labelling: whether the lack of a label that the same place's rules ask for is a finding of its own.
    """

    id: str
    title: str
    citation: str
    status: LawStatus
    checked_on: date | None
    needs: tuple[Ask, ...]
    thoughts: tuple[str, ...]
    limits: tuple[Limit, ...]
    place: str = ""
    sections: str = ""
    why_not: str = ""
    statements: tuple[str, ...] = ()
    demand: str = ""
    clocks: tuple[Clock, ...] = ()
    once_restored: str = ""
    languages: tuple[Language, ...] = ENGLISH_ALONE
    labelling: bool = False

    @property
    def is_ground(self) -> bool:
        """Whether letters rest on it: it is in force, and they are written here."""
        return self.status is LawStatus.IN_FORCE and not self.why_not

    def asks(self) -> tuple[Ask, ...]:
        """What must be known before a letter under it goes out."""
        bounds = (limit.ask for limit in self._limits() if limit.ask is not None)
        return tuple(dict.fromkeys((*bounds, *self.needs)))

    def considerations(self) -> tuple[str, ...]:
        """What a named person must have thought of before."""
        return self.thoughts

    def fits(self, claim: Claim) -> str | None:
        """None, or the reason why it does not fit. What is not known fits, unless the law protects nobody of whom it is not."""
        return self._beyond(claim, lambda limit, within: within is False or (within is None and limit.needed))

    def leaves_voice(self, claim: Claim) -> bool:
        """Whether it fits what is seen of it, and nothing that is heard alone."""
        seen, heard = (self.fits(replace(claim, heard_alone=alone)) for alone in (False, True))
        return seen is None and heard is not None

    def may_fit(self, claim: Claim) -> bool:
        """Whether it fits, or would with what is not known."""
        return self._beyond(claim, lambda _, within: within is False) is None

    def lacks(self, claim: Claim) -> tuple[Ask, ...]:
        """What is not known and decides whether it fits."""
        return tuple(limit.ask for limit in self._limits() if limit.ask is not None and limit.within(claim) is None)

    def is_named_in(self, statute: str) -> bool:
        """Whether a text that people wrote names it."""
        return bool(self.sections) and re.search(self.sections, statute, re.IGNORECASE) is not None

    def unchecked(self, at: date) -> str | None:
        """A warning, where its text was not looked up for so long that it may have changed."""
        if self.checked_on is None or at - self.checked_on <= UNCHECKED_AFTER:
            return None
        days = (at - self.checked_on).days
        return f"{self.citation} was last checked on {self.checked_on}, {days} days before: look whether it is still so."

    def _limits(self) -> tuple[Limit, ...]:
        return (*self.limits, _applies_in(self.place)) if self.place else self.limits

    def _beyond(self, claim: Claim, is_beyond: Callable[[Limit, bool | None], bool]) -> str | None:
        for limit in self._limits():
            if is_beyond(limit, limit.within(claim)):
                return f"{self.citation} {limit.why}"
        return None


def about(*kinds: SubjectKind, why: str) -> Limit:
    """It protects subjects of these kinds."""
    return Limit(lambda claim: claim.kind in kinds, why)


def seen(why: str) -> Limit:
    """It protects what is seen of somebody, and no voice that is heard where they are not."""
    return Limit(lambda claim: not claim.heard_alone, why)


def living(why: str) -> Limit:
    return Limit(lambda claim: _known(claim.life, Life.LIVING), why, Ask.LIFE)


def deceased(why: str) -> Limit:
    return Limit(lambda claim: _known(claim.life, Life.DECEASED), why, Ask.LIFE)


def used(uses: Iterable[Use], why: str) -> Limit:
    """It is about these uses."""
    wanted = frozenset(uses)
    return Limit(lambda claim: None if claim.use is Use.UNKNOWN else claim.use in wanted, why, Ask.USE)


def domiciled(where: str, why: str) -> Limit:
    """It protects nobody whose domicile is not known."""
    return Limit(lambda claim: lies_within(claim.domicile, [where]) if claim.domicile else None, why, Ask.DOMICILE, needed=True)


def _known(life: Life, wanted: Life) -> bool | None:
    return None if life is Life.UNKNOWN else life is wanted


def _applies_in(place: str) -> Limit:
    def within(claim: Claim) -> bool | None:
        return None if claim.place is None else lies_within(claim.place, [place])

    return Limit(within, f"is the law of {place}, and the letter relies on that of another place", Ask.JURISDICTION)
