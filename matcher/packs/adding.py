"""Packs from elsewhere: folders of packs, of known model files, and insightface's packages."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from matcher.errors import PackError
from matcher.packs.digests import sha256_of
from matcher.packs.recipes import RECIPES
from matcher.packs.spec import MANIFEST, PackSpec, write_spec
from matcher.packs.store import Pack, load, load_folder, staged


def add(models: Path, source: Path) -> Pack:
    """Copy a pack folder, a folder of known model files or an insightface package into the models folder.

    Raises PackError when the folder is none of these, naming the files that were not recognised.
    """
    if not source.is_dir():
        raise PackError(f"{source} is not a folder.", "Name the folder that holds pack.json or the model files.")
    if (source / MANIFEST).is_file():
        return _copy(models, load_folder(source).spec, {path.name: path for path in source.iterdir()})
    digests = {sha256_of(path): path for path in sorted(source.glob("*.onnx"))}
    for recipe in RECIPES:
        if set(recipe.files.values()) <= set(digests):
            files = {name: digests[digest] for name, digest in recipe.files.items()}
            return _copy(models, recipe.spec({name: path.stat().st_size for name, path in files.items()}), files)
    if _is_insightface_package(source):
        from matcher.packs import insightface  # seconds to import, and most packs do without

        return insightface.add(models, source)
    names = ", ".join(path.name for path in digests.values()) or "no .onnx file"
    raise PackError(
        f"{source} is no pack: it has no {MANIFEST}, and its files are not known ({names}).",
        f"Write a {MANIFEST} beside them (docs/packs.md), or name another folder.",
    )


def _copy(models: Path, spec: PackSpec, files: Mapping[str, Path]) -> Pack:
    with staged(models, spec.id) as folder:
        for name in spec.files:
            shutil.copyfile(files[name], folder / name)
        write_spec(spec, folder)
    return load(models, spec.id)


def _is_insightface_package(folder: Path) -> bool:
    """Its own manifest, or a detector as insightface names them beside other models."""
    manifest = folder / "manifest.json"
    if manifest.is_file():
        return b"manifest_version" in manifest.read_bytes()
    return any(folder.glob("det_*.onnx")) and len(list(folder.glob("*.onnx"))) > 1
