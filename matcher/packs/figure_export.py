"""Folders of image encoders as their publishers export them: CLIP, SigLIP, DINOv2 and their like as ONNX, beside a
preprocessor_config.json that says what becomes of a picture before the model sees it, and a README.md with the licence."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matcher.errors import PackError
from matcher.packs.digests import sha256_of
from matcher.packs.spec import FigureModels, FileEntry, ImageInput, Licence, PackSpec
from matcher.session import Session

PREPROCESSOR = "preprocessor_config.json"
MODELS = ("onnx/vision_model.onnx", "vision_model.onnx", "onnx/model.onnx", "model.onnx")
"""Where the part for pictures lies in such folders, the first that is there."""

OUTPUTS = ("image_embeds", "pooler_output", "last_hidden_state")
"""What stands for a whole picture, by the names that exports give it, the best first."""

FREE = frozenset({"apache-2.0", "mit", "bsd-3-clause", "bsd-2-clause", "cc0-1.0", "cc-by-4.0"})
"""Licences, as publishers' cards name them, that allow use by a commercial party."""

_README_BYTES = 1 << 20


def is_export(folder: Path) -> bool:
    """Whether a folder holds an image encoder in that form."""
    return (folder / PREPROCESSOR).is_file() and _model(folder) is not None


def spec_of(folder: Path) -> tuple[PackSpec, Path]:
    """The manifest, without background and calibration, and the model's file. Raises PackError naming what does not fit."""
    model = _model(folder)
    if model is None:
        raise PackError(f"{folder} has no {' or '.join(MODELS)}.", "Name the folder of an exported image encoder.")
    session = Session(model)
    output = next((name for name in OUTPUTS if name in session.outputs), session.outputs[0])
    if len(session.inputs) != 1:
        raise PackError(
            f"{model.name} asks for {', '.join(session.inputs)} and not for a picture alone.", "Export its part for pictures."
        )
    contract = _contract(_read(folder / PREPROCESSOR), session.inputs[0])
    name = re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-")[:30] or "encoder"
    made = PackSpec(
        format=1,
        id=f"figure-{name}",
        title=f"{folder.resolve().name}, an image encoder for drawn characters",
        licence=_licence(folder / "README.md"),
        files={"encoder.onnx": FileEntry(sha256=sha256_of(model), size=model.stat().st_size)},
        figure=FigureModels(
            file="encoder.onnx", dimensions=_dimensions(session, contract, output), input=contract, output=output
        ),
    )
    return made, model


def _model(folder: Path) -> Path | None:
    return next((folder / name for name in MODELS if (folder / name).is_file()), None)


def _read(path: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except ValueError as error:
        raise PackError(f"{path.name} is no JSON document.", "Take the folder from where its publisher has it.") from error
    if not isinstance(found, dict):
        raise PackError(f"{path.name} says nothing of pictures.", "Take the folder from where its publisher has it.")
    return found


def _contract(says: Mapping[str, Any], name: str) -> ImageInput:
    """What such a file says: sizes in pixels, values times rescale_factor, less image_mean, over image_std, in RGB."""
    side = _side(says.get("crop_size") if says.get("do_center_crop", "crop_size" in says) else None) or _side(says.get("size"))
    factor = float(says.get("rescale_factor", 1 / 255)) if says.get("do_rescale", True) else 1.0
    normal = says.get("do_normalize", True)
    try:
        mean, spread = (
            tuple(float(part) / factor for part in says[key]) if normal else (base,) * 3
            for key, base in (("image_mean", 0.0), ("image_std", 1 / factor))
        )
        return ImageInput.model_validate(
            {"name": name, "size": side, "colour": "rgb", "layout": "nchw", "mean": mean, "scale": spread}
        )
    except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
        raise PackError(
            f"{PREPROCESSOR} does not say size, mean and spread of pictures in a way that is known here.",
            "Write a pack.json beside the model (docs/packs.md).",
        ) from error


def _side(size: Any) -> int | None:
    if isinstance(size, int):
        return size
    if isinstance(size, dict):
        return next((size[key] for key in ("height", "shortest_edge") if isinstance(size.get(key), int)), None)
    return None


def _dimensions(session: Session, contract: ImageInput, output: str) -> int:
    """By letting it look at a grey picture: what a model declares of itself may be left open."""
    import numpy as np

    grey = np.zeros((1, 3, contract.size, contract.size), np.float32)
    (made,) = session.run({contract.name: grey}, [output])
    if made.ndim not in (2, 3):
        raise PackError("The model gives no vector of a picture.", "Export its part for pictures.")
    return int(made.shape[-1])


def _licence(card: Path) -> Licence:
    """What the head of a publisher's card states; where it states none, nobody may use it commercially."""
    text = card.read_bytes()[:_README_BYTES].decode("utf-8", "replace") if card.is_file() else ""
    head = re.match(r"---\s*\n(.*?)\n---", text, re.DOTALL)
    found = re.search(r"^license:\s*([\w.-]+)\s*$", head.group(1), re.MULTILINE) if head else None
    if found is None:
        return Licence(names=("not stated",), commercial=False, text="The folder states no licence: read its publisher's card.")
    name = found.group(1).lower()
    return Licence(names=(name,), commercial=name in FREE, text=f"{name}, as the card in its folder states.")
