"""Drafting notices: from a case alone, and only while nothing speaks against it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import JSON
from sqlmodel import Field, Session, SQLModel, col, select

from crawler.videos import Capture, Label, Video
from registry.db import UtcDateTime, new_id
from registry.mandates import Mandate, standing_of
from registry.parties import Party
from registry.subjects import Subject
from registry.territory import clean_territories, lies_within, territory_named
from registry.types import Modality
from reports.cases import Case, ConfirmedMatch, case_matches, confirmed_matches
from reports.errors import NoticeRefused
from reports.matches import permission
from reports.notices.base import Authority, Brief, FairUse, Letter, NoticeTemplate, Terms
from reports.render.docx import letter_docx
from reports.render.letter import letter_pdf
from reports.render.whole import write_whole
from reports.triggers import forbid


class Notice(SQLModel, table=True):
    """A drafted letter. letter: its whole content as JSON; missing: what its blanks ask for; match_ids: what it is made of."""

    id: str = Field(default_factory=new_id, primary_key=True)
    case_id: str = Field(foreign_key="case_file.id", index=True)
    law: str
    state: str = "draft"
    drafted_at: datetime = Field(sa_type=UtcDateTime)
    drafted_by: str
    match_ids: list[str] = Field(default_factory=list, sa_type=JSON)
    letter: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    missing: list[str] = Field(default_factory=list, sa_type=JSON)
    needs_fair_use: bool = False
    fair_use_by: str = ""
    fair_use_on: str = ""
    fair_use_reason: str = ""


_LETTER = TypeAdapter(Letter)

_OF_CASE = 'SELECT 1 FROM case_match c JOIN "match" m ON m.id = c.match_id WHERE c.case_id = NEW.case_id'
_UNCONFIRMED = f"NOT EXISTS ({_OF_CASE}) OR EXISTS ({_OF_CASE} AND m.status IS NOT 'CONFIRMED')"
_UNCONSIDERED = "NEW.needs_fair_use AND (trim(NEW.fair_use_by) = '' OR NEW.fair_use_on = '' OR trim(NEW.fair_use_reason) = '')"
# What a letter says is bound; that its state goes on after a match was reopened is not.
for _name, _moment in (("insert", "INSERT"), ("update", "UPDATE OF case_id, letter, match_ids")):
    forbid(f"notice_confirmed_{_name}", f"BEFORE {_moment} ON notice", "a notice needs confirmed matches", when=_UNCONFIRMED)
for _name, _moment in (("insert", "INSERT"), ("update", "UPDATE")):
    forbid(f"notice_fair_use_{_name}", f"BEFORE {_moment} ON notice", "a fair-use consideration comes first", when=_UNCONSIDERED)


def draft_notice(session: Session, case: Case, template: NoticeTemplate, terms: Terms, drafted_by: str, at: datetime) -> Notice:
    """Write a letter about a case as a draft, and flush; the caller commits. Its blanks are listed in the notice's missing.

    Raises NotConfirmed unless every match of the case is confirmed; NoticeRefused when a licence covers one of them now, when
    no mandate for a subject covers a match's modality and the letter's place now, and when a fair-use consideration is needed and
    absent or incomplete.
    """
    brief = _brief(session, case, terms, at)
    _check_permission(session, case, brief, at)
    needed = template.needs_fair_use(brief)
    if needed or terms.fair_use is not None:
        _check_fair_use(terms.fair_use, at)
    letter = template.write(brief)
    considered = terms.fair_use
    notice = Notice(
        case_id=case.id,
        law=template.law,
        drafted_at=at,
        drafted_by=drafted_by,
        match_ids=[match.id for match in brief.matches],
        letter=_LETTER.dump_python(letter, mode="json"),
        missing=list(letter.missing),
        needs_fair_use=needed,
        fair_use_by=considered.considered_by if considered else "",
        fair_use_on=considered.considered_on.isoformat() if considered else "",
        fair_use_reason=considered.reason if considered else "",
    )
    session.add(notice)
    session.flush()
    return notice


def _brief(session: Session, case: Case, terms: Terms, at: datetime) -> Brief:
    matches = confirmed_matches(session, case)
    subjects = {key: session.get_one(Subject, key) for key in sorted({match.subject_id for match in matches})}
    captures = [session.get_one(Capture, key) for key in sorted({match.capture_id for match in matches})]
    labels = session.exec(select(Label).where(col(Label.capture_id).in_([capture.id for capture in captures])))
    return Brief(
        case_id=case.id,
        party=session.get_one(Party, case.party_id),
        video=session.get_one(Video, case.video_id),
        subjects=subjects,
        matches=matches,
        captures=captures,
        labels=labels.all(),
        mandates=_mandates(session, subjects, matches, _place(terms), at),
        terms=terms,
        at=at,
    )


def _place(terms: Terms) -> str | None:
    """Where the letter's law applies; None where nothing tells. Raises TerritoryRefused, and NoticeRefused for two places."""
    named = territory_named(terms.jurisdiction)
    if not terms.territory.strip():
        return named
    (given,) = clean_territories([terms.territory])
    if named is not None and not (lies_within(given, [named]) or lies_within(named, [given])):
        raise NoticeRefused(f"The jurisdiction {terms.jurisdiction} is {named}, and not {given}.", "Mend --territory.")
    return given


def _mandates(
    session: Session, subjects: Mapping[str, Subject], matches: Iterable[ConfirmedMatch], place: str | None, at: datetime
) -> Mapping[str, Sequence[Authority]]:
    """Each subject's mandates in force, for every modality in which it was found.

    Raises NoticeRefused for a subject that nobody may act for now, in that modality and at that place.
    """
    held: dict[str, dict[str, Authority]] = {}
    for subject_id, modality in sorted({(match.subject_id, match.modality) for match in matches}):
        subject = subjects[subject_id]
        found = standing_of(session, subject, at, modality, territory=place)
        if found.mandate_id is None:
            raise NoticeRefused(
                _nobody_may_act(session, subject, modality, place, at), "Add a mandate with: semblance mandate add"
            )
        own = held.setdefault(subject_id, {})
        before = own[found.mandate_id].modalities if found.mandate_id in own else ()
        mandate = session.get_one(Mandate, found.mandate_id)
        own[mandate.id] = Authority(mandate, (*before, modality), found.territory, place is not None)
    return {key: tuple(own.values()) for key, own in held.items()}


def _nobody_may_act(session: Session, subject: Subject, modality: Modality, place: str | None, at: datetime) -> str:
    anywhere = standing_of(session, subject, at, modality)
    if place is not None and anywhere.allowed:
        return f"Nobody may act for {subject.name} in {place}: {anywhere.reach or 'no one mandate reaches there'}."
    return f"Nobody may act for {subject.name} now ({modality}): {anywhere.reason}."


def _check_permission(session: Session, case: Case, brief: Brief, at: datetime) -> None:
    """A licence may have come after the confirmation."""
    for row in case_matches(session, case):
        verdict = permission(session, row, at)
        if verdict.permitted:
            raise NoticeRefused(
                f"The use of {brief.subjects[row.subject_id].name} is licensed: {verdict.reason}.",
                f"Reopen the match ({row.id}), or revoke the licence {verdict.licence_id} if it does not cover this use.",
            )


def _check_fair_use(considered: FairUse | None, at: datetime) -> None:
    if considered is None:
        raise NoticeRefused(
            "A notice about a character asserts copyright, and nobody has yet considered fair use.",
            "Say who did, when, and why the notice is sent all the same: --fair-use-by, --fair-use-on, --fair-use-reason.",
        )
    if not considered.considered_by.strip() or not considered.reason.strip():
        raise NoticeRefused("A fair-use consideration needs a name and a reason.", "Give --fair-use-by and --fair-use-reason.")
    if considered.considered_on > at.date():
        raise NoticeRefused("Fair use cannot have been considered in the future.", "Give the day with --fair-use-on.")


@dataclass(frozen=True)
class WrittenNotice:
    docx: Path
    pdf: Path


def write_notice(notice: Notice, out_dir: Path) -> WrittenNotice:
    """The letter as a DOCX that counsel edits and a PDF of the same, in out_dir under names made from the notice's id."""
    letter = letter_of(notice)
    made = WrittenNotice(out_dir / f"notice-{notice.id[:12]}.docx", out_dir / f"notice-{notice.id[:12]}.pdf")
    write_whole(made.docx, letter_docx(letter, notice.drafted_at))
    write_whole(made.pdf, letter_pdf(letter, notice.drafted_at))
    return made


def letter_of(notice: Notice) -> Letter:
    """The letter as it was drafted."""
    return _LETTER.validate_python(notice.letter)


def notices_of(session: Session, case: Case) -> list[Notice]:
    """A case's notices, the oldest first."""
    return list(session.exec(select(Notice).where(Notice.case_id == case.id).order_by(col(Notice.drafted_at))))
