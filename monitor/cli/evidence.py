"""evidence: what is handed to others."""

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.opening import Json, session_of
from monitor.cli.output import say, show_json, shown
from registry.errors import ExitCode

if TYPE_CHECKING:
    from reports.evidence.verify import Verdict

evidence = typer.Typer(no_args_is_help=True, help="Bundles that anyone can verify without this program.")


def join(app: typer.Typer) -> None:
    app.add_typer(evidence, name="evidence")


@evidence.command("export")
def evidence_export(
    context: typer.Context,
    case: str,
    out: Annotated[Path | None, typer.Option(help="Folder for the bundle; otherwise the workspace's reports.")] = None,
    json: Json = False,
) -> None:
    """Write a case's evidence into a sealed folder; refused while one of its matches is not confirmed."""
    from reports.cases import find_case
    from reports.evidence.sign import signing_key
    from reports.issuing import issue_bundle

    with session_of(context) as (workspace, session):
        key = signing_key(workspace.keys)
        operator = workspace.settings.operator.name or "semblance"
        found = find_case(session, case)
        place = issue_bundle(
            session,
            workspace.vault,
            found,
            out or workspace.reports,
            key,
            operator=operator,
            models=workspace.settings.models,
        )
    if json:
        show_json({"bundle": str(place), "fingerprint": key.fingerprint})
        return
    say(f"The bundle is {shown(place)}.")
    say(f"Its key has the fingerprint {key.fingerprint}.")
    say(f"Next: semblance evidence verify {shown(quote(str(place)))}")


@evidence.command("verify")
def evidence_verify(
    bundles: Annotated[list[Path], typer.Argument(metavar="BUNDLE...")],
    fingerprint: Annotated[str | None, typer.Option(help="The key that must have signed them, known from elsewhere.")] = None,
    json: Json = False,
) -> None:
    """Check bundles; exit code 4, naming the file, when anything in one was changed. The JSON of several is a list."""
    from dataclasses import asdict

    from reports.evidence.verify import verify_bundle

    verdicts = [(bundle, verify_bundle(bundle, fingerprint)) for bundle in bundles]
    if json:
        made = [asdict(verdict) for _, verdict in verdicts]
        show_json(made if len(made) > 1 else made[0])
    else:
        for bundle, verdict in verdicts:
            _say_verdict(verdict, f"{shown(bundle)}: " if len(verdicts) > 1 else "")
    if not all(verdict.ok for _, verdict in verdicts):
        raise typer.Exit(ExitCode.DAMAGED)


def _say_verdict(verdict: "Verdict", which: str) -> None:
    """which: the bundle's name and a colon, where there are several."""
    if verdict.ok:
        say(f"{which}Whole: {verdict.files} files are as they were signed by the key {verdict.fingerprint}.")
    for name, problem in verdict.problems:
        say(f"{which}{shown(name)}: {shown(problem)}")
