"""Notices to platforms: what a law has them be told, in its own elements, so that they remove it."""

from collections.abc import Sequence
from dataclasses import replace

from registry.mandates import Basis
from registry.types import SubjectKind
from reports.notices.absent import not_there
from reports.notices.base import Brief, Letter, Section
from reports.notices.blanks import Blanks
from reports.notices.choosing import check_fits, check_is_ground, claims_of, language_of, without_voices
from reports.notices.labelling import labelling
from reports.notices.language import Language
from reports.notices.laws.base import Ask, Claim, Law
from reports.notices.passages import evidence, holder, letterhead, protected, signature
from reports.notices.publicity import deadline_of
from reports.notices.use import the_use
from reports.notices.wording import ENGLISH, Wording


class PlatformNotice:
    """A notice under one law. Its statements and its demand stand in the file of the law.

    In another language than English it has the same in English beside it, to be read and not sent.
    """

    def __init__(self, relied_on: Law) -> None:
        self.law = relied_on.id
        self._law = relied_on

    def needs_fair_use(self, brief: Brief) -> bool:  # noqa: ARG002
        return Ask.FAIR_USE in self._law.asks()

    def write(self, brief: Brief) -> Letter:
        law, claims = self._law, claims_of(brief, *SubjectKind)
        check_is_ground(law)
        check_fits(law, claims)
        brief, left = without_voices(brief, law, claims)
        language = language_of(brief.terms, law.languages)
        letter = replace(self._written(replace(brief, say=Wording(language)), claims), left=left)
        if language is Language.ENGLISH:
            return letter
        return replace(letter, reading=replace(self._written(replace(brief, say=ENGLISH), claims), is_copy=True))

    def _written(self, brief: Brief, claims: Sequence[Claim]) -> Letter:
        law, say = self._law, brief.say
        blanks = Blanks(say)
        letter = letterhead(brief, blanks, law.id, law.title, "Use of {names} in a published video")
        sections = (
            holder(brief, blanks),
            protected(brief),
            the_use(brief, blanks, purpose=False),
            not_there(brief),
            labelling(brief) if law.labelling else None,
            _considered(brief),
            self._notice(brief, blanks, claims),
            evidence(brief),
        )
        return replace(
            letter,
            sections=tuple(section for section in sections if section is not None),
            closing=(say("Yours faithfully,"),),
            signature=signature(brief, blanks),
            missing=tuple(blanks.missing),
            to_confirm=() if brief.terms.law_confirmed_by.strip() else (law.citation,),
            deadline=deadline_of(brief),
            grounds=(law.id,),
        )

    def _notice(self, brief: Brief, blanks: Blanks, claims: Sequence[Claim]) -> Section:
        law, terms, say = self._law, brief.terms, brief.say
        confirm = "" if terms.law_confirmed_by.strip() else say(" (counsel to confirm)")
        facts = [(say("Law"), f"{say(law.citation)}{confirm}")]
        if Ask.REASONS in law.asks():
            facts.append((say("Why it is illegal"), blanks.fill(terms.statute, Ask.REASONS)))
        if Ask.AUTHORITY_PER_NOTICE in law.asks():
            facts.append((say("Authority for this notice"), _authority_per_notice(brief, blanks)))
        asked = dict.fromkeys(_asked(ask, claim, blanks) for claim in claims for ask in law.lacks(claim))
        facts += [(say("To be known"), words) for words in asked]
        said = tuple(say(statement, party=brief.party.name) for statement in law.statements)
        return Section(say("Notice"), (say(law.demand),), facts=tuple(facts), after=said)


def _asked(ask: Ask, claim: Claim, blanks: Blanks) -> str:
    """The blank for what is not known and decides whether the law fits."""
    if ask not in (Ask.LIFE, Ask.DOMICILE):
        return blanks.ask(ask)
    return blanks.ask("{asked}: {name}", asked=blanks.say(ask.value), name=claim.name)


def _authority_per_notice(brief: Brief, blanks: Blanks) -> str:
    """Who acts for others needs one for each notice; who acts for itself needs none."""
    if is_own(brief):
        return brief.say("the sender acts on rights of its own")
    return blanks.fill(brief.terms.notice_authority, Ask.AUTHORITY_PER_NOTICE)


def is_own(brief: Brief) -> bool:
    """Whether the party acts on rights of its own alone."""
    held = [authority.mandate.basis for authorities in brief.mandates.values() for authority in authorities]
    return bool(held) and all(basis is Basis.OWN for basis in held)


def _considered(brief: Brief) -> Section | None:
    """Fair use, where somebody considered it; and other exceptions."""
    said, say = [], brief.say
    if fair_use := brief.terms.fair_use:
        considered = say(
            "Fair use (17 U.S.C. § 107) was considered by {who} on {day}, before this notice was drafted, with this result: "
            "{reason}",
            who=fair_use.considered_by,
            day=say.date(fair_use.considered_on),
            reason=fair_use.reason,
        )
        said.append(considered)
    if brief.terms.exceptions.strip():
        said.append(say("Other exceptions: {said}", said=brief.terms.exceptions.strip()))
    return Section(say("Exceptions considered"), tuple(said)) if said else None
