"""Known model files: a folder that holds them, whatever their names, becomes a pack without anybody writing a manifest."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from matcher.packs.calibrations import EDGE_FACE
from matcher.packs.spec import (
    DetectorSpec,
    EncoderSpec,
    FaceModels,
    FigureModels,
    FileEntry,
    ImageInput,
    Licence,
    PackSpec,
    Point,
)


@dataclass(frozen=True)
class Recipe:
    """files: the name in the pack to the digest it is told by."""

    id: str
    title: str
    licence: Licence
    files: Mapping[str, str]
    face: FaceModels | None = None
    figure: FigureModels | None = None

    def spec(self, sizes: Mapping[str, int]) -> PackSpec:
        """The manifest; sizes: of each file, in bytes."""
        entries = {name: FileEntry(sha256=digest, size=sizes[name]) for name, digest in self.files.items()}
        return PackSpec(
            format=1, id=self.id, title=self.title, licence=self.licence, files=entries, face=self.face, figure=self.figure
        )


def _scaled(side: int, *points: Point) -> tuple[Point, Point, Point, Point, Point]:
    a, b, c, d, e = ((round(x * side, 3), round(y * side, 3)) for x, y in points)
    return a, b, c, d, e


_DETECTOR, _ENCODER = "yunet_s_dynamic.onnx", "face-reidentification-retail-0095.onnx"
EDGE = Recipe(
    id="edge",
    title="YuNet + Intel face-reidentification-retail-0095",
    licence=Licence(
        names=("Apache-2.0", "MIT"),
        commercial=True,
        text="YuNet: MIT (OpenCV Zoo) and Apache-2.0 (libfacedetection.train). face-reidentification-retail-0095: Apache-2.0 "
        "(Intel Open Model Zoo).",
    ),
    files=MappingProxyType(
        {
            _DETECTOR: "daede24002cc8590f457998cc5e6c9e8b82f45f6bd969506a8913cd4ed10a2d3",
            _ENCODER: "0d4028aa9fa0ad039b6d8157643371936936660d5b525efb4db2270e512f507d",
        }
    ),
    face=FaceModels(
        detector=DetectorSpec(family="yunet", files={"detector": _DETECTOR}, side=640, threshold=0.6),
        encoder=EncoderSpec(
            family="onnx",
            file=_ENCODER,
            dimensions=256,
            input=ImageInput(name="input", size=128, colour="bgr", layout="nchw"),
            places=_scaled(
                128, (0.31557, 0.46157), (0.68262, 0.46157), (0.50026, 0.64051), (0.34947, 0.82469), (0.65343, 0.82469)
            ),
        ),
        calibration=EDGE_FACE,
    ),
)

_MOBILENET = "mobilenet_v1_emb1024.onnx"
MOBILENET = Recipe(
    id="character-mobilenet",
    title="MobileNet v1 picture embedding",
    licence=Licence(names=("Apache-2.0",), commercial=True, text="MobileNet v1 embedding: Apache-2.0 (google-coral)."),
    files=MappingProxyType({_MOBILENET: "067a1f4eb242c97140605b86de2aac0e113dac38a1fb7a5c8924a9f4439d9506"}),
    figure=FigureModels(
        file=_MOBILENET,
        dimensions=1024,
        input=ImageInput(name="input", size=224, colour="rgb", layout="nhwc", dtype="uint8"),
    ),
)

RECIPES = (EDGE, MOBILENET)
