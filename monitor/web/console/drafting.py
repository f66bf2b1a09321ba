"""Drafting a letter about a case: a form for what only people know, and the letter that is made of it."""

from collections.abc import Collection, Mapping
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form
from pydantic import BaseModel
from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from monitor.letters import draft_letter_about, letter_under
from monitor.web.asked import Asked, Asking
from monitor.web.console.fields import NotTyped, day_of, one_of
from monitor.web.console.letters import DRAFTS
from monitor.web.console.pages import page
from monitor.web.problems import status_of
from registry.accounts import Caller
from registry.db import now
from registry.errors import SemblanceError
from registry.kinds import Use
from registry.tenancy import by_way_of
from reports.case_lines import sender_on_record
from reports.match_briefs import case_briefs
from reports.notices.base import FairUse, LetterTerms, LicencesConsidered
from reports.notices.kinds import law_lines
from reports.notices.language import Language
from reports.notices.laws.base import Ask
from reports.notices.laws.known import LAWS, TO_PLATFORMS
from reports.notices.notice import Notice, find_notice
from reports.notices.publicity import PUBLICITY

routes = APIRouter()

FIELDS_OF: Mapping[Ask, str] = {
    Ask.PURPOSE: "purpose",
    Ask.EXCEPTIONS: "exceptions",
    Ask.FAIR_USE: "fair_use",
    Ask.AUTHORITY_PER_NOTICE: "notice_authority",
    Ask.STATUTE: "statute",
    Ask.REASONS: "statute",
}
"""Fields that stand in the form only where the law asks for them; the others always do."""

FAIR_USE = ("fair_use_by", "fair_use_on", "fair_use_reason")
WHERE_ASKED = ("purpose", "exceptions", "notice_authority", "statute", *FAIR_USE)


PLAIN = (
    *("recipient", "recipient_address", "jurisdiction", "territory", "statute", "notice_authority", "registration"),
    *("purpose", "exceptions", "sender_address", "sender_email", "signatory"),
)
"""Fields whose text is the letter's own term of that name."""

KEPT = ("fair_use_by", "fair_use_on", "fair_use_reason", "licences_by", "licences_reason")
"""What the row of a letter has under these names, too."""


class Typed(BaseModel):
    """A letter's terms as they were typed. Days as 2026-11-29; "" for what was left open, which becomes a marked blank."""

    law: str = PUBLICITY
    recipient: str = ""
    recipient_address: str = ""
    jurisdiction: str = ""
    territory: str = ""
    use: str = Use.UNKNOWN.value
    statute: str = ""
    law_confirmed_by: str = ""
    language: str = ""
    notice_authority: str = ""
    registration: str = ""
    purpose: str = ""
    exceptions: str = ""
    deadline: str = ""
    fair_use_by: str = ""
    fair_use_on: str = ""
    fair_use_reason: str = ""
    licences_by: str = ""
    licences_reason: str = ""
    sender_address: str = ""
    sender_email: str = ""
    signatory: str = ""

    @classmethod
    def like(cls, law: str, notice: Notice) -> "Typed":
        """What was typed for an earlier letter."""
        said = notice.stated
        held = {name: str(said[name]) for name in ("jurisdiction", "territory", "use", "notice_authority") if said.get(name)}
        held |= {name: getattr(notice, name) for name in KEPT}
        return cls(**{**held, **said.get("typed", {}), "law": law, "law_confirmed_by": notice.law_confirmed_by})

    def for_law(self, wanted: Collection[str]) -> "Typed":
        """What of it a law asks for, or any does: what was typed for another law is none of this letter's."""
        return self.model_copy(update={name: "" for name in WHERE_ASKED if name not in wanted})

    def terms(self, name: str, caller: Caller | None) -> LetterTerms:
        """What was typed, read. name: of whoever drafts it, who considered what nobody else is named for; caller: by which
        account. Raises NotTyped."""

        def by(typed: str) -> str:
            said = " ".join(typed.split()) or name
            return said if caller is None else by_way_of(said, caller)

        fair_use, licences = None, None
        if self.fair_use_on.strip() or self.fair_use_reason.strip():
            considered = day_of(self.fair_use_on, "the day on which fair use was considered")
            if considered is None:
                raise NotTyped("It is not said when fair use was considered.", "Give the day beside the reason.")
            fair_use = FairUse(by(self.fair_use_by), considered, self.fair_use_reason.strip())
        if self.licences_reason.strip():
            licences = LicencesConsidered(by(self.licences_by), self.licences_reason.strip())
        return LetterTerms(
            **{field: getattr(self, field).strip() for field in PLAIN},
            deadline=day_of(self.deadline, "the day by which it must be done"),
            fair_use=fair_use,
            licences=licences,
            law_confirmed_by=by(self.law_confirmed_by) if self.law_confirmed_by.strip() else "",
            use=one_of(Use, self.use),
            language=one_of(Language, self.language) if self.language else None,
        )


@routes.get("/cases/{case_id}/letter", name="letter.new")
def new(asked: Asking, case_id: str, law: str = PUBLICITY, like: str = "") -> Response:
    """The form for a new letter about a case, under a law; with what an earlier letter kept, where that is named."""
    with asked.acting() as workspace, workspace.session() as session:
        letter_under(law)
        typed = Typed.like(law, find_notice(session, like)) if like else Typed(law=law)
        return _form(asked, session, case_id, typed, None)


@routes.post("/cases/{case_id}/letter/law", name="letter.law")
def choose_law(asked: Asking, case_id: str, typed: Annotated[Typed, Form()]) -> Response:
    """The same form for another law, with all that was typed."""
    with asked.acting() as workspace, workspace.session() as session:
        letter_under(typed.law)
        return _form(asked, session, case_id, typed, None)


@routes.post("/cases/{case_id}/letter", name=DRAFTS)
def draft(asked: Asking, case_id: str, typed: Annotated[Typed, Form()]) -> Response:
    """Look at the case's addresses, and draft the letter. What was typed is kept where it cannot be drafted."""
    with asked.acting() as workspace:
        try:
            terms = typed.for_law(_wanted(typed.law)).terms(asked.who.name, asked.who.caller)
            with workspace.session() as session:
                made = draft_letter_about(workspace, session, case_id, letter_under(typed.law), terms, asked.who.name, None)
        except SemblanceError as error:
            with workspace.session() as session:
                return _form(asked, session, case_id, typed, error)
    return RedirectResponse(f"/letters/{made.letter.id}", HTTPStatus.SEE_OTHER)


def _wanted(law: str) -> frozenset[str]:
    """Which of the fields that only some laws ask for a letter under this one has; the right of publicity takes what fits."""
    if law not in LAWS:
        return frozenset(WHERE_ASKED) - {"notice_authority"}
    found = {FIELDS_OF[ask] for ask in LAWS[law].asks() if ask in FIELDS_OF}
    # A letter that is no notice to a platform may be about a character beside the person.
    considers = "fair_use" in found or LAWS[law] not in TO_PLATFORMS
    return frozenset(found - {"fair_use"}) | (frozenset(FAIR_USE) if considers else frozenset())


def _form(asked: Asked, session: Session, case_id: str, typed: Typed, error: SemblanceError | None) -> Response:
    line, _ = case_briefs(session, case_id)
    laws, wanted = law_lines(now().date()), _wanted(typed.law)
    chosen = next((law for law in laws if law.law == typed.law), None)
    return page(
        "letter_form.html",
        asked.who,
        here="cases",
        title="Draft a letter",
        status=HTTPStatus.OK if error is None else status_of(error),
        case=line,
        laws=laws,
        chosen=chosen,
        wanted=wanted,
        others=[name for name in WHERE_ASKED if name not in wanted and getattr(typed, name)],
        typed=typed,
        party=sender_on_record(session, case_id),
        uses=list(Use),
        error=error,
    )
