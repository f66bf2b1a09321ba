"""models: the packs of models that are here, and those that could be."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli import calibrating, pulling
from monitor.cli.actions import command
from monitor.cli.opening import Json, folder_of, settings_of
from monitor.cli.output import end_progress, named, progress_line, say, show_rows, shown
from registry.errors import ExitCode

if TYPE_CHECKING:
    from matcher.packs.catalogue import PackLine
    from matcher.packs.store import Pack

models = typer.Typer(no_args_is_help=True, help="Packs of models: which are here, and how others come.")


def join(app: typer.Typer) -> None:
    calibrating.join(models)
    pulling.join(models)
    app.add_typer(models, name="models")


@models.command("list")
def models_list(context: typer.Context, json: Json = False) -> None:
    """List the packs that are here, and those that are known and are not."""
    from matcher.packs.catalogue import pack_lines

    settings = settings_of(context)
    rows = [_fields(line) for line in pack_lines(settings.models, settings.packs)]
    show_rows(rows, json, "", ("pack", "state", "used", "licence", "commercial", "says"))


def _fields(line: "PackLine") -> dict[str, Any]:
    fields = dict(named(line))
    state = "here" if fields.pop("here") else "absent"
    says = _how_it_comes(line) if fields.pop("comes") else line.says
    return {"pack": fields.pop("pack"), "state": state, **fields, "says": says}


def _how_it_comes(line: "PackLine") -> str:
    typed = command(line.comes) if line.comes else ""
    return f"{typed} ({line.says})" if line.says else typed


@models.command("build")
def models_build(context: typer.Context, pack: Annotated[str, typer.Argument()] = "open") -> None:
    """Build a pack from the package index: `open`, `voice-open`, `text-open` or `figure-open`; the others are pulled or added."""
    from matcher.packs.catalogue import build_pack

    built = build_pack(settings_of(context).models, pack, progress_line())
    end_progress()
    _describe(built)


@models.command("add")
def models_add(
    context: typer.Context,
    folder: Path,
    insightface: Annotated[bool, typer.Option("--insightface", help="The folder is a model package of insightface.")] = False,
    name: Annotated[str | None, typer.Option(help="What an insightface package is called here.")] = None,
) -> None:
    """Add a pack from a folder that holds pack.json, known model files, an exported image encoder (CLIP, SigLIP, DINOv2), or a
    package of insightface."""
    from matcher.packs.catalogue import add_pack

    _describe(add_pack(settings_of(context).models, folder, insightface=insightface, name=name))


def _describe(pack: "Pack") -> None:
    say(f"The pack {pack.spec.id} is in {shown(pack.folder)}: {shown(pack.spec.title)}.")
    say(f"Licence: {shown(', '.join(pack.spec.licence.names))}. {shown(pack.spec.licence.text)}")
    if not pack.spec.licence.commercial:
        say("Its licence does not allow commercial use.")


@models.command("verify")
def models_verify(context: typer.Context, pack: Annotated[str | None, typer.Argument()] = None) -> None:
    """Check that every file has the digest that its pack promises; exit code 4 when one has not."""
    from matcher.packs.catalogue import verified

    found = False
    for name in verified(settings_of(context).models, pack):
        found = True
        say(f"{shown(name)}: every file is as promised.")
    if not found:
        say("There is no pack here. Type `semblance models build open`.")
        raise typer.Exit(ExitCode.FOUND)


@models.command("use")
def models_use(
    context: typer.Context,
    pack: str,
    accept_licence: Annotated[bool, typer.Option("--accept-licence", help="Declare that you hold a licence for it.")] = False,
) -> None:
    """Make the workspace use a pack for faces, or beside it one for voices, words or drawn characters; templates are made anew
    from the references at the next run."""
    from monitor.packs import use_pack

    beside = use_pack(folder_of(context), settings_of(context), pack, accept_licence=accept_licence)
    say(f"This workspace uses the pack {shown(pack)} now{', beside its others' if beside else ''}.")
