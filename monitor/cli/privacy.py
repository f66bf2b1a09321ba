"""privacy: what is held of people, on what ground and until when, and what they are given who ask."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.listing import After, Limit, Search, part_of, show_part
from monitor.cli.opening import Json, NotUnderstood, PartyOption, moment, owner_alone, session_of
from monitor.cli.output import say, show_json, show_record, show_rows, shown, tell, utc
from registry.counting import counted

if TYPE_CHECKING:
    from monitor.privacy import Holding

privacy = typer.Typer(no_args_is_help=True, help="What is held of people, on what basis, and until when.")


def join(app: typer.Typer) -> None:
    app.add_typer(privacy, name="privacy")


@privacy.command("report")
def privacy_report(context: typer.Context, json: Json = False) -> None:
    """Say what is held, on what basis, for how long, and how it lies there."""
    from monitor.privacy import privacy_report as report_of
    from registry.db import now

    with session_of(context) as (workspace, session):
        report = report_of(session, workspace.settings, now(), (lambda _: None) if json else _show_holdings)
    if json:
        show_json(report)
        return
    for row in report.coming_of_age:
        say(f"{shown(row.name)} is of age from {row.of_age:%Y-%m-%d}: a guardian's consent ends then. Ask for their own.")
    for line in report.rates:
        say(shown(line))


def _show_holdings(held: "Sequence[Holding]") -> None:
    show_rows(held, False, "")
    say("Of people in videos whom nobody enrolled, no vector is held: none is ever written.")


@privacy.command("retention")
def privacy_retention(
    context: typer.Context,
    apply: Annotated[bool, typer.Option("--apply", help="Remove what is due by now. This cannot be undone.")] = False,
    search: Search = "",
    limit: Limit = None,
    after: After = None,
    json: Json = False,
) -> None:
    """List what the retention policy will remove, and when; with --apply, remove what is due."""
    from monitor.due_lines import due_lines
    from registry.db import now

    if apply:
        owner_alone(context)
    with session_of(context) as (workspace, session):
        made = due_lines(workspace, session, now(), apply=apply)
    part, nothing = part_of(search, limit, after, json), "Nothing has a date on which it goes."
    columns = ("what", "name", "due_at", "due", "why", "id")
    show_part(made.lines, part, json, nothing, columns, searched=("what", "name", "why", "id"), limit=limit)
    for letter in made.letters:
        late = "late: " if letter.late else ""
        tell(f"Letter {letter.id[:12]} ({letter.law}) {late}{shown(letter.what)}, by {utc(letter.next_due)}.")
    if made.left:
        tell(f"{counted(len(made.left), 'file')} may still show what went:")
    for line in made.left:
        tell(f"  {shown(line)}")


@privacy.command("export")
def privacy_export(
    context: typer.Context,
    subject: Annotated[str, typer.Argument(help="The person, by name or id.")],
    out: Annotated[Path, typer.Option(help="The new folder in which everything is put.")],
    party: PartyOption = None,
) -> None:
    """Put all that is held of a person into a folder that they can read, with their photos and documents (GDPR Art. 15, 20)."""
    from registry.db import now
    from registry.subjects import subject_called

    with session_of(context) as (workspace, session):
        whose = subject_called(session, subject, party)
        # Without the name: what a terminal shows is kept in logs, which no erasure reaches.
        tell("All that is held of the person is being gathered ...")
        workspace.decoder().start_for_stills()
        from monitor.privacy_export import export_subject  # what prints takes a while to load, while the decoders come up

        place = export_subject(workspace, session, whose, out, now())
    say(f"Everything is in {shown(place)}: open {shown(place / 'index.html')}. Hand it to that person alone.")


@privacy.command("basis")
def privacy_basis(
    context: typer.Context,
    subject: Annotated[str, typer.Argument(help="The person, by name or id.")],
    ground: Annotated[
        str | None,
        typer.Option(help='Such as contract or "legitimate interest"; without, the one on record is shown.'),
    ] = None,
    special: Annotated[str, typer.Option(help="The condition of GDPR Art. 9(2) for templates of a face.")] = "",
    evidence: Annotated[str, typer.Option(help="What shows it, such as a contract's number.")] = "",
    by: Annotated[str, typer.Option(help="Who judged it.")] = "",
    party: PartyOption = None,
    json: Json = False,
) -> None:
    """Say on what ground in law a person's data are held, or put one on record. A consent is added as a mandate."""
    from registry.db import now
    from registry.legal import Ground, held_on, note_basis
    from registry.subjects import subject_called

    with session_of(context) as (_, session):
        found = subject_called(session, subject, party)
        if ground is not None:
            if ground not in set(Ground):
                raise NotUnderstood(f"{ground!r} is no ground.", f"Give one of: {', '.join(Ground)}.")
            note_basis(session, found, Ground(ground), special=special, evidence=evidence, noted_by=by)
        held = held_on(session, found, now())
        record = {"name": found.name, "ground": held.ground, "evidence": held.evidence}
    show_record(record, json)


@privacy.command("minor")
def privacy_minor(
    context: typer.Context,
    subject: Annotated[str, typer.Argument(help="The person, by name or id.")],
    born: Annotated[str | None, typer.Option(help="The day of birth, such as 2012-05-31; it is not kept.")] = None,
    of_age: Annotated[bool, typer.Option("--of-age", help="They are of age after all.")] = False,
    party: PartyOption = None,
) -> None:
    """Say that a person is under age: until they are 18 a guardian's consent is needed, and from then on their own."""
    from registry.legal import note_minor
    from registry.subjects import subject_called

    if (born is None) is not of_age:
        raise NotUnderstood("It is not said how old the person is.", "Give --born or --of-age.")
    with session_of(context) as (_, session):
        found = subject_called(session, subject, party)
        note_minor(session, found, moment(born).date() if born else None)
        name, until = found.name, found.minor_until
    say(f"{shown(name)} comes of age on {until:%Y-%m-%d}." if until else f"{shown(name)} is of age.")


@privacy.command("release")
def privacy_release(
    context: typer.Context,
    party: Annotated[str, typer.Option(help="The party that enrols, by name or id.")],
    out: Annotated[Path | None, typer.Option(help="Where the text is written; printed if not given.")] = None,
    json: Json = False,
) -> None:
    """Make the text that people are shown before they are enrolled (740 ILCS 14/15(b)), and its version for `mandate add`."""
    from registry.legal import release_of
    from registry.parties import find_party
    from registry.private import put

    with session_of(context) as (workspace, session):
        made = release_of(session, find_party(session, party), days=workspace.settings.retention.after_mandate_days)
        record = {"version": made.id, "made_at": made.made_at, "text": made.text}
    if out is not None:
        put(out, str(record["text"]).encode(), replace=False)
    if json:
        show_json(record)
        return
    say(f"It is in {shown(out)}." if out else str(record["text"]))
    say(f"Version {str(record['version'])[:16]}: semblance mandate add ... --consent --release {str(record['version'])[:16]}")


@privacy.command("erasures")
def privacy_erasures(
    context: typer.Context, out: Annotated[Path, typer.Argument(help="The new file, for `semblance restore --erasures`.")]
) -> None:
    """Write the list of all erasures, by ids and times alone: keep it beside the backups, to do them again after a restore."""
    from monitor.backup.erasures import write_erasures

    with session_of(context) as (workspace, _):
        count = write_erasures(workspace, out)
    say(f"{counted(count, 'erasure is', 'erasures are')} in {shown(out)}; it names nobody.")


@privacy.command("records")
def privacy_records(context: typer.Context, json: Json = False) -> None:
    """Say of each party who answers for people's data, what for and who gets them (GDPR Art. 30), and what is missing."""
    from monitor.privacy_records import processing
    from registry.db import now

    with session_of(context) as (workspace, session):
        rows = processing(session, workspace.settings.retention, now())
    if json:
        show_json(rows)
        return
    for row in rows:
        show_record(row, False)
        say("")
