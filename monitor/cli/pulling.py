"""models pull: a pack from where its makers publish it."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.opening import folder_of, settings_of
from monitor.cli.output import end_progress, progress_line, say, shown

if TYPE_CHECKING:
    from matcher.packs.pull.recipe import Known, RemoteFile

_CELLS = 24
_STEPS = 4


def join(models: typer.Typer) -> None:
    models.command("pull")(models_pull)


def models_pull(
    context: typer.Context,
    pack: str,
    source: Annotated[
        str,
        typer.Option("--from", help="An https address or a folder that holds the files; otherwise the setting models_mirror."),
    ] = "",
    accept_licence: Annotated[bool, typer.Option("--accept-licence", help="Declare that you hold a licence for it.")] = False,
) -> None:
    """Pull a pack from where its makers publish it; what breaks off goes on where it stopped."""
    from monitor.pulling import pull_known, to_pull

    settings = settings_of(context)
    known = to_pull(settings, pack, accept_licence=accept_licence)
    _show(known)
    progress = Progress()
    try:
        pulled = pull_known(settings, known, source, progress)
    finally:
        end_progress()
    say(f"The pack {shown(pulled.spec.id)} is in {shown(pulled.folder)}; every file is as promised.")
    if (folder_of(context) / "semblance.toml").is_file():
        say(f"Type `semblance models use {shown(pulled.spec.id)}` to use it in this workspace.")


def _show(known: "Known") -> None:
    """What comes, from where, under which licence, before any of it comes."""
    from matcher.packs.pull.recipe import NOT_SEEN, PullRecipe

    say(f"{known.id}: {known.title}. Licence: {', '.join(known.licence.names)}. {known.licence.text}")
    if not known.licence.commercial:
        say("Its licence does not allow commercial use.")
    if isinstance(known, PullRecipe):
        for file in known.files:
            say(f"  {file.name}, {_size(file.size)}, {file.licence} ({file.licence_at})")
            say(f"    from {file.address}")
            say(f"    SHA-256 {file.sha256}, said by {file.said_by}")
    if not known.seen:
        say(f"Its files are {NOT_SEEN}: each is checked against its digest, and the models are tried before they serve.")
    if known.note:
        say(known.note)


class Progress:
    """A bar for each file on a terminal; elsewhere a line for each quarter of it."""

    def __init__(self) -> None:
        self._line = progress_line()
        self._told: dict[str, int] = {}

    def __call__(self, file: "RemoteFile", done: int) -> None:
        steps = _CELLS if sys.stderr.isatty() else _STEPS
        step = steps * done // file.size
        if step > self._told.get(file.name, -1):
            self._told[file.name] = step
            self._line(self._words(file, done, sys.stderr.isatty()))

    def _words(self, file: "RemoteFile", done: int, terminal: bool) -> str:
        full = _CELLS * done // file.size
        bar = f" [{'#' * full}{'.' * (_CELLS - full)}]" if terminal else ""
        return f"{file.name}{bar} {100 * done // file.size}% of {_size(file.size)}"


def _size(size: int) -> str:
    return f"{size / (1 << 20):.1f} MiB"
