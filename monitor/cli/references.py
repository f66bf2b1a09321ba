"""reference: the pictures, clips and recordings that a subject is recognised by, and what they are worth."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.actions import worded
from monitor.cli.identities import tell_held
from monitor.cli.listing import After, Limit, Search, part_of, show_listed
from monitor.cli.opening import Json, PartyOption, session_of, years
from monitor.cli.output import named, say, show_json, show_record, show_rows, shown, tell, tell_if_any
from registry.errors import ExitCode
from registry.kinds import LikenessGround, SubjectKind

if TYPE_CHECKING:
    from monitor.photos import PhotoOutcome

reference = typer.Typer(no_args_is_help=True, help="The pictures, clips and recordings that a subject is recognised by.")


def join(app: typer.Typer) -> None:
    app.add_typer(reference, name="reference")


@reference.command("add")
def reference_add(
    context: typer.Context,
    subject: str,
    files: Annotated[list[Path], typer.Argument(help="Of this subject alone: pictures, clips of 3 s to 5 min, or recordings.")],
    era: Annotated[str | None, typer.Option(help="The years they depict: 1998 or 1995-1999.")] = None,
    party: PartyOption = None,
    despite_likeness: Annotated[
        LikenessGround | None,
        typer.Option(
            "--despite-likeness", help="A person has looked: it shows this subject, whomever it resembles; and why it may."
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Enrol pictures, clips or recordings of a subject; of a video of a person the sound. What cannot serve is refused with the
    reason; the others are enrolled."""
    from registry.subjects import subject_called

    depicted, made = years(era), []
    with session_of(context) as (workspace, session):
        workspace.decoder().start_soon()
        of_whom = subject_called(session, subject, party)
        from monitor.photos import enrol_photos, not_listened_for, recognisers_of, weaker_decoder, worth_of_count  # slow

        recognisers = recognisers_of(workspace, tell, [of_whom.kind])
        for photo in enrol_photos(workspace, session, recognisers, of_whom, files, depicted, despite_likeness):
            _tell_photo(photo)
            made.append(photo)
        tell_if_any(weaker_decoder())
        if of_whom.kind is SubjectKind.PERSON:
            from monitor.identities import newly_held

            tell_held(newly_held(workspace, session, recognisers, of_whom.party_id, of_whom.id))
        notes = worth_of_count(session, of_whom, recognisers), not_listened_for(session, of_whom)
    for note in notes:
        tell_if_any(note)
    enrolled = [photo.enrolled for photo in made if photo.enrolled is not None]
    show_rows(enrolled, json, "Nothing was enrolled.", ("file_name", "encoders", "id"))
    if len(enrolled) < len(made):
        raise typer.Exit(ExitCode.FOUND)


def _tell_photo(photo: "PhotoOutcome") -> None:
    refused = "" if photo.enrolled else "refused. "
    for line in photo.says:
        tell(f"{shown(photo.file)}: {refused}{shown(worded(line, photo.steps))}")


@reference.command("list")
def reference_list(
    context: typer.Context,
    subject: Annotated[str | None, typer.Argument()] = None,
    party: PartyOption = None,
    search: Search = "",
    limit: Limit = None,
    after: After = None,
    json: Json = False,
) -> None:
    """List all references, or those of a subject."""
    from registry.references import listed_references
    from registry.subjects import subject_called

    with session_of(context) as (_, session):
        whose = subject_called(session, subject, party) if subject else None
        found = listed_references(session, part_of(search, limit, after, json), whose)
        nothing = "No reference fits that." if search else "No references yet. Add one with `semblance reference add`."
        show_listed(found, named, json, nothing, ("subject", "file_name", "media_type", "size", "id"), limit=limit)


@reference.command("show")
def reference_show(context: typer.Context, reference_id: str, json: Json = False) -> None:
    """Show one reference."""
    from registry.references import reference_view

    with session_of(context) as (_, session):
        show_record(reference_view(session, reference_id), json)


@reference.command("revoke")
def reference_revoke(context: typer.Context, reference_id: str) -> None:
    """Remove one reference, with what was made of it."""
    from monitor.photos import take_photo_out

    with session_of(context) as (workspace, session):
        take_photo_out(workspace, session, reference_id)
    say(f"Removed the reference {shown(reference_id)}.")


@reference.command("check")
def reference_check(
    context: typer.Context,
    subject: str,
    party: PartyOption = None,
    json: Json = False,
) -> None:
    """Say how good a person's photos and recordings are, whether they agree, and which would help."""
    from monitor.photos import worth_of_photos
    from registry.subjects import subject_called

    with session_of(context) as (workspace, session):
        worth = worth_of_photos(workspace, session, subject_called(session, subject, party), tell)
    if json:
        show_json(worth)
        return
    show_rows(worth.references, False, "Nothing of this subject is enrolled with the packs in use.")
    for line in worth.says:
        say(line)
