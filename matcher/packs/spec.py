"""What a pack's manifest, pack.json, says."""

import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from matcher.calibration import Calibration
from matcher.errors import PackError
from registry.kinds import Modality

MANIFEST = "pack.json"
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
FileName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,120}$")]
PackId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,40}$")]
Point = tuple[float, float]
Positive = Annotated[float, Field(gt=0)]


class PackPart(BaseModel):
    """Base of all parts of a manifest: immutable, and a key nobody knows is an error, not a guess."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class FileEntry(PackPart):
    """What a pack's file must be: its SHA-256, and its size in bytes."""

    sha256: Digest
    size: int = Field(gt=0)


class Licence(PackPart):
    """commercial: whether the terms allow use by a commercial party without a further grant. text: what a person is shown."""

    names: tuple[str, ...]
    commercial: bool
    text: str


class ImageInput(PackPart):
    """How a picture becomes the model's input: value = (pixel - mean) / scale for float32, the pixel itself for uint8. mean, and
    scale where it is three: in the order of colour."""

    name: str
    size: int = Field(ge=16, le=1024)
    colour: Literal["bgr", "rgb"]
    layout: Literal["nchw", "nhwc"]
    dtype: Literal["float32", "uint8"] = "float32"
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    scale: Positive | tuple[Positive, Positive, Positive] = 1.0


class DetectorSpec(PackPart):
    """files: the role of each model in the family's cascade to its file. side: the long side pictures are scaled to."""

    family: Literal["yunet", "mtcnn", "insightface"]
    files: dict[str, FileName]
    side: int = Field(default=640, ge=64, le=4096)
    smallest: int = Field(default=24, ge=12)
    threshold: float = Field(default=0.6, gt=0, lt=1)


class EncoderSpec(PackPart):
    """places: where the five landmarks lie in the aligned picture, in pixels."""

    family: Literal["onnx", "insightface"]
    file: FileName
    dimensions: int = Field(gt=0)
    input: ImageInput
    places: tuple[Point, Point, Point, Point, Point]


class FaceModels(PackPart):
    """The models that find and compare faces; without a calibration the pack cannot be used yet."""

    detector: DetectorSpec
    encoder: EncoderSpec
    calibration: Calibration | None = None


class FigureModels(PackPart):
    """An image encoder for drawn characters and marks.

    output: the model's output that is meant, the first where it is left out; one vector for a picture, or one for each place in
    it, of which the first stands for the whole. map: it is a map of channels (n, dimensions, height, width) of pictures of any
    size instead. background: the file with the mean and spread of its vectors of pictures at large; see matcher.packs.background.
    """

    file: FileName
    dimensions: int = Field(gt=0)
    input: ImageInput
    output: str | None = None
    map: bool = False
    background: FileName | None = None
    calibration: Calibration | None = None


class VoiceModels(PackPart):
    """What finds speech (Silero's model for whole stretches of sound) and tells voices apart (log mel energies of 80 bands less
    their mean over time, as Kaldi reckons them). Any file in the encoder's place has one input (n, frames, 80)."""

    speech: FileName
    encoder: FileName
    dimensions: int = Field(gt=0)
    calibration: Calibration | None = None


class WordModels(PackPart):
    """What finds lines of writing in a picture, and what reads one: with the characters that it knows in its metadata, under
    `character`, one a line."""

    detector: FileName
    reader: FileName


class PackSpec(PackPart):
    """A pack's manifest, pack.json. files: by name, everything in the pack but the manifest."""

    format: Literal[1]
    id: PackId
    title: str
    licence: Licence
    files: dict[FileName, FileEntry]
    face: FaceModels | None = None
    figure: FigureModels | None = None
    voice: VoiceModels | None = None
    words: WordModels | None = None

    @property
    def recognises(self) -> frozenset[Modality]:
        """The modalities that it has models for."""
        tasks = ((Modality.FACE, self.face), (Modality.ARTWORK, self.figure), (Modality.VOICE, self.voice))
        return frozenset(modality for modality, models in tasks if models)

    @model_validator(mode="after")
    def _names_only_listed_files(self) -> Self:
        named = set(self.face.detector.files.values()) | {self.face.encoder.file} if self.face else set()
        named |= {self.figure.file} if self.figure else set()
        named |= {self.figure.background} if self.figure and self.figure.background else set()
        named |= {self.voice.speech, self.voice.encoder} if self.voice else set()
        named |= {self.words.detector, self.words.reader} if self.words else set()
        if not named:
            raise ValueError("the pack has no model for any task")
        if missing := sorted(named - set(self.files)):
            raise ValueError(f"files without a digest: {', '.join(missing)}")
        return self


def parse_spec(text: str, origin: str) -> PackSpec:
    """The manifest in text. Raises PackError that names the field that is wrong."""
    try:
        return PackSpec.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the whole"
        raise PackError(
            f"The manifest of {origin} is not valid: {where}: {first['msg']}.", "Mend pack.json, or add the pack again."
        ) from error


def write_spec(spec: PackSpec, folder: Path) -> None:
    """Write the manifest into the pack's folder."""
    (folder / MANIFEST).write_text(spec.model_dump_json(indent=2, exclude_none=True) + "\n", encoding="utf-8")


def is_pack_id(text: str) -> bool:
    """Whether a text may be a pack's id, which is a folder's name too."""
    return re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,40}", text) is not None
