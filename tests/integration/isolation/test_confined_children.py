"""The processes that read pages and decode pictures are confined as those are that test_isolation probes."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import cv2
import pytest

from crawler.documents import Asked
from crawler.parsing import Parser
from crawler.types import SourceKind
from matcher.decoding import Decoder
from tests.support.drawn_clips import figure

PAGE = "https://example.org/page"


def children() -> set[int]:
    found = " ".join(path.read_text("ascii") for path in Path("/proc/self/task").glob("*/children"))
    return {int(pid) for pid in found.split()}


@contextmanager
def reading_a_page(_: Path) -> Iterator[None]:
    with Parser() as parser:
        asked = Asked(SourceKind.PAGE, PAGE, PAGE, PAGE, 200, {"content-type": "text/html"}, True, datetime.now(UTC), None)
        parser.read(asked, b"<html><body><p>Nothing to see.</p></body></html>")
        yield


@contextmanager
def decoding_a_picture(folder: Path) -> Iterator[None]:
    cv2.imwrite(str(folder / "figure.png"), figure(1))
    with Decoder() as decoder:
        decoder.picture(folder / "figure.png")
        yield


@pytest.mark.parametrize("work", [reading_a_page, decoding_a_picture])
def test_what_reads_strangers_bytes_is_confined(work: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEMBLANCE_KEYS__SECRET", "what nobody else may know")
    before = children()
    with work(tmp_path):
        started = children() - before
        assert started
        for pid in started:
            process = Path(f"/proc/{pid}")
            status = dict(line.split(":\t", 1) for line in (process / "status").read_text().splitlines())
            assert (int(status["Seccomp"]), int(status["NoNewPrivs"]), int(status["CapEff"], 16)) == (2, 1, 0)
            assert (process / "ns" / "net").readlink() != Path("/proc/self/ns/net").readlink()
            assert b"SEMBLANCE" not in (process / "environ").read_bytes()
