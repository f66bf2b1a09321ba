"""A small image encoder that is real, exported as CLIP, SigLIP and DINOv2 are: the colours of a coarse grid, centred."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from matcher.packs.onnx_graph import Graph

SIDE, CELLS = 48, 6
LENGTH = 3 * CELLS * CELLS

CLIP: dict[str, Any] = {
    "crop_size": {"height": SIDE, "width": SIDE},
    "do_center_crop": True,
    "do_normalize": True,
    "do_rescale": True,
    "image_mean": [0.48145466, 0.4578275, 0.40821073],
    "image_std": [0.26862954, 0.26130258, 0.27577711],
    "rescale_factor": 0.00392156862745098,
    "size": {"shortest_edge": SIDE},
}
SIGLIP: dict[str, Any] = {
    "do_normalize": True,
    "do_rescale": True,
    "image_mean": [0.5, 0.5, 0.5],
    "image_std": [0.5, 0.5, 0.5],
    "rescale_factor": 0.00392156862745098,
    "size": {"height": SIDE, "width": SIDE},
}
DINOV2: dict[str, Any] = {
    "crop_size": {"height": SIDE, "width": SIDE},
    "do_center_crop": True,
    "image_mean": [0.485, 0.456, 0.406],
    "image_std": [0.229, 0.224, 0.225],
    "size": {"shortest_edge": SIDE + 8},
}
LAYOUTS = {
    "clip": (CLIP, "onnx/vision_model.onnx", "mit"),
    "siglip": (SIGLIP, "vision_model.onnx", "apache-2.0"),
    "dinov2": (DINOV2, "model.onnx", "apache-2.0"),
}


def exported(folder: Path, layout: str, *, licence: str | None = "as published") -> Path:
    """A folder with the encoder in one of LAYOUTS. licence: None for a card that states none."""
    says, name, own = LAYOUTS[layout]
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    (folder / "preprocessor_config.json").write_text(json.dumps(says), "utf-8")
    (folder / "config.json").write_text(json.dumps({"model_type": layout}), "utf-8")
    head = f"license: {own}\n" if licence else ""
    (folder / "README.md").write_text(f"---\n{head}tags:\n- vision\n---\n\n# A tiny encoder\n", "utf-8")
    _write(path, layout)
    return folder


def _write(path: Path, layout: str) -> None:
    graph = Graph()
    step = SIDE // CELLS
    cells = graph.node("AveragePool", "pixel_values", kernel_shape=[step, step], strides=[step, step])
    whole = graph.node("Flatten", cells)
    vector = graph.node("Sub", whole, graph.node("ReduceMean", whole, axes=[1]))
    one = graph.const(np.array([1], np.int64))
    first = graph.node("Unsqueeze", vector, one)
    noise = graph.node("Mul", first, graph.floats(np.linspace(-1, 1, LENGTH)))
    outputs: dict[str, list[int | str]] = {}
    if layout != "clip":
        # The first place stands for the whole, the others for parts of it, of which nobody asks here.
        graph.output(graph.node("Concat", first, noise, noise, axis=1), "last_hidden_state")
        outputs["last_hidden_state"] = ["batch", 3, LENGTH]
    if layout != "dinov2":
        name = "image_embeds" if layout == "clip" else "pooler_output"
        graph.output(vector, name)
        outputs[name] = ["batch", LENGTH]
    graph.write(path, layout, {"pixel_values": ["batch", 3, SIDE, SIDE]}, outputs)
