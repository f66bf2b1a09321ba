"""vault: where captured and sealed objects lie."""

from typing import Annotated

import typer

from monitor.cli.opening import Json, workspace_of
from monitor.cli.output import end_progress, progress_line, say, show_json, tell
from registry.counting import counted
from registry.errors import ExitCode

vault = typer.Typer(no_args_is_help=True, help="Where what was captured, and what is sealed, lies: the folder, or a bucket.")


def join(app: typer.Typer) -> None:
    app.add_typer(vault, name="vault")


@vault.command("move")
def vault_move(
    context: typer.Context,
    to: Annotated[str, typer.Argument(help="s3://BUCKET/PREFIX, or folder for the workspace's own.")],
    json: Json = False,
) -> None:
    """Copy every object to another place and read each back there; says what to change in the settings then."""
    from dataclasses import asdict

    with workspace_of(context) as workspace:
        tell("The objects are being copied to the other place, and read back there ...")
        from monitor.vault_moving import move_vault  # it knows every table

        moved = move_vault(workspace, to, progress_line())
    end_progress()
    if json:
        show_json(asdict(moved))
        return
    say(f"{counted(moved.objects, 'object')} lie there, each read back; {moved.sent} of them were sent now.")
    said = f'set url = "{moved.to}"' if moved.to else "take url out"
    say(f"Now {said} under [vault] in semblance.toml, before anything else is typed.")
    say("What lies in the old place stays, and no erasure reaches it: see `semblance vault check`, then remove it.")
    if moved.to:
        say("`semblance vault clear` removes it from the folder.")


@vault.command("check")
def vault_check(
    context: typer.Context,
    read_all: Annotated[bool, typer.Option("--read-all", help="Read each object back as well, and compare its digest.")] = False,
    json: Json = False,
) -> None:
    """See whether every object that is on record is there."""
    from dataclasses import asdict

    with workspace_of(context) as workspace:
        tell("The objects there are being compared with what is on record ...")
        from monitor.vault_moving import check_vault  # it knows every table

        found = check_vault(workspace, read=read_all, say=progress_line())
    end_progress()
    if json:
        show_json(asdict(found))
    else:
        told = (
            ("is absent", found.absent),
            ("has other bytes now", found.damaged),
            ("is sealed, and no row names it", found.unnamed),
        )
        for what, digests in told:
            for digest in digests:
                say(f"{digest} {what}.")
        if not found.absent and not found.damaged:
            say(f"{counted(found.objects, 'object')} on record: each is there{' and has its bytes' if read_all else ''}.")
    if found.absent or found.damaged:
        tell("Restore these from a backup, or from the store's own versions; nothing is made of them meanwhile.")
        raise typer.Exit(ExitCode.DAMAGED)


@vault.command("clear")
def vault_clear(context: typer.Context) -> None:
    """Remove from the workspace's folder what lies in the bucket since a move."""
    from monitor.vault_moving import clear_folder

    with workspace_of(context) as workspace:
        say(f"{counted(clear_folder(workspace), 'object')} removed from the folder.")
