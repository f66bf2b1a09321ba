"""A small file that unfolds to gigabytes: whichever way it comes in, the program stays small, and the rest is done."""

import csv
import json
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import cv2
import pytest

from matcher.media import write_clip
from tests.support.drawn_clips import figure

ROOT = Path(__file__).resolve().parents[3]
SIDE = 10_000
MOST = 1200 << 20
"""Bytes that a command may hold: on the commit before, decoding the bomb took it to more than two gigabytes."""

# Runs one command and says what it printed, how it ended, and how much memory this process, not its children, held at most.
PROGRAM = """
import json, sys
sys.argv = ["semblance", *json.loads(sys.argv[1])]
from monitor.cli.main import main
code = main()
# Not getrusage: its peak is that of whoever started this, too.
peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps({"code": code, "peak": peak << 10}), file=sys.stderr)
"""


@pytest.fixture(scope="module")
def bomb(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A PNG of one colour, a third of a megabyte large and 100 megapixels wide, with transparency."""
    packer = zlib.compressobj(9)
    row = b"\0" + b"\x40\x80\xc0\xf0" * SIDE
    packed = b"".join([*(packer.compress(row) for _ in range(SIDE)), packer.flush()])
    head = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 6, 0, 0, 0)
    content = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")
    assert len(content) < 500_000
    return content


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def run(*command: str | Path) -> tuple[int, str, str]:
    """Exit code and what was printed; asserts that the process stayed small."""
    words = json.dumps([str(word) for word in command])
    done = subprocess.run([sys.executable, "-c", PROGRAM, words], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told, _, last = done.stderr.rstrip().rpartition("\n")
    ended = json.loads(last)
    assert ended["peak"] < MOST, f"{ended['peak'] >> 20} MiB"
    return ended["code"], done.stdout, told


def picture(path: Path, seed: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), figure(seed))
    return path


def test_as_a_reference(tmp_path: Path, bomb: bytes) -> None:
    work = tmp_path / "work"
    for command in (
        ("init",),
        ("party", "add", "Studio", "--kind", "studio"),
        ("subject", "add", "Figure", "--kind", "character", "--party", "Studio"),
    ):
        assert run("-w", work, *command)[0] == 0
    (tmp_path / "bomb.png").write_bytes(bomb)
    good = picture(tmp_path / "good.png", 1)
    code, out, told = run("-w", work, "reference", "add", "Figure", tmp_path / "bomb.png", good)
    assert code == 1
    assert "bomb.png: refused." in told
    assert "good.png" in out


def test_as_a_photo_of_a_roster(tmp_path: Path, bomb: bytes, open_pack: Path) -> None:
    from skimage import data

    work, photos = tmp_path / "work", tmp_path / "photos"
    assert run("-w", work, "init")[0] == 0
    assert run("-w", work, "party", "add", "Union", "--kind", "union")[0] == 0
    photos.mkdir()
    (photos / "1.png").write_bytes(bomb)
    assert cv2.imwrite(str(photos / "2.png"), data.astronaut()[:, :, ::-1])
    (tmp_path / "roster.csv").write_text("number,name\n1,First Member\n2,Second Member\n")
    code, _, _ = run("-w", work, "members", "import", tmp_path / "roster.csv", "--photos", photos, "--party", "Union")
    assert code == 1
    with (tmp_path / "roster.outcome.csv").open(encoding="utf-8-sig", newline="") as stream:
        first, second = csv.DictReader(stream)
    assert "1.png: not enrolled" in " ".join(first.values())
    assert "enrolled" in second.values()


def test_as_a_reference_of_a_scan(tmp_path: Path, bomb: bytes) -> None:
    picture(tmp_path / "references" / "Figure" / "good.png", 1)
    (tmp_path / "references" / "Figure" / "bomb.png").write_bytes(bomb)
    clip = tmp_path / "clip.mp4"
    write_clip(clip, [figure(1)[:256, :256]] * 30)
    code, out, told = run("scan", clip, "--references", tmp_path / "references", "--kind", "character")
    assert code == 0
    assert "bomb.png: not used as a reference." in told
    assert "clip.mp4" in out


@pytest.mark.parametrize("role", ["reference", "nonmated"])
def test_as_a_row_of_a_truth_file(tmp_path: Path, bomb: bytes, role: str) -> None:
    (tmp_path / "bomb.png").write_bytes(bomb)
    picture(tmp_path / "good.png", 1)
    (tmp_path / "truth.csv").write_text(
        f"role,subject,media\n{role},{'figure' if role == 'reference' else ''},bomb.png\n"
        "reference,figure,good.png\nmated,figure,good.png\n"
    )
    code, out, _ = run("evaluate", tmp_path / "truth.csv", "--pack", "built-in", "--json")
    made = json.loads(out)
    assert code == 0
    assert made["rank1"] == 1.0
    if made["failures"]:
        assert made["failures"][0]["media"] == "bomb.png"
        assert "details" in made["failures"][0]["what"]  # it is looked at smaller, and shows nothing
