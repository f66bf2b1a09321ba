"""keys: what references and templates are sealed with."""

import typer

from monitor.cli.opening import Json, session_of
from monitor.cli.output import say, show_record, tell

keys = typer.Typer(no_args_is_help=True, help="The keys that references and templates are sealed with at rest.")


def join(app: typer.Typer) -> None:
    app.add_typer(keys, name="keys")


@keys.command("new")
def keys_new() -> None:
    """Print a new key, for SEMBLANCE_KEYS__SECRET or a KMS; nothing is changed."""
    from registry.crypto import Keyring, keys_to_text, new_key

    say(keys_to_text(Keyring((new_key(),))).strip())


@keys.command("rotate")
def keys_rotate(
    context: typer.Context,
    resume: bool = typer.Option(False, "--resume", help="Make no new key: finish a rotation, or seal with the first key given."),
    json: Json = False,
) -> None:
    """Seal all references, mandates and templates anew with a new key, and drop the old one."""
    from dataclasses import asdict

    from monitor.workspace import alone
    from registry.sealing import rotate

    with session_of(context) as (workspace, session), alone(workspace):
        tell("What is sealed is being sealed anew ...")
        done = rotate(session, workspace.vault, new_key=not resume)
        show_record(asdict(done), json)
    if not done.finished:
        tell("Another program is reading the database; type `semblance keys rotate --resume` when it has ended.")


@keys.command("check")
def keys_check(context: typer.Context, json: Json = False) -> None:
    """Say which key seals, and whether anything still lies in the clear."""
    from registry.sealing import clear_templates

    with session_of(context) as (workspace, session):
        ring = workspace.vault.keys.sealing()
        record = {"key": ring.current.hex(), "older_keys": len(ring.keys) - 1, "templates_in_the_clear": clear_templates(session)}
        show_record(record, json)
