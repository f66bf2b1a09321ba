"""evidence: what is handed to others."""

from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.opening import Json, session_of
from monitor.cli.output import say, show_json, shown
from registry.errors import ExitCode

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
    say(f"Next: semblance evidence verify {shown(place)}")


@evidence.command("verify")
def evidence_verify(
    bundle: Path,
    fingerprint: Annotated[str | None, typer.Option(help="The key that must have signed it, known from elsewhere.")] = None,
    json: Json = False,
) -> None:
    """Check a bundle; exit code 4, naming the file, when anything in it was changed."""
    from dataclasses import asdict

    from reports.evidence.verify import verify_bundle

    verdict = verify_bundle(bundle, fingerprint)
    if json:
        show_json(asdict(verdict))
    elif verdict.ok:
        say(f"Whole: {verdict.files} files are as they were signed by the key {verdict.fingerprint}.")
    else:
        for name, problem in verdict.problems:
            say(f"{shown(name)}: {shown(problem)}")
    if not verdict.ok:
        raise typer.Exit(ExitCode.DAMAGED)
