"""The pack text-open, made here from files that lie in a package of the Python index: PP-OCRv6 small (Apache-2.0).

Of rapidocr's wheel two files are taken as they are; the second one holds the list of its characters. Neither that package nor
what it asks for is needed, and nothing of it is run.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from matcher.assemble import word_models_of
from matcher.errors import PackError
from matcher.packs.digests import sha256_of
from matcher.packs.packages import Package, fetch
from matcher.packs.spec import FileEntry, PackSpec, WordModels, write_spec
from matcher.packs.store import TEXT_PACK, Pack, load, staged
from matcher.packs.text_terms import LICENCE, TITLE

DETECTOR, READER = "PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx"
RAPIDOCR = Package(
    requirement="rapidocr==3.10.0",
    sha256="2fc34e26cd0f48514804a94f8832283039c7334076bff60768b1fed9ad068050",
    binary=True,
    members={
        f"rapidocr/models/{DETECTOR}": "090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f",
        f"rapidocr/models/{READER}": "6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884",
    },
)


def build(models: Path, say: Callable[[str], None] = lambda _: None) -> Pack:
    """Fetch, check, try and install the pack text-open in the models folder.

    say: takes one line of progress at a time. Raises PackError when the package index cannot be reached, PackDamaged when
    what it gave is not what was pinned.
    """
    with tempfile.TemporaryDirectory(prefix="semblance-") as name, staged(models, TEXT_PACK) as folder:
        for member, content in fetch(RAPIDOCR, Path(name), say).items():
            (folder / Path(member).name).write_bytes(content)
        spec = _spec(folder)
        _try(Pack(spec, folder))
        write_spec(spec, folder)
        say("Taken as it is.")
    return load(models, TEXT_PACK)


def _try(pack: Pack) -> None:
    """Let both models look at a picture without writing. Raises PackError where what they say makes no sense."""
    models = word_models_of(pack)
    plain = np.full((96, 160, 3), 128, np.uint8)
    if models.finder.lines(plain) or models.reader.read([plain])[0].text:
        raise PackError("The models for words do not work as they should here, and were not installed.", "Tell us.")


def _spec(folder: Path) -> PackSpec:
    files = sorted(folder.glob("*.onnx"))
    return PackSpec(
        format=1,
        id=TEXT_PACK,
        title=TITLE,
        licence=LICENCE,
        files={path.name: FileEntry(sha256=sha256_of(path), size=path.stat().st_size) for path in files},
        words=WordModels(detector=DETECTOR, reader=READER),
    )
