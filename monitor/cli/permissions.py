"""licence and mandate: who may use a subject, and who may act for it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.opening import Json, NotUnderstood, moment, optional_moment, session_of
from monitor.cli.output import show_record, show_rows
from registry.kinds import Modality

if TYPE_CHECKING:
    from registry.licences import Licence
    from registry.mandates import Mandate

licence = typer.Typer(no_args_is_help=True, help="Uses of a subject that its party permitted.")
mandate = typer.Typer(no_args_is_help=True, help="Proofs that a party may act for a subject.")

Start = Annotated[str, typer.Option("--from", help="First day or moment, such as 2026-01-31.")]
End = Annotated[str | None, typer.Option("--until", help="The first day or moment at which it is over; open if not given.")]


def join(app: typer.Typer) -> None:
    app.add_typer(licence, name="licence")
    app.add_typer(mandate, name="mandate")


@licence.command("add")
def licence_add(
    context: typer.Context,
    licensee: Annotated[str, typer.Option(help="Who may use the subject.")],
    start: Start,
    subject: Annotated[str | None, typer.Argument(help="The subject; not with --group.")] = None,
    group: Annotated[str | None, typer.Option(help="All subjects of this group, whoever is in it then.")] = None,
    end: End = None,
    modality: Annotated[Modality | None, typer.Option(help="Only this way of use.")] = None,
    host: Annotated[str | None, typer.Option(help="Only on this host and those under it.")] = None,
    uploader: Annotated[str | None, typer.Option(help="Only by this uploader, as the page names it.")] = None,
    generator: Annotated[str | None, typer.Option(help="Only made with this generator, as the labels name it.")] = None,
    territory: Annotated[list[str] | None, typer.Option(help="Only there, such as US; may be repeated.")] = None,
    project: Annotated[str | None, typer.Option(help="Only for this project, as title or description name it.")] = None,
    json: Json = False,
) -> None:
    """Record a permitted use; matches that it covers are licensed at once."""
    from registry.db import now
    from registry.groups import find_group
    from registry.licences import add_licence
    from registry.subjects import find_subject
    from reports.matches import apply_licences

    begins, ends = moment(start), optional_moment(end)
    with session_of(context) as (_, session):
        if (subject is None) == (group is None):
            raise NotUnderstood("A licence is about a subject or a group.", "Give a subject, or --group, and not both.")
        licensed = find_group(session, group) if group else find_subject(session, subject or "")
        added = add_licence(
            session,
            licensed,
            licensee,
            begins,
            ends_at=ends,
            modality=modality,
            host=host,
            uploader=uploader,
            generator=generator,
            territory=territory or (),
            project=project,
        )
        apply_licences(session, now())
        show_record(_licence_fields(added), json)


@licence.command("list")
def licence_list(context: typer.Context, subject: Annotated[str | None, typer.Argument()] = None, json: Json = False) -> None:
    """List all licences, or those of a subject and of its groups."""
    from registry.licences import licences_about, list_licences
    from registry.subjects import find_subject

    with session_of(context) as (_, session):
        held = licences_about(session, find_subject(session, subject).id) if subject else list_licences(session)
        columns = ("licensee", "modality", "host", "uploader", "generator", "project", "starts_at", "ends_at", "revoked_at", "id")
        rows = [_licence_fields(row) for row in held]
        show_rows(rows, json, "No licences. Add one with `semblance licence add`.", columns)


@licence.command("show")
def licence_show(context: typer.Context, licence_id: str, json: Json = False) -> None:
    """Show one licence."""
    from registry.licences import find_licence

    with session_of(context) as (_, session):
        show_record(_licence_fields(find_licence(session, licence_id)), json)


@licence.command("revoke")
def licence_revoke(context: typer.Context, licence_id: str, json: Json = False) -> None:
    """End a licence now; what it covered is open again at once."""
    from registry.db import now
    from registry.licences import revoke_licence
    from reports.matches import apply_licences

    with session_of(context) as (_, session):
        show_record(_licence_fields(revoke_licence(session, licence_id, now())), json)
        apply_licences(session, now())


def _licence_fields(row: "Licence") -> dict[str, Any]:
    return {
        "id": row.id,
        "subject_id": row.subject_id,
        "group_id": row.group_id,
        "licensee": row.licensee,
        "modality": row.modality.value if row.modality else None,
        "host": row.host,
        "uploader": row.uploader,
        "generator": row.generator,
        "territory": row.territory,
        "project": row.project,
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
        "revoked_at": row.revoked_at,
    }


VerifiedBy = Annotated[str, typer.Option(help="Who read and verified it.")]
How = Annotated[str, typer.Option(help="How it was verified, such as: called the office that issued it.")]
Scope = Annotated[list[Modality] | None, typer.Option(help="Only this modality; may be repeated. All if not given.")]
Territory = Annotated[list[str] | None, typer.Option(help="Only there, such as US or US-CA; may be repeated.")]
Compensation = Annotated[str, typer.Option(help="The terms of compensation, as text.")]
Document = Annotated[Path, typer.Argument(help="The signed authorisation.")]


@mandate.command("add")
def mandate_add(
    context: typer.Context,
    subject: str,
    document: Document,
    verified_by: VerifiedBy,
    start: Start,
    end: End = None,
    how: How = "read the document",
    consent: Annotated[bool, typer.Option("--consent", help="It is the person's consent, beside the party's mandate.")] = False,
    scope: Scope = None,
    territory: Territory = None,
    compensation: Compensation = "",
    json: Json = False,
) -> None:
    """Record a proof of authority, or of consent: a subject is looked for only while a mandate is valid."""
    from registry.mandates import Basis, Terms, add_mandate
    from registry.subjects import find_subject

    begins, ends, proof = moment(start), optional_moment(end), _read(document)
    basis = Basis.CONSENT if consent else Basis.AUTHORITY
    terms = Terms(basis, scope or (), territory or (), compensation, how)
    with session_of(context) as (workspace, session):
        found = find_subject(session, subject)
        added = add_mandate(
            session, workspace.vault, found, proof, verified_by=verified_by, starts_at=begins, ends_at=ends, terms=terms
        )
        show_record(_mandate_fields(added), json)


@mandate.command("add-for-all")
def mandate_add_for_all(
    context: typer.Context,
    party: str,
    document: Document,
    verified_by: VerifiedBy,
    start: Start,
    end: End = None,
    how: How = "read the document",
    scope: Scope = None,
    territory: Territory = None,
    compensation: Compensation = "",
    json: Json = False,
) -> None:
    """Record a proof of authority for all subjects of a party, also future ones: what members authorised by joining."""
    from registry.mandates import Terms, add_party_mandate
    from registry.parties import find_party

    begins, ends, proof = moment(start), optional_moment(end), _read(document)
    terms = Terms(scope=scope or (), territory=territory or (), compensation=compensation, how=how)
    with session_of(context) as (workspace, session):
        found = find_party(session, party)
        added = add_party_mandate(
            session, workspace.vault, found, proof, verified_by=verified_by, starts_at=begins, ends_at=ends, terms=terms
        )
        show_record(_mandate_fields(added), json)


@mandate.command("declare")
def mandate_declare(
    context: typer.Context,
    subject: str,
    verified_by: VerifiedBy,
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
        found = find_subject(session, subject)
        added = declare_own(session, workspace.vault, found, verified_by=verified_by, starts_at=begins, ends_at=ends)
        show_record(_mandate_fields(added), json)


def _read(document: Path) -> bytes:
    try:
        return document.read_bytes()
    except OSError as error:
        raise NotUnderstood(f"{document} cannot be read: {error.strerror}.", "Check the path.") from error


@mandate.command("list")
def mandate_list(context: typer.Context, subject: Annotated[str | None, typer.Argument()] = None, json: Json = False) -> None:
    """List all mandates, or those of a subject."""
    from registry.mandates import list_mandates, mandates_for
    from registry.subjects import find_subject

    with session_of(context) as (_, session):
        held = mandates_for(session, find_subject(session, subject)) if subject else list_mandates(session)
        rows = [_mandate_fields(row) for row in held]
        columns = ("subject_id", "basis", "scope", "territory", "verified_by", "starts_at", "ends_at", "revoked_at", "id")
        show_rows(rows, json, "No mandates. Add one with `semblance mandate add`.", columns)


@mandate.command("show")
def mandate_show(context: typer.Context, mandate_id: str, json: Json = False) -> None:
    """Show one mandate."""
    from registry.mandates import find_mandate

    with session_of(context) as (_, session):
        show_record(_mandate_fields(find_mandate(session, mandate_id)), json)


@mandate.command("revoke")
def mandate_revoke(context: typer.Context, mandate_id: str, json: Json = False) -> None:
    """End a mandate now; the subject is not looked for any more unless another is valid."""
    from registry.db import now
    from registry.mandates import revoke_mandate

    with session_of(context) as (_, session):
        show_record(_mandate_fields(revoke_mandate(session, mandate_id, now())), json)


def _mandate_fields(row: "Mandate") -> dict[str, Any]:
    return {
        "id": row.id,
        "party_id": row.party_id,
        "subject_id": row.subject_id,
        "basis": row.basis.value,
        "document_sha256": row.document_sha256,
        "scope": row.scope,
        "territory": row.territory,
        "compensation": row.compensation,
        "verified_by": row.verified_by,
        "how": row.how,
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
        "revoked_at": row.revoked_at,
    }
