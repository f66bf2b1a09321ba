"""Packs to be pulled from a site on loopback: real files under recipes of the tests, and pulls that are killed at a step."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from matcher.packs.pull.known import EDGE_PULL
from matcher.packs.pull.making import REIDENTIFICATION, YUNET
from matcher.packs.pull.recipe import PullRecipe, RemoteFile
from monitor.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
LOOPBACK = ("127.0.0.0/8",)


def fixed_yunet(any_size: bytes, side: int = 640, *, as_nodes: bool = False) -> bytes:
    """YuNet as OpenCV Zoo publishes it: of one size, each grid laid into a shape that is a constant, among the weights or as a
    node of its own."""
    made = onnx.load_from_string(any_size)
    of = {name: node for node in made.graph.node for name in node.output}
    channels = {weight.name: numpy_helper.to_array(weight) for weight in made.graph.initializer}
    constants: list[onnx.NodeProto] = []
    for node in made.graph.node:
        if node.op_type == "Reshape":
            width = channels[of[node.input[1]].input[2]].item()
            shape = numpy_helper.from_array(np.array([1, -1, width], np.int64), f"{node.name or node.output[0]}_shape")
            if not as_nodes:
                made.graph.initializer.append(shape)
            else:
                constants.append(helper.make_node("Constant", [], [shape.name], value=shape))
            node.input[1] = shape.name
    counting = [n for n in made.graph.node if n.op_type in ("Shape", "Gather", "Unsqueeze", "Concat")]
    kept = [*constants, *(node for node in made.graph.node if node not in counting)]
    del made.graph.node[:]
    made.graph.node.extend(kept)
    del made.graph.value_info[:]
    sizes = [1, 3, side, side]
    made.graph.input[0].CopyFrom(helper.make_tensor_value_info("input", TensorProto.FLOAT, sizes))
    for output in made.graph.output:
        width = output.type.tensor_type.shape.dim[2].dim_value
        stride = int(output.name.rpartition("_")[2])
        output.CopyFrom(helper.make_tensor_value_info(output.name, TensorProto.FLOAT, [1, (side // stride) ** 2, width]))
    onnx.checker.check_model(made)
    return bytes(made.SerializeToString())


def published(shared_models: Path) -> dict[str, bytes]:
    """The files of `edge` by name: one version of Intel's IR, and YuNet of one size."""
    ir = shared_models / "edge" / "ir"
    files = {path.name: path.read_bytes() for path in sorted(ir.iterdir())}
    return {YUNET: fixed_yunet((shared_models / "edge" / "yunet_s_dynamic.onnx").read_bytes()), **files}


def recipe_of(files: Mapping[str, bytes], base: str) -> PullRecipe:
    """The recipe of `edge`, with these files at that address."""
    remote = tuple(
        RemoteFile(name, f"{base}/{name}", len(body), hashlib.sha256(body).hexdigest(), "a test", "Apache-2.0", f"{base}/LICENSE")
        for name, body in files.items()
    )
    assert {file.name for file in remote} == {YUNET, f"{REIDENTIFICATION}.xml", f"{REIDENTIFICATION}.bin"}
    return PullRecipe(EDGE_PULL.id, EDGE_PULL.title, EDGE_PULL.licence, remote, EDGE_PULL.make)


def settings_for(models: Path, *networks: str) -> Settings:
    return Settings.model_validate({"models": models, "crawl": {"allowed_networks": networks or LOOPBACK}})


# Forks a process that has loaded everything for each pull, and kills it before a step of it: by a count, not by a clock.
_KILLER = """
import json, os, signal, sys
from pathlib import Path
from matcher.packs.pull.pulling import pull
import matcher.packs.pull.making
from matcher.packs.pull.seam import Folder
from tests.support.pull_desk import recipe_of
from tests.support.warm import forked

CHANGES = {"os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.chmod"}
source = Path(sys.argv[1])
recipe = recipe_of({path.name: path.read_bytes() for path in sorted(source.iterdir())}, "https://example.org")
def do(models, last):
    done = [0]
    def hook(name, arguments):
        # What is written nowhere is no step: some modules ask for it as they are loaded.
        written = name == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if name in CHANGES or (written and arguments[0] != os.devnull):
            done[0] += 1
            if done[0] == last:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(hook)
    pull(Path(models), recipe, Folder(source))
    print(json.dumps(done[0]), flush=True)
    return 0
for line in sys.stdin:
    models, last = json.loads(line)
    print(json.dumps(forked(lambda: do(models, last))), flush=True)
"""


class Killer:
    """Pulls `edge` out of a folder of published files."""

    def __init__(self, source: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _KILLER, str(source)], cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def steps(self, models: Path) -> int:
        """Pull undisturbed; says how many steps it took."""
        count = self._ask(models, 0)
        assert self._read() == 0
        return count

    def kill(self, models: Path, last: int) -> None:
        """Pull, and be killed before that step."""
        assert self._ask(models, last) == -signal.SIGKILL

    def close(self) -> None:
        with self._process:
            assert self._process.stdin is not None
            self._process.stdin.close()

    def _ask(self, models: Path, last: int) -> int:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([os.fspath(models), last]) + "\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> int:
        assert self._process.stdout is not None
        said: int = json.loads(self._process.stdout.readline())
        return said
