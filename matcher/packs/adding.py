"""Packs from elsewhere: folders of packs, of known model files, of exported image encoders, and insightface's packages."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from matcher.assemble import figure_encoder_of
from matcher.errors import PackError
from matcher.packs import background, figure_export
from matcher.packs.digests import sha256_of
from matcher.packs.recipes import RECIPES
from matcher.packs.spec import MANIFEST, FileEntry, PackSpec, write_spec
from matcher.packs.store import Pack, load, load_folder, staged
from registry.actions import Action, Step

OF_ADDED = 40
"""Drawn pictures that an added image encoder is measured on: it may take a second for each."""


def add(models: Path, source: Path) -> Pack:
    """Copy a pack folder, a folder of known model files, an exported image encoder or an insightface package into the models
    folder.

    Raises PackError when the folder is none of these, naming the files that were not recognised.
    """
    if not source.is_dir():
        raise PackError(f"{source} is not a folder.", "Name the folder that holds pack.json or the model files.")
    if (source / MANIFEST).is_file():
        return _copy(models, load_folder(source).spec, {path.name: path for path in source.iterdir()})
    digests = {sha256_of(path): path for path in sorted(source.glob("*.onnx"))}
    if (known := _known(digests)) is not None:
        return _copy(models, *known)
    if figure_export.is_export(source):
        spec, model = figure_export.spec_of(source)
        return _copy(models, spec, dict.fromkeys(spec.files, model))
    if _is_insightface_package(source):
        from matcher.packs import insightface  # seconds to import, and most packs do without

        return insightface.add(models, source)
    names = ", ".join(path.name for path in digests.values()) or "no .onnx file"
    raise PackError(
        f"{source} is no pack: it has no {MANIFEST}, and its files are not known ({names}).",
        f"Write a {MANIFEST} beside them (docs/packs.md), or name another folder.",
    )


def _known(digests: Mapping[str, Path]) -> tuple[PackSpec, Mapping[str, Path]] | None:
    """The pack that a recipe makes of files with these digests, and which file is which; None where no recipe has all of its."""
    for recipe in RECIPES:
        if set(recipe.files.values()) <= set(digests):
            files = {name: digests[digest] for name, digest in recipe.files.items()}
            return recipe.spec({name: path.stat().st_size for name, path in files.items()}), files
    return None


def measure_background(models: Path, pack_id: str) -> Pack:
    """An installed pack whose image encoder has no background, with one. Raises PackError, also where the models folder cannot be
    written."""
    pack = load(models, pack_id)
    try:
        return _copy(models, pack.spec, {name: pack.file(name) for name in pack.spec.files})
    except OSError as error:
        raise PackError(
            f"The pack {pack_id} is from an earlier version, which did not measure it on drawn pictures, and {models} cannot be "
            "written now.",
            "Let this user write there, or add the pack again as one who may.",
            Step(Action.ADD_PACK),
        ) from error


def _copy(models: Path, spec: PackSpec, files: Mapping[str, Path]) -> Pack:
    with staged(models, spec.id) as folder:
        for name in spec.files:
            shutil.copyfile(files[name], folder / name)
        write_spec(_with_background(spec, folder), folder)
    return load(models, spec.id)


def _with_background(spec: PackSpec, folder: Path) -> PackSpec:
    """The manifest, with figures of drawn pictures for an image encoder that comes without any; they are put into its folder."""
    if spec.figure is None or spec.figure.background is not None:
        return spec
    known = background.measure(figure_encoder_of(Pack(spec, folder), spec.figure), OF_ADDED)
    path = folder / background.FILE
    background.write_background(known, path)
    entry = FileEntry(sha256=sha256_of(path), size=path.stat().st_size)
    figure = spec.figure.model_copy(update={"background": path.name})
    return spec.model_copy(update={"files": {**spec.files, path.name: entry}, "figure": figure})


def _is_insightface_package(folder: Path) -> bool:
    """Its own manifest, or a detector as insightface names them beside other models."""
    manifest = folder / "manifest.json"
    if manifest.is_file():
        return b"manifest_version" in manifest.read_bytes()
    return any(folder.glob("det_*.onnx")) and len(list(folder.glob("*.onnx"))) > 1
