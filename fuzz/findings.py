"""Findings on disk: the input, and what happened, once for each place in the code where it did."""

import hashlib
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def place_of(error: BaseException) -> str:
    """Where in this project, or last of all, it was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).is_relative_to(ROOT) and "/.venv/" not in frame.filename]
    inner = [frame for frame in own if not Path(frame.filename).is_relative_to(ROOT / "fuzz")]
    last = (inner or own or list(frames))[-1]
    return f"{type(error).__name__} at {last.filename.removeprefix(f'{ROOT}/')}:{last.lineno} in {last.name}"


def keep(folder: Path, what: str, data: bytes, words: str) -> bool:
    """Write a finding down; says whether it is a new one."""
    folder.mkdir(parents=True, exist_ok=True)
    name = hashlib.sha256(what.encode()).hexdigest()[:16]
    if (folder / f"{name}.txt").exists():
        return False
    (folder / f"{name}.input").write_bytes(data)
    (folder / f"{name}.txt").write_text(f"{what}\n\n{words}", encoding="utf-8", errors="backslashreplace")
    return True


def again(folder: Path, corpus: Path) -> None:
    """Let what was found earlier be tried anew: it is among the inputs to begin with, and a finding only if it is one still."""
    corpus.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.input"):
        path.replace(corpus / path.name)
    for path in folder.glob("*.txt"):
        path.unlink()
