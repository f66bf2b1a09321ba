"""backup, restore and resume: a workspace's copies, and a workspace made of one."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.opening import Json, NotUnderstood, owner_alone, session_of, workspace_of
from monitor.cli.output import end_progress, progress_line, say, show_json, shown, tell
from registry.counting import counted
from registry.errors import ExitCode

if TYPE_CHECKING:
    from monitor.backup.doors import Closed
    from monitor.backup.layout import Backup
    from monitor.backup.restoring import Restored


def join(app: typer.Typer) -> None:
    app.command()(backup)
    app.command()(restore)
    app.command()(resume)


def backup(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Argument(help="The folder of backups, outside of the workspace; with --verify also one of them.")
    ],
    with_keys: Annotated[
        bool, typer.Option("--with-keys", help="Copy the keys, too: whoever has the backup then reads all that is sealed in it.")
    ] = False,
    read_all: Annotated[
        bool,
        typer.Option(
            "--read-all", help="Read all of the last backup there, and copy anew what has other bytes; else a part in turn."
        ),
    ] = False,
    verify: Annotated[bool, typer.Option("--verify", help="Make none: read the last backup there through.")] = False,
    json: Json = False,
) -> None:
    """Copy the workspace to a folder of backups while work goes on; only what changed since the last one there takes room."""
    if verify:
        if with_keys or read_all:
            raise NotUnderstood("--verify makes no backup: nothing else goes with it.", "Leave one of the two out.")
        _verify(context, folder, json)
        return
    from dataclasses import asdict

    with workspace_of(context) as workspace:
        tell("The backup is being made ...")
        from monitor.backup.making import make_backup  # it knows every table

        made = make_backup(workspace, folder.absolute(), with_keys=with_keys, read_all=read_all, say=progress_line())
    end_progress()
    if json:
        show_json(
            {"place": str(made.backup.place), "digest": made.backup.digest, "new": made.new, **asdict(made.backup.manifest)}
        )
    else:
        _tell_made(made.backup, made.new)
    if made.backup.manifest.damaged:
        raise typer.Exit(ExitCode.DAMAGED)


def _tell_made(made: "Backup", new: int) -> None:
    manifest = made.manifest
    say(f"{shown(made.place)}: {manifest.files} files, {manifest.bytes} bytes, of which {new} are new.")
    say(f"Note its digest somewhere else: {made.digest}")
    for line in manifest.left_out:
        say(f"Not in it: {shown(line)}.")
    if manifest.with_keys:
        say("The keys are in it: whoever has this backup can read all of it. Keep it locked away.")
    elif manifest.needs_keys:
        say(f"What is sealed in it needs the key {', '.join(manifest.needs_keys)}: keep that elsewhere, and do not lose it.")
    for line in manifest.damaged:
        tell(f"! The workspace itself is damaged, and so is the copy: {shown(line)}.")


def _verify(context: typer.Context, folder: Path, json: bool) -> None:
    owner_alone(context)
    tell("The backup is being read ...")
    from monitor.backup.checking import verify_backup
    from monitor.backup.layout import find_backup

    found = find_backup(folder.absolute())
    wrong = verify_backup(found, progress_line())
    end_progress()
    if json:
        show_json({"place": str(found.place), "digest": found.digest, "ok": not wrong, "wrong": wrong})
    elif not wrong:
        files = counted(found.manifest.files, "file")
        say(f"{shown(found.place)} is whole: {files} of {found.manifest.made_at}, with the digest")
        say(f"  {found.digest}")
    else:
        for line in wrong:
            say(f"{shown(found.place)}: {shown(line)}.")
        tell("It is damaged: use another backup, and make a new one with --read-all, which copies anew what is wrong here.")
    if wrong:
        raise typer.Exit(ExitCode.DAMAGED)


def restore(
    context: typer.Context,
    source: Annotated[Path, typer.Argument(help="A backup, or the folder of backups, of which the last one is taken.")],
    to: Annotated[Path, typer.Option("--to", help="The folder that becomes the workspace; empty, or new.")],
    erasures: Annotated[
        list[Path] | None,
        typer.Option(
            help="Whose erasures are done again: the workspace of now, a later backup, or a list of `privacy erasures`."
        ),
    ] = None,
    key: Annotated[Path | None, typer.Option(help="The file with the key for data at rest, where the backup lacks it.")] = None,
    database: Annotated[
        str, typer.Option(help="The address, without password, of an empty PostgreSQL database; else a file in the folder.")
    ] = "",
    json: Json = False,
) -> None:
    """Make a workspace of a backup, in another folder. It runs and sends nothing until you type `semblance resume` in it."""
    owner_alone(context)
    tell("The workspace is being made ...")
    from monitor.backup.restoring import restore as made_of  # it knows every table

    given = [place.absolute() for place in erasures or ()]
    done = made_of(source.absolute(), to.absolute(), erasures=given, key_file=key, database=database, say=progress_line())
    end_progress()
    _show_restored(done, json)
    if not done.chains.whole:
        raise typer.Exit(ExitCode.DAMAGED)


def _show_restored(done: "Restored", json: bool) -> None:
    from dataclasses import asdict

    manifest, replayed = done.backup.manifest, done.replayed
    if json:
        told = asdict(replayed) if replayed else None
        fields = {"root": str(done.root), "made_at": manifest.made_at, "replayed": told, "closed": asdict(done.closed)}
        show_json({**fields, "chains_whole": done.chains.whole})
        return
    say(f"{shown(done.root)} is the workspace as it was at {manifest.made_at}.")
    if replayed is None:
        say("No erasures were given: whoever was erased since then is there again. Erase them, or restore with --erasures.")
        say("What else was withdrawn since then (mandates, licences, accounts) is as it was: look it over.")
    else:
        say(f"Erased again: {counted(replayed.subjects, 'subject')}; removed again: {counted(replayed.references, 'reference')}.")
        if replayed.unknown:
            erasures = counted(replayed.unknown, "erasure is", "erasures are")
            say(f"{erasures} of subjects who came after the backup, and of whom nothing is here.")
        say(f"{replayed.withdrawn.ended} mandates, licences, accounts, tokens and the like were ended again.")
        say(f"{replayed.withdrawn.barred} members who came after the backup and were erased are brought back by no roster.")
        say(
            "What the list does not hold is as it was, look it over: members taken out of groups, portrayals taken back, changed "
            "passwords, unlinked single sign-on, removed passkeys, used recovery codes."
        )
    say(_closed(done.closed))
    for name, verdict in (("log of writes", done.chains.audit), ("chain of custody", done.chains.custody)):
        say(f"The {name} is whole: {verdict.entries} entries." if verdict.ok else f"The {name} is broken: {verdict.problem}.")
    for line in manifest.left_out:
        # A key that was given is there by now.
        if not (done.root / line.removeprefix("the key ")).is_file():
            say(f"Not restored: {shown(line)}.")
    say("It runs and sends nothing until you type: semblance resume")


def _closed(closed: "Closed") -> str:
    ended = [
        counted(closed.browsers, "signed-in browser"),
        counted(closed.links, "link for enrolling oneself", "links for enrolling oneself"),
        *([counted(closed.tokens, "token")] if closed.tokens else []),
    ]
    return f"Ended, since each may have been used or ended after the backup: {', '.join(ended)}. Make new ones where needed."


def resume(context: typer.Context) -> None:
    """Let a restored workspace run, follow its schedule and send again, once the one it was made from does not."""
    from monitor.restored import resume as let_act

    with session_of(context) as (_, session):
        waited = let_act(session)
    say("This workspace runs and sends again." if waited else "This workspace was not waiting.")
