"""The demonstration's pictures: photos that dependencies ship, and references made to differ from what the clips show."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np

from matcher.media import read_picture
from monitor.demo.drawings import fox, seal
from registry.errors import ExitCode, SemblanceError
from registry.types import Image


class SampleMissing(SemblanceError):
    """A sample photo that a dependency should have brought along."""

    exit_code = ExitCode.OUTSIDE_CAUSE


@dataclass(frozen=True)
class Photos:
    """astronaut, actor: one person each. group: six people, of whom nobody is enrolled."""

    astronaut: Image
    actor: Image
    group: Image


def load_photos() -> Photos:
    """The sample photos, read from the installed packages. Raises SampleMissing."""
    return Photos(
        read_picture(_packaged("skimage", "data/astronaut.png")),
        read_picture(_packaged("insightface", "data/images/Tom_Hanks_54745.png")),
        read_picture(_packaged("insightface", "data/images/t1.jpg")),
    )


def _packaged(package: str, name: str) -> Path:
    # The package's folder is found without importing it: only its files are wanted, and an import takes seconds.
    spec = find_spec(package)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        if (Path(folder) / name).is_file():
            return Path(folder) / name
    raise SampleMissing(f"The package {package} brings no {name}.", "Install the locked dependencies again: make install.")


def write_references(folder: Path, photos: Photos) -> Mapping[str, Path]:
    """A reference picture of each subject, by the subject's name in the demonstration."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures = {
        "astronaut": _tone(np.ascontiguousarray(photos.astronaut[0:300, 90:340][:, ::-1]), gain=1.12, lift=8),
        "actor": _tone(_with_room(np.ascontiguousarray(photos.actor[:, ::-1]), 3), gain=0.85, lift=12),
        "ember": fox(640),
        "seal": seal(560),
    }
    paths = {name: folder / f"{name}.png" for name in pictures}
    for name, picture in pictures.items():
        cv2.imwrite(str(paths[name]), picture)
    return paths


def _tone(picture: Image, *, gain: float, lift: float) -> Image:
    return np.asarray(cv2.convertScaleAbs(picture, alpha=gain, beta=lift), np.uint8)


def _with_room(face: Image, times: int) -> Image:
    """A tight picture of a face, enlarged, with room around it such as a photograph has."""
    large = cv2.resize(face, None, fx=times, fy=times, interpolation=cv2.INTER_CUBIC)
    room = large.shape[0] // 4
    return np.asarray(cv2.copyMakeBorder(large, room, room, room, room, cv2.BORDER_REPLICATE), np.uint8)
