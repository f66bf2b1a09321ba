"""licence: who may use a subject, in what way."""

from typing import Annotated

import typer

from monitor.cli.listing import After, Limit, Search, part_of, show_part
from monitor.cli.opening import End, Json, NotUnderstood, Start, moment, optional_moment, session_of
from monitor.cli.output import show_record, tell
from registry.kinds import Modality

licence = typer.Typer(no_args_is_help=True, help="Uses of a subject that its party permitted.")

COLUMNS = (
    *("about", "licensee", "modality", "host", "uploader", "generator", "territory", "project"),
    *("status", "starts_at", "ends_at", "id"),
)
SEARCHED = ("about", "licensee", "host", "uploader", "project")
CHANGED = "Matches that changed between licensed and waiting for review: {}."


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
    modality: Annotated[Modality | None, typer.Option(help="Only this way of use. All but the voice if not given.")] = None,
    host: Annotated[str | None, typer.Option(help="Only on this host and those under it.")] = None,
    uploader: Annotated[str | None, typer.Option(help="Only by this uploader, as the page names it.")] = None,
    generator: Annotated[str | None, typer.Option(help="Only made with this generator, as the labels name it.")] = None,
    territory: Annotated[list[str] | None, typer.Option(help="Only there, such as US; may be repeated.")] = None,
    project: Annotated[str | None, typer.Option(help="Only for this project, as title or description name it.")] = None,
    json: Json = False,
) -> None:
    """Record a permitted use; matches that it covers are licensed at once."""
    from reports.permissions import LicenceTerms, grant

    begins, ends = moment(start), optional_moment(end)
    terms = LicenceTerms(licensee, modality, host, uploader, generator, territory or (), project)
    with session_of(context) as (_, session):
        if (subject is None) == (group is None):
            raise NotUnderstood("A licence is about a subject or a group.", "Give a subject, or --group, and not both.")
        added, changed = grant(session, subject, group, terms, begins, ends)
    show_record(added, json)
    tell(CHANGED.format(changed))


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
    from reports.permissions import licence_lines

    with session_of(context) as (_, session):
        rows, part = licence_lines(session, subject), part_of(search, limit, after, json)
        nothing = "No licence fits that." if search else "No licences. Add one with `semblance licence add`."
        show_part(rows, part, json, nothing, COLUMNS, searched=SEARCHED, limit=limit)


@licence.command("show")
def licence_show(context: typer.Context, licence_id: str, json: Json = False) -> None:
    """Show one licence."""
    from reports.permissions import licence_line

    with session_of(context) as (_, session):
        show_record(licence_line(session, licence_id), json)


@licence.command("revoke")
def licence_revoke(context: typer.Context, licence_id: str, json: Json = False) -> None:
    """End a licence now; what it covered is open again at once."""
    from reports.permissions import end_licence

    with session_of(context) as (_, session):
        ended, changed = end_licence(session, licence_id)
    show_record(ended, json)
    tell(CHANGED.format(changed))
