"""A pack pulled: its files taken and checked, made into models, tried, and put in place in one step."""

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from matcher.assemble import detector_of, recognisers_of
from matcher.errors import PackError
from matcher.face.encode import OnnxEncoder
from matcher.packs.pull.known import KNOWN
from matcher.packs.pull.recipe import InsightfacePackage, Known, PullRecipe
from matcher.packs.pull.seam import NotReached, Origin
from matcher.packs.pull.taking import Progress, take
from matcher.packs.spec import write_spec
from matcher.packs.store import BUILT, Pack, load, staged
from matcher.session import Session
from registry.actions import Action
from registry.errors import ExitCode

PARTS = ".parts"
_PACKAGES = "insightface"
_SPARE = 64 << 20
_TO_MAKE = 3
"""How many times the published files' bytes are needed at once: as they came, as models, and while a model is tried."""


class NotPulled(PackError):
    """A pack that cannot be pulled, whatever the network gives."""

    exit_code = ExitCode.WRONG_USE


class PullRunning(PackError):
    """Another pull into the same folder has not ended yet."""


class DiskTrouble(PackError):
    """The models folder cannot be written, or is full."""


def known_pack(pack: str) -> Known:
    """What is known of a pack that can be pulled. Raises NotPulled for one that is not."""
    if pack in KNOWN:
        return KNOWN[pack]
    if pack in BUILT:
        raise NotPulled(f"The pack {pack} is built from the package index, and not pulled.", BUILT[pack])
    raise NotPulled(f"There is no recipe for a pack {pack!r}.", f"Known are {', '.join(KNOWN)}.", Action.SEE_PACKS)


def pull(models: Path, recipe: PullRecipe, origin: Origin, progress: Progress = lambda _file, _done: None) -> Pack:
    """Put the recipe's pack into the models folder, in place of one of its name, once all of it was taken, checked and tried.

    Whenever it ends early, what came is kept for the next pull, and the pack that was there stays. Raises NotReached, OtherBytes,
    PullRunning, DiskTrouble, and PackError for files that do not make a pack.
    """
    with _disk_told(models), _alone(models) as parts:
        _check_space(models, recipe, parts)
        taken = {file.name: take(file, origin, parts, progress) for file in recipe.files}
        with staged(models, recipe.id) as folder:
            spec = recipe.make(taken, folder)
            _try(Pack(spec, folder))
            write_spec(spec, folder)
        _forget(parts, recipe)
    return load(models, recipe.id)


def pull_package(models: Path, package: InsightfacePackage, source: Path | None = None) -> Pack:
    """Put a package of insightface's into the models folder: from source/NAME where that is given, else by insightface's own
    downloader. Raises PackError."""
    from matcher.packs.insightface import add, fetched  # seconds to import, and most packs do without

    with _disk_told(models), _alone(models) as parts:
        if source is None:
            shutil.rmtree(parts / _PACKAGES, ignore_errors=True)
            try:
                return add(models, fetched(package.id, parts / _PACKAGES), package.id)
            finally:
                shutil.rmtree(parts / _PACKAGES, ignore_errors=True)
        if not (source / package.id).is_dir():
            raise NotReached(f"{source / package.id} is not there.", f"Unpack insightface's {package.id}.zip into {source}.")
        return add(models, source / package.id, package.id)


def _try(pack: Pack) -> None:
    """Run every model of a pack that is about to be installed, once. Raises PackError."""
    try:
        works = _runs(pack)
    except PackError as error:
        raise _idle(pack, error.what) from error
    if not works:
        raise _idle(pack, "Its encoder gives no vectors of the length that it should.")


def _runs(pack: Pack) -> bool:
    """Whether its detector looks at a picture, and its encoder makes of it what the manifest says."""
    recognisers_of(pack)
    face = pack.spec.face
    if face is None:
        return True
    detector_of(pack, face).detect(np.full((160, 192, 3), 128, np.uint8), 320)
    contract = face.encoder.input
    encoder = OnnxEncoder(
        Session(pack.file(face.encoder.file)), contract, np.array(face.encoder.places, np.float32), pack.spec.id
    )
    vectors = encoder.encode(np.full((2, contract.size, contract.size, 3), 128, np.uint8))
    return vectors.shape == (2, face.encoder.dimensions) and bool(np.isfinite(vectors).all())


def _idle(pack: Pack, why: str) -> PackError:
    return PackError(
        f"The files of {pack.spec.id} are as promised, but they do not work as its recipe says, and were not installed. {why}",
        "Tell us; until then use another pack.",
    )


@contextmanager
def _alone(models: Path) -> Iterator[Path]:
    """The folder of parts, for one pull at a time; the system frees it when a pull is killed."""
    parts = models / PARTS
    parts.mkdir(parents=True, exist_ok=True)
    with (parts / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise PullRunning(f"Another pull into {models} is under way.", "Wait until it has ended.", retryable=True) from error
        yield parts


def _forget(parts: Path, recipe: PullRecipe) -> None:
    for file in recipe.files:
        for path in parts.glob(f"{file.sha256}.*"):
            path.unlink()


def _check_space(models: Path, recipe: PullRecipe, parts: Path) -> None:
    # Parts of other packs save this one nothing.
    here = sum(path.stat().st_size for file in recipe.files for path in parts.glob(f"{file.sha256}.part"))
    wanted = max(0, _TO_MAKE * recipe.size - here) + _SPARE
    free = shutil.disk_usage(models).free
    if free < wanted:
        raise DiskTrouble(
            f"{models} has {free / (1 << 20):.0f} MiB free, and the pack {recipe.id} needs {wanted / (1 << 20):.0f} MiB while it "
            "is made.",
            "Free some space, or name another folder with the setting models.",
        )


@contextmanager
def _disk_told(models: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            what = f"The disk of {models} is full. What came of the pack is kept, and nothing else was changed."
            raise DiskTrouble(what, "Free some space and pull again; it goes on where it stopped.", retryable=True) from error
        if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EEXIST):
            what = f"{models} cannot be written ({os.strerror(error.errno)})."
            raise DiskTrouble(
                what, "Name a folder of yours with the setting models, or the variable SEMBLANCE_MODELS."
            ) from error
        raise
