"""The faster form of a model: the same answers, and nothing touched that is not understood."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.errors import PackError
from matcher.packs.onnx_graph import Graph, with_plain_relus
from matcher.session import Session

CHANNELS = 4


def write(path: Path, *slopes: np.ndarray) -> Path:
    """A convolution before a PRelu of each of these slopes, one after another."""
    random, graph, value = np.random.default_rng(1), Graph(), "input"
    for slope in slopes:
        kernel = random.normal(size=(CHANNELS, CHANNELS, 3, 3))
        value = graph.node("Conv", value, graph.floats(kernel), pads=[1, 1, 1, 1])
        value = graph.node("PRelu", value, graph.floats(slope))
    graph.output(value, "output")
    graph.write(path, "small", {"input": ["n", CHANNELS, 8, 8]}, {"output": ["n", CHANNELS, 8, 8]})
    return path


def kinds(model: bytes) -> list[str]:
    return [node.op_type for node in onnx.load_from_string(model).graph.node if node.op_type != "Identity"]


def by_hand(model: Path, given: np.ndarray) -> np.ndarray:
    """The answers of the model as it is written, by onnx's own reference implementation."""
    from onnx.reference import ReferenceEvaluator

    return np.asarray(ReferenceEvaluator(str(model)).run(None, {"input": given})[0])


PER_CHANNEL = np.array([0.1, 0.2, 0.3, 0.4]).reshape(CHANNELS, 1, 1)


@settings(max_examples=15, deadline=None)
@given(slope=st.floats(-2, 2, width=32), shape=st.sampled_from([(), (1,), (1, 1, 1)]))
def test_a_slope_that_is_one_number_gives_the_same_answers_faster_written(
    tmp_path_factory: pytest.TempPathFactory, slope: float, shape: tuple[int, ...]
) -> None:
    model = write(tmp_path_factory.mktemp("model") / "small.onnx", np.full(shape, slope), PER_CHANNEL)
    given_ = np.random.default_rng(2).normal(size=(2, CHANNELS, 8, 8)).astype(np.float32)
    (answer,) = Session(model).run({"input": given_})
    np.testing.assert_allclose(answer, by_hand(model, given_), atol=1e-4)


@settings(max_examples=15, deadline=None)
@given(slopes=st.lists(st.floats(-2, 2, width=32), min_size=CHANNELS, max_size=CHANNELS))
def test_a_slope_for_each_channel_gives_the_same_answers_faster_written(
    tmp_path_factory: pytest.TempPathFactory, slopes: list[float]
) -> None:
    model = write(tmp_path_factory.mktemp("model") / "small.onnx", np.full((1,), 0.25), np.reshape(slopes, (CHANNELS, 1, 1)))
    given_ = np.random.default_rng(2).normal(size=(2, CHANNELS, 8, 8)).astype(np.float32)
    (answer,) = Session(model).run({"input": given_})
    np.testing.assert_allclose(answer, by_hand(model, given_), atol=1e-4)


def test_no_slope_that_is_known_stays(tmp_path: Path) -> None:
    model = write(tmp_path / "small.onnx", np.full((1,), 0.25), PER_CHANNEL).read_bytes()
    assert kinds(model) == ["Conv", "PRelu", "Conv", "PRelu"]
    made = with_plain_relus(model)
    assert kinds(made) == ["Conv", "LeakyRelu", "Conv", "Relu", "Neg", "Relu", "Mul", "Add"]
    assert len(onnx.load_from_string(made).graph.initializer) == 3
    onnx.checker.check_model(onnx.load_from_string(made))
    assert kinds(with_plain_relus(made)) == kinds(made)


def test_a_slope_that_two_nodes_share_or_that_comes_in_with_the_picture_is_understood(tmp_path: Path) -> None:
    graph = Graph()
    shared = graph.floats(np.full((1,), 0.25))
    value = graph.node("PRelu", graph.node("PRelu", "input", shared), shared)
    graph.output(graph.node("PRelu", value, "slope"), "output")
    path = tmp_path / "shared.onnx"
    graph.write(path, "shared", {"input": ["n", 3], "slope": [1]}, {"output": ["n", 3]})
    assert kinds(with_plain_relus(path.read_bytes())) == ["LeakyRelu", "LeakyRelu", "PRelu"]
    (answer,) = Session(path).run({"input": np.array([[-4.0, 0, 4]], np.float32), "slope": np.array([2.0], np.float32)})
    assert answer.tolist() == [[-0.5, 0, 4]]


def test_a_slope_that_something_else_reads_as_well_stays_for_it(tmp_path: Path) -> None:
    graph = Graph()
    slope = graph.floats(np.full((1,), 0.25))
    graph.output(graph.node("Add", graph.node("PRelu", "input", slope), slope), "output")
    graph.write(tmp_path / "both.onnx", "both", {"input": ["n", 2]}, {"output": ["n", 2]})
    (answer,) = Session(tmp_path / "both.onnx").run({"input": np.array([[-4.0, 4]], np.float32)})
    assert answer.tolist() == [[-0.75, 4.25]]


def test_bytes_that_only_speak_of_a_prelu_are_no_model_and_that_is_said(tmp_path: Path) -> None:
    path = tmp_path / "forged.onnx"
    path.write_bytes(b"\x00PRelu\xff" * 40)
    with pytest.raises(PackError, match=r"forged\.onnx"):
        Session(path)


def test_the_encoder_that_this_was_made_for_says_what_it_said(shared_models: Path, tmp_path: Path) -> None:
    path = shared_models / "edge" / "face-reidentification-retail-0095.onnx"
    made = with_plain_relus(path.read_bytes())
    assert "PRelu" in kinds(path.read_bytes())
    assert "PRelu" not in kinds(made)
    slow = tmp_path / "slow.onnx"
    model = onnx.load(path)
    for node in model.graph.node:
        if node.op_type == "PRelu":  # a slope that is no constant is left alone
            node.input[1] = model.graph.node.add(
                op_type="Identity", input=[node.input[1]], output=[f"{node.input[1]}_copy{node.output[0]}"]
            ).output[0]
    ordered = sorted(model.graph.node, key=lambda node: node.op_type != "Identity" or "_copy" not in node.output[0])
    del model.graph.node[:]
    model.graph.node.extend(ordered)
    onnx.save(model, slow)
    face = np.random.default_rng(3).integers(0, 255, (1, 3, 128, 128)).astype(np.float32)
    one, other = (Session(file).run({Session(file).inputs[0]: face})[0].ravel() for file in (path, slow))
    assert float(one @ other) / float(np.linalg.norm(one) * np.linalg.norm(other)) > 0.9999
