"""Published files made into models: a detector of one size that takes any, and encoders that nobody here has seen."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from skimage import data

from matcher.assemble import recognisers_of
from matcher.errors import PackError
from matcher.packs.digests import sha256_of
from matcher.packs.onnx_graph import Graph
from matcher.packs.pull.known import AURAFACE, SFACE
from matcher.packs.pull.making import any_size
from matcher.packs.pull.pulling import pull
from matcher.packs.pull.recipe import PullRecipe
from matcher.packs.pull.seam import Folder
from matcher.session import Session
from tests.support.pull_desk import fixed_yunet


@pytest.fixture
def dynamic(shared_models: Path) -> Path:
    return shared_models / "edge" / "yunet_s_dynamic.onnx"


@pytest.mark.parametrize("as_nodes", [False, True], ids=["shapes among the weights", "shapes as nodes"])
def test_it_says_of_pictures_of_any_size_and_number_what_the_one_of_any_size_says(
    tmp_path: Path, dynamic: Path, as_nodes: bool
) -> None:
    published = tmp_path / "published.onnx"
    published.write_bytes(fixed_yunet(dynamic.read_bytes(), as_nodes=as_nodes))
    with pytest.raises(PackError):
        Session(published).run({"input": np.zeros((1, 3, 320, 320), np.float32)})
    any_size(published, tmp_path / "made.onnx")
    ours, theirs = Session(tmp_path / "made.onnx"), Session(dynamic)
    for shape in ((1, 3, 640, 640), (3, 3, 320, 480), (2, 3, 96, 32)):
        pictures = np.random.default_rng(1).uniform(0, 255, shape).astype(np.float32)
        pairs = zip(ours.run({"input": pictures}, theirs.outputs), theirs.run({"input": pictures}, theirs.outputs), strict=True)
        assert max(float(np.abs(one - two).max()) for one, two in pairs) <= 1e-5


def test_one_that_lays_its_numbers_otherwise_is_refused(tmp_path: Path, dynamic: Path) -> None:
    """Once its size is free the numbers would stand in another order, which the comparison with the published file finds."""
    made = onnx.load_from_string(fixed_yunet(dynamic.read_bytes(), side=320))
    for weight in made.graph.initializer:
        if weight.name.endswith("_shape") and list(onnx.numpy_helper.to_array(weight)) == [1, -1, 4]:
            weight.CopyFrom(onnx.numpy_helper.from_array(np.array([1, 4, 1600], np.int64), weight.name))
    boxes = next(output for output in made.graph.output if output.name == "bbox_8")
    boxes.type.tensor_type.shape.dim[1].dim_value, boxes.type.tensor_type.shape.dim[2].dim_value = 4, 1600
    for name in ("bbox_16", "bbox_32"):
        (node,) = [node for node in made.graph.node if name in node.output]
        made.graph.node.remove(node)
        made.graph.output.remove(next(output for output in made.graph.output if output.name == name))
    (tmp_path / "published.onnx").write_bytes(made.SerializeToString())
    with pytest.raises(PackError, match="something else once it takes any size"):
        any_size(tmp_path / "published.onnx", tmp_path / "made.onnx")


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "page.onnx").write_bytes(b"<html>")
    with pytest.raises(PackError, match="no ONNX model"):
        any_size(tmp_path / "page.onnx", tmp_path / "made.onnx")


def small_encoder(path: Path, name: str, length: int) -> Path:
    """A model of the shape of an ArcFace encoder, which averages what it sees."""
    graph = Graph()
    cells = graph.node("AveragePool", name, kernel_shape=[14, 14], strides=[14, 14])
    weights = graph.floats(np.random.default_rng(2).normal(size=(3 * 64, length)))
    graph.output(graph.node("MatMul", graph.node("Flatten", cells), weights), "vector")
    graph.write(path, "small", {name: ["n", 3, 112, 112]}, {"vector": ["n", length]})
    return path


@pytest.mark.parametrize(
    ("recipe", "name", "length"), [(SFACE, "data", 128), (AURAFACE, "input.1", 512)], ids=["sface", "auraface"]
)
def test_a_face_encoder_that_nobody_has_seen_is_asked_how_its_input_is_called(
    tmp_path: Path, dynamic: Path, recipe: PullRecipe, name: str, length: int
) -> None:
    source, models = tmp_path / "source", tmp_path / "models"
    source.mkdir()
    detector, encoder = (file.name for file in recipe.files)
    (source / detector).write_bytes(fixed_yunet(dynamic.read_bytes()))
    small_encoder(source / encoder, name, length)
    files = tuple(replace(file, **measured(source / file.name)) for file in recipe.files)
    pack = pull(models, replace(recipe, files=files), Folder(source))
    assert pack.spec.face is not None
    assert pack.spec.face.encoder.input.name == name
    assert pack.spec.face.calibration is None
    (recogniser,) = recognisers_of(pack)
    vector = recogniser.enrol(np.ascontiguousarray(data.astronaut()[..., ::-1]))["vector"]
    assert vector.shape == (length,)


def measured(path: Path) -> dict[str, Any]:
    return {"size": path.stat().st_size, "sha256": sha256_of(path)}
