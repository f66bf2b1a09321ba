"""members: a union's roster, and links by which members enrol themselves."""

from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli import member_intakes, member_links, member_lists
from monitor.cli.forms import with_form
from monitor.cli.identities import tell_held
from monitor.cli.opening import Json, session_of
from monitor.cli.output import end_progress, progress_line, say, show_json, show_record, shown, tell
from registry.counting import counted
from registry.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable

    from monitor.roster_import import Imported

members = typer.Typer(no_args_is_help=True, help="A party's members: rosters of many, and links for one.")

Party = Annotated[str, typer.Option("--party", help="The party whose members they are, by name or id.")]
Encoding = Annotated[str | None, typer.Option(help="Of a CSV, such as cp1252; UTF-8, UTF-16 and GB18030 are found out.")]
Sheet = Annotated[str | None, typer.Option(help="Of an XLSX with several sheets of members.")]
NumberColumn = Annotated[
    str | None, typer.Option(help='The title of the members\' own numbers; "" for none. Found out where one column says so.')
]


def join(app: typer.Typer) -> None:
    member_lists.join(members)
    member_intakes.join(members)
    member_links.join(members)
    app.add_typer(members, name="members")


@dataclass(frozen=True)
class Importing:
    """How a roster is to be read, and what is wanted of it."""

    outcome: Annotated[Path | None, typer.Option(help="Where each row's outcome is written; otherwise beside the roster.")] = None
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Look at everything and change nothing.")] = False
    new_consent: Annotated[
        bool, typer.Option("--new-consent", help="Whom the retention policy erased has consented anew: take them in again.")
    ] = False
    sure: Annotated[bool, typer.Option("--sure", help="It is this party's roster, though most in it are not enrolled.")] = False
    encoding: Encoding = None
    sheet: Sheet = None
    number_column: NumberColumn = None


@members.command("import")
@with_form
def members_import(
    context: typer.Context,
    roster: Annotated[
        Path, typer.Argument(help="CSV or XLSX with a row that titles the columns: member number, name, photo ...")
    ],
    photos: Annotated[Path, typer.Option(help="The folder or the zip of the photos.")],
    party: Party,
    form: Importing,
    json: Json = False,
) -> None:
    """Enrol a roster. Good rows go in, each row says what happened, and the same file again changes nothing.

    All photos are looked at before the first member is written, in no particular order of rows. It may be stopped at any moment
    and begun again. Exit code 1 when a row was refused.
    """
    from monitor.roster_import import RosterFile, Wanted, import_roster

    file = RosterFile(roster, form.encoding, form.sheet, form.number_column)
    wanted = Wanted(form.dry_run, form.new_consent, form.sure)
    with session_of(context) as (workspace, session):
        made = import_roster(workspace, session, party, file, photos, form.outcome, wanted, _tell_shown, _bar())
    end_progress()
    tell_held(made.held)
    if json:
        show_json({**_summary(made), "rates": list(made.rates), "import": made.import_id})
    else:
        _show_import(made)
    if made.refused:
        raise typer.Exit(ExitCode.FOUND)


def _tell_shown(text: str) -> None:
    end_progress()
    tell(shown(text))


def _summary(made: "Imported") -> dict[str, Any]:
    return {**made.counts, "outcome": str(made.outcome), "dry_run": made.dry_run}


def _bar() -> "Callable[[int, int], None]":
    """Shows how far an import is: at every batch on a terminal, every ten seconds elsewhere."""
    import sys
    import time

    line, started = progress_line(), time.monotonic()
    due = 0.0

    def show(done: int, total: int) -> None:
        nonlocal due
        now = time.monotonic()
        if not sys.stderr.isatty() and now < due:
            return
        due = now + 10
        filled = min(30, 30 * done // max(total, 1))
        rate = done / max(now - started, 1e-9)
        line(f"[{'#' * filled}{'.' * (30 - filled)}] {done} of {total} members looked at, {rate:.0f}/s")

    return show


def _show_import(made: "Imported") -> None:
    show_record(made.counts, False)
    if made.left_out:
        left_out = counted(
            made.left_out, "photo seems to show somebody else and stays", "photos seem to show somebody else and stay"
        )
        say(f"{left_out} out until a person decides: semblance members refused.")
    say(
        f"Each row's outcome is in {shown(made.outcome)}." + (" Nothing was changed: this was a dry run." if made.dry_run else "")
    )
    if made.counts["enrolled"] and not made.dry_run:
        needed = "Each is looked for once the party's mandate and, where it is needed, their own consent are on record"
        say(f"{needed}: semblance mandate add-for-all, for consents with --consent.")
    for line in made.rates:
        say(shown(line))
    if made.import_id is not None:
        say(f"To take this import back: semblance members take-back {made.import_id} --party {_typed(made.party)}")


def _typed(name: str) -> str:
    """A name as a shell takes it, in the quotes that people type where these do."""
    return quote(name) if set(name) & set('"$`\\!') else f'"{name}"'


@members.command("leave")
def members_leave(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The member, by name or id; of a party also by number.")],
    party: Annotated[str | None, typer.Option("--party", help="The party, by name or id.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Stop looking for a member at once, and keep what was found until its day in the retention policy; nothing is erased.

    A consent that is added afterwards takes them back: semblance mandate add --consent.
    """
    from monitor.cli.opening import NotUnderstood
    from registry.db import now
    from registry.legal import leave
    from registry.subjects import subject_called

    with session_of(context) as (_, session):
        found = subject_called(session, name, party)
        if not yes and not typer.confirm(f"Stop looking for {shown(found.name)}?"):
            raise NotUnderstood("Nothing was changed.", "Answer y, or give --yes.")
        ended, called = leave(session, found, now()), found.name
    say(f"{shown(called)} is not looked for any more; {counted(ended, 'consent')} ended. To erase what is held: semblance erase.")
