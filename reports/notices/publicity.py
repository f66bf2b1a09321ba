"""Cease and desist: the right of publicity for persons, and in the same kind of letter copyright or trade marks.

A statute that counsel gives stands as it was given. One that this program suggests is marked for counsel to confirm, until
somebody did: a draft is no legal advice.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from registry.kinds import WORKS
from registry.types import Modality, SubjectKind
from reports.notices.absent import not_there
from reports.notices.base import Brief, Letter, Section
from reports.notices.blanks import Blanks
from reports.notices.choosing import Chosen, claims_of, endorsement, fitting, given_as, language_of, named_by
from reports.notices.laws.base import ENGLISH_ALONE, Ask, Claim, Law
from reports.notices.passages import (
    evidence,
    holder,
    kinds_of,
    letterhead,
    names,
    preservation,
    protected,
    signature,
)
from reports.notices.use import the_use
from reports.render.plain import day

PUBLICITY = "publicity"
DAYS_TO_ANSWER = 7

COPYRIGHT = "17 U.S.C. §§ 106 and 501"
TRADE_MARK = "15 U.S.C. §§ 1114 and 1125(a)"
CONFIRM = "(counsel to confirm)"

WHAT = {frozenset({Modality.VOICE}): "voice", frozenset({Modality.FACE, Modality.VOICE}): "likeness and voice"}
"""What is used of a person who was found by a voice; of others it is the likeness."""


class CeaseAndDesist:
    """A letter that asserts the right of publicity, and for characters copyright.

    relied_on: the law that it rests on for people; without it the law of the place that fits each of them.
    """

    def __init__(self, relied_on: Law | None = None) -> None:
        self.law = relied_on.id if relied_on else PUBLICITY
        self._relied_on = relied_on

    def needs_fair_use(self, brief: Brief) -> bool:
        return any(subject.kind in WORKS for subject in brief.subjects.values())

    def write(self, brief: Brief) -> Letter:
        language_of(brief.terms, ENGLISH_ALONE)
        blanks, basis = Blanks(), _Basis(brief, self._relied_on)
        letter = letterhead(
            brief, blanks, self.law, "Notice to cease and desist", "Unauthorised use of {names} in a published video"
        )
        sections = (
            holder(brief, blanks),
            protected(brief),
            the_use(brief, blanks),
            not_there(brief),
            _consent(brief),
            basis.section(blanks),
            _exceptions(brief, blanks),
            _demand(brief),
            preservation(),
            _reservation(brief),
            evidence(brief),
        )
        return replace(
            letter,
            sections=tuple(section for section in sections if section is not None),
            closing=("Yours faithfully,",),
            signature=signature(brief, blanks),
            missing=tuple(blanks.missing),
            to_confirm=tuple(basis.suggested),
            deadline=deadline_of(brief),
            grounds=tuple(dict.fromkeys(law.id for law in basis.laws)),
            left=tuple(dict.fromkeys(basis.left)),
        )


def _consent(brief: Brief) -> Section:
    name, considered = brief.party.name, brief.terms.licences
    if not brief.licences_to_consider or considered is None:
        text = f"{name} has not consented to this use, and knows of no licence, release or other permission that covers it."
    else:
        text = (
            f"{name} does not consent to this use. Licences that were in force earlier, or whose conditions depend on facts that "
            f"are not published, were considered by {considered.considered_by} on {day(brief.at)}, before this letter was "
            f"drafted; {name} relies on the result that none of them permits this use now."
        )
    return Section("No consent", (f"{text} Should you rely on a permission, send us a copy by the date stated below.",))


class _Basis:
    """The legal basis of a letter while it is written. laws: those of the known ones that it cites; left: why not others."""

    def __init__(self, brief: Brief, relied_on: Law | None) -> None:
        self.brief, self.relied_on = brief, relied_on
        self.suggested, self.laws, self.left = list[str](), list[Law](), list[str]()

    def section(self, blanks: Blanks) -> Section:
        brief, kinds, people = self.brief, kinds_of(self.brief), claims_of(self.brief, SubjectKind.PERSON)
        if self.relied_on is not None:
            named_by(self.relied_on, people)
        paragraphs = [self._publicity(claim, len(people) > 1, blanks) for claim in people]
        if people:
            paragraphs += self._endorsement(people)
        if SubjectKind.CHARACTER in kinds:
            paragraphs.append(
                "The character is protected by copyright. Its reproduction, adaptation, display and distribution without a "
                f"licence infringe the exclusive rights under {self._cited(COPYRIGHT)}."
            )
        if SubjectKind.FOOTAGE in kinds:
            paragraphs.append(
                "The footage is protected by copyright as an audiovisual work. Its reproduction, adaptation, display and "
                "distribution without a licence, in whole or in part, infringe the exclusive rights under "
                f"{self._cited(COPYRIGHT)}."
            )
        if SubjectKind.MARK in kinds:
            number = blanks.fill(brief.terms.registration, "registration number and class of the mark")
            paragraphs.append(
                f"The use of the mark in a way that is likely to cause confusion about source, sponsorship or approval violates "
                f"{self._cited(TRADE_MARK)}. Registration: {number}."
            )
        return Section("Legal basis", tuple(paragraphs))

    def _cited(self, statute: str) -> str:
        """A statute of our own suggestion, marked until somebody confirmed it."""
        if self.brief.terms.law_confirmed_by.strip():
            return statute
        self.suggested.append(statute)
        return f"{statute} {CONFIRM}"

    def _publicity(self, claim: Claim, several: bool, blanks: Blanks) -> str:
        given, chosen = self.brief.terms.statute.strip(), self._chosen(claim)
        self.laws += chosen.cited
        self.left += chosen.left
        named = [given] if given else [self._cited(law.citation) for law in chosen.cited]
        asked = [blanks.ask(words) for words in chosen.asked]
        what = WHAT.get(claim.found_by, "likeness")
        whose = f"the {what} of {claim.name}" if several else f"a person's {what}"
        place = blanks.fill(self.brief.terms.jurisdiction, Ask.JURISDICTION)
        return (
            f"The use of {whose} without consent, whether recorded, altered or generated, violates the right of publicity under "
            f"{' and '.join(filter(None, [' and '.join(named), ', '.join(asked)]))} in the jurisdiction of {place}."
        )

    def _chosen(self, claim: Claim) -> Chosen:
        if self.relied_on is not None:
            return named_by(self.relied_on, [claim])
        return given_as(given, [claim]) if (given := self.brief.terms.statute.strip()) else fitting(claim)

    def _endorsement(self, people: Sequence[Claim]) -> list[str]:
        chosen = endorsement(people)
        self.laws += chosen.cited
        return [f"It may state a false endorsement under {self._cited(law.citation)}." for law in chosen.cited]


def _exceptions(brief: Brief, blanks: Blanks) -> Section:
    paragraphs = []
    if fair_use := brief.terms.fair_use:
        paragraphs.append(
            f"Fair use (17 U.S.C. § 107) was considered by {fair_use.considered_by} on {brief.say.date(fair_use.considered_on)}, "
            f"before this notice was drafted, with this result: {fair_use.reason}"
        )
    if kinds_of(brief) - set(WORKS):
        paragraphs.append(f"Other exceptions: {blanks.fill(brief.terms.exceptions, Ask.EXCEPTIONS)}")
    elif brief.terms.exceptions.strip():
        paragraphs.append(f"Other exceptions: {brief.terms.exceptions.strip()}")
    return Section("Exceptions considered", tuple(paragraphs))


def deadline_of(brief: Brief) -> date:
    """The day by which an answer is asked for."""
    return brief.terms.deadline or brief.at.date() + timedelta(days=DAYS_TO_ANSWER)


def _demand(brief: Brief) -> Section:
    text = f"We demand that you, by {brief.say.date(deadline_of(brief))}:"
    bullets = (
        "remove the video from the addresses and pages stated in “The use complained of” and from every other address under your "
        "control, and disable access to it;",
        f"cease every further use of {names(brief)} and of copies, excerpts and versions of the video;",
        "tell us how the video was made, where else it was published, and what revenue it earned;",
        "confirm in writing that you have done so.",
    )
    return Section("Demand", (text,), bullets=bullets)


def _reservation(brief: Brief) -> Section:
    text = f"This notice is no waiver. {brief.party.name} reserves all rights, claims and remedies, in law and in equity."
    return Section("Reservation of rights", (text,))
