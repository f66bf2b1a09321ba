"""demo, init and doctor: getting started."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.actions import worded
from monitor.cli.opening import Json, folder_of, owner_alone
from monitor.cli.output import progress_line, say, show_rows, shown, tell
from registry.errors import ExitCode

if TYPE_CHECKING:
    from monitor.doctor import Check

WIDEST = 12
"""Of what is checked; the pack of a long name, or an authority, stands further out."""


def join(app: typer.Typer) -> None:
    app.command()(demo)
    app.command()(init)
    app.command()(doctor)


def demo(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="The folder for all that the demonstration makes.")] = Path("demo-out"),
) -> None:
    """Show the whole job on this machine alone, in minutes."""
    from monitor.demo import run_demo
    from monitor.workspace import owner
    from registry.audit import acting

    owner_alone(context)
    with acting(owner("semblance demo")):
        code = run_demo(out)
    if code:
        raise typer.Exit(code)


def init(context: typer.Context, folder: Annotated[Path | None, typer.Argument()] = None) -> None:
    """Make a folder a workspace; what is there already stays."""
    from monitor.workspace import init_workspace

    owner_alone(context)
    root = folder or folder_of(context)
    init_workspace(root, tell)
    say(f"{shown(root)} is a workspace now. Next:")
    say("  semblance party add NAME --kind studio")
    say("  semblance subject add NAME --kind person --party PARTY")
    say("  semblance reference add SUBJECT PHOTO...")
    say("  semblance source add NAME URL --kind feed")
    say("  semblance run --once")


def doctor(context: typer.Context, json: Json = False) -> None:
    """Say what is missing here and how to get it."""
    from monitor.doctor import examine

    owner_alone(context)
    line = progress_line()
    findings = examine(folder_of(context), (lambda found: line(f"{found.check}: {found.state}")) if json else _show)
    if json:
        rows = [{"check": f.check, "state": f.state, "says": f.says, "remedy": worded(f.advice, f.steps)} for f in findings]
        show_rows(rows, True, "")
    if any(finding.state == "missing" for finding in findings):
        raise typer.Exit(ExitCode.FOUND)


def _show(found: "Check") -> None:
    """A line, and what to do about it on one of its own: each is read while the next is looked at."""
    say(f"{shown(found.check):<{WIDEST}}  {found.state:<8}  {shown(found.says)}")
    if remedy := worded(found.advice, found.steps):
        say(f"{'':<{WIDEST}}  {'':<8}  {shown(remedy)}")
