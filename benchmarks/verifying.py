"""Whether a bundle of any size is verified in little memory: one of a gibibyte, as a folder and as a zip, each in a process."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from reports.evidence.verify import verify_bundle

LIMITS = {"peak_mib": 150}
CHUNK = 1 << 20


def verifying(
    mib: Annotated[int, typer.Option(min=1, help="how large the bundle is, about, in MiB")] = 1024,
    folder: Annotated[Path | None, typer.Option(help="where to make it; else where the system keeps such things")] = None,
) -> None:
    """Print the most memory and the time that verifying takes, and what the program takes that verifies nothing."""
    with tempfile.TemporaryDirectory(dir=folder) as made:
        root = Path(made)
        told = json.loads(_apart("make", str(root), str(mib)))
        forms = {form: json.loads(_apart("verify", path)) for form, path in told["bundles"].items()}
        nothing = json.loads(_apart("verify", str(root / "nothing")))
    said = {"bundle_mib": told["mib"], "idle_mib": nothing["peak_mib"], "load_average": os.getloadavg()[0], "limits": LIMITS}
    print(json.dumps({**said, **forms}, indent=2))
    for form, one in forms.items():
        print(f"{form}: {'whole' if one['ok'] else 'NOT WHOLE'}, {one['seconds']} s, {one['peak_mib']} MiB at most")


def _apart(*what: str) -> str:
    return subprocess.run([sys.executable, "-m", __name__, *what], check=True, capture_output=True, text=True).stdout


def made(root: Path, mib: int) -> Mapping[str, Any]:
    """A bundle whose media, and the WARC with it, make up this size: a clip with bytes behind it that no decoder reads."""
    from matcher.media import write_clip
    from reports.issuing import issue_bundle
    from tests.support.evidence_desk import AT, drawing, furnish

    clip = root / "clip.mp4"
    write_clip(clip, (drawing(2 * i) for i in range(50)))
    with clip.open("ab") as stream:
        length = mib * CHUNK // 2
        stream.write((length + 8).to_bytes(4, "big") + b"free")
        for _ in range(length // CHUNK):
            stream.write(os.urandom(CHUNK))
        stream.write(os.urandom(length % CHUNK))
    (root / "desk").mkdir()
    place = furnish(root / "desk", clip)
    clip.unlink()
    bundles = {
        form: issue_bundle(place.session, place.vault, place.case, root / form, place.key, at=AT, as_zip=form == "zip")
        for form in ("folder", "zip")
    }
    size = sum(path.stat().st_size for path in bundles["folder"].rglob("*") if path.is_file())
    return {"mib": round(size / CHUNK), "bundles": {form: str(path) for form, path in bundles.items()}}


def verified(path: Path) -> Mapping[str, Any]:
    """As `evidence verify` does it; peak_mib of the whole process."""
    begun = time.monotonic()
    ok = verify_bundle(path).ok
    seconds = time.monotonic() - begun
    return {"ok": ok, "seconds": round(seconds, 1), "peak_mib": _peak()}


def _peak() -> int:
    """MiB. What getrusage says of a process includes what started it, before it was replaced by this program."""
    status = Path("/proc/self/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) >> 10 for line in status if line.startswith("VmHWM"))


if __name__ == "__main__":
    done = made(Path(sys.argv[2]), int(sys.argv[3])) if sys.argv[1] == "make" else verified(Path(sys.argv[2]))
    print(json.dumps(done))
