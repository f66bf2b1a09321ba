"""What is typed of a letter's terms."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.opening import NotUnderstood, moment, verifier_named
from registry.kinds import Use
from reports.notices.language import Language

if TYPE_CHECKING:
    from sqlmodel import Session

    from reports.notices.base import FairUse, LetterTerms, LicencesConsidered


def _text(words: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(help=words)
    return option


@dataclass(frozen=True)
class LetterForm:
    """The options of a letter, as they were typed."""

    recipient: Annotated[str, _text("To whom; what is not given here becomes a marked blank.")] = ""
    recipient_address: Annotated[str, _text("Where the recipient is reached.")] = ""
    sender_address: Annotated[str, _text("Postal address of the sender, if not the party's on record.")] = ""
    sender_email: Annotated[str, _text("E-mail of the sender, if not the party's on record.")] = ""
    signatory: Annotated[str, _text("Who signs, if not the party's signatory on record.")] = ""
    jurisdiction: Annotated[str, _text("Whose law applies.")] = ""
    territory: Annotated[str, _text("Its place as a code, such as US-CA, where its name does not tell.")] = ""
    use: Annotated[Use, _text("What the use is: on it depends which laws fit.")] = Use.UNKNOWN
    statute: Annotated[str, _text("The statute relied on.")] = ""
    notice_authority: Annotated[str, _text("The authority by which an agent sends this very notice (PRC).")] = ""
    language: Annotated[Language | None, _text("In which language, where the law has several.")] = None
    law_confirmed_by: Annotated[str, _text("Who confirmed the statutes that the letter names by itself.")] = ""
    registration: Annotated[str, _text("Registration number and class of a mark.")] = ""
    purpose: Annotated[str, _text("The commercial purpose of the use.")] = ""
    exceptions: Annotated[str, _text("Which exceptions were considered.")] = ""
    deadline: Annotated[str | None, _text("The day by which it must be done.")] = None
    fair_use_by: Annotated[str | None, _text("Who considered fair use.")] = None
    fair_use_on: Annotated[str | None, _text("On which day.")] = None
    fair_use_reason: Annotated[str, _text("Why the notice is sent all the same.")] = ""
    licences_considered_by: Annotated[str, _text("Who considered earlier or uncertain licences.")] = ""
    licences_reason: Annotated[str, _text("Why they do not permit this use.")] = ""

    def terms(self) -> "LetterTerms":
        """What it says, read. Raises NotUnderstood."""
        from reports.notices.base import LetterTerms

        return LetterTerms(
            jurisdiction=self.jurisdiction,
            statute=self.statute,
            recipient=self.recipient,
            recipient_address=self.recipient_address,
            purpose=self.purpose,
            exceptions=self.exceptions,
            deadline=moment(self.deadline).date() if self.deadline else None,
            fair_use=self._fair_use(),
            territory=self.territory,
            sender_address=self.sender_address,
            sender_email=self.sender_email,
            signatory=self.signatory,
            registration=self.registration,
            law_confirmed_by=self.law_confirmed_by,
            licences=self._licences(),
            use=self.use,
            notice_authority=self.notice_authority,
            language=self.language,
        )

    def _fair_use(self) -> "FairUse | None":
        from reports.notices.base import FairUse

        if self.fair_use_by is None and self.fair_use_on is None and not self.fair_use_reason:
            return None
        if not self.fair_use_by or not self.fair_use_on:
            raise NotUnderstood("A fair-use consideration needs a name and a day.", "Give --fair-use-by and --fair-use-on.")
        return FairUse(self.fair_use_by, moment(self.fair_use_on).date(), self.fair_use_reason)

    def _licences(self) -> "LicencesConsidered | None":
        from reports.notices.base import LicencesConsidered

        if not (self.licences_considered_by or self.licences_reason):
            return None
        return LicencesConsidered(self.licences_considered_by, self.licences_reason)


def entered(session: "Session", terms: "LetterTerms") -> "LetterTerms":
    """The terms, with what others considered in their names and in that of the account that enters it. Raises NotUnderstood."""
    fair_use, licences = terms.fair_use, terms.licences
    if fair_use is not None:
        fair_use = replace(fair_use, considered_by=verifier_named(session, fair_use.considered_by, "--fair-use-by"))
    if licences is not None and licences.considered_by:
        named = verifier_named(session, licences.considered_by, "--licences-considered-by")
        licences = replace(licences, considered_by=named)
    law = terms.law_confirmed_by and verifier_named(session, terms.law_confirmed_by, "--law-confirmed-by")
    return replace(terms, fair_use=fair_use, licences=licences, law_confirmed_by=law)
