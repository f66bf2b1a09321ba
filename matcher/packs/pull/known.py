"""Every pack that can be pulled, and those for which no recipe can be stated yet.

A size and a digest stand here only as they were read in a pointer or a list, which `said_by` names. Where that is not the
publisher's own, it says so.
"""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from matcher.packs.pull.recipe import InsightfacePackage, Known, PullRecipe, RemoteFile, Unstated
from matcher.packs.recipes import EDGE
from matcher.packs.spec import Licence, PackSpec

_ZOO = "https://media.githubusercontent.com/media/opencv/opencv_zoo"
_ZOO_TEXTS = "https://raw.githubusercontent.com/opencv/opencv_zoo"
_YUNET_AT, _SFACE_AT = "82b38c8f98e7b52aa171400f3e4c722352d0669f", "edef535367a4f8053b5bfb7580935c83772a9639"
_YUNET_PATH = "models/face_detection_yunet/face_detection_yunet_2023mar.onnx"
_SFACE_PATH = "models/face_recognition_sface/face_recognition_sface_2021dec.onnx"
_OMZ = (
    "https://download.01.org/opencv/2019/open_model_zoo/R4/20191230_170000_models_bin/face-reidentification-retail-0095/FP32/"
    "face-reidentification-retail-0095"
)
_OMZ_SAID = (
    "openvinotoolkit/open_model_zoo models/intel/face-reidentification-retail-0095/model.yml "
    "11708340208700f665575ae175b8c11ecd20fbb4"
)
_OMZ_LICENCE = "https://raw.githubusercontent.com/opencv/open_model_zoo/master/LICENSE"
_AURAFACE_AT = "af6d057c9b0ec4071d4c49c80e3539258798b609"
_UNCALIBRATED = "It comes without a calibration: measure one on media of your own before it is used."

YUNET = RemoteFile(
    name="face_detection_yunet_2023mar.onnx",
    address=f"{_ZOO}/{_YUNET_AT}/{_YUNET_PATH}",
    size=232_589,
    sha256="8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4",
    said_by=f"opencv/opencv_zoo {_YUNET_PATH} {_YUNET_AT}",
    licence="MIT",
    licence_at=f"{_ZOO_TEXTS}/{_YUNET_AT}/models/face_detection_yunet/LICENSE",
)


def _omz(ending: str, size: int, sha256: str) -> RemoteFile:
    return RemoteFile(
        name=f"face-reidentification-retail-0095.{ending}",
        address=f"{_OMZ}.{ending}",
        size=size,
        sha256=sha256,
        said_by=_OMZ_SAID,
        licence="Apache-2.0",
        licence_at=_OMZ_LICENCE,
    )


def _edge(taken: Mapping[str, Path], folder: Path) -> PackSpec:
    from matcher.packs.pull.making import edge  # half a second to import, which a list can do without

    return edge(taken, folder)


def _sface(taken: Mapping[str, Path], folder: Path) -> PackSpec:
    from matcher.packs.pull.making import sface

    return sface(taken, folder, SFACE.licence, SFACE.title)


def _auraface(taken: Mapping[str, Path], folder: Path) -> PackSpec:
    from matcher.packs.pull.making import auraface

    return auraface(taken, folder, AURAFACE.licence, AURAFACE.title)


EDGE_PULL = PullRecipe(
    id="edge",
    title=EDGE.title,
    licence=EDGE.licence,
    files=(
        YUNET,
        _omz("xml", 225_830, "a16ac1cfe4334a50ca2ce48639e46f8e981351eb25943f73e3425a47939662b3"),
        _omz("bin", 4_427_256, "03836a6a1d03828322491b0608a579b1c47e5097d355c489b5b8aaf5fce1ef48"),
    ),
    make=_edge,
    note="Its calibration was measured with the same networks, the encoder's weights rounded to 16 bits.",
)
SFACE = PullRecipe(
    id="sface",
    title="YuNet + SFace 2021dec",
    licence=Licence(names=("Apache-2.0", "MIT"), commercial=True, text="YuNet: MIT. SFace: Apache-2.0 (both OpenCV Zoo)."),
    files=(
        YUNET,
        RemoteFile(
            name="face_recognition_sface_2021dec.onnx",
            address=f"{_ZOO}/{_SFACE_AT}/{_SFACE_PATH}",
            size=38_696_353,
            sha256="0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79",
            said_by=f"opencv/opencv_zoo {_SFACE_PATH} {_SFACE_AT}",
            licence="Apache-2.0",
            licence_at=f"{_ZOO_TEXTS}/{_SFACE_AT}/models/face_recognition_sface/LICENSE",
        ),
    ),
    make=_sface,
    note=_UNCALIBRATED,
)
AURAFACE = PullRecipe(
    id="auraface",
    title="YuNet + AuraFace v1",
    licence=Licence(names=("Apache-2.0", "MIT"), commercial=True, text="YuNet: MIT (OpenCV Zoo). AuraFace v1: Apache-2.0 (fal)."),
    files=(
        YUNET,
        RemoteFile(
            name="glintr100.onnx",
            address=f"https://huggingface.co/fal/AuraFace-v1/resolve/{_AURAFACE_AT}/glintr100.onnx",
            size=260_694_151,
            sha256="a7933ea5330113b01c9b60351d8f4c33003f145d8470ac5f0e52ee2effe25c60",
            said_by="not read at the publisher's: several unrelated public repositories that pin this file agree on it",
            licence="Apache-2.0",
            licence_at=f"https://huggingface.co/fal/AuraFace-v1/blob/{_AURAFACE_AT}/LICENSE.md",
        ),
    ),
    make=_auraface,
    note=f"{_UNCALIBRATED} The other files of its publisher, insightface's, are left out: their licence is another.",
)

_RESEARCH = Licence(
    names=("insightface",),
    commercial=False,
    text="insightface's public models are for non-commercial research only, unless a signed MODEL.LICENSE grants more.",
)


def _package(name: str) -> InsightfacePackage:
    note = f"Its publisher states no digest: they are taken when it arrives. {_UNCALIBRATED}"
    return InsightfacePackage(name, f"insightface package {name}", _RESEARCH, note)


PICTURES = Unstated(
    id="character-clip",
    title="CLIP, SigLIP or DINOv2 picture encoder",
    licence=Licence(names=("MIT", "Apache-2.0"), commercial=True, text="By model; read its own card."),
    why="No pointer with a digest was read at a publisher's. A folder of ONNX files with a pack.json can be added.",
)

_KNOWN: tuple[Known, ...] = (
    *(EDGE_PULL, SFACE, AURAFACE),
    *map(_package, ("buffalo_l", "buffalo_m", "buffalo_s", "buffalo_sc", "antelopev2")),
    PICTURES,
)
KNOWN: Mapping[str, Known] = MappingProxyType({known.id: known for known in _KNOWN})


def can_be_pulled(known: Known) -> bool:
    """Whether a recipe can be stated for it."""
    return not isinstance(known, Unstated)
