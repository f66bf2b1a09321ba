"""Nobody decodes a stranger's picture or video at home: who may, by the syntax of every module."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("isolation", "registry", "crawler", "matcher", "reports", "monitor")
CONFINED = "matcher/decoding/child.py"

DECODERS = {
    "matcher.media": {"read_picture", "frame_at", "MediaReader", "*"},
    "matcher.scan": {"look", "scan", "*"},
    "PIL": {"Image", "ImageFile", "*"},
    "av": {"*"},
    "imageio": {"*"},
    "skimage": {"io", "*"},
    "cv2": {"imread", "imreadmulti", "imreadanimation", "imdecode", "imdecodemulti", "imdecodeanimation", "VideoCapture", "*"},
}
"""Modules, with the names in them that decode. A module imported whole is told by what is taken from it."""

MAY: dict[str, set[str]] = {
    # Where Pillow and av are at home; their callers are what this test is about.
    "matcher/media/": {"PIL", "av", "matcher.media"},
    "matcher/scan.py": {"matcher.media"},
    CONFINED: {"matcher.media"},
    # Looks at frames that the confined process decodes.
    "matcher/decoding/confined_reader.py": {"matcher.scan"},
    "matcher/still.py": {"matcher.scan"},
    # Runs in a confined process of its own; whoever starts that names its bounds.
    "monitor/engine/scan_child.py": {"matcher.scan"},
    "monitor/engine/scanner.py": {"matcher.scan"},
    # Pictures that come with packages that we pin.
    "monitor/demo/pictures.py": {"matcher.media"},
}


def modules() -> list[Path]:
    return sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))


def decoders_of(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """The decoding modules that a module uses, with the name it takes."""
    whole: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                if alias.name in DECODERS.get(node.module, ()):
                    yield node.module, alias.name
                if f"{node.module}.{alias.name}" in DECODERS:
                    whole[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name in DECODERS:
                    whole[alias.asname or alias.name] = alias.name
                elif alias.name.partition(".")[0] in ("PIL", "av", "imageio"):
                    yield alias.name.partition(".")[0], alias.name
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            module = whole.get(ast.unparse(node.value))
            if module is not None and (node.attr in DECODERS[module] or DECODERS[module] == {"*"}):
                yield module, node.attr


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_only_the_confined_process_decodes(path: Path) -> None:
    name = str(path.relative_to(ROOT))
    may = next(
        (allowed for place, allowed in MAY.items() if name == place or (place.endswith("/") and name.startswith(place))), set()
    )
    assert {found for found in decoders_of(ast.parse(path.read_text("utf-8"))) if found[0] not in may} == set()


def test_nobody_imports_what_runs_in_the_confined_process() -> None:
    """It is named to the process that starts it; whoever imported it could call it at home."""
    module = CONFINED.removesuffix(".py").replace("/", ".")
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            imported = {alias.name for alias in node.names} if isinstance(node, ast.Import) else set()
            if isinstance(node, ast.ImportFrom) and node.module:
                imported = {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
            assert module not in imported, path


@pytest.mark.parametrize(
    "source",
    [
        "from matcher.media import read_picture",
        "from matcher import media\nmedia.frame_at(p, 1)",
        "import matcher.media\nmatcher.media.MediaReader(p)",
        "import cv2\ncv2.imread('a')",
        "import cv2 as c\nc.VideoCapture('a')",
        "from cv2 import imdecode",
        "from PIL import Image as Pillow",
        "import PIL.Image",
        "import av\nav.open('a')",
        "def late():\n    from matcher.scan import look",
    ],
)
def test_a_decoder_is_seen_however_it_is_brought_in(source: str) -> None:
    assert list(decoders_of(ast.parse(source)))


@pytest.mark.parametrize(
    "source", ["import cv2\ncv2.resize(a, b)", "from matcher.media import write_clip", "from matcher.scan import Limits"]
)
def test_what_does_not_decode_is_no_decoder(source: str) -> None:
    assert not list(decoders_of(ast.parse(source)))
