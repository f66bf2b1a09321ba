"""What is fuzzed: one function that takes bytes, and raises for whatever must not happen."""

import ast
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from registry.errors import SemblanceError

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data"
"""The evaluation data, where it is there: more to begin with."""

OURS = (SemblanceError,)
"""What any parser may raise: it tells a user what to do."""

LARGEST_SEED = 256 << 10


class Broken(Exception):
    """An answer that breaks a promise, though nothing was raised."""


@dataclass(frozen=True)
class Target:
    """check: raises for a finding; what a parser is documented to raise, it catches. seeds: inputs to begin with. words: pieces
    that the format is made of. longest: bytes of an input."""

    name: str
    check: Callable[[bytes], None]
    seeds: Callable[[], Iterable[bytes]]
    words: tuple[bytes, ...] = ()
    longest: int = 1 << 16


def promise(held: bool, words: str) -> None:
    """Raise Broken unless it is held."""
    if not held:
        raise Broken(words)


@contextmanager
def as_file(data: bytes, name: str = "input") -> Iterator[Path]:
    """The bytes as a file, in memory where the machine has a place for that."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(prefix="fuzz-", dir=memory if memory.is_dir() else None) as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        yield path


def documents(*names: str, least: int = 30) -> Iterator[bytes]:
    """The texts that tests are written with: every long literal in these files of the tests."""
    for name in names:
        for node in ast.walk(ast.parse((ROOT / "tests" / name).read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes) and len(node.value) >= least:
                value = node.value
                yield value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")


def samples(folder: str, *endings: str) -> Iterator[bytes]:
    """The files of a folder of the evaluation data, as far as they are small."""
    found = sorted((DATA / folder).rglob("*")) if (DATA / folder).is_dir() else []
    for path in found:
        if path.is_file() and path.stat().st_size <= LARGEST_SEED and (not endings or path.suffix in endings):
            yield path.read_bytes()
