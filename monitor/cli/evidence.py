"""evidence: what is handed to others."""

from dataclasses import asdict
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.opening import Json, folder_of, session_of, settings_of, workspace_of
from monitor.cli.output import end_progress, progress_line, say, show_json, shown, tell
from registry.errors import ExitCode

if TYPE_CHECKING:
    from monitor.replay import Replay
    from reports.evidence.verify import Verdict

evidence = typer.Typer(no_args_is_help=True, help="Bundles that anyone can verify without this program.")


def join(app: typer.Typer) -> None:
    app.add_typer(evidence, name="evidence")


@evidence.command("export")
def evidence_export(
    context: typer.Context,
    case: str,
    out: Annotated[Path | None, typer.Option(help="Folder for the bundle; otherwise the party's own in reports.")] = None,
    as_zip: Annotated[bool, typer.Option("--zip", help="One zip file instead of a folder: the same, to be sent.")] = False,
    json: Json = False,
) -> None:
    """Write a case's evidence into a sealed folder, or one zip file; refused while one of its matches is not confirmed."""
    with session_of(context) as (workspace, session):
        workspace.decoder().start_for_stills()
        tell("The evidence is being made ...")
        from monitor.bundles import export_case  # what seals and prints takes a second to load, while the decoders come up

        made = export_case(workspace, session, case, out, as_zip=as_zip)
    if json:
        show_json(made)
        return
    say(f"The bundle is {shown(made.bundle)}.")
    say(f"Its key has the fingerprint {made.fingerprint}.")
    say("Tell it to whoever gets the bundle, on another way than with the bundle: it alone shows that the bundle is yours.")
    say(f"Next: semblance evidence verify {shown(quote(str(made.bundle)))} --fingerprint {made.fingerprint}")


@evidence.command("certificate")
def evidence_certificate(
    context: typer.Context,
    case: str,
    out: Annotated[Path | None, typer.Option(help="Folder for the drafts; otherwise the party's own in reports.")] = None,
    json: Json = False,
) -> None:
    """Draft the certifications of Federal Rules of Evidence 902(13) and 902(14) about a case's last bundle, as DOCX and PDF, for
    a qualified person to complete and sign."""
    with session_of(context) as (workspace, session):
        tell("The certifications are being drafted ...")
        from monitor.bundles import certify_case  # what signs and prints takes a while to load

        made = certify_case(workspace, session, case, out)
    if json:
        show_json({"documents": made})
        return
    for path in made:
        say(f"Drafted {shown(path)}.")
    say("They are drafts: whoever signs fills in what is marked, and counsel sees to what stands at their end.")


@evidence.command("fingerprint")
def evidence_fingerprint(context: typer.Context, json: Json = False) -> None:
    """Print the fingerprint of the key that signs this workspace's bundles, for those who get them."""
    from monitor.evidence_key import own_fingerprint

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
    from monitor.evidence_key import known_fingerprint
    from reports.evidence.verify import verify_bundle

    root = folder_of(context)
    keys, own = root / "keys", known_fingerprint(root, settings_of(context))
    verdicts = [(bundle, verify_bundle(bundle, fingerprint, own)) for bundle in bundles]
    if json:
        made = [asdict(verdict) for _, verdict in verdicts]
        show_json(made if len(made) > 1 else made[0])
    else:
        for bundle, verdict in verdicts:
            _say_verdict(bundle, verdict, keys, f"{shown(bundle)}: " if len(verdicts) > 1 else "")
    if not all(verdict.ok for _, verdict in verdicts):
        raise typer.Exit(ExitCode.DAMAGED)


@evidence.command("replay")
def evidence_replay(
    context: typer.Context,
    bundle: Path,
    pack: Annotated[str | None, typer.Option(help="The pack for faces, instead of the settings'.")] = None,
    json: Json = False,
) -> None:
    """Look once more at a bundle's captured bytes with its own references and this machine's models; changes nothing. Exit code 1
    where a match is not found again as surely as then."""
    from monitor.replay import replay_bundle

    settings = settings_of(context)
    if pack is not None:
        settings = settings.model_copy(update={"pack": pack})
    progress = progress_line()
    replays = replay_bundle(bundle, settings, progress)
    end_progress()
    if json:
        show_json([{**asdict(one), "same_model": one.same_model, "holds": one.holds} for one in replays])
    else:
        for one in replays:
            _say_replay(one)
    if not all(one.holds for one in replays):
        raise typer.Exit(ExitCode.FOUND)


def _say_replay(one: "Replay") -> None:
    then, now = one.then, one.now
    say(f"{shown(one.subject)} in {shown(one.file)} ({one.match_id[:12]}):")
    place = f"{then.t_start:.2f}-{then.t_end:.2f} s"
    say(f"  then  {place}, score {then.score:.3f}, threshold {then.threshold:.3f}, by {shown(then.encoder)}")
    if now is None:
        say(f"  now   {'not found: ' if one.compared else ''}{shown(one.why)}.")
        return
    say(f"  now   {now.t_start:.2f}-{now.t_end:.2f} s, score {now.score:.3f}, by {shown(now.encoder)}")
    if not one.same_model:
        say("  Another model looked: its scores are on another scale. What a person decided stays as it is.")
    elif one.holds:
        say("  Found again, above the threshold of then.")
    else:
        say("  Found again, but below the threshold of then.")


def _say_verdict(bundle: Path, verdict: "Verdict", keys: Path, which: str) -> None:
    """which: the bundle's name and a colon, where there are several."""
    from reports.evidence.verify import Whose

    for name, problem in verdict.problems:
        say(f"{which}{shown(name)}: {shown(problem)}")
    if not verdict.ok:
        return
    for stamp in verdict.timestamps:
        at = f"{stamp.at:%Y-%m-%d %H:%M:%S} UTC"
        about = f"the capture {stamp.capture_id}" if stamp.capture_id else stamp.about
        say(f"{which}{shown(stamp.authority)} states that it was shown {about} at {at}.")
        say(f"  Compare its certificate with what the authority publishes (SHA-256): {', '.join(stamp.roots)}")
    files, key = f"{verdict.files} files are as they were signed", f"by the key {verdict.fingerprint}"
    if verdict.whose is Whose.EXPECTED:
        say(f"{which}Whole: {files} {key}, which is the one that was asked for.")
    elif verdict.whose is Whose.OWN:
        say(f"{which}Whole: {files} {key}, which is this workspace's own, in {shown(keys)}.")
    else:
        say(f"{which}Nothing was changed: {files} {key}. Not known yet: whose key that is.")
        say("  Anybody can make such a folder with a key of their own. To find out, ask the sender, on another way than the one")
        say("  on which the bundle came, for the fingerprint (they type: semblance evidence fingerprint), and compare it with")
        say(f"  semblance evidence verify {shown(quote(str(bundle)))} --fingerprint FINGERPRINT")
    if verdict.attestation is not None:
        say(f"  By what the bundle says of itself, its key {verdict.attestation.kind.said}.")
