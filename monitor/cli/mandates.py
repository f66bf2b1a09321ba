"""mandate: who may act for a subject."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.opening import End, Json, Start, moment, optional_moment, session_of, verifier_named
from monitor.cli.output import fields, say, show_record, show_rows, shown
from registry.kinds import Modality

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from registry.mandates import Mandate

mandate = typer.Typer(no_args_is_help=True, help="Proofs that a party may act for a subject.")


def join(app: typer.Typer) -> None:
    app.add_typer(mandate, name="mandate")


VerifiedBy = Annotated[str | None, typer.Option(help="Who read and verified it; the account, if nobody else is named.")]
How = Annotated[str, typer.Option(help="How it was verified, such as: called the office that issued it.")]
Scope = Annotated[list[Modality] | None, typer.Option(help="Only this modality; may be repeated. All if not given.")]
Territory = Annotated[list[str] | None, typer.Option(help="Only there, such as US or US-CA; may be repeated.")]
Compensation = Annotated[str, typer.Option(help="The terms of compensation, as text.")]
Guardian = Annotated[str, typer.Option(help="Who gives the consent for a person under age, by name.")]
Release = Annotated[
    str | None,
    typer.Option(help="The version, or its first digits, of the text that was shown before: privacy release."),
]
Shown = Annotated[str | None, typer.Option(help="When that text was shown; when the consent begins if not given.")]
Document = Annotated[Path, typer.Argument(help="The signed authorisation.")]


@mandate.command("add")
def mandate_add(
    context: typer.Context,
    subject: str,
    document: Document,
    start: Start,
    verified_by: VerifiedBy = None,
    end: End = None,
    how: How = "read the document",
    consent: Annotated[bool, typer.Option("--consent", help="It is the person's consent, beside the party's mandate.")] = False,
    scope: Scope = None,
    territory: Territory = None,
    compensation: Compensation = "",
    guardian: Guardian = "",
    release: Release = None,
    shown_on: Shown = None,
    json: Json = False,
) -> None:
    """Record a proof of authority, or of consent: a subject is looked for only while a mandate is valid."""
    from registry.db import now
    from registry.legal import find_release, note_release
    from registry.mandates import Basis, Terms, add_mandate
    from registry.proofs import read_proof
    from registry.subjects import find_subject

    begins, ends = moment(start), optional_moment(end)
    basis = Basis.CONSENT if consent else Basis.AUTHORITY
    terms = Terms(basis, scope or (), territory or (), compensation, how, guardian)
    with session_of(context) as (workspace, session):
        proof, found = read_proof(document), find_subject(session, subject)
        reader = verifier_named(session, verified_by, "--verified-by")
        added = add_mandate(
            session, workspace.vault, found, proof, verified_by=reader, starts_at=begins, ends_at=ends, terms=terms
        )
        if release:
            note_release(session, added, find_release(session, found.party_id, release), moment(shown_on) if shown_on else begins)
        record = _mandate_fields(session, added, now())
    show_record(record, json)


@mandate.command("add-for-all")
def mandate_add_for_all(
    context: typer.Context,
    party: str,
    document: Document,
    start: Start,
    verified_by: VerifiedBy = None,
    end: End = None,
    how: How = "read the document",
    scope: Scope = None,
    territory: Territory = None,
    compensation: Compensation = "",
    json: Json = False,
) -> None:
    """Record a proof of authority for all subjects of a party, also future ones: what members authorised by joining."""
    from registry.db import now
    from registry.mandates import Terms, add_party_mandate
    from registry.parties import find_party
    from registry.proofs import read_proof

    begins, ends = moment(start), optional_moment(end)
    terms = Terms(scope=scope or (), territory=territory or (), compensation=compensation, how=how)
    with session_of(context) as (workspace, session):
        proof, found = read_proof(document), find_party(session, party)
        reader = verifier_named(session, verified_by, "--verified-by")
        added = add_party_mandate(
            session, workspace.vault, found, proof, verified_by=reader, starts_at=begins, ends_at=ends, terms=terms
        )
        record = _mandate_fields(session, added, now())
    show_record(record, json)


@mandate.command("declare")
def mandate_declare(
    context: typer.Context,
    subject: str,
    verified_by: VerifiedBy = None,
    start: Annotated[str | None, typer.Option("--from", help="First day or moment; now if not given.")] = None,
    end: End = None,
    json: Json = False,
) -> None:
    """Record a party's own declaration that a character or mark is its work; a performer may declare their own likeness."""
    from registry.db import now
    from registry.mandates import declare_own
    from registry.subjects import find_subject

    begins, ends = moment(start) if start else now(), optional_moment(end)
    with session_of(context) as (workspace, session):
        found, reader = find_subject(session, subject), verifier_named(session, verified_by, "--verified-by")
        added = declare_own(session, workspace.vault, found, verified_by=reader, starts_at=begins, ends_at=ends)
        record = _mandate_fields(session, added, now())
    show_record(record, json)


@mandate.command("list")
def mandate_list(context: typer.Context, subject: Annotated[str | None, typer.Argument()] = None, json: Json = False) -> None:
    """List all mandates, or those of a subject."""
    from registry.db import now
    from registry.mandates import list_mandates, mandates_for
    from registry.subjects import find_subject

    with session_of(context) as (_, session):
        held = mandates_for(session, find_subject(session, subject)) if subject else list_mandates(session)
        rows = [_mandate_fields(session, row, now()) for row in held]
    columns = ("about", "basis", "scope", "territory", "verified_by", "status", "starts_at", "ends_at", "id")
    show_rows(rows, json, "No mandates. Add one with `semblance mandate add`.", columns)


@mandate.command("show")
def mandate_show(context: typer.Context, mandate_id: str, json: Json = False) -> None:
    """Show one mandate."""
    from registry.db import now
    from registry.mandates import find_mandate

    with session_of(context) as (_, session):
        show_record(_mandate_fields(session, find_mandate(session, mandate_id), now()), json)


@mandate.command("document")
def mandate_document(
    context: typer.Context,
    mandate_id: str,
    out: Annotated[Path | None, typer.Option(help="Where it is written; otherwise here, under the mandate's id.")] = None,
) -> None:
    """Take a mandate's document out again, to show it to whom it is about. The copy is on record, and goes with the subject."""
    from monitor.proof_copies import take_out
    from registry.mandates import find_mandate

    with session_of(context) as (workspace, session):
        place, kind = take_out(workspace, session, find_mandate(session, mandate_id), out)
    say(f"It is {kind}, in {shown(place)}.")


@mandate.command("revoke")
def mandate_revoke(context: typer.Context, mandate_id: str, json: Json = False) -> None:
    """End a mandate now; the subject is not looked for any more unless another is valid."""
    from registry.db import now
    from registry.mandates import revoke_mandate

    with session_of(context) as (_, session):
        record = _mandate_fields(session, revoke_mandate(session, mandate_id, now()), now())
    show_record(record, json)


def _mandate_fields(session: "Session", row: "Mandate", at: "datetime") -> dict[str, Any]:
    """about: the subject by its name, or the party whose subjects it covers all."""
    from registry.parties import Party
    from registry.subjects import Subject
    from registry.validity import status_at

    subject = session.get(Subject, row.subject_id) if row.subject_id else None
    about = subject.name if subject else f"all of {session.get_one(Party, row.party_id).name}"
    proof = ("party_id", "subject_id", "basis", "document_sha256", "scope", "territory", "compensation", "verified_by", "how")
    more = fields(row, "guardian", "release_version", "release_shown_at")
    dates = fields(row, "starts_at", "ends_at", "revoked_at")
    return {"id": row.id, "about": about, **fields(row, *proof), "status": status_at(row, at), **dates, **more}
