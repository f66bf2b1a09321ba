"""evidence: what is handed to others."""

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.opening import Json, folder_of, session_of, workspace_of
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
    out: Annotated[Path | None, typer.Option(help="Folder for the bundle; otherwise the party's own in reports.")] = None,
    json: Json = False,
) -> None:
    """Write a case's evidence into a sealed folder; refused while one of its matches is not confirmed."""
    from monitor.bundles import export_case

    with session_of(context) as (workspace, session):
        made = export_case(workspace, session, case, out)
    if json:
        show_json(made)
        return
    say(f"The bundle is {shown(made.bundle)}.")
    say(f"Its key has the fingerprint {made.fingerprint}.")
    say("Tell it to whoever gets the bundle, on another way than with the bundle: it alone shows that the bundle is yours.")
    say(f"Next: semblance evidence verify {shown(quote(str(made.bundle)))} --fingerprint {made.fingerprint}")


@evidence.command("fingerprint")
def evidence_fingerprint(context: typer.Context, json: Json = False) -> None:
    """Print the fingerprint of the key that signs this workspace's bundles, for those who get them."""
    from monitor.bundles import own_fingerprint

    with workspace_of(context) as workspace:
        own = own_fingerprint(workspace)
    if json:
        show_json({"fingerprint": own})
    else:
        say(own)


@evidence.command("verify")
def evidence_verify(
    context: typer.Context,
    bundles: Annotated[list[Path], typer.Argument(metavar="BUNDLE...")],
    fingerprint: Annotated[
        str | None, typer.Option(help="Of the key that must have signed them, as the sender told it on another way.")
    ] = None,
    json: Json = False,
) -> None:
    """Check bundles; exit code 4, naming the file, when anything in one was changed. Without --fingerprint it says whose key
    signed only of those of this workspace. The JSON of several is a list."""
    from dataclasses import asdict

    from reports.evidence.sign import own_fingerprint
    from reports.evidence.verify import verify_bundle

    keys = folder_of(context) / "keys"
    own = own_fingerprint(keys)
    verdicts = [(bundle, verify_bundle(bundle, fingerprint, own)) for bundle in bundles]
    if json:
        made = [asdict(verdict) for _, verdict in verdicts]
        show_json(made if len(made) > 1 else made[0])
    else:
        for bundle, verdict in verdicts:
            _say_verdict(bundle, verdict, keys, f"{shown(bundle)}: " if len(verdicts) > 1 else "")
    if not all(verdict.ok for _, verdict in verdicts):
        raise typer.Exit(ExitCode.DAMAGED)


def _say_verdict(bundle: Path, verdict: "Verdict", keys: Path, which: str) -> None:
    """which: the bundle's name and a colon, where there are several."""
    from reports.evidence.verify import Whose

    for name, problem in verdict.problems:
        say(f"{which}{shown(name)}: {shown(problem)}")
    if not verdict.ok:
        return
    files, key = f"{verdict.files} files are as they were signed", f"by the key {verdict.fingerprint}"
    if verdict.whose is Whose.EXPECTED:
        say(f"{which}Whole: {files} {key}, which is the one that was asked for.")
    elif verdict.whose is Whose.OWN:
        say(f"{which}Whole: {files} {key}, which is this workspace's own, in {shown(keys)}.")
    else:
        say(f"{which}The files are whole; who signed them is not known: {files} {key}.")
        say("  Anybody can make such a folder with a key of their own. Ask the sender, on another way than the one on which the")
        say("  bundle came, for the fingerprint (they type: semblance evidence fingerprint), and compare it with")
        say(f"  semblance evidence verify {shown(quote(str(bundle)))} --fingerprint FINGERPRINT")
