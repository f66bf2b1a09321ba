"""Notices to platforms: what a law has them be told, in its own elements, so that they remove it."""

from dataclasses import replace

from registry.types import SubjectKind
from reports.notices.absent import not_there
from reports.notices.base import Blanks, Brief, Letter, Section
from reports.notices.choosing import check_fits, check_is_ground, claims_of, lacking
from reports.notices.laws.base import Ask, Law
from reports.notices.passages import date_of, evidence, holder, letterhead, protected, signature
from reports.notices.publicity import deadline_of
from reports.notices.use import the_use


class PlatformNotice:
    """A notice under one law. Its statements and its demand stand in the file of the law."""

    def __init__(self, relied_on: Law) -> None:
        self.law = relied_on.id
        self._law = relied_on

    def needs_fair_use(self, brief: Brief) -> bool:  # noqa: ARG002
        return Ask.FAIR_USE in self._law.asks()

    def write(self, brief: Brief) -> Letter:
        law, claims = self._law, claims_of(brief, *SubjectKind)
        check_is_ground(law)
        check_fits(law, claims)
        blanks = Blanks()
        letter = letterhead(brief, blanks, law.id, law.title, "Use of {names} in a published video")
        sections = (
            holder(brief, blanks),
            protected(brief),
            the_use(brief, blanks, purpose=False),
            not_there(brief),
            *_considered(brief),
            self._notice(brief, blanks, lacking(law, claims)),
            evidence(brief),
        )
        return replace(
            letter,
            sections=tuple(section for section in sections if section is not None),
            closing=("Yours faithfully,",),
            signature=signature(brief, blanks),
            missing=tuple(blanks.missing),
            to_confirm=() if brief.terms.law_confirmed_by.strip() else (law.citation,),
            deadline=deadline_of(brief),
            grounds=(law.id,),
        )

    def _notice(self, brief: Brief, blanks: Blanks, asked: tuple[str, ...]) -> Section:
        law, terms = self._law, brief.terms
        confirm = "" if terms.law_confirmed_by.strip() else " (counsel to confirm)"
        facts = [("Law", f"{law.citation}{confirm}")]
        if Ask.REASONS in law.asks():
            facts.append(("Why it is illegal", blanks.fill(terms.statute, Ask.REASONS)))
        facts += [("To be known", blanks.ask(words)) for words in asked]
        said = tuple(statement.replace("{party}", brief.party.name) for statement in law.statements)
        return Section("Notice", (law.demand,), facts=tuple(facts), after=said)


def _considered(brief: Brief) -> tuple[Section, ...]:
    """Fair use, where somebody considered it; and other exceptions."""
    said = []
    if fair_use := brief.terms.fair_use:
        said.append(
            f"Fair use (17 U.S.C. § 107) was considered by {fair_use.considered_by} on {date_of(fair_use.considered_on)}, "
            f"before this notice was drafted, with this result: {fair_use.reason}"
        )
    if brief.terms.exceptions.strip():
        said.append(f"Other exceptions: {brief.terms.exceptions.strip()}")
    return (Section("Exceptions considered", tuple(said)),) if said else ()
