"""Model packages in the shape of insightface's."""

from pathlib import Path

import numpy as np

from matcher.packs.onnx_graph import Graph


def tiny_insightface_package(folder: Path) -> None:
    """A detector in the shape of insightface's (nine outputs, strides 8 to 32, two anchors a cell), which fires on what is
    bright, and an encoder of 112 x 112: real ONNX, small enough to make here."""
    folder.mkdir(parents=True)
    graph, outputs = Graph(), {}
    for name, width, bias in [("score", 1, [-6.0]), ("bbox", 4, [2.0] * 4), ("kps", 10, [-1, -1, 1, -1, 0, 0, -1, 1, 1, 1])]:
        for stride in (8, 16, 32):
            cells = graph.node("AveragePool", "input", kernel_shape=[stride, stride], strides=[stride, stride])
            kernel = np.zeros((2 * width, 3, 1, 1))
            kernel[...] = 4.0 if name == "score" else 0.0
            y = graph.node("Conv", cells, graph.floats(kernel), graph.floats(np.array(bias * 2, float)))
            y = graph.node("Transpose", y, perm=[0, 2, 3, 1])
            y = graph.node("Reshape", y, graph.const(np.array([-1, width], np.int64)))
            graph.output(graph.node("Sigmoid", y) if name == "score" else y, f"{name}_{stride}")
            outputs[f"{name}_{stride}"] = ["n", width]
    graph.write(folder / "det_tiny.onnx", "detector", {"input": [1, 3, "h", "w"]}, outputs)
    graph = Graph()
    pooled = graph.node("Flatten", graph.node("AveragePool", "input.1", kernel_shape=[28, 28], strides=[28, 28]))
    graph.output(pooled, "embedding")
    graph.write(folder / "w_tiny.onnx", "encoder", {"input.1": ["n", 3, 112, 112]}, {"embedding": ["n", 48]})
