"""insightface's model packages as packs. The only importer of insightface."""

import errno
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from insightface.app import FaceAnalysis
from insightface.model_zoo.model_license import inspect_model_package_license
from insightface.utils.storage import download
from numpy.typing import NDArray

from matcher.errors import PackError
from matcher.face.detect import Detections, Floats, no_detections
from matcher.face.encode import unit
from matcher.packs.digests import sha256_of
from matcher.packs.spec import (
    DetectorSpec,
    EncoderSpec,
    FaceModels,
    FileEntry,
    ImageInput,
    Licence,
    PackSpec,
    Point,
    is_pack_id,
    write_spec,
)
from matcher.packs.store import Pack, load, staged
from registry.types import Image

TASKS = ["detection", "recognition"]
TERMS_FILES = ("MODEL.LICENSE", "manifest.json")
THRESHOLD, SIDE = 0.5, 640
OF_THE_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES)
PUBLIC_TERMS = "insightface's public models are for non-commercial research only, unless a signed MODEL.LICENSE grants more."
# The ArcFace template (Deng et al., 2019) in its 112-pixel square: eyes, nose, mouth corners, left first.
ARCFACE = ((38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041))


def add(models: Path, source: Path, pack_id: str | None = None) -> Pack:
    """Copy an insightface package (a folder of its ONNX files) into the models folder as a pack, digests taken now.

    Raises PackError when insightface cannot load a detector and an encoder from it.
    """
    name = pack_id or source.name.lower()
    if not is_pack_id(name):
        raise PackError(f"{name!r} cannot be a pack's name.", "Give a name of small letters, digits, - and _.")
    analysis = _load(source)
    encoder, detector = analysis.models["recognition"], analysis.det_model
    files = {Path(model.model_file).name for model in (encoder, detector)}
    with staged(models, name) as folder:
        for file in [*files, *(n for n in TERMS_FILES if (source / n).is_file())]:
            shutil.copyfile(source / file, folder / file)
        write_spec(_spec(name, folder, Path(detector.model_file).name, Path(encoder.model_file).name, encoder), folder)
    return load(models, name)


def fetched(package: str, root: Path) -> Path:
    """The folder into which insightface's own downloader puts one of its packages, under root. Raises PackError, and OSError of a
    disk that refuses."""
    try:
        folder = Path(download("models", package, force=True, root=str(root)))
    except Exception as error:
        if isinstance(error, OSError) and error.errno in OF_THE_DISK:
            raise
        # Its downloader lets through whatever requests and zipfile raise, and RuntimeError for an answer of another status.
        raise PackError(
            f"insightface could not fetch its package {package} ({type(error).__name__}).",
            "Try again, or fetch it yourself and add its folder.",
            retryable=True,
        ) from error
    inner = folder / package
    return inner if inner.is_dir() else folder


def _spec(name: str, folder: Path, detector: str, encoder: str, model: Any) -> PackSpec:
    size = int(model.input_size[0])
    return PackSpec(
        format=1,
        id=name,
        title=f"insightface package {name}",
        licence=_terms(folder, name),
        files={p.name: FileEntry(sha256=sha256_of(p), size=p.stat().st_size) for p in sorted(folder.iterdir())},
        face=FaceModels(
            detector=DetectorSpec(family="insightface", files={"detector": detector}, side=SIDE, threshold=THRESHOLD),
            encoder=EncoderSpec(
                family="insightface",
                file=encoder,
                dimensions=int(model.output_shape[-1]),
                input=ImageInput(
                    name=model.input_name,
                    size=size,
                    colour="rgb",
                    layout="nchw",
                    mean=(float(model.input_mean),) * 3,
                    scale=float(model.input_std),
                ),
                places=places(size),
            ),
        ),
    )


def places(size: int) -> tuple[Point, Point, Point, Point, Point]:
    """The ArcFace template in a square of size pixels; multiples of 128 carry a margin of 8 in 128 on either side."""
    ratio, margin = (size / 112, 0.0) if size % 112 == 0 else (size / 128, 8.0 * size / 128)
    a, b, c, d, e = ((round(x * ratio + margin, 4), round(y * ratio, 4)) for x, y in ARCFACE)
    return a, b, c, d, e


def _terms(folder: Path, name: str) -> Licence:
    """What the package's own licence file grants, verified now with the vendor's key; without one, the public terms."""
    found = inspect_model_package_license(folder, expected_model_id=name)
    if found.grant is None:
        raise PackError(f"The package's MODEL.LICENSE does not hold: {found.message}.", "Ask insightface for a valid one.")
    return Licence(names=("insightface",), commercial=found.grant == "commercial", text=f"{PUBLIC_TERMS} {found.message}".strip())


def grants_commercial_use(pack: Pack) -> bool:
    """Whether the licence file in the pack, checked at this moment, allows commercial use."""
    return bool(inspect_model_package_license(pack.folder, expected_model_id=pack.spec.id).grant == "commercial")


def load_models(pack: Pack) -> tuple["InsightDetector", "InsightEncoder"]:
    """The pack's detector and encoder. Raises PackError where insightface cannot load them."""
    analysis = _load(pack.folder)
    face = pack.spec.face
    assert face is not None
    identity = f"{face.encoder.file.removesuffix('.onnx')}@{pack.spec.files[face.encoder.file].sha256[:12]}"
    analysis.det_model.prepare(0, input_size=(face.detector.side, face.detector.side), det_thresh=face.detector.threshold)
    spots = np.array(face.encoder.places, np.float32)
    return InsightDetector(analysis.det_model, face.detector.side), InsightEncoder(
        analysis.models["recognition"], identity, spots
    )


def _load(folder: Path) -> Any:
    try:
        analysis = FaceAnalysis(name=str(folder), allowed_modules=TASKS)
    except Exception as error:
        # insightface raises whatever its parsers meet: AssertionError, KeyError, protobuf's and onnxruntime's own classes.
        raise PackError(
            f"insightface cannot load {folder.name}: {type(error).__name__}.", "Name the folder that holds the package's files."
        ) from error
    if missing := [task for task in TASKS if task not in analysis.models]:
        raise PackError(f"{folder.name} holds no model for {' and '.join(missing)}.", "Add the whole insightface package.")
    return analysis


class InsightDetector:
    """Scales every picture to the one size that it was prepared for."""

    def __init__(self, model: Any, side: int) -> None:
        self._model, self.side = model, side

    def detect(self, image: Image, side: int) -> Detections:  # noqa: ARG002
        """See Detector; side is that which it was prepared for, whatever is asked."""
        boxes, landmarks = self._model.detect(image)
        if landmarks is None or not len(boxes):
            return no_detections()
        return Detections(
            np.asarray(boxes[:, :4], np.float32), np.asarray(boxes[:, 4], np.float32), np.asarray(landmarks, np.float32)
        )


class InsightEncoder:
    """An encoder of insightface's; its places are the ArcFace template."""

    def __init__(self, model: Any, identity: str, spots: Floats) -> None:
        self._model, self.id, self.places = model, identity, spots
        self.size = int(model.input_size[0])

    def encode(self, chips: NDArray[np.uint8]) -> Floats:
        """Vectors (n, d) of length 1 of aligned faces (n, size, size, 3) BGR."""
        return unit(np.asarray(self._model.get_feat(list(chips)), np.float32))
