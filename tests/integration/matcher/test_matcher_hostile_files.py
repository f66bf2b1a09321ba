"""Promise 10: hostile media end as a result or a stated failure, in bounded time and memory."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

MIB = 1 << 20
LOOK = """
import json, re, sys, time
from pathlib import Path
from matcher.artwork import ArtworkRecogniser
from matcher.assemble import recognisers_of
from matcher.packs.store import load_folder
from matcher.scan import scan
from matcher.types import Gallery
recognisers = [*recognisers_of(load_folder(Path(sys.argv[1]))), ArtworkRecogniser()]
for path in sorted(Path(sys.argv[2]).iterdir()):
    start = time.monotonic()
    made = scan(path, Gallery({}), recognisers)
    failure = made.failure and [made.failure.what, made.failure.remedy]
    # Not the peak of getrusage, which a process inherits from the one that started it.
    peak = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) * 1024
    print(json.dumps([path.name, failure, made.frames_looked_at, len(made.matches), time.monotonic() - start, peak]), flush=True)
"""


@pytest.fixture(scope="module")
def looked_at(shared_data: Path, open_pack: Path) -> list[list[object]]:
    folder = shared_data / "malformed"
    command = [sys.executable, "-W", "error", "-c", LOOK, str(open_pack), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row[0] for row in rows] == sorted(path.name for path in folder.iterdir())
    return rows


def test_promise_10_every_malformed_file_is_a_result_or_a_stated_failure(looked_at: list[list[object]]) -> None:
    for name, failure, frames, matches, _seconds, _peak in looked_at:
        assert (failure is None) == (frames > 0), name
        assert matches == 0, name
        if failure:
            assert all(failure), f"{name} must say what happened and what to do"


def test_promise_10_no_malformed_file_takes_30_seconds_or_a_gibibyte(looked_at: list[list[object]]) -> None:
    for name, *_, seconds, peak in looked_at:
        assert seconds < 30, name
        assert peak < 1024 * MIB, name
