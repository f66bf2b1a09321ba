"""What is protected, and what may be done with it: parties, subjects, references, licences and mandates."""

from http import HTTPStatus
from typing import Annotated, Self

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlmodel import Session
from starlette.responses import Response

from monitor.web.api.changes import Key, Made, once
from monitor.web.api.lists import SomeRows, Text, one
from monitor.web.api.moments import Moment
from monitor.web.api.routing import router
from monitor.web.api.written import model_of, part_of
from monitor.web.asked import Asking
from registry.kinds import Modality
from registry.mandate_lines import MandateView, end_mandate, mandate_view, mandate_views
from registry.paging import Listed, Part, listed_of
from registry.parties import PartyView, PlacedView, find_party, party_view, party_views
from registry.references import (
    ReferenceLine,
    ReferenceView,
    SubjectLine,
    listed_references,
    listed_subjects,
    reference_view,
    subject_line,
)
from registry.subjects import find_subject
from reports.permissions import LicenceLine, LicenceTerms, end_licence, grant, licence_line, licence_lines

routes = router()

Whose = Annotated[Text | None, Query(description="Only those of this party, by id or name.")]
OfWhom = Annotated[Text | None, Query(description="Only those of this subject, by id or name.")]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]


class LicenceAsked(BaseModel):
    """A permitted use of a subject or of a group, each by id or name. What is not given asks nothing."""

    model_config = ConfigDict(extra="forbid")

    subject: Name | None = None
    group: Name | None = None
    licensee: Name
    starts_at: Moment
    ends_at: Moment | None = None
    modality: Modality | None = None
    host: Name | None = None
    uploader: Name | None = None
    generator: Name | None = None
    territory: list[Name] = Field(default_factory=list, max_length=50)
    project: Name | None = None

    @model_validator(mode="after")
    def _about_one(self) -> Self:
        if (self.subject is None) == (self.group is None):
            raise ValueError("a licence is about a subject or a group, and not both")
        return self


@routes.get("/parties", name="api.parties.list", response_model=part_of(PlacedView))
def parties(asks: SomeRows) -> Response:
    """Parties, each above those it acts for."""
    return asks.answer(party_views)


@routes.get("/parties/{party_id}", name="api.parties.show", response_model=model_of(PartyView))
def party(asked: Asking, party_id: str) -> Response:
    """One party, by id or name."""
    return one(asked, lambda session: party_view(find_party(session, party_id)))


@routes.get("/subjects", name="api.subjects.list", response_model=part_of(SubjectLine))
def subjects(asks: SomeRows, party: Whose = None) -> Response:
    """Subjects by name."""

    def rows(session: Session, part: Part) -> Listed[SubjectLine]:
        return listed_subjects(session, part, party=find_party(session, party) if party else None)

    return asks.answer(rows)


@routes.get("/subjects/{subject_id}", name="api.subjects.show", response_model=model_of(SubjectLine))
def subject(asked: Asking, subject_id: str) -> Response:
    """One subject, by id or name."""
    return one(asked, lambda session: subject_line(session, find_subject(session, subject_id)))


@routes.get("/references", name="api.references.list", response_model=part_of(ReferenceLine))
def references(asks: SomeRows, subject: OfWhom = None) -> Response:
    """References: what is on record of each, without its picture."""

    def rows(session: Session, part: Part) -> Listed[ReferenceLine]:
        return listed_references(session, part, find_subject(session, subject) if subject else None)

    return asks.answer(rows)


@routes.get("/references/{reference_id}", name="api.references.show", response_model=model_of(ReferenceView))
def reference(asked: Asking, reference_id: str) -> Response:
    """What is on record of one reference, without its picture."""
    return one(asked, lambda session: reference_view(session, reference_id))


@routes.get("/licences", name="api.licences.list", response_model=part_of(LicenceLine))
def licences(asks: SomeRows, subject: OfWhom = None) -> Response:
    """Licences: all, or those of a subject and of its groups."""

    def rows(session: Session, part: Part) -> Listed[LicenceLine]:
        return listed_of(licence_lines(session, subject), lambda line: line.id, _searched, part)

    return asks.answer(rows)


def _searched(line: LicenceLine) -> str:
    return "\n".join(text or "" for text in (line.about, line.licensee, line.host, line.uploader, line.project))


@routes.get("/licences/{licence_id}", name="api.licences.show", response_model=model_of(LicenceLine))
def licence(asked: Asking, licence_id: str) -> Response:
    """One licence."""
    return one(asked, lambda session: licence_line(session, licence_id))


@routes.post("/licences", name="api.licences.add", response_model=model_of(LicenceLine), status_code=HTTPStatus.CREATED)
def add_licence(asked: Asking, wanted: LicenceAsked, key: Key = None) -> Response:
    """Record a permitted use; matches that it covers are licensed at once."""
    conditions = wanted.model_dump(include={"modality", "host", "uploader", "generator", "territory", "project"})

    def make(_: object, session: Session) -> Made:
        terms = LicenceTerms(wanted.licensee, **conditions)
        added, _changed = grant(session, wanted.subject, wanted.group, terms, wanted.starts_at, wanted.ends_at)
        return Made(added, HTTPStatus.CREATED, {"Location": f"/v1/licences/{added.id}"})

    return once(asked, key, wanted.model_dump(mode="json"), make)


@routes.post("/licences/{licence_id}/end", name="api.licences.end", response_model=model_of(LicenceLine))
def end(asked: Asking, licence_id: str, key: Key = None) -> Response:
    """End a licence now; what it covered is open again at once."""
    return once(asked, key, None, lambda _, session: Made(end_licence(session, licence_id)[0]))


@routes.get("/mandates", name="api.mandates.list", response_model=part_of(MandateView))
def mandates(asks: SomeRows, subject: OfWhom = None) -> Response:
    """Mandates: all, or those that a decision about a subject rests on."""
    return asks.answer(lambda session, part: mandate_views(session, part, subject))


@routes.get("/mandates/{mandate_id}", name="api.mandates.show", response_model=model_of(MandateView))
def mandate(asked: Asking, mandate_id: str) -> Response:
    """One mandate, without its document."""
    return one(asked, lambda session: mandate_view(session, mandate_id))


@routes.post("/mandates/{mandate_id}/end", name="api.mandates.end", response_model=model_of(MandateView))
def end_one_mandate(asked: Asking, mandate_id: str, key: Key = None) -> Response:
    """End a mandate now; its subject is not looked for any more unless another is valid."""
    return once(asked, key, None, lambda _, session: Made(end_mandate(session, mandate_id)))
