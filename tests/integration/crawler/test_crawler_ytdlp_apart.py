"""yt-dlp takes nothing past the guard: no program of this machine helps it, and it has no other way out."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from crawler.errors import FetchFailed, Refused
from crawler.fetch.ytdlp import YtDlp, ytdlp_isolation
from crawler.guard import GuardPolicy
from tests.support.loopback_site import Site

ROOT = Path(__file__).resolve().parents[3]
LOOPBACK = GuardPolicy.allowing("127.0.0.0/8")
PROGRAMS = ("rtmpdump", "ffmpeg", "ffprobe", "avconv", "mplayer", "mpv", "aria2c", "curl", "wget", "axel", "http", "deno", "node")
LIVE = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:7\n#EXTINF:2,\na.ts\n"
SMOOTH = (
    '<SmoothStreamingMedia MajorVersion="2" MinorVersion="0" Duration="20000000"><StreamIndex Type="video" QualityLevels="1" '
    'Chunks="1" Url="Q({bitrate})/F({start time})"><QualityLevel Index="0" Bitrate="9" FourCC="H264" MaxWidth="8" MaxHeight="8" '
    'CodecPrivateData=""/><c d="20000000"/></StreamIndex></SmoothStreamingMedia>'
)


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that gains a file for each program that yt-dlp starts, from a folder that stands first among all."""
    programs, record = tmp_path / "bin", tmp_path / "started"
    programs.mkdir()
    record.mkdir()
    for name in PROGRAMS:
        (programs / name).write_text(f'#!/bin/sh\necho "$@" >> {record}/{name}\necho {name} version 9.9 RTMPDump v2.4\n')
        (programs / name).chmod(0o755)
    monkeypatch.setattr(os, "defpath", f"{programs}:{os.defpath}")
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    return record


def player(site: Site, path: str, *sources: dict[str, str]) -> str:
    setup = json.dumps({"sources": list(sources), "title": "x"})
    return site.page(path, f'<div id="p"></div><script>jwplayer("p").setup({setup});</script>')


def take(url: str, folder: Path) -> Path:
    folder.mkdir()
    return YtDlp(LOOPBACK).take(url, folder, max_bytes=1_000_000, max_seconds=60).path


@pytest.mark.parametrize(
    ("source", "needs"),
    [
        ({"file": "rtmp://127.0.0.1/app/clip.flv", "type": "rtmp"}, "rtmp"),
        ({"file": "rtmpe://127.0.0.1/app/clip.flv", "type": "rtmp"}, "rtmp"),
    ],
)
def test_promise_10_what_only_another_program_takes_is_refused(
    site: Site, started: Path, tmp_path: Path, source: dict[str, str], needs: str
) -> None:
    with pytest.raises(Refused, match="past the guard") as refused:
        take(player(site, "/p", source), tmp_path / "taken")
    assert f"the protocol {needs}" in refused.value.what
    assert list(started.iterdir()) == []


def test_promise_10_smooth_streaming_is_refused(site: Site, started: Path, tmp_path: Path) -> None:
    site.file("/smooth.ism/Manifest", SMOOTH.encode(), "text/xml")
    with pytest.raises(Refused, match="the protocol ism"):
        take(site.url("/smooth.ism/Manifest"), tmp_path / "taken")
    assert list(started.iterdir()) == []


@pytest.mark.parametrize(
    "address", ["rtsp://127.0.0.1:9/clip", "mms://127.0.0.1:9/clip", "ws://127.0.0.1:9/clip", "ftp://127.0.0.1:9/clip"]
)
def test_promise_10_other_protocols_are_refused_at_once(site: Site, started: Path, tmp_path: Path, address: str) -> None:
    with pytest.raises(Refused):
        take(address, tmp_path / "taken")
    with pytest.raises((Refused, FetchFailed)):
        take(site.redirect("/moved", address), tmp_path / "moved")
    with pytest.raises((Refused, FetchFailed)):
        take(player(site, "/p", {"file": address}), tmp_path / "played")
    assert list(started.iterdir()) == []


def test_promise_10_a_live_stream_and_an_odd_playlist_start_no_program(site: Site, started: Path, tmp_path: Path) -> None:
    site.file("/live.m3u8", LIVE.encode(), "application/vnd.apple.mpegurl")
    with pytest.raises(Refused, match="a live stream"):
        take(site.url("/live.m3u8"), tmp_path / "live")
    locked = LIVE.replace("#EXTINF", '#EXT-X-KEY:METHOD=SAMPLE-AES,URI="key"\n#EXTINF') + "#EXT-X-ENDLIST\n"
    site.file("/locked.m3u8", locked.encode(), "application/vnd.apple.mpegurl")
    with pytest.raises((Refused, FetchFailed)):
        take(site.url("/locked.m3u8"), tmp_path / "locked")
    assert list(started.iterdir()) == []


def test_a_way_through_the_guard_is_taken_where_there_is_one(site: Site, started: Path, tmp_path: Path) -> None:
    site.file("/clip.mp4", b"\0\0\0\x18ftypmp42" + b"x" * 5000)
    page = player(site, "/p", {"file": "rtmp://127.0.0.1/app/clip.flv", "type": "rtmp"}, {"file": "/clip.mp4"})
    assert take(page, tmp_path / "taken").stat().st_size == 5012
    assert "/clip.mp4" in site.asked
    assert list(started.iterdir()) == []


CHILD = """
import ctypes, json, os, socket, subprocess, sys
from isolation.landlock import leave_programs
from isolation.loopback import leave_network
from isolation.programs import refuse_programs
program, way, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
ways = {
    "subprocess": lambda: subprocess.run([program]),
    "system": lambda: os.system(program) and (_ for _ in ()).throw(OSError("not run")),
    "spawn": lambda: os.posix_spawn(program, [program], {}),
    "fork": lambda: os.waitpid(os.fork() or os.execv(program, [program]), 0),
    "libc": lambda: ctypes.CDLL(None).system(program.encode()) and (_ for _ in ()).throw(OSError("not run")),
    "exec": lambda: ctypes.CDLL(None).execl(program.encode(), program.encode(), None),
    "tcp": lambda: socket.create_connection(("127.0.0.1", port), timeout=5).sendall(b"x"),
    "udp": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.1", 9)),
    "name": lambda: socket.getaddrinfo("example.org", 80),
}
leave_network()
leave_programs()
if way not in ("libc", "exec"):
    wanted = refuse_programs()
try:
    ways[way]()
except OSError as error:
    print("refused")
else:
    print("refused" if way == "exec" else "done")
"""


@pytest.mark.parametrize("way", ["subprocess", "system", "spawn", "fork", "libc", "exec", "tcp", "udp", "name"])
def test_an_enclosed_process_starts_nothing_and_reaches_nothing(started: Path, site: Site, way: str) -> None:
    if "Python alone" in (words := ytdlp_isolation()) or "settings alone" in words:
        assert os.environ.get("CI") != "true"
        pytest.skip(words)
    program, port = started.parent / "bin" / "ffmpeg", site.base.rpartition(":")[2]
    command = [sys.executable, "-c", CHILD, str(program), way, port]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "refused\n", done.stderr
    assert list(started.iterdir()) == []


def test_without_a_namespace_it_is_said_and_no_program_is_started_either(site: Site, started: Path, tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give the right to a namespace away")
    page = player(site, "/p", {"file": "rtmp://127.0.0.1/app/clip.flv", "type": "rtmp"})
    code = (
        "import logging, sys; from pathlib import Path; from crawler.errors import Refused\n"
        "from crawler.fetch.ytdlp import YtDlp, ytdlp_isolation; from crawler.guard import GuardPolicy\n"
        "logging.basicConfig(level=logging.WARNING); print(ytdlp_isolation())\n"
        "ours = YtDlp(GuardPolicy.allowing('127.0.0.0/8'))\n"
        "try: ours.take(sys.argv[1], Path(sys.argv[2]), max_bytes=10**6, max_seconds=60)\n"
        "except Refused as refused: print(refused.what)\n"
    )
    command = ["setpriv", "--bounding-set", "-sys_admin", sys.executable, "-c", code, page, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "yt-dlp's own settings alone keep it to the guarded proxy: the system gives no network namespace" in done.stdout
    assert "the protocol rtmp" in done.stdout
    assert "yt-dlp's own settings alone keep it in" in done.stderr
    assert list(started.iterdir()) == []
