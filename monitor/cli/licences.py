"""licence: who may use a subject, in what way."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.listing import After, Limit, Search, part_of, show_part
from monitor.cli.opening import End, Json, NotUnderstood, Start, moment, optional_moment, session_of
from monitor.cli.output import fields, show_record, tell
from registry.kinds import Modality

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from registry.licences import Licence

licence = typer.Typer(no_args_is_help=True, help="Uses of a subject that its party permitted.")


def join(app: typer.Typer) -> None:
    app.add_typer(licence, name="licence")


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
    from registry.licences import add_licence, covered
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
        changed = apply_licences(session, now(), subjects=covered(session, added))
        record = _licence_fields(session, added, now())
    show_record(record, json)
    tell(f"Matches that changed between licensed and waiting for review: {changed}.")


@licence.command("list")
def licence_list(
    context: typer.Context,
    subject: Annotated[str | None, typer.Argument()] = None,
    search: Search = "",
    limit: Limit = None,
    after: After = None,
    json: Json = False,
) -> None:
    """List all licences, or those of a subject and of its groups."""
    from registry.db import now
    from registry.licences import licences_about, list_licences
    from registry.subjects import find_subject

    with session_of(context) as (_, session):
        held = licences_about(session, find_subject(session, subject).id) if subject else list_licences(session)
        about = ("about", "licensee", "modality", "host", "uploader", "generator", "territory", "project")
        nothing = "No licence fits that." if search else "No licences. Add one with `semblance licence add`."
        rows = (_licence_fields(session, row, now()) for row in held)
        part, columns = part_of(search, limit, after, json), (*about, "status", "starts_at", "ends_at", "id")
        show_part(rows, part, json, nothing, columns, searched=("about", "licensee", "host", "uploader", "project"), limit=limit)


@licence.command("show")
def licence_show(context: typer.Context, licence_id: str, json: Json = False) -> None:
    """Show one licence."""
    from registry.db import now
    from registry.licences import find_licence

    with session_of(context) as (_, session):
        show_record(_licence_fields(session, find_licence(session, licence_id), now()), json)


@licence.command("revoke")
def licence_revoke(context: typer.Context, licence_id: str, json: Json = False) -> None:
    """End a licence now; what it covered is open again at once."""
    from registry.db import now
    from registry.licences import covered, revoke_licence
    from reports.matches import apply_licences

    with session_of(context) as (_, session):
        revoked = revoke_licence(session, licence_id, now())
        changed = apply_licences(session, now(), subjects=covered(session, revoked))
        record = _licence_fields(session, revoked, now())
    show_record(record, json)
    tell(f"Matches that changed between licensed and waiting for review: {changed}.")


def _licence_fields(session: "Session", row: "Licence", at: "datetime") -> dict[str, Any]:
    """about: the subject, or the group, by its name."""
    from registry.groups import SubjectGroup
    from registry.subjects import Subject
    from registry.validity import status_at

    subject = session.get(Subject, row.subject_id) if row.subject_id else None
    group = session.get(SubjectGroup, row.group_id) if row.group_id else None
    about = subject.name if subject else f"group {group.name}" if group else None
    terms = ("licensee", "modality", "host", "uploader", "generator", "territory", "project")
    ids, dates = fields(row, "subject_id", "group_id"), fields(row, "starts_at", "ends_at", "revoked_at")
    return {"id": row.id, "about": about, **ids, **fields(row, *terms), "status": status_at(row, at), **dates}
