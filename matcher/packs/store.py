"""Packs on disk: one folder each, found, verified at every load, put there whole or not at all."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from matcher.calibration import Calibration
from matcher.errors import PackDamaged, PackError
from matcher.packs.calibrations import completed
from matcher.packs.digests import sha256_of
from matcher.packs.spec import MANIFEST, PackSpec, is_pack_id, parse_spec, write_spec
from registry.actions import Action, Step
from registry.types import Modality

DEFAULT_PACK = "open"
VOICE_PACK = "voice-open"
TEXT_PACK = "text-open"
FIGURE_PACK = "figure-open"
BUILT = MappingProxyType(
    {
        DEFAULT_PACK: Action.BUILD_PACK,
        VOICE_PACK: Action.BUILD_VOICE_PACK,
        TEXT_PACK: Action.BUILD_TEXT_PACK,
        FIGURE_PACK: Action.BUILD_FIGURE_PACK,
    }
)
"""Packs that are built here from the package index, and how."""
_OLD, _RANDOM = "-old", "?" * 8
"""What the names of folders end with that `tempfile` makes for a pack, and those that a pack's successor moved aside."""


@dataclass(frozen=True)
class Pack:
    """A pack whose files have just been found to have the digests that its manifest promises."""

    spec: PackSpec
    folder: Path

    def file(self, name: str) -> Path:
        """The path of one of its files."""
        return self.folder / name


def load(models: Path, pack_id: str) -> Pack:
    """The pack of that id in the models folder, verified. Raises PackError, or PackDamaged naming the file."""
    if not is_pack_id(pack_id):
        raise PackError(f"{pack_id!r} cannot be a pack's name.", Action.SEE_PACKS)
    folder = folder_of(models, pack_id)
    if folder is None:
        raise PackError(f"The pack {pack_id} is not here.", *_how_to_get(pack_id))
    return load_folder(folder)


def folder_of(models: Path, pack_id: str) -> Path | None:
    """Where the pack lies; None where it is not. A pack whose successor was killed between the two moves of `staged` still
    serves from beside its place."""
    aside = sorted(models.glob(f".{pack_id}-{_RANDOM}{_OLD}/{MANIFEST}"))
    return next((path.parent for path in (models / pack_id / MANIFEST, *aside) if path.is_file()), None)


def load_folder(folder: Path) -> Pack:
    """The pack in a folder, verified. Raises PackDamaged naming the file, and PackError for a manifest that is none."""
    spec = _completed(parse_spec((folder / MANIFEST).read_text("utf-8"), str(folder)))
    for name, entry in spec.files.items():
        path = folder / name
        if not path.is_file():
            raise PackDamaged(f"The pack {spec.id} lacks its file {name}.", *_how_to_get(spec.id))
        if path.stat().st_size != entry.size or sha256_of(path) != entry.sha256:
            raise PackDamaged(f"{name} of the pack {spec.id} is not the file that its manifest promises.", *_how_to_get(spec.id))
    return Pack(spec, folder)


def _completed(spec: PackSpec) -> PackSpec:
    """What an earlier version installed knows what was measured of its models since, and of figures forgets what was measured of
    a method that is gone: such a pack has no background."""
    if spec.figure and not spec.figure.background:
        spec = spec.model_copy(update={"figure": spec.figure.model_copy(update={"calibration": None})})
    if spec.face is None or spec.face.calibration is None:
        return spec
    known = completed(spec.face.calibration)
    return spec.model_copy(update={"face": spec.face.model_copy(update={"calibration": known})})


def lacks_background(models: Path, pack_id: str) -> bool:
    """Whether an installed pack's image encoder was never measured on pictures at large: an earlier version added it. Nothing is
    verified. Raises PackError for a manifest that is none."""
    folder = folder_of(models, pack_id) if is_pack_id(pack_id) else None
    if folder is None:
        return False
    figure = parse_spec((folder / MANIFEST).read_text("utf-8"), str(folder)).figure
    return figure is not None and figure.background is None


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
    if not models.is_dir():
        return []
    names = {path.parent.name for path in models.glob(f"*/{MANIFEST}")}
    aside = {name[1:].rpartition("-")[0].rpartition("-")[0] for name in names if name.startswith(".") and name.endswith(_OLD)}
    return sorted(name for name in names | aside if is_pack_id(name))


@contextmanager
def staged(models: Path, pack_id: str) -> Iterator[Path]:
    """A folder to fill; on success it takes the pack's place in one step, otherwise it is as if nothing had been."""
    models.mkdir(parents=True, exist_ok=True)
    _sweep(models, pack_id)
    folder = Path(tempfile.mkdtemp(prefix=f".{pack_id}-", dir=models))
    held = _lock(folder)
    try:
        yield folder
        load_folder(folder)
        # Models are no secret, and one folder of them may serve many users.
        folder.chmod(0o755)
        for file in filter(Path.is_file, folder.iterdir()):
            file.chmod(0o644)
        target, old = models / pack_id, folder.with_name(folder.name + _OLD)
        if target.exists():
            target.rename(old)
        folder.rename(target)
        for stale in models.glob(f".{pack_id}-{_RANDOM}{_OLD}"):
            # Its manifest goes first: with it, it is whole; without it, it is nobody's pack.
            (stale / MANIFEST).unlink(missing_ok=True)
            shutil.rmtree(stale, ignore_errors=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if held is not None:
            os.close(held)


def _sweep(models: Path, pack_id: str) -> None:
    """Remove what a killed process was filling; one that still fills its folder holds a lock on it."""
    for folder in models.glob(f".{pack_id}-{_RANDOM}"):
        held = _lock(folder)
        if held is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(held)


def _lock(folder: Path) -> int | None:
    """A descriptor that holds the folder's lock; None where another process does, or the file system has no locks."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def _how_to_get(pack_id: str) -> tuple[Action | Step, ...]:
    if pack_id in BUILT:
        return (BUILT[pack_id],)
    from matcher.packs.pull.known import KNOWN, can_be_pulled  # which knows the shapes of packs, as this module does

    pulled = (Action.PULL_PACK.of(pack_id),) if pack_id in KNOWN and can_be_pulled(KNOWN[pack_id]) else ()
    return (*pulled, Action.ADD_PACK, Action.SEE_PACKS)
