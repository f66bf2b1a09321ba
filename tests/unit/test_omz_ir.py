"""Intel's published IR as ONNX: the numbers of the model that others converted, and no guess at what is not known."""

from collections.abc import Callable
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring, tostring

import cv2
import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray

from matcher.errors import PackError
from matcher.packs.omz_ir import convert

NAME = "face-reidentification-retail-0095"
Files = tuple[bytes, bytes]


@pytest.fixture
def files(shared_models: Path) -> Files:
    ir = shared_models / "edge" / "ir"
    return (ir / f"{NAME}.xml").read_bytes(), (ir / f"{NAME}.bin").read_bytes()


def run(model: bytes, pictures: NDArray[np.float32]) -> NDArray[np.float32]:
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {"input": pictures})[0])


def reference(shared_models: Path) -> bytes:
    return (shared_models / "edge" / f"{NAME}.onnx").read_bytes()


def test_it_says_what_the_shared_model_says_of_random_pictures(files: Files, shared_models: Path) -> None:
    pictures = np.random.default_rng(7).uniform(0, 255, (16, 3, 128, 128)).astype(np.float32)
    assert np.abs(run(convert(*files), pictures) - run(reference(shared_models), pictures)).max() <= 1e-5


def test_it_says_what_the_shared_model_says_of_photos(files: Files, shared_models: Path, shared_data: Path) -> None:
    photos = sorted((shared_data / "faces").rglob("*.jpg"))[::40][:24]
    assert len(photos) == 24
    read = [cv2.resize(cv2.imread(str(path)), (128, 128), interpolation=cv2.INTER_AREA) for path in photos]
    pictures = np.stack(read).transpose(0, 3, 1, 2).astype(np.float32)
    assert np.abs(run(convert(*files), pictures) - run(reference(shared_models), pictures)).max() <= 1e-5


def test_it_is_the_shared_model_but_for_weights_of_nearly_nothing(files: Files, shared_models: Path) -> None:
    ours, theirs = onnx.load_from_string(convert(*files)), onnx.load_from_string(reference(shared_models))
    assert list(ours.graph.node) == list(theirs.graph.node)
    assert [w.name for w in ours.graph.initializer] == [w.name for w in theirs.graph.initializer]
    pairs = [
        (onnx.numpy_helper.to_array(one), onnx.numpy_helper.to_array(other))
        for one, other in zip(ours.graph.initializer, theirs.graph.initializer, strict=True)
    ]
    other = sum(int((one != two).sum()) for one, two in pairs)
    assert max(float(np.abs(one - two).max()) for one, two in pairs) < 1.1e-4
    assert other <= 54, "what the shared model has flushed to zero"


def test_the_same_files_make_the_same_bytes(files: Files) -> None:
    assert convert(*files) == convert(*files)


def as_version_10(graph: bytes, weights: bytes) -> Files:
    """The same network in the form of the IR that Intel publishes for it: version 10, weights of 32 bits and nothing to widen,
    lists without blanks, slopes of one number, and no attributes that say the usual."""
    root = fromstring(graph)
    root.set("version", "10")
    layers, edges = root.find("layers"), root.find("edges")
    assert layers is not None
    assert edges is not None
    widened = {layer.attrib["id"] for layer in layers if layer.attrib["type"] == "Convert"}
    sources = {edge.attrib["to-layer"]: edge.attrib["from-layer"] for edge in edges if edge.attrib["to-layer"] in widened}
    made = bytearray()
    for layer in list(layers):
        data = layer.find("data")
        if layer.attrib["id"] in widened:
            layers.remove(layer)
        elif data is not None:
            if layer.attrib["type"] == "Const":
                made = _widened(data, weights, made)
            for key in ("auto_broadcast", "auto_pad"):
                data.attrib.pop(key, None)
            if "strides" in data.attrib and layer.attrib["type"] != "AvgPool":
                data.set("output_padding", "0,0")
            for key, value in data.attrib.items():
                data.set(key, value.replace(", ", ","))
    for edge in list(edges):
        if edge.attrib["to-layer"] in widened:
            edges.remove(edge)
        elif edge.attrib["from-layer"] in widened:
            edge.set("from-layer", sources[edge.attrib["from-layer"]])
    return tostring(root), bytes(made)


def _widened(data: Element, weights: bytes, made: bytearray) -> bytearray:
    start, size = int(data.attrib["offset"]), int(data.attrib["size"])
    wide = np.frombuffer(weights[start : start + size], "<f2").astype("<f4")
    if data.attrib["shape"].replace(", ", ",") == "1,1,1":
        data.set("shape", "1")
    data.attrib.update(element_type="f32", offset=str(len(made)), size=str(wide.nbytes))
    return made + wide.tobytes()


def test_the_form_that_intel_publishes_makes_the_same_model(files: Files) -> None:
    pictures = np.random.default_rng(3).uniform(0, 255, (4, 3, 128, 128)).astype(np.float32)
    older = as_version_10(*files)
    assert len(older[1]) == 4_427_256, "as many bytes as Intel's own file of weights has"
    assert np.array_equal(run(convert(*older), pictures), run(convert(*files), pictures))


def attack(old: bytes, new: bytes) -> Callable[[Files], Files]:
    def change(files: Files) -> Files:
        assert old in files[0]
        return files[0].replace(old, new, 1), files[1]

    return change


ATTACKS: dict[str, Callable[[Files], Files]] = {
    "version '7'": attack(b'version="11"', b'version="7"'),
    "kind 'TopK'": attack(b'type="Sigmoid"', b'type="TopK"'),
    "auto_pad": attack(b'auto_pad="explicit"', b'auto_pad="same_upper"'),
    "outside the file of weights": lambda files: (files[0], files[1][:-1]),
    "XML": lambda files: (files[0][:-40], files[1]),
    "do not fit together": attack(b'shape="64, 3, 3, 3"', b'shape="64, 27, 1, 1"'),
    "DTDForbidden": lambda files: (b'<!DOCTYPE net [<!ENTITY a "b">]>' + files[0].partition(b"?>")[2], files[1]),
    "type 'u8'": attack(b'element_type="f16"', b'element_type="u8"'),
}


@pytest.mark.parametrize("said", ATTACKS)
def test_what_is_not_known_is_refused_by_name(said: str, files: Files) -> None:
    with pytest.raises(PackError) as caught:
        convert(*ATTACKS[said](files))
    assert said in caught.value.what
