"""How published files become packs."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matcher.errors import PackError
from matcher.packs.digests import sha256_of
from matcher.packs.omz_ir import convert
from matcher.packs.onnx_graph import with_free_size
from matcher.packs.recipes import EDGE
from matcher.packs.spec import DetectorSpec, EncoderSpec, FaceModels, FileEntry, ImageInput, Licence, PackSpec, Point
from matcher.session import Session

REIDENTIFICATION = "face-reidentification-retail-0095"
YUNET, SFACE, AURAFACE = "face_detection_yunet_2023mar.onnx", "face_recognition_sface_2021dec.onnx", "glintr100.onnx"
DETECTOR = "yunet_2023mar_any_size.onnx"
OTHER = (96, 160)
"""A size for which no detector is published, on which one of any size is tried."""

MOST_APART = 1e-5
"""How far a detector's numbers may lie from those of the file that it was made of."""

# The places of the ArcFace template in 112 pixels, which SFace (OpenCV's FaceRecognizerSF) and AuraFace are aligned to.
_ARCFACE: tuple[Point, Point, Point, Point, Point] = (
    *((38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366)),
    *((41.5493, 92.3655), (70.7299, 92.2041)),
)


def edge(taken: Mapping[str, Path], folder: Path) -> PackSpec:
    """YuNet for pictures of any size, and OMZ's IR as ONNX. Raises PackError."""
    encoder = f"{REIDENTIFICATION}.onnx"
    model = convert(taken[f"{REIDENTIFICATION}.xml"].read_bytes(), taken[f"{REIDENTIFICATION}.bin"].read_bytes())
    (folder / encoder).write_bytes(model)
    any_size(taken[YUNET], folder / DETECTOR)
    assert EDGE.face is not None
    face = EDGE.face.model_copy(update={"detector": _yunet()})
    return PackSpec(format=1, id=EDGE.id, title=EDGE.title, licence=EDGE.licence, files=_entries(folder), face=face)


def sface(taken: Mapping[str, Path], folder: Path, licence: Licence, title: str) -> PackSpec:
    """YuNet and SFace, which takes RGB 0-255 as OpenCV feeds it. Raises PackError."""
    contract = {"size": 112, "colour": "rgb", "layout": "nchw"}
    return _arcface_like("sface", taken, SFACE, folder, licence, title, contract)


def auraface(taken: Mapping[str, Path], folder: Path, licence: Licence, title: str) -> PackSpec:
    """YuNet and AuraFace's encoder, fed as ArcFace is. Raises PackError."""
    contract = {"size": 112, "colour": "rgb", "layout": "nchw", "mean": (127.5,) * 3, "scale": 127.5}
    return _arcface_like("auraface", taken, AURAFACE, folder, licence, title, contract)


def any_size(published: Path, made: Path) -> None:
    """Write a detector that takes pictures of any size; at its own size it says what the published one says, which is tried.

    Raises PackError where that does not hold.
    """
    try:
        made.write_bytes(with_free_size(published.read_bytes()))
    except (ValueError, IndexError) as error:
        raise PackError(f"{published.name} is no detector that is known here: {error}.", "Tell us which file it is.") from error
    try:
        alike = _alike(Session(published), Session(made))
    except PackError:
        alike = False
    if not alike:
        raise PackError(f"{published.name} says something else once it takes any size.", "Tell us which file it is.")


def _alike(before: Session, after: Session) -> bool:
    """Whether both say the same at the size of the first, and the second as much of each place at another."""
    side = _side(before)
    said = before.run({before.inputs[0]: _noise(1, side)})
    same = after.run({after.inputs[0]: _noise(1, side)})
    others = after.run({after.inputs[0]: _noise(2, OTHER)})
    share = OTHER[0] * OTHER[1] / (side[0] * side[1])
    return all(
        one.shape == again.shape
        and np.abs(one - again).max() <= MOST_APART
        and other.shape == (2, round(one.shape[1] * share), *one.shape[2:])
        for one, again, other in zip(said, same, others, strict=True)
    )


def _noise(count: int, side: tuple[int, int]) -> NDArray[np.float32]:
    return np.random.default_rng(0).integers(0, 256, (count, 3, *side), np.uint8).astype(np.float32)


def _side(session: Session) -> tuple[int, int]:
    height, width = session.shape_of_input[2:4]
    return (height, width) if isinstance(height, int) and isinstance(width, int) else (640, 640)


def _arcface_like(
    pack: str,
    taken: Mapping[str, Path],
    file: str,
    folder: Path,
    licence: Licence,
    title: str,
    contract: Mapping[str, object],
) -> PackSpec:
    any_size(taken[YUNET], folder / DETECTOR)
    (folder / file).write_bytes(taken[file].read_bytes())
    session = Session(folder / file)
    (name,) = session.inputs
    given = session.run({name: np.zeros((1, 3, 112, 112), np.float32)})[0]
    encoder = EncoderSpec(
        family="onnx",
        file=file,
        dimensions=int(given.reshape(1, -1).shape[1]),
        input=ImageInput.model_validate({"name": name, **contract}),
        places=_ARCFACE,
    )
    face = FaceModels(detector=_yunet(), encoder=encoder)
    return PackSpec(format=1, id=pack, title=title, licence=licence, files=_entries(folder), face=face)


def _yunet() -> DetectorSpec:
    return DetectorSpec(family="yunet", files={"detector": DETECTOR}, side=640, threshold=0.6)


def _entries(folder: Path) -> dict[str, FileEntry]:
    return {path.name: FileEntry(sha256=sha256_of(path), size=path.stat().st_size) for path in sorted(folder.glob("*.onnx"))}
