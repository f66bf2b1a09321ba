"""Packs on disk: one folder each, found, verified at every load, put there whole or not at all."""

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from matcher.calibration import Calibration
from matcher.errors import PackDamaged, PackError
from matcher.packs.spec import MANIFEST, PackSpec, is_pack_id, parse_spec, write_spec
from registry.actions import Action
from registry.types import Modality

DEFAULT_PACK = "open"


@dataclass(frozen=True)
class Pack:
    """A pack whose files have just been found to have the digests that its manifest promises."""

    spec: PackSpec
    folder: Path

    def file(self, name: str) -> Path:
        """The path of one of its files."""
        return self.folder / name


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file in 64 hex digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def load(models: Path, pack_id: str) -> Pack:
    """The pack of that id in the models folder, verified. Raises PackError, or PackDamaged naming the file."""
    if not is_pack_id(pack_id):
        raise PackError(f"{pack_id!r} cannot be a pack's name.", Action.SEE_PACKS)
    folder = models / pack_id
    if not (folder / MANIFEST).is_file():
        raise PackError(f"The pack {pack_id} is not here.", *_how_to_get(pack_id))
    return load_folder(folder)


def load_folder(folder: Path) -> Pack:
    """The pack in a folder, verified. Raises PackDamaged naming the file, and PackError for a manifest that is none."""
    spec = parse_spec((folder / MANIFEST).read_text("utf-8"), str(folder))
    for name, entry in spec.files.items():
        path = folder / name
        if not path.is_file():
            raise PackDamaged(f"The pack {spec.id} lacks its file {name}.", *_how_to_get(spec.id))
        if path.stat().st_size != entry.size or sha256_of(path) != entry.sha256:
            raise PackDamaged(f"{name} of the pack {spec.id} is not the file that its manifest promises.", *_how_to_get(spec.id))
    return Pack(spec, folder)


def recalibrate(pack: Pack, modality: Modality, made: Calibration) -> None:
    """Let the pack go by this calibration from now on; its files stay, and its manifest is replaced in one step."""
    spec, part = pack.spec, {"calibration": made}
    if modality is Modality.FACE and spec.face:
        spec = spec.model_copy(update={"face": spec.face.model_copy(update=part)})
    elif spec.figure:
        spec = spec.model_copy(update={"figure": spec.figure.model_copy(update=part)})
    with tempfile.TemporaryDirectory(dir=pack.folder.parent, prefix=".calibrating-") as name:
        write_spec(spec, Path(name))
        (Path(name) / MANIFEST).replace(pack.folder / MANIFEST)


def installed(models: Path) -> list[str]:
    """Ids of the packs whose manifest is there, sorted. Nothing is verified."""
    return sorted(path.parent.name for path in models.glob(f"*/{MANIFEST}")) if models.is_dir() else []


@contextmanager
def staged(models: Path, pack_id: str) -> Iterator[Path]:
    """A folder to fill; on success it takes the pack's place in one step, otherwise it is as if nothing had been."""
    models.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{pack_id}-", dir=models))
    try:
        yield folder
        load_folder(folder)
        # Models are no secret, and one folder of them may serve many users.
        folder.chmod(0o755)
        for file in filter(Path.is_file, folder.iterdir()):
            file.chmod(0o644)
        target, old = models / pack_id, folder.with_name(folder.name + "-old")
        if target.exists():
            target.rename(old)
        folder.rename(target)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _how_to_get(pack_id: str) -> tuple[Action, ...]:
    return (Action.BUILD_PACK,) if pack_id == DEFAULT_PACK else (Action.ADD_PACK, Action.SEE_PACKS)
