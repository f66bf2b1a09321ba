"""The entry point: commands are reached from here, and errors that a user can act on end here."""

import atexit
import gc
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.actions import worded
from monitor.cli.output import end_progress, for_machines, shown, tell
from monitor.cli.parts import Parts
from monitor.cli.typed import Typed, typed_now
from registry.causes import in_plain_words
from registry.errors import ExitCode, SemblanceError
from registry.private import close_process

MISTAKE = 1
"""The exit code after a mistake of the program itself, as Python has it."""

app = typer.Typer(
    name="semblance",
    cls=Parts,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="Finds protected faces, characters and marks in public videos, and turns what a person confirms into evidence.",
)


@app.callback()
def root(
    workspace: Annotated[
        Path | None,
        typer.Option("--workspace", "-w", help="The workspace's folder; otherwise $SEMBLANCE_WORKSPACE or this folder."),
    ] = None,
    account: Annotated[
        str | None, typer.Option("--as", help="The account to act for; it asks for the password. Or set $SEMBLANCE_TOKEN.")
    ] = None,
) -> None:
    """Read by the commands from the root's parameters."""


def program() -> int:
    """What the command ``semblance`` runs: a process for one command."""
    # What is imported stays: looking through it again and again costs an eighth of the start. Most commands end before the
    # first look; one that goes on is looked through more often from then on.
    gc.set_threshold(250_000, 20, 20)
    gc.callbacks.append(_look_more_often)
    # The system takes the memory of a process that ends: looking through it once more costs a fifth of a short command.
    atexit.register(gc.freeze)
    return main(typed_now())


def _look_more_often(_phase: str, _info: dict[str, int]) -> None:
    gc.callbacks.remove(_look_more_often)
    gc.set_threshold(50_000, 20, 20)


def main(typed: Typed | None = None) -> int:
    """Run one command. typed: when it was; now, without it.

    A mistake of the program itself shows its traceback, or in logs for machines where it happened; whatever a user can mend
    shows what and how.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    close_process()
    try:
        _commands()(obj=typed)
    except SemblanceError as error:
        return _tell_error(error)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except Exception as error:
        known = in_plain_words(error)
        if known is not None:
            return _tell_error(known)
        if not for_machines():
            raise
        from monitor.logs import failed

        # A traceback says what went wrong with whatever it was given, and that may be anybody's name.
        failed(error, MISTAKE)
        return MISTAKE
    return int(ExitCode.DONE)


@cache
def _commands() -> Callable[..., None]:
    """What the command line is made of, made once: most of a short command's time where a process runs several."""
    return typer.main.get_command(app)


def _tell_error(error: SemblanceError) -> int:
    end_progress()
    if for_machines():
        from monitor.logs import failed

        failed(error, int(error.exit_code))
        return int(error.exit_code)
    tell(f"semblance: {shown(error.what)}")
    if advice := worded(error.advice, error.steps):
        tell(f"  {shown(advice)}")
    return int(error.exit_code)


if __name__ == "__main__":
    sys.exit(program())
